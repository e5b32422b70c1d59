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
from oms_core.orders.events import LinesCancelled
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity
from oms_core.shipments.shipment import Shipment
from oms_core.stock.stock_item import StockItem, stock_item_id


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
    items = await streams.find(StockItem, _reserved_stock(order))
    wanted = None if command.lines is None else summed(command.lines)
    cancelled = order.cancel(command.reason, wanted)
    for item in items:
        if lines := _freed(order, cancelled, item):
            item.release(order.id, lines)
    for shipment in shipments:
        if lines := _withdrawn(cancelled, shipment.id):
            shipment.cancel_lines(lines, command.reason)
    return order


def _reserved_stock(order: Order) -> list[UUID]:
    return sorted(
        {
            stock_item_id(line.terms.sku, location)
            for line in order.lines.values()
            for location in line.reserved
        }
    )


def _freed(order: Order, cancelled: LinesCancelled, item: StockItem) -> list[LineQuantity]:
    totals: dict[UUID, int] = {}
    for units in cancelled.units:
        sku = order.lines[units.line_id].terms.sku
        if units.bucket == "reserved" and (sku, units.location) == (item.sku, item.location):
            totals[units.line_id] = totals.get(units.line_id, 0) + units.quantity
    return [LineQuantity(line_id=id, quantity=quantity) for id, quantity in totals.items()]


def _withdrawn(cancelled: LinesCancelled, shipment_id: UUID) -> list[LineQuantity]:
    return [
        LineQuantity(line_id=units.line_id, quantity=units.quantity)
        for units in cancelled.units
        if units.shipment_id == shipment_id
    ]
