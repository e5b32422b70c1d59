"""Shipments that are not to be sent, or not from here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders.order import Order
from oms_core.orders.quantities import SourcedQuantity
from oms_core.shipments.events import ShipmentPlanned
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.refusals import RelocatedToItself
from oms_core.shipments.rerouting import Stock, at, free, of_item, reroute, stock_of
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentKind
from oms_core.stock.stock_item import InsufficientStock, StockItem


class CancelShipment(Command):
    """Stop a shipment before it leaves. `then` says what becomes of its units."""

    shipment_id: UUID
    reason: Text
    then: Withdrawal = Withdrawal.RELEASE_AGAIN
    cancelled_at: Moment | None = None

    def target(self) -> UUID:
        return self.shipment_id


class RelocateShipment(Command):
    """Let another location send a shipment, which must have all of it."""

    shipment_id: UUID
    location: Code
    reason: Text

    def target(self) -> UUID:
        return self.shipment_id


@handles(CancelShipment)
async def cancel_shipment(command: CancelShipment, streams: Streams) -> Shipment:
    """Stop it, and decide about its units in the same transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    stock = await stock_for(command.then, shipment, order, streams, command.cancelled_at)
    shipment.refuse_unless_being_prepared()
    withdraw(order, shipment, command.then, command.reason, stock)
    shipment.cancel(command.reason)
    return shipment


@handles(RelocateShipment)
async def relocate_shipment(command: RelocateShipment, streams: Streams) -> Shipment:
    """Reserve all units there and free them here; answers with the shipment at the new place."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    [location] = await streams.find(Location, [location_id(command.location)])
    skus = {line.sku for line in shipment.lines.values()}
    stock = await stock_of(skus, order, streams, None)
    shipment.refuse_unless_being_prepared()
    shipment.refuse_unless(ShipmentKind.DELIVERY)
    order.refuse_if_on_hold()
    if not location.exists:
        raise NoSuchLocation(code=command.location, field=("location",))
    location.refuse_if_closed("location")
    if command.location == shipment.location:
        raise RelocatedToItself(location=command.location, field=("location",))
    there = {item.sku: item for item in at(command.location, stock.items)}
    _refuse_unless_all_there(shipment, there, order.terms.channel)
    units = shipment.quantities
    order.unreserve(shipment.id, units, command.reason)
    free(order, units, at(shipment.location, stock.items))
    for item in there.values():
        item.reserve(order.id, of_item(order, units, item), order.terms.channel)
    order.reserve(
        SourcedQuantity(**line.model_dump(), location=command.location)
        for line in shipment.lines.values()
    )
    other = Shipment(order.release_to_warehouse(command.location, units))
    other.plan(
        ShipmentPlanned(
            order_id=order.id, location=command.location, lines=tuple(shipment.lines.values())
        )
    )
    shipment.relocate(other.id, command.location, command.reason)
    streams.add(other)
    return other


async def stock_for(
    then: Withdrawal, shipment: Shipment, order: Order, streams: Streams, moment: datetime | None
) -> Stock:
    """Load the stock that a withdrawal moves: none when the units stay reserved."""
    stay = then is Withdrawal.RELEASE_AGAIN
    skus = set() if stay else {line.sku for line in shipment.lines.values()}
    return await stock_of(skus, order, streams, moment, but=shipment.location)


def withdraw(order: Order, shipment: Shipment, then: Withdrawal, reason: str, stock: Stock) -> None:
    """Take all units out of a shipment that did not leave."""
    units = shipment.quantities
    if then is Withdrawal.RELEASE_AGAIN:
        order.recall(shipment.id)
        return
    order.unreserve(shipment.id, units, reason)
    free(order, units, at(shipment.location, stock.items))
    how = Rerouting.RESOURCE if then is Withdrawal.RESOURCE else Rerouting.CANCEL
    reroute(order, units, how, reason, stock, but=shipment.location)


def _refuse_unless_all_there(shipment: Shipment, there: dict[str, StockItem], channel: str) -> None:
    for sku in sorted({line.sku for line in shipment.lines.values()}):
        wanted = sum(line.quantity for line in shipment.lines.values() if line.sku == sku)
        available = there[sku].available_to(channel) if sku in there else 0
        if wanted > available:
            raise InsufficientStock(
                sku=sku, wanted=wanted, available=max(available, 0), field=("location",)
            )
