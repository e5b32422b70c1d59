"""Packing: all that was picked into parcels, and a label onto each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, LongText, Moment, Number
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.quantities import line_quantities
from oms_core.shipments.events import PackedParcel, ParcelLabeled
from oms_core.shipments.refusals import UnitsPackedWrongly
from oms_core.shipments.shipment import Shipment

MOST_PARCELS = 200
"""Parcels that a shipment may have."""

Grams = Annotated[int, Field(ge=1, le=10_000_000)]
Millimeters = Annotated[int, Field(ge=1, le=20_000)]


class WantedParcel(Message):
    """One parcel: its weight, what is in it, and what is known of its label."""

    weight_grams: Grams
    lines: WantedQuantities
    length_mm: Millimeters | None = None
    width_mm: Millimeters | None = None
    height_mm: Millimeters | None = None
    carrier: Code | None = None
    tracking_number: Number | None = None
    label: LongText | None = None


class PackShipment(Command):
    """Put all units into parcels, numbered from 1 as they are named."""

    shipment_id: UUID
    parcels: Annotated[tuple[WantedParcel, ...], Field(min_length=1, max_length=MOST_PARCELS)]
    packed_at: Moment

    def target(self) -> UUID:
        return self.shipment_id


class LabelParcel(Command):
    """Stick a carrier's label onto a parcel; `label` says where the label itself is kept."""

    shipment_id: UUID
    parcel: int
    carrier: Code
    tracking_number: Number
    label: LongText | None = None

    def target(self) -> UUID:
        return self.shipment_id


@handles(PackShipment)
async def pack_shipment(command: PackShipment, streams: Streams) -> Shipment:
    """Pack; packed otherwise, the parcels of before were opened. The same once more is no news."""
    shipment = await streams.get(Shipment, command.shipment_id)
    parcels = [_parcel(i, wanted) for i, wanted in enumerate(command.parcels, start=1)]
    shipment.refuse_unless_being_prepared()
    shipment.refuse_unless_picked()
    _refuse_unless_complete(shipment, parcels)
    if not _packed_so(shipment, parcels):
        shipment.pack(parcels, command.packed_at)
    return shipment


@handles(LabelParcel)
async def label_parcel(command: LabelParcel, streams: Streams) -> Shipment:
    """Label a parcel that has not left; the same label once more changes nothing."""
    shipment = await streams.get(Shipment, command.shipment_id)
    shipment.refuse_unless_being_prepared()
    shipment.refuse_unknown_parcel(command.parcel, "parcel")
    labeled = ParcelLabeled(**command.model_dump(exclude={"shipment_id"}))
    if not shipment.has_label(labeled):
        shipment.label(labeled)
    return shipment


def _parcel(number: int, wanted: WantedParcel) -> PackedParcel:
    facts = wanted.model_dump(exclude={"lines"})
    return PackedParcel(number=number, lines=line_quantities(summed(wanted.lines)), **facts)


def _packed_so(shipment: Shipment, parcels: Sequence[PackedParcel]) -> bool:
    """Tell whether the parcels are these already; they may have got labels since."""
    label = {"carrier", "tracking_number", "label"}
    packed = list(shipment.parcels.values())
    return len(packed) == len(parcels) and all(
        {**dict(new), **{n: getattr(old, n) for n in label if getattr(new, n) is None}} == dict(old)
        for old, new in zip(packed, parcels, strict=True)
    )


def _refuse_unless_complete(shipment: Shipment, parcels: Iterable[PackedParcel]) -> None:
    """Refuse when a unit is in no parcel, in two, or not of this shipment."""
    packed: Counter[UUID] = Counter()
    for parcel in parcels:
        for part in parcel.lines:
            packed[shipment.line(part.line_id).line_id] += part.quantity
    for line_id, line in shipment.lines.items():
        if packed[line_id] != line.quantity:
            raise UnitsPackedWrongly(
                packed=packed[line_id], sku=line.sku, wanted=line.quantity, field=("parcels",)
            )
