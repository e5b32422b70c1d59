"""Commands on an order that was placed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.order import Order
from oms_core.orders.reservations import freed, reserved_stock, withdrawn
from oms_core.shipments.shipment import Shipment
from oms_core.stock.stock_item import StockItem


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
    """Keep the order from going to a warehouse."""

    hold_id: UUID
    reason: Text


class ReleaseOrder(_OnOrder):
    """Release every hold of the order."""

    reason: Text


class CancelOrder(_OnOrder):
    """Cancel units that have not left a warehouse; the whole order when `lines` is None."""

    reason: Text
    lines: WantedQuantities | None = None


@handles(HoldOrder)
async def hold_order(command: HoldOrder, streams: Streams) -> Order:
    """Place one hold; an order may have several."""
    order = await streams.get(Order, command.order_id)
    order.hold(command.hold_id, command.reason)
    return order


@handles(ReleaseOrder)
async def release_order(command: ReleaseOrder, streams: Streams) -> Order:
    """Let the order go on."""
    order = await streams.get(Order, command.order_id)
    order.release_holds(command.reason)
    return order


@handles(CancelOrder)
async def cancel_order(command: CancelOrder, streams: Streams) -> Order:
    """Cancel, free the reservations and tell the warehouses, in one transaction."""
    order = await streams.get(Order, command.order_id)
    shipments = await streams.find(
        Shipment, [i for i, r in order.releases.items() if not r.shipped]
    )
    items = await streams.find(StockItem, sorted(reserved_stock(order)))
    wanted = None if command.lines is None else summed(command.lines)
    cancelled = order.cancel(command.reason, wanted)
    for item in items:
        if lines := freed(order, cancelled.units, item):
            item.release(order.id, lines)
    for shipment in shipments:
        if lines := withdrawn(cancelled.units, shipment.id):
            shipment.cancel_lines(lines, command.reason)
    return order
