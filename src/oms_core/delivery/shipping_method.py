"""A shipping method: where it delivers to, what that costs, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from oms_core.delivery.events import (
    DeliveryEvent,
    DeliveryZone,
    ShippingMethodConfigured,
    ShippingMethodWithdrawn,
)
from oms_core.delivery.promise import DeliveryPromise
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import NotAllowedInState, NotFound


class NoSuchShippingMethod(NotFound):
    """There is no shipping method {code}. Configure it first, or check the code."""


class ShippingMethodIsWithdrawn(NotAllowedInState):
    """Shipping method {code} is not offered any more. Choose another one."""


class NotDeliveredThere(NotAllowedInState):
    """Shipping method {code} does not take {grams} g to {postal_code} in {country}. Choose another
    one: `deliveryOptions` lists those that do.
    """


def shipping_method_id(code: str) -> UUID:
    """Give the stream of a method's code."""
    return natural_id("shipping-method", code)


@dataclass(frozen=True, slots=True)
class Parcelled:
    """What is to be delivered: where to, how heavy, and when its parts can leave."""

    country: str
    postal_code: str | None
    grams: int
    asked_at: datetime
    leaves_on: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a method takes for a delivery, and promises about it."""

    method: str
    name: str
    price: Money
    promise: DeliveryPromise


@dataclass(frozen=True, slots=True)
class ShippingMethodView:
    """A shipping method as an answer shows it."""

    id: UUID
    version: int
    facts: ShippingMethodConfigured
    withdrawn: bool


class ShippingMethod(Aggregate[DeliveryEvent]):
    """One way to send orders."""

    MISSING = NoSuchShippingMethod
    facts: ShippingMethodConfigured

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.withdrawn = False

    def configure(self, facts: ShippingMethodConfigured) -> None:
        """Offer the method so; nothing happens when that is so already."""
        if not self.exists or self.withdrawn or facts != self.facts:
            self.record(facts)

    def withdraw(self, reason: str) -> None:
        """Offer it no more, once."""
        if self.withdrawn:
            raise ShippingMethodIsWithdrawn(code=self.facts.code, field=("code",))
        self.record(ShippingMethodWithdrawn(reason=reason))

    def offer_or_refuse(self, parcelled: Parcelled) -> Offer:
        """Promise a delivery. Raises `ShippingMethodIsWithdrawn` or `NotDeliveredThere`."""
        field = ("shipping_method",)
        if self.withdrawn:
            raise ShippingMethodIsWithdrawn(code=self.facts.code, field=field)
        found = offer(self.facts, parcelled)
        if found is None:
            raise NotDeliveredThere(
                code=self.facts.code,
                grams=parcelled.grams,
                postal_code=parcelled.postal_code,
                country=parcelled.country,
                field=field,
            )
        return found

    def evolve(self, event: DeliveryEvent) -> None:
        match event:
            case ShippingMethodConfigured():
                self.facts, self.withdrawn = event, False
            case ShippingMethodWithdrawn():
                self.withdrawn = True
            case _:
                assert_never(event)

    def view(self) -> ShippingMethodView:
        """Show the method as it is now."""
        return ShippingMethodView(self.id, self.version, self.facts, self.withdrawn)


def offer(facts: ShippingMethodConfigured, parcelled: Parcelled) -> Offer | None:
    """Tell price and dates of a delivery; None when the method does not go there, or so heavy."""
    zone = next((zone for zone in facts.zones if _covers(zone, parcelled)), None)
    if zone is None:
        return None
    price = next((s.price for s in zone.prices if parcelled.grams <= s.up_to_grams), None)
    promise = _promise(facts, zone, parcelled)
    if price is None or promise is None:
        return None
    return Offer(facts.code, facts.name, Money(price, facts.currency), promise)


def _covers(zone: DeliveryZone, parcelled: Parcelled) -> bool:
    code = (parcelled.postal_code or "").replace(" ", "").upper()
    return parcelled.country in zone.countries and (
        not zone.postal_codes or code.startswith(zone.postal_codes)
    )


def _promise(
    facts: ShippingMethodConfigured, zone: DeliveryZone, parcelled: Parcelled
) -> DeliveryPromise | None:
    """The carrier takes each parcel on its first working day from when it can leave."""
    soonest = facts.calendar.day_for(parcelled.asked_at)
    if soonest is None:
        return None
    taken = max(_taken(facts, (soonest, *parcelled.leaves_on)), default=None)
    if taken is None:
        return None
    earliest = facts.calendar.later(taken, zone.fewest_days)
    latest = facts.calendar.later(taken, zone.most_days)
    if earliest is None or latest is None:
        return None
    return DeliveryPromise(method=facts.code, ship_on=taken, earliest=earliest, latest=latest)


def _taken(facts: ShippingMethodConfigured, days: Iterable[date]) -> Iterable[date]:
    return (day for each in days if (day := facts.calendar.first_from(each)) is not None)
