"""Splitting a shipment, and merging several: other parcels for the same units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.order import Order
from oms_core.shipments.events import LineLot, LineSerials, ShipmentPlanned
from oms_core.shipments.refusals import (
    AlreadyReadyForPickup,
    NothingLeftInShipment,
    PartNamedTwice,
    PickingAlreadyStarted,
    ShipmentAlreadyPacked,
    ShipmentMergedWithItself,
    ShipmentsDoNotMatch,
    TooFewUnitsInShipment,
)
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus

Parcels = Annotated[tuple[int, ...], Field(min_length=1, max_length=200)]


class SplitShipment(Command):
    """Let some units go with a shipment of their own: those of lines, or of whole parcels."""

    shipment_id: UUID
    lines: WantedQuantities | None = None
    parcels: Parcels | None = None

    def target(self) -> UUID:
        return self.shipment_id


class MergeShipments(Command):
    """Let a shipment carry what others of the same order and location were to carry."""

    shipment_id: UUID
    merged: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]

    def target(self) -> UUID:
        return self.shipment_id


@handles(SplitShipment)
async def split_shipment(command: SplitShipment, streams: Streams) -> Shipment:
    """Plan a second shipment at the same location; answers with that one."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    part = part_of(shipment, command.lines, command.parcels)
    other = split_off(order, shipment, part, command.parcels or ())
    streams.add(other)
    return other


@handles(MergeShipments)
async def merge_shipments(command: MergeShipments, streams: Streams) -> Shipment:
    """Move the units of all others into the first; those end."""
    shipment = await streams.get(Shipment, command.shipment_id)
    order = await streams.get(Order, shipment.order_id)
    others = [await streams.get(Shipment, id) for id in dict.fromkeys(command.merged)]
    for other in others:
        _refuse_unless_mergeable(shipment, other)
    for other in others:
        order.regroup(other.id, other.quantities, into=shipment.id)
        shipment.merge(other)
    return shipment


def part_of(
    shipment: Shipment, lines: WantedQuantities | None, parcels: Sequence[int] | None
) -> dict[UUID, int]:
    """Tell which units are meant by lines or by whole parcels; all of them by neither."""
    shipment.refuse_unless_being_prepared()
    if lines is not None and parcels is not None:
        raise PartNamedTwice(field=("parcels",))
    if parcels is not None:
        return _content(shipment, parcels)
    if lines is None:
        return shipment.quantities
    part = summed(lines)
    for line_id, wanted in part.items():
        line = shipment.line(line_id)
        if wanted > line.quantity:
            raise TooFewUnitsInShipment(
                wanted=wanted, sku=line.sku, carried=line.quantity, field=("lines",)
            )
    if shipment.parcels and part != shipment.quantities:
        raise ShipmentAlreadyPacked(field=("lines",))
    return part


def split_off(
    order: Order, shipment: Shipment, part: Mapping[UUID, int], parcels: Sequence[int]
) -> Shipment:
    """Hand units over to a new shipment; what is picked of them stays picked."""
    if shipment.ready_at is not None:
        raise AlreadyReadyForPickup()
    if part == shipment.quantities:
        raise NothingLeftInShipment(field=("lines",))
    planned = ShipmentPlanned(
        order_id=order.id,
        location=shipment.location,
        lines=tuple(
            shipment.lines[id].model_copy(update={"quantity": count}) for id, count in part.items()
        ),
        kind=shipment.kind,
        split_from=shipment.id,
    )
    picked = picked_of(shipment, part)
    along = tuple(
        shipment.parcels[old].model_copy(update={"number": new})
        for new, old in enumerate(sorted(set(parcels)), start=1)
    )
    named = _named(shipment, part)
    other = Shipment(order.regroup(shipment.id, part))
    shipment.split(other.id, part, sorted(set(parcels)))
    other.plan(planned)
    other.pick(picked, *named)
    if shipment.packed_at is not None:
        other.pack(along, shipment.packed_at)
    return other


def picked_of(shipment: Shipment, part: Mapping[UUID, int]) -> Counter[UUID]:
    """Tell how much of a part is picked: what is not picked yet goes first."""
    stays = Counter(shipment.quantities) - Counter(part)
    return Counter({id: shipment.picked[id] for id in part}) - stays


def _named(shipment: Shipment, part: Mapping[UUID, int]) -> tuple[list[LineSerials], list[LineLot]]:
    """Tell which units a part takes along, of lines that it takes all of."""
    whole = [id for id, count in part.items() if shipment.lines[id].quantity == count]
    serials = [
        LineSerials(line_id=id, serials=shipment.serials[id])
        for id in whole
        if id in shipment.serials
    ]
    lots = [
        LineLot(line_id=id, lot=lot, quantity=count)
        for id in whole
        for lot, count in shipment.lots.get(id, {}).items()
    ]
    return serials, lots


def _content(shipment: Shipment, parcels: Sequence[int]) -> dict[UUID, int]:
    units: Counter[UUID] = Counter()
    for number in sorted(set(parcels)):
        shipment.refuse_unknown_parcel(number, "parcels")
        for part in shipment.parcels[number].lines:
            units[part.line_id] += part.quantity
    return dict(units)


def _refuse_unless_mergeable(shipment: Shipment, other: Shipment) -> None:
    """Refuse to join what does not belong together, or is being picked already."""
    if other.id == shipment.id:
        raise ShipmentMergedWithItself(field=("merged",))
    if (other.order_id, other.location) != (shipment.order_id, shipment.location):
        raise ShipmentsDoNotMatch(field=("merged",))
    for each in (shipment, other):
        each.refuse_unless_being_prepared()
        if each.status is not ShipmentStatus.PENDING:
            raise PickingAlreadyStarted()
