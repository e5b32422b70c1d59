"""Commands on shipping methods."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from oms_core.delivery.events import DeliveryZone, PriceStep, ShippingMethodConfigured
from oms_core.delivery.shipping_method import (
    NoSuchShippingMethod,
    ShippingMethod,
    shipping_method_id,
)
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Currency, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money, rounded
from oms_core.locations.commands import WorkingHours

Days = Annotated[int, Field(ge=0, le=200)]


class _PriceStep(PriceStep):
    up_to_grams: Annotated[int, Field(ge=1, le=100_000_000)]
    price: Annotated[Decimal, Field(ge=0, le=1_000_000)]


def _rising(steps: tuple[_PriceStep, ...]) -> tuple[_PriceStep, ...]:
    if any(heavier.up_to_grams <= lighter.up_to_grams for lighter, heavier in pairwise(steps)):
        raise ValueError("must rise in weight")
    return steps


class _DeliveryZone(DeliveryZone):
    name: Text
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=250)]
    postal_codes: Annotated[tuple[Code, ...], Field(max_length=2000)] = ()
    prices: Annotated[
        tuple[_PriceStep, ...], Field(min_length=1, max_length=30), AfterValidator(_rising)
    ]
    fewest_days: Days
    most_days: Days

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most_days < self.fewest_days:
            raise ValueError("must not take longer at best than at worst")
        return self


class _OnMethod(Command):
    code: Code

    def target(self) -> UUID:
        return shipping_method_id(self.code)


class ConfigureShippingMethod(_OnMethod):
    """Offer a way to send orders: all of it, also what stays as it was."""

    name: Text
    currency: Currency
    calendar: WorkingHours = WorkingHours()
    zones: Annotated[tuple[_DeliveryZone, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _payable(self) -> Self:
        for step in (step for zone in self.zones for step in zone.prices):
            if Money(rounded(step.price, self.currency), self.currency).amount != step.price:
                raise ValueError(f"{step.price} has more decimals than {self.currency}")
        return self


class WithdrawShippingMethod(_OnMethod):
    """Offer a way to send orders no more."""

    reason: Text


@handles(ConfigureShippingMethod)
async def configure_shipping_method(
    command: ConfigureShippingMethod, streams: Streams
) -> ShippingMethod:
    """Record how the method works; it holds for orders placed from then on."""
    [method] = await streams.find(ShippingMethod, [shipping_method_id(command.code)])
    method.configure(ShippingMethodConfigured(**command.model_dump()))
    return method


@handles(WithdrawShippingMethod)
async def withdraw_shipping_method(
    command: WithdrawShippingMethod, streams: Streams
) -> ShippingMethod:
    """Withdraw the method; orders that were promised it keep their promise."""
    [method] = await streams.find(ShippingMethod, [shipping_method_id(command.code)])
    if not method.exists:
        raise NoSuchShippingMethod(code=command.code, field=("code",))
    method.withdraw(command.reason)
    return method
