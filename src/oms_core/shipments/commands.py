"""Commands on shipments, and the one that makes them."""

from __future__ import annotations

from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Number
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.shipments.events import ShipmentDelivered, ShipmentDispatched, ShipmentPlanned
from oms_core.shipments.shipment import Shipment
from oms_core.stock.stock_item import StockItem, stock_item_id


class ReleaseToWarehouse(Command):
    """Plan a shipment at every location that holds reserved units of a paid order.

    An order that is not paid, is on hold, or has nothing left to release is left as it is:
    the fulfillment process may ask at any time and as often as it likes.
    """

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


class DispatchShipment(Command):
    """Hand the goods of a shipment to a carrier."""

    shipment_id: UUID
    carrier: Code
    tracking_number: Number | None = None
    dispatched_at: Moment

    def target(self) -> UUID:
        return self.shipment_id


class DeliverShipment(Command):
    """Note that the customer has the goods."""

    shipment_id: UUID
    delivered_at: Moment

    def target(self) -> UUID:
        return self.shipment_id


@handles(ReleaseToWarehouse)
async def release_to_warehouse(command: ReleaseToWarehouse, streams: Streams) -> Order:
    """One shipment per location, recorded together with the order's note of it."""
    order = await streams.get(Order, command.order_id)
    if order.holds or not order.is_paid:
        return order
    for location, lines in sorted(order.unreleased().items()):
        shipment = Shipment(order.release_to_warehouse(location, lines))
        shipment.plan(
            ShipmentPlanned(
                order_id=order.id,
                location=location,
                lines=tuple(
                    SkuQuantity(line_id=id, sku=order.lines[id].terms.sku, quantity=quantity)
                    for id, quantity in lines.items()
                ),
            )
        )
        streams.add(shipment)
    return order


@handles(DispatchShipment)
async def dispatch_shipment(command: DispatchShipment, streams: Streams) -> Shipment:
    """Take the goods out of stock and mark them shipped on the order, in one transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    ids = {stock_item_id(line.sku, shipment.location) for line in shipment.lines.values()}
    items = await streams.find(StockItem, sorted(ids))
    shipment.refuse_unless_dispatchable()
    order.refuse_if_on_hold()
    for item in items:
        item.refuse_unless_there(_of_sku(shipment, item.sku))
    facts = command.model_dump(exclude={"shipment_id"})
    shipment.dispatch(ShipmentDispatched(**facts))
    order.ship(shipment.id)
    for item in items:
        item.ship(order.id, shipment.id, _of_sku(shipment, item.sku))
    return shipment


@handles(DeliverShipment)
async def deliver_shipment(command: DeliverShipment, streams: Streams) -> Shipment:
    """Mark the goods delivered on the shipment and on the order."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    shipment.deliver(ShipmentDelivered(delivered_at=command.delivered_at))
    order.deliver(shipment.id)
    return shipment


def _of_sku(shipment: Shipment, sku: str) -> list[LineQuantity]:
    return [
        LineQuantity(line_id=line.line_id, quantity=line.quantity)
        for line in shipment.lines.values()
        if line.sku == sku
    ]
