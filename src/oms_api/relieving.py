"""Relieving a location that is closed, or has more to send on a day than it can: others send it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

import strawberry

from oms_api import streams
from oms_api.answers import Answer, Payload, UserError
from oms_api.context import Context, Info
from oms_api.declare import mutation
from oms_api.inputs import DatedInput
from oms_api.locations import Location
from oms_core.assignments.relieving import RelieveLocation
from oms_core.locations.commands import MOST_RELIEVED, BeginRelief
from oms_core.locations.events import ReliefBegun
from oms_core.locations.location import Location as LocationStream
from oms_core.locations.location import LocationView, location_id
from oms_core.stock.stock_item import StockItem
from oms_core.workdays.workday import WorkDay, workday_id
from oms_projections import event_log, orders, stock_levels

SKUS_AT_ONCE = 100


@strawberry.input(
    description="Let others send what a location has not begun to pick: one that is closed, or has"
    " more to send on a day than it can."
)
class RelieveLocationInput(DatedInput):
    """Let others send what a location has not begun to pick."""

    code: str = strawberry.field(description="The location.")
    reason: str = strawberry.field(description="Why. It stands in the history of each order.")
    day: date | None = strawberry.field(
        default=None,
        description="The day that is too full, of a location that is open; today, by UTC, if"
        " missing. The orders that came last go.",
    )


@dataclass(slots=True)
class Relieved:
    """What came of it."""

    location: LocationView | None = None
    position: int | None = None
    moved_orders: int = 0
    more: bool = False
    problems: list[UserError] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)
    replayed: bool = False

    def count(self, step: Answer) -> None:
        """Take note of an order."""
        self.problems += step.user_errors
        self.position = max(self.position or 0, step.position or 0) or None
        self.moved_orders += step.position is not None


@strawberry.type(description="What came of relieving a location.")
class RelieveLocationPayload(Payload):
    """What came of relieving a location; resolved from `Relieved`."""

    location: Location | None = strawberry.field(
        description="The location; null when it was refused."
    )
    moved_orders: int = strawberry.field(
        description="Orders that are sent from elsewhere now, or wait for stock."
    )
    problems: list[UserError] = strawberry.field(description="Why orders had to stay.")
    more: bool = strawberry.field(
        description="There may be others: send the request again, with another key."
    )


@strawberry.type
class RelievingMutations:
    """The mutation that relieves locations."""

    @mutation(
        RelieveLocationPayload,
        "Let others send what a location was to send and has not begun to pick, 200 orders at a"
        " time: all of it when it is closed, else the orders beyond its capacity on a day. What no"
        " other location has waits for stock. Asked again, nothing happens to an order twice; with"
        " the same key it goes on with the same orders, and counts those that were moved before.",
    )
    async def relieve_location(self, info: Info, input: RelieveLocationInput) -> Relieved:
        """Relieve a location, order by order."""
        context = info.context
        ids = await _to_relieve(context, input)
        first, more = tuple(ids[:MOST_RELIEVED]), len(ids) > MOST_RELIEVED
        begun = await context.gateway.carry_out(
            context.cause, input, BeginRelief, order_ids=first, more=more
        )
        relieved = Relieved(begun.view, begun.position, user_errors=begun.user_errors)
        if begun.position is None:
            return relieved
        relieved.replayed = begun.replayed
        event = f"{begun.view.id}/{begun.view.version}"
        facts = await _told(context, event)
        relieved.more = facts.more
        for id in facts.order_ids:
            relieved.count(
                await context.gateway.carry_out(
                    context.cause,
                    DatedInput(idempotency_key=f"{event}/{id}", occurred_at=input.occurred_at),
                    RelieveLocation,
                    moment="relieved_at",
                    order_id=id,
                    location=input.code,
                    reason=input.reason,
                )
            )
        return relieved


async def _to_relieve(context: Context, given: RelieveLocationInput) -> list[UUID]:
    """Find the orders that others should send, as of now."""
    found = await context.now().aggregate(location_id(given.code))
    if not isinstance(found, LocationStream):
        return []
    if found.is_open:
        return await _beyond(context, found, given.day)
    return await _promised(context, given.code)


async def _told(context: Context, event: str) -> ReliefBegun:
    """Read what was begun: now, or by an earlier request with the same key."""
    async with context.pool.connection() as connection:
        found = await event_log.by_ids(connection, [event])
    return ReliefBegun.model_validate(found[event].data)


async def _beyond(context: Context, location: LocationStream, day: date | None) -> list[UUID]:
    """Find the orders that came when the day was full, the last ones first."""
    capacity = location.works.capacity_per_day
    day = day or datetime.now(UTC).date()
    found = await context.now().aggregate(workday_id(location.facts.code, day))
    if capacity is None or not isinstance(found, WorkDay):
        return []
    return list(found.orders)[capacity:][::-1]


async def _promised(context: Context, code: str) -> list[UUID]:
    """Find orders that a location is to send something of."""
    await context.caught_up("stock_levels", "orders")
    async with context.pool.connection() as connection:
        ids = await stock_levels.promised_at(connection, code, SKUS_AT_ONCE)
        items = (await streams.fold(connection, ids)).values()
        promised = [item for item in items if isinstance(item, StockItem)]
        lines = [id for item in promised for id in item.reservations]
        skus = [item.sku for item in promised]
        return await orders.of_lines(connection, skus, lines, MOST_RELIEVED + 1)
