"""Commands on shipments, and the one that makes them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Number
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.commands import WantedQuantities
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES, SkuQuantity
from oms_core.serials.naming import SerialsOfLine
from oms_core.shipments.events import ShipmentDelivered, ShipmentDispatched, ShipmentPlanned
from oms_core.shipments.leaving import leaving
from oms_core.shipments.regrouping import Parcels, part_of, split_off
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentKind


class ReleaseToWarehouse(Command):
    """Plan a shipment at every location that holds reserved units of a paid order.

    An order that is not paid, by its payments' terms, is on hold, or has nothing left to release
    is left as it is: the fulfillment process may ask at any time and as often as it likes.
    """

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


class DispatchShipment(Command):
    """Hand the goods of a shipment to a carrier: all of them, or those of lines or whole parcels.

    The rest stays as a shipment of its own. `serials` name the units that have serial numbers, if
    that was not said when they were picked.
    """

    shipment_id: UUID
    carrier: Code
    tracking_number: Number | None = None
    dispatched_at: Moment
    lines: WantedQuantities | None = None
    parcels: Parcels | None = None
    serials: Annotated[tuple[SerialsOfLine, ...], Field(max_length=MOST_LINES)] = ()

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
    if order.holds or not order.is_secured:
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
                kind=ShipmentKind.PICKUP if order.terms.pickup_location else ShipmentKind.DELIVERY,
            )
        )
        streams.add(shipment)
    return order


@handles(DispatchShipment)
async def dispatch_shipment(command: DispatchShipment, streams: Streams) -> Shipment:
    """Take the goods out of stock and mark them shipped on the order, in one transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    stock = await leaving(shipment, command.serials, streams)
    part = part_of(shipment, command.lines, command.parcels)
    shipment.refuse_unless_dispatchable(part)
    order.refuse_if_on_hold()
    stock.refuse_unless_there(order, shipment, part, command.dispatched_at)
    if rest := Counter(shipment.quantities) - Counter(part):
        stay = shipment.parcels.keys() - set(command.parcels or ())
        streams.add(split_off(order, shipment, rest, sorted(stay)))
    serials = stock.leave(order, shipment, command.dispatched_at)
    facts = command.model_dump(exclude={"shipment_id", "lines", "parcels", "serials"})
    shipment.dispatch(ShipmentDispatched(**facts, serials=serials))
    return shipment


@handles(DeliverShipment)
async def deliver_shipment(command: DeliverShipment, streams: Streams) -> Shipment:
    """Mark the goods delivered on the shipment and on the order."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    arrived = shipment.deliver(ShipmentDelivered(delivered_at=command.delivered_at))
    order.deliver(shipment.id, arrived)
    return shipment
