"""Commands on an order that was placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.assignments.deciding import booked_days, leave_days
from oms_core.backorders.waiting import Waiting, waiting_of
from oms_core.channels.channel import Channel, channel_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.events import HoldPlaced
from oms_core.orders.holds import HoldKind
from oms_core.orders.order import Order
from oms_core.orders.reservations import freed, reserved_stock, withdrawn
from oms_core.shipments.shipment import Shipment
from oms_core.stock.stock_item import StockItem
from oms_core.workdays.workday import WorkDay


class WantedQuantity(Message):
    """So many units of a line, checked."""

    line_id: UUID
    quantity: Quantity


WantedQuantities = Annotated[tuple[WantedQuantity, ...], Field(min_length=1, max_length=1000)]


def summed(lines: Iterable[WantedQuantity]) -> dict[UUID, int]:
    """Add up what is wanted of each line, so that naming a line twice can't pass a check twice."""
    totals: dict[UUID, int] = {}
    for line in lines:
        totals[line.line_id] = totals.get(line.line_id, 0) + line.quantity
    return totals


class _OnOrder(Command):
    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


class HoldOrder(_OnOrder):
    """Keep the order from going to a warehouse. If `only_by` names people, only they release it."""

    hold_id: UUID
    reason: Text
    kind: HoldKind = HoldKind.OTHER
    placed_at: Moment | None = None
    only_by: Annotated[tuple[Code, ...], Field(max_length=20)] = ()


class ReleaseOrder(_OnOrder):
    """Release every hold of the order."""

    reason: Text
    released_by: Text | None = None


class ReleaseHold(_OnOrder):
    """Release one hold of the order."""

    hold_id: UUID
    reason: Text
    released_by: Text | None = None


class EscalateHold(_OnOrder):
    """Note that a hold waits too long; one that is over is left alone."""

    hold_id: UUID


class CancelOrder(_OnOrder):
    """Cancel units that have not left a warehouse; the whole order when `lines` is None."""

    reason: Text
    lines: WantedQuantities | None = None


class ExpireUnpaidOrder(_OnOrder):
    """Give the order up and free its stock, if nothing was paid or secured for it in time.

    One that was paid in part, shipped or cancelled is left as it is: a timer may ask at any time.
    """


@handles(HoldOrder)
async def hold_order(command: HoldOrder, streams: Streams) -> Order:
    """Place one hold; an order may have several. It escalates as its channel says."""
    order = await streams.get(Order, command.order_id)
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    facts = command.model_dump(exclude={"order_id"})
    escalates_at = channel.holds_escalate_at(command.placed_at)
    order.hold(HoldPlaced(**facts, escalates_at=escalates_at))
    return order


@handles(ReleaseOrder)
async def release_order(command: ReleaseOrder, streams: Streams) -> Order:
    """Let the order go on."""
    order = await streams.get(Order, command.order_id)
    order.release_holds(command.reason, by=command.released_by)
    return order


@handles(ReleaseHold)
async def release_hold(command: ReleaseHold, streams: Streams) -> Order:
    """Take one doubt away; the others stay."""
    order = await streams.get(Order, command.order_id)
    order.release_hold(command.hold_id, command.reason, by=command.released_by)
    return order


@handles(EscalateHold)
async def escalate_hold(command: EscalateHold, streams: Streams) -> Order:
    """Bring a hold to the attention of people, once."""
    order = await streams.get(Order, command.order_id)
    order.escalate_hold(command.hold_id)
    return order


@handles(CancelOrder)
async def cancel_order(command: CancelOrder, streams: Streams) -> Order:
    """Cancel, free the reservations and tell the warehouses, in one transaction."""
    order = await streams.get(Order, command.order_id)
    parts = await _parts(order, streams)
    wanted = None if command.lines is None else summed(command.lines)
    _cancel(order, parts, command.reason, wanted)
    return order


@handles(ExpireUnpaidOrder)
async def expire_unpaid_order(command: ExpireUnpaidOrder, streams: Streams) -> Order:
    """Cancel what nobody paid for, as `CancelOrder` does."""
    order = await streams.get(Order, command.order_id)
    if not order.expires_unpaid:
        return order
    parts = await _parts(order, streams)
    _cancel(order, parts, "not paid in time", None)
    return order


Parts = tuple[Sequence[Shipment], Sequence[WorkDay], Waiting, Sequence[StockItem]]
"""What holds units of an order that have not left a warehouse, and when they were to leave it."""


async def _parts(order: Order, streams: Streams) -> Parts:
    shipments = await streams.find(Shipment, order.unsent_ids)
    days = await booked_days(order.id, streams)
    waiting = await waiting_of(order, streams)
    return shipments, days, waiting, await streams.find(StockItem, sorted(reserved_stock(order)))


def _cancel(order: Order, parts: Parts, reason: str, wanted: Mapping[UUID, int] | None) -> None:
    shipments, days, waiting, items = parts
    cancelled = order.cancel(reason, wanted)
    waiting.leave(order, cancelled.units)
    for item in items:
        if lines := freed(order, cancelled.units, item):
            item.release(order.id, lines)
    for shipment in shipments:
        if lines := withdrawn(cancelled.units, shipment.id):
            shipment.cancel_lines(lines, reason)
    leave_days(order, days)
