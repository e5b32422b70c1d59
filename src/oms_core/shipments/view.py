"""A shipment as an answer shows it. The read table holds exactly these values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from oms_core.kernel.message import Message
from oms_core.orders.quantities import SkuQuantity
from oms_core.shipments.events import PackedParcel
from oms_core.shipments.status import ParcelStatus, ShipmentKind, ShipmentStatus, TrackingStatus


class CarriedLine(SkuQuantity):
    """Units of one order line in a shipment, how many of them are picked, and which if known."""

    picked: int
    serials: tuple[str, ...] = ()


class ShippedParcel(PackedParcel):
    """One parcel, and how far it has come."""

    status: ParcelStatus


class TrackingNote(Message):
    """What a carrier told; `applied` when it moved the shipment on."""

    carrier_event_id: str
    status: TrackingStatus
    tracked_at: datetime
    applied: bool
    parcel: int | None
    place: str | None
    details: str | None


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One shipment after its event number `version`."""

    id: UUID
    version: int
    order_id: UUID
    kind: ShipmentKind
    location: str
    status: ShipmentStatus
    carrier: str | None
    tracking_number: str | None
    ready_at: datetime | None
    collect_by: datetime | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    lines: tuple[CarriedLine, ...]
    parcels: tuple[ShippedParcel, ...]
    tracking: tuple[TrackingNote, ...]
