"""Transfers: stock on its way from one location to another."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.gateway import new_id
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.nodes import Node, id_of, parse_id
from oms_api.serials import SkuSerialsInput
from oms_core.transfers.commands import (
    MOST_SKUS,
    CancelTransfer,
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
)
from oms_core.transfers.transfer import TransferStatus, TransferView, transfer_id
from oms_projections import stock_levels, transfers

describe(
    TransferStatus,
    "How far a transfer has come.",
    PLANNED="The units are still where they were, and may be promised.",
    IN_TRANSIT="The units left, and did not all arrive yet.",
    RECEIVED="Nothing is in transit any more.",
    CANCELLED="The units stay where they are.",
)


@strawberry.type(description="What of a SKU was sent: received, in transit and missing add up.")
class TransferLine:
    """A line; resolved from `TransferLineView`."""

    sku: str = strawberry.field(description="What is moved.")
    quantity: int = strawberry.field(description="Units to be sent.")
    received: int = strawberry.field(description="Units that arrived.")
    in_transit: int = strawberry.field(description="Units that left and did not arrive yet.")
    missing: int = strawberry.field(description="Units that left and will not arrive.")


@strawberry.type(description="Stock on its way from one location to another.")
class Transfer(Node):
    """A transfer; resolved from `TransferView`."""

    id: strawberry.ID = resolved(id_of("Transfer"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has.")
    source: str = strawberry.field(description="Code of the location that sends.")
    destination: str = strawberry.field(description="Code of the location that receives.")
    status: TransferStatus = strawberry.field(description="How far it has come.")
    expected_on: date = strawberry.field(description="The day on which it is to arrive.")
    reason: str = strawberry.field(description="Why the units are moved.")
    number: str | None = strawberry.field(description="The caller's own number.")
    lines: list[TransferLine] = strawberry.field(description="What is moved.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a transfer."""
        return isinstance(value, TransferView)


@strawberry.input(description="So many units of a SKU.")
class SkuUnitsInput:
    """So many units of a SKU."""

    sku: str = strawberry.field(description="A registered product, named once.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")


@strawberry.input(description="Plan that units go from one location to another.")
class PlanTransferInput(DatedInput):
    """Plan a transfer."""

    source: str = strawberry.field(description="Code of the location that sends.")
    destination: str = strawberry.field(description="Code of another location.")
    lines: list[SkuUnitsInput] = strawberry.field(description="1 to 1,000 SKUs.")
    expected_on: date = strawberry.field(description="The day on which it is to arrive.")
    reason: str = strawberry.field(description="Why the units are moved.")
    number: str | None = strawberry.field(
        default=None, description="Your own number for it, unique; it may have none."
    )


@strawberry.input(description="Plan that everything free at a location goes to another one.")
class ClearLocationInput(DatedInput):
    """Plan that everything free at a location goes to another one."""

    source: str = strawberry.field(description="Code of the location to be cleared.")
    destination: str = strawberry.field(description="Code of another location.")
    expected_on: date = strawberry.field(description="The day on which it is to arrive.")
    reason: str = strawberry.field(description="Why it is cleared.")
    number: str | None = strawberry.field(
        default=None, description="Your own number for it, unique; it may have none."
    )


@strawberry.input
class OnTransferInput(VersionedInput):
    """What every input on a transfer names."""

    transfer_id: strawberry.ID = strawberry.field(description="The transfer.")


@strawberry.input(description="Let the units of a transfer leave.")
class DispatchTransferInput(OnTransferInput):
    """Let the units of a transfer leave."""

    serials: list[SkuSerialsInput] | None = strawberry.field(
        default=None, description="Which units leave, of products with serial numbers."
    )


@strawberry.input(description="Take in what arrived of a transfer.")
class ReceiveTransferInput(OnTransferInput):
    """Take in what arrived of a transfer."""

    lines: list[SkuUnitsInput] | None = strawberry.field(
        default=None, description="What arrived; all that is in transit when it is missing."
    )
    serials: list[SkuSerialsInput] | None = strawberry.field(
        default=None, description="Which units arrived, when it is a part of those with numbers."
    )
    reference: str | None = strawberry.field(
        default=None, description="The delivery note, for instance."
    )


