"""Duty rates: publish them, and see which hold."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import VersionedInput
from oms_api.money import Money, MoneyInput
from oms_core.duties.commands import PublishDutyRates, WithdrawDutyRates
from oms_core.duties.schedule import DUTIES, DutyScheduleView
from oms_projections import duty_rates


@strawberry.type(description="What goods pay whose commodity code begins so.")
class DutyRate:
    """A rate."""

    commodity_code: str = strawberry.field(description="What the codes begin with; any if empty.")
    origins: list[str] = strawberry.field(description="Made in these countries; in any if empty.")
    rate: Decimal = strawberry.field(description="0.12 is 12 % of the customs value.")


@strawberry.type(description="What goods pay that enter some countries from outside.")
class DutyTerritory:
    """A customs territory; resolved from `DutyRatesPublished`."""

    territory: str = strawberry.field(description="Its name.")
    countries: list[str] = strawberry.field(description="Within them nothing is due.")
    rates: list[DutyRate] = strawberry.field(
        description="The longest code that fits holds; then one that names the origin."
    )
    free_up_to: list[Money] = strawberry.field(
        description="Goods that are worth no more in all are free, by the order's currency."
    )
    includes_shipping: bool = strawberry.field(
        description="Whether the customs value includes the shipping (CIF) or not (FOB)."
    )


@strawberry.type(description="All duty rates.")
class DutySchedule:
    """The schedule; resolved from `DutyScheduleView`."""

    version: int = strawberry.field(description="How many events it has; grows with each change.")
    territories: list[DutyTerritory] = strawberry.field(description="By name.")


@strawberry.input(description="What goods pay whose commodity code begins so.")
class DutyRateInput:
    """A rate."""

    rate: Decimal = strawberry.field(description='"0.12" is 12 % of the customs value.')
    commodity_code: str | None = strawberry.field(
        default=None, description="What the codes begin with; any if missing."
    )
    origins: list[str] | None = strawberry.field(
        default=None, description="Made in these countries; in any if missing."
    )


@strawberry.input(
    description="Let goods that enter these countries from outside pay these rates: all of them,"
    " also what stays."
)
class PublishDutyRatesInput(VersionedInput):
    """Let goods pay these rates."""

    territory: str = strawberry.field(description="Its name, such as EU.")
    countries: list[str] = strawberry.field(description="ISO 3166-1 alpha-2, one or more.")
    rates: list[DutyRateInput] = strawberry.field(description="All of them; at most 25,000.")
    free_up_to: list[MoneyInput] | None = strawberry.field(
        default=None,
        description="Goods that are worth no more in all are free, by the order's currency.",
    )
    includes_shipping: bool = strawberry.field(
        default=True,
        description="Whether the customs value includes the shipping (CIF) or not (FOB).",
    )


@strawberry.input(description="Compute no duties any more for goods that enter a territory.")
class WithdrawDutyRatesInput(VersionedInput):
    """Compute no duties any more."""

    territory: str = strawberry.field(description="Its name.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What became of a command on duty rates.")
class DutySchedulePayload(Payload):
    """What became of a command on duty rates."""

    schedule: DutySchedule | None = resolved(
        the_view, DutySchedule | None, "All rates after the command; null when it was refused."
    )


@strawberry.type
class DutyRateMutations:
    """Commands on duty rates."""

    @mutation(
        DutySchedulePayload,
        "Let goods that enter these countries from outside pay these rates, where an order names no"
        " duties of its own. What was ordered keeps its duties.",
    )
    async def publish_duty_rates(self, info: Info, input: PublishDutyRatesInput) -> Answer:
        """Publish rates."""
        return await info.context.gateway.carry_out(info.context.cause, input, PublishDutyRates)

    @mutation(DutySchedulePayload, "Compute no duties any more for goods that enter a territory.")
    async def withdraw_duty_rates(self, info: Info, input: WithdrawDutyRatesInput) -> Answer:
        """Withdraw rates."""
        return await info.context.gateway.carry_out(info.context.cause, input, WithdrawDutyRates)


@strawberry.type
class DutyRateQueries:
    """Queries on duty rates."""

    @query(DutySchedule, "The duty rates that hold.")
    async def duty_rates(self, info: Info, *, min_position: MinPosition = None) -> DutyScheduleView:
        """Show all rates."""
        await info.context.reached(min_position, "duty_rates")
        async with info.context.pool.connection() as connection:
            found = await duty_rates.read(connection)
        return found or DutyScheduleView(DUTIES, 0, ())
