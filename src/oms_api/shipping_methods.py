"""Shipping methods, and what a basket's delivery would cost and when it would arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from pydantic import ValidationError

from oms_api.answers import Answer, Payload, UserError, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.gateway import new_id, user_error
from oms_api.inputs import VersionedInput
from oms_api.locations import Calendar, CalendarInput
from oms_api.money import Money
from oms_api.rehearsal import Rehearsal
from oms_api.rights.reach import REACH
from oms_api.sourcing import PreviewSourcingInput
from oms_api.wrong_fields import user_errors
from oms_core.delivery.commands import ConfigureShippingMethod, WithdrawShippingMethod
from oms_core.delivery.offering import offers
from oms_core.delivery.shipping_method import Offer
from oms_core.kernel.refusal import Refusal
from oms_core.sourcing.previewing import PreviewedBasket
from oms_projections import shipping_methods


@strawberry.type(description="What a delivery costs up to a weight.")
class PriceStep:
    """What a delivery costs up to a weight."""

    up_to_grams: int = strawberry.field(description="The heaviest for this price.")
    price: Decimal = strawberry.field(description="In the method's currency.")


@strawberry.type(description="Where a method delivers to, for how much, and how fast.")
class DeliveryZone:
    """Where a method delivers to."""

    name: str = strawberry.field(description="Its name.")
    countries: list[str] = strawberry.field(description="ISO 3166-1 alpha-2.")
    postal_codes: list[str] = strawberry.field(description="Codes begin so; all if empty.")
    prices: list[PriceStep] = strawberry.field(description="By weight, the lightest first.")
    fewest_days: int = strawberry.field(description="Working days of the carrier, at best.")
    most_days: int = strawberry.field(description="Working days of the carrier, at worst.")


def _fact(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(lambda root: getattr(root.facts, name), graphql_type, description)


@strawberry.type(description="A way to send orders.")
class ShippingMethod:
    """Resolved from `ShippingMethodView`."""

    version: int = strawberry.field(description="How many events it has.")
    code: str = _fact("code", str, "Its code, as orders name it.")
    name: str = _fact("name", str, "What customers read.")
    currency: str = _fact("currency", str, "Of its prices.")
    calendar: Calendar = _fact("calendar", Calendar, "When the carrier works.")
    zones: list[DeliveryZone] = _fact("zones", list[DeliveryZone], "The first that fits holds.")
    withdrawn: bool = strawberry.field(description="Whether it is offered no more.")


@strawberry.type(description="One way to have a basket delivered.")
class DeliveryOption:
    """Resolved from `Offer`."""

    method: str = strawberry.field(description="Send it as the order's `shippingMethod`.")
    name: str = strawberry.field(description="What customers read.")
    price: Money = strawberry.field(description="What it costs.")
    ship_on: date = resolved(lambda root: root.promise.ship_on, date, "The last parcel leaves.")
    earliest: date = resolved(lambda root: root.promise.earliest, date, "It may arrive from then.")
    latest: date = resolved(lambda root: root.promise.latest, date, "All has arrived by then.")


@strawberry.type(description="How a basket could be delivered.")
class DeliveryOptions:
    """Resolved from a dictionary."""

    options: list[DeliveryOption] = resolved(
        lambda root: root["options"], list[DeliveryOption], "The cheapest first."
    )
    missing: int = resolved(
        lambda root: root["missing"], int, "Units without stock, which no date is promised for."
    )
    user_errors: list[UserError] = resolved(
        lambda root: root["errors"], list[UserError], "Why there is no answer."
    )


@strawberry.input(description="What a delivery costs up to a weight.")
class PriceStepInput:
    """What a delivery costs up to a weight."""

    up_to_grams: int = strawberry.field(description="The heaviest for this price.")
    price: Decimal = strawberry.field(description="In the method's currency.")


@strawberry.input(description="Where a method delivers to, for how much, and how fast.")
class DeliveryZoneInput:
    """Where a method delivers to."""

    name: str = strawberry.field(description="Its name.")
    countries: list[str] = strawberry.field(description="ISO 3166-1 alpha-2.")
    postal_codes: list[str] | None = strawberry.field(
        default=None, description="Only where postal codes begin so; everywhere if missing."
    )
    prices: list[PriceStepInput] = strawberry.field(
        description="By weight, the lightest first. What is heavier is not taken."
    )
    fewest_days: int = strawberry.field(description="Working days of the carrier, at best.")
    most_days: int = strawberry.field(description="Working days of the carrier, at worst.")


@strawberry.input(description="Offer a way to send orders, all of it.")
class ConfigureShippingMethodInput(VersionedInput):
    """Offer a way to send orders."""

    code: str = strawberry.field(description="Its code, as orders name it.")
    name: str = strawberry.field(description="What customers read.")
    currency: str = strawberry.field(description="Of its prices, ISO 4217.")
    calendar: CalendarInput | None = strawberry.field(
        default=None, description="When the carrier works; Monday to Friday in UTC if missing."
    )
    zones: list[DeliveryZoneInput] = strawberry.field(description="The first that fits holds.")


@strawberry.input(description="Offer a way to send orders no more.")
class WithdrawShippingMethodInput(VersionedInput):
    """Offer a way to send orders no more."""

    code: str = strawberry.field(description="Its code.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What became of a command on a shipping method.")
class ShippingMethodPayload(Payload):
    """What became of a command on a shipping method."""

    shipping_method: ShippingMethod | None = resolved(
        the_view, ShippingMethod | None, "The method after the command; null when it was refused."
    )


@strawberry.type
class ShippingMethodMutations:
    """Commands on shipping methods."""

    @mutation(ShippingMethodPayload, "Offer a way to send orders, from now on.")
    async def configure_shipping_method(
        self, info: Info, input: ConfigureShippingMethodInput
    ) -> Answer:
        """Configure a shipping method."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, ConfigureShippingMethod
        )

    @mutation(ShippingMethodPayload, "Offer a way to send orders no more.")
    async def withdraw_shipping_method(
        self, info: Info, input: WithdrawShippingMethodInput
    ) -> Answer:
        """Withdraw a shipping method."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, WithdrawShippingMethod
        )


@strawberry.type
class ShippingMethodQueries:
    """Questions about deliveries."""

    @query(list[ShippingMethod], "Every shipping method, by code.")
    async def shipping_methods(self, info: Info, *, min_position: MinPosition = None) -> Any:
        """List the shipping methods."""
        await info.context.reached(min_position, "shipping_methods")
        async with info.context.pool.connection() as connection:
            return await shipping_methods.all_of_them(connection)

    @query(
        DeliveryOptions,
        "How a basket could be delivered, for how much and when, if it were ordered at this moment:"
        " from the locations that the sourcing rules choose.",
    )
    async def delivery_options(
        self,
        info: Info,
        *,
        input: Annotated[PreviewSourcingInput, strawberry.argument(description="The basket.")],
        min_position: MinPosition = None,
    ) -> dict[str, Any]:
        """Source the basket on copies, and ask every method."""
        await info.context.reached(min_position, "shipping_methods")
        facts = input.facts()
        REACH.get().check(facts)
        lines = [line | {"line_id": new_id()} for line in facts["lines"]]
        try:
            basket = PreviewedBasket.model_validate(facts | {"lines": lines})
            async with info.context.pool.connection() as connection:
                methods = await shipping_methods.all_of_them(connection)
            offered = [method.facts for method in methods if not method.withdrawn]
            streams = Rehearsal(info.context.now())
            found, missing = await offers(basket, offered, datetime.now(UTC), streams)
        except Refusal as refusal:
            return _answer(errors=[user_error(refusal)])
        except ValidationError as error:
            return _answer(errors=user_errors(error))
        return _answer(found, missing)


def _answer(
    options: list[Offer] | None = None, missing: int = 0, errors: list[UserError] | None = None
) -> dict[str, Any]:
    return {"options": options or [], "missing": missing, "errors": errors or []}