@strawberry.input(description="Note that what is still in transit will not arrive.")
class MissTransferInput(OnTransferInput):
    """Note that what is still in transit will not arrive."""

    reason: str = strawberry.field(description="What became of it, as far as it is known.")


@strawberry.input(description="Leave the units of a planned transfer where they are.")
class CancelTransferInput(OnTransferInput):
    """Leave the units of a planned transfer where they are."""

    reason: str = strawberry.field(description="Why it is cancelled.")


@strawberry.type(description="What became of a command on a transfer.")
class TransferPayload(Payload):
    """What became of a command on a transfer."""

    transfer: Transfer | None = resolved(
        the_view, Transfer | None, "The transfer right after the command; null when refused."
    )


def _id(number: str | None) -> UUID:
    return new_id() if number is None else transfer_id(number)


@strawberry.type
class TransferMutations:
    """Commands on transfers."""

    @mutation(TransferPayload, "Plan that units go from one location to another.")
    async def plan_transfer(self, info: Info, input: PlanTransferInput) -> Answer:
        """Plan a transfer."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, PlanTransfer, transfer_id=_id(input.number)
        )

    @mutation(
        TransferPayload,
        "Plan a transfer of everything that is free at a location, up to 1,000 SKUs, to close it or"
        " merge it into another. Repeat it until nothing is left; promised units stay until they"
        " are shipped or relocated.",
    )
    async def clear_location(self, info: Info, input: ClearLocationInput) -> Answer:
        """Plan a transfer of all that is free."""
        context = info.context
        async with context.pool.connection() as connection:
            free = await stock_levels.free_at(connection, input.source, MOST_SKUS)
        lines = [{"sku": sku, "quantity": units} for sku, units in free.items()]
        return await context.gateway.carry_out(
            context.cause, input, PlanTransfer, transfer_id=_id(input.number), lines=lines
        )

    @mutation(TransferPayload, "Let the units leave: they are in transit, and announced there.")
    async def dispatch_transfer(self, info: Info, input: DispatchTransferInput) -> Answer:
        """Let the units leave."""
        return await info.context.gateway.carry_out(info.context.cause, input, DispatchTransfer)

    @mutation(TransferPayload, "Take in what arrived, in full or in parts.")
    async def receive_transfer(self, info: Info, input: ReceiveTransferInput) -> Answer:
        """Take in what arrived."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReceiveTransfer)

    @mutation(TransferPayload, "Note that what is still in transit will not arrive any more.")
    async def miss_transfer(self, info: Info, input: MissTransferInput) -> Answer:
        """Record the discrepancy."""
        return await info.context.gateway.carry_out(info.context.cause, input, MissTransfer)

    @mutation(TransferPayload, "Leave the units of a planned transfer where they are.")
    async def cancel_transfer(self, info: Info, input: CancelTransferInput) -> Answer:
        """Cancel a transfer."""
        return await info.context.gateway.carry_out(info.context.cause, input, CancelTransfer)


@strawberry.type
class TransferQueries:
    """Queries on transfers."""

    @query(Transfer | None, "One transfer by its id.")
    async def transfer(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        min_position: MinPosition = None,
    ) -> TransferView | None:
        """Find one transfer."""
        await info.context.reached(min_position, "transfers")
        key = parse_id("Transfer", id)
        async with info.context.pool.connection() as connection:
            return (await transfers.by_ids(connection, [key])).get(key)

    @query(
        list[Transfer],
        "What is planned or in transit from or to a location, the next ones first; up to 250.",
    )
    async def transfers(
        self,
        info: Info,
        *,
        location: Annotated[str, strawberry.argument(description="The location's code.")],
        min_position: MinPosition = None,
    ) -> list[TransferView]:
        """List what is under way."""
        await info.context.reached(min_position, "transfers")
        async with info.context.pool.connection() as connection:
            return await transfers.under_way(connection, location)
