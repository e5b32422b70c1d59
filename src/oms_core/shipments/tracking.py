"""What carriers tell, and goods that come back to the sender or are lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import LongText, Moment, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.serials.naming import NamedSerials, SerialsOfLine, by_line, named_by_line
from oms_core.shipments.events import GoodsLost, TrackingRecorded, UndeliveredGoodsReceived
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.refusals import NoSuchShipmentLine
from oms_core.shipments.rerouting import at, of_item, reroute, stock_of
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import MOVING, UNDECIDED, ParcelStatus, TrackingStatus, aimed_at
from oms_core.stock.events import StockCondition, StockReceived

AVAILABLE, QUALITY_HOLD = StockCondition.AVAILABLE, StockCondition.QUALITY_HOLD
BACK, LOST = "returned to sender", "lost"

LineSerialNumbers = Annotated[tuple[SerialsOfLine, ...], Field(max_length=MOST_LINES)]


class RecordTracking(Command):
    """Note what a carrier told, under the carrier's own id of it.

    The same id once more changes nothing. `parcel` is the one it is about; all if missing.
    """

    shipment_id: UUID
    carrier_event_id: Number
    status: TrackingStatus
    tracked_at: Moment
    parcel: int | None = None
    place: Text | None = None
    details: LongText | None = None

    def target(self) -> UUID:
        return self.shipment_id


class ReceiveReturnToSender(Command):
    """Take parcels in that could not be delivered; `then` says what becomes of the units.

    `restock` puts them back onto the shelf; else they are held for a check of their quality. All
    that did not arrive if no `parcel` is named. When it is a part of a line's units with serial
    numbers, `serials` name them.
    """

    shipment_id: UUID
    parcel: int | None = None
    restock: bool = True
    then: Rerouting
    received_at: Moment
    serials: LineSerialNumbers = ()

    def target(self) -> UUID:
        return self.shipment_id


class DeclareLost(Command):
    """Wait no longer for parcels; `then` says what becomes of the units.

    When it is a part of a line's units with serial numbers, `serials` name them.
    """

    shipment_id: UUID
    parcel: int | None = None
    reason: Text
    then: Rerouting
    declared_at: Moment | None = None
    serials: LineSerialNumbers = ()

    def target(self) -> UUID:
        return self.shipment_id


@handles(RecordTracking)
async def record_tracking(command: RecordTracking, streams: Streams) -> Shipment:
    """Record it, once; what comes late or goes backward moves nothing."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    if command.carrier_event_id in shipment.tracking:
        return shipment
    shipment.refuse_unless_left()
    about = _about(shipment, command.parcel)
    facts = command.model_dump(exclude={"shipment_id"})
    moved = tuple(number for number in about if _moves_on(shipment, number, command))
    if arrived := shipment.track(TrackingRecorded(**facts, moved=moved)):
        order.deliver(shipment.id, arrived)
    return shipment


@handles(ReceiveReturnToSender)
async def receive_return_to_sender(command: ReceiveReturnToSender, streams: Streams) -> Shipment:
    """Restock, and decide about the units, in one transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    skus = {line.sku for line in shipment.lines.values()}
    out = await _out(shipment, streams)
    stock = await stock_of(skus, order, streams, command.received_at)
    parcels = _undelivered(shipment, command.parcel)
    units = shipment.content(parcels)
    serials = _chosen(out, units, command.serials)
    shipment.take_back(
        UndeliveredGoodsReceived(
            parcels=parcels, restocked=command.restock, received_at=command.received_at
        )
    )
    order.undeliver(shipment.id, units, BACK)
    for item in at(shipment.location, stock.items):
        if quantity := sum(part.quantity for part in of_item(order, units, item)):
            item.receive(
                StockReceived(
                    sku=item.sku,
                    location=item.location,
                    quantity=quantity,
                    reference=f"{BACK}, order {order.terms.number}",
                    condition=AVAILABLE if command.restock else QUALITY_HOLD,
                )
            )
    for each in serials:
        each.come_back(shipment.location, None, for_sale=command.restock)
    reroute(order, units, command.then, BACK, stock)
    return shipment


@handles(DeclareLost)
async def declare_lost(command: DeclareLost, streams: Streams) -> Shipment:
    """Give the parcels up, and decide about the units, in one transaction."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    skus = {line.sku for line in shipment.lines.values()}
    out = await _out(shipment, streams)
    stock = await stock_of(skus, order, streams, command.declared_at)
    parcels = _undelivered(shipment, command.parcel)
    units = shipment.content(parcels)
    serials = _chosen(out, units, command.serials)
    shipment.lose(GoodsLost(parcels=parcels, reason=command.reason))
    order.undeliver(shipment.id, units, LOST)
    for each in serials:
        each.write_off(command.reason)
    reroute(order, units, command.then, command.reason, stock)
    return shipment


async def _out(shipment: Shipment, streams: Streams) -> dict[UUID, NamedSerials]:
    """Load the units with serial numbers that left with a shipment and are not back, by line."""
    skus = {id: line.sku for id, line in shipment.lines.items()}
    known = await named_by_line(shipment.serials, skus, streams)
    return {id: each.out_with(shipment.id) for id, each in known.items()}


def _chosen(
    out: Mapping[UUID, NamedSerials], units: Mapping[UUID, int], named: Iterable[SerialsOfLine]
) -> list[NamedSerials]:
    """Tell which units of the lines it is about: all, or those that are named."""
    names = by_line(named)
    for id in names:
        if id not in out or not units.get(id):
            raise NoSuchShipmentLine(line_id=id, field=("serials",))
    return [
        each.chosen(units[id], names.get(id, ()), "serials")
        for id, each in out.items()
        if units.get(id)
    ]


def _about(shipment: Shipment, parcel: int | None) -> list[int]:
    if parcel is None:
        return list(shipment.under_way)
    shipment.refuse_unknown_parcel(parcel, "parcel")
    return [parcel]


def _moves_on(shipment: Shipment, parcel: int, told: RecordTracking) -> bool:
    """Tell whether a parcel goes forward: off, under way, then delivered or failed.

    It may still be delivered after it failed, if that was later.
    """
    leg, aim = shipment.under_way[parcel], aimed_at(told.status)
    if aim is ParcelStatus.DELIVERED and leg.failed_at is not None:
        return leg.status in UNDECIDED and told.tracked_at > leg.failed_at
    if aim is ParcelStatus.IN_TRANSIT:
        return leg.status is ParcelStatus.DISPATCHED
    return leg.status in MOVING


def _undelivered(shipment: Shipment, parcel: int | None) -> tuple[int, ...]:
    """Tell which parcels may come back or be lost: one, or all that did not arrive."""
    shipment.refuse_unless_left()
    about = _about(shipment, parcel)
    undecided = tuple(n for n in about if shipment.under_way[n].status in UNDECIDED)
    if not undecided:
        raise shipment.not_under_way()
    return undecided
