"""Merging a location into another: what is there, and what is promised from there, goes along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import strawberry

from oms_api import streams
from oms_api.answers import Answer, Payload, UserError
from oms_api.context import Context, Info
from oms_api.declare import mutation, resolved
from oms_api.gateway import new_id
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.locations import Location
from oms_core.kernel.message import Command
from oms_core.locations.commands import MergeLocation
from oms_core.locations.location import LocationView
from oms_core.serials.commands import MoveSerials
from oms_core.serials.naming import MOST_SERIALS
from oms_core.stock.stock_item import StockItem
from oms_core.transfers.merging import MOST_AT_ONCE, MoveReserved, MoveStock
from oms_projections import orders, serials, stock_levels

ORDERS_AT_ONCE = 200


@strawberry.input(description="Merge a location into another.")
class MergeLocationInput(VersionedInput):
    """Merge a location into another."""

    code: str = strawberry.field(description="The location that is given up.")
    into: str = strawberry.field(description="The location that all of it goes to.")
    reason: str = strawberry.field(description="Why.")


@dataclass(slots=True)
class Merged:
    """What came of a merger so far."""

    answer: Answer
    position: int | None
    moved_orders: int = 0
    moved_skus: int = 0
    problems: list[UserError] = field(default_factory=list)
    left: int = 0

    @property
    def user_errors(self) -> list[UserError]:
        """Why the merger itself was refused."""
        return self.answer.user_errors

    @property
    def replayed(self) -> bool:
        """Whether it is the answer to an earlier request."""
        return self.answer.replayed

    def count(self, step: Answer) -> int:
        """Take note of a step; returns 1 when it moved something."""
        self.problems += step.user_errors
        self.position = max(self.position or 0, step.position or 0) or None
        return int(step.position is not None)


def _location(root: Any) -> LocationView | None:
    merged: Merged = root
    view: LocationView | None = merged.answer.view
    return view


@strawberry.type(description="What came of a merger.")
class MergeLocationPayload(Payload):
    """What came of a merger; resolved from `Merged`."""

    location: Location | None = resolved(
        _location, Location | None, "The location that is given up; null when it was refused."
    )
    moved_orders: int = strawberry.field(description="Orders that went along, with their goods.")
    moved_skus: int = strawberry.field(description="SKUs whose other stock went along.")
    problems: list[UserError] = strawberry.field(description="Why something had to stay.")
    left: int = strawberry.field(
        description="SKUs that the location still has or has promised, as the read tables know it."
        " Send the request again, with another key, until none are left."
    )


@strawberry.type
class MergingMutations:
    """The mutation that merges locations."""

    @mutation(
        MergeLocationPayload,
        "Close a location and move what is there, and what is promised from there, to another: 200"
        " orders and 100 SKUs at a time. Orders keep their goods, which are in no moment free for"
        " others. What was moved is booked as transfers.",
    )
    async def merge_location(self, info: Info, input: MergeLocationInput) -> Merged:
        """Merge, and move a part."""
        context = info.context
        answer = await context.gateway.carry_out(context.cause, input, MergeLocation)
        merged = Merged(answer, answer.position)
        if answer.user_errors:
            return merged
        await context.caught_up("stock_levels", "orders", "serials")
        if not answer.replayed:
            await _move_orders(context, input, merged)
            await _move_stock(context, input, merged)
            await _move_serials(context, input, merged)
        async with context.pool.connection() as connection:
            rows = await stock_levels.at(connection, input.code, limit=MOST_AT_ONCE)
            units = await serials.left_behind(connection, input.code, MOST_SERIALS)
        merged.left = len(rows) + len(units)
        return merged


async def _move_orders(context: Context, given: MergeLocationInput, merged: Merged) -> None:
    async with context.pool.connection() as connection:
        ids = await stock_levels.promised_at(connection, given.code, MOST_AT_ONCE)
        items = (await streams.fold(connection, ids)).values()
        lines = [id for item in items if isinstance(item, StockItem) for id in item.reservations]
        skus = [item.sku for item in items if isinstance(item, StockItem)]
        found = await orders.of_lines(connection, skus, lines, ORDERS_AT_ONCE)
    for id in found:
        step = await _step(context, given, MoveReserved, order_id=id)
        merged.moved_orders += merged.count(step)


async def _move_stock(context: Context, given: MergeLocationInput, merged: Merged) -> None:
    async with context.pool.connection() as connection:
        rows = await stock_levels.at(connection, given.code, limit=MOST_AT_ONCE)
    for row in rows:
        step = await _step(context, given, MoveStock, skus=(row.sku,))
        merged.moved_skus += merged.count(step)


async def _move_serials(context: Context, given: MergeLocationInput, merged: Merged) -> None:
    """Units with serial numbers follow the stock that they are of, once all of it has left."""
    async with context.pool.connection() as connection:
        found = await serials.left_behind(connection, given.code, MOST_SERIALS)
    for sku, units in found.items():
        step = await context.gateway.carry_out(
            context.cause,
            DatedInput(occurred_at=given.occurred_at),
            MoveSerials,
            transfer_id=new_id(),
            sku=sku,
            location=given.code,
            destination=given.into,
            serials=units,
            reason=given.reason,
        )
        merged.count(step)


async def _step(
    context: Context, given: MergeLocationInput, command: type[Command], **about: object
) -> Answer:
    way = {"source": given.code, "destination": given.into, "reason": given.reason}
    return await context.gateway.carry_out(
        context.cause,
        DatedInput(occurred_at=given.occurred_at),
        command,
        moment="moved_at",
        transfer_id=new_id(),
        **way,
        **about,
    )
