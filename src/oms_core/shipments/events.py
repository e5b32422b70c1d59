"""What happens to a shipment: the physical work at one location for one order."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, Message
from oms_core.kernel.personal import Personal
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.shipments.status import ShipmentKind, TrackingStatus


class ShipmentPlanned(Event):
    """A location is asked to send these units, or to keep them ready for the customer.

    They were split off another shipment when that is named.
    """

    TOPIC: ClassVar[str] = "shipments.ShipmentPlanned.v1"
    order_id: UUID
    location: str
    lines: tuple[SkuQuantity, ...]
    kind: ShipmentKind = ShipmentKind.DELIVERY
    split_from: UUID | None = None


class PickingStarted(Event):
    """Somebody went to take the goods from the shelves."""

    TOPIC: ClassVar[str] = "shipments.PickingStarted.v1"
    started_at: datetime
    picker: str | None = None


class LineSerials(Message):
    """The serial numbers of units of an order line."""

    line_id: UUID
    serials: tuple[str, ...]


class LineLot(LineQuantity):
    """So many units of an order line that are of one lot."""

    lot: str


class ItemsPicked(Event):
    """So many more units were taken from the shelves.

    `serials` and `lots` tell which units of a line are in hand now, in all, where that was said.
    """

    TOPIC: ClassVar[str] = "shipments.ItemsPicked.v1"
    lines: tuple[LineQuantity, ...]
    serials: tuple[LineSerials, ...] = ()
    lots: tuple[LineLot, ...] = ()


class ItemsShortPicked(Event):
    """Units were not on the shelf, or not fit to be sent; the shipment goes without them."""

    TOPIC: ClassVar[str] = "shipments.ItemsShortPicked.v1"
    lines: tuple[LineQuantity, ...]
    reason: Personal[str]


class PackedParcel(Message):
    """One parcel and what is in it. Its number counts from 1 within the shipment.

    `label` says where the carrier's label is kept.
    """

    number: int
    weight_grams: int
    lines: tuple[LineQuantity, ...]
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    carrier: str | None = None
    tracking_number: Personal[str | None] = None
    label: Personal[str | None] = None


class ParcelsPacked(Event):
    """All units are in parcels; parcels that were packed before were opened again."""

    TOPIC: ClassVar[str] = "shipments.ParcelsPacked.v1"
    parcels: tuple[PackedParcel, ...]
    packed_at: datetime


class ParcelLabeled(Event):
    """A parcel has a carrier's label; one that it had before is void."""

    TOPIC: ClassVar[str] = "shipments.ParcelLabeled.v1"
    parcel: int
    carrier: str
    tracking_number: Personal[str]
    label: Personal[str | None] = None


class ShipmentSplit(Event):
    """Some units go with a shipment of their own; those of a packed one in these whole parcels."""

    TOPIC: ClassVar[str] = "shipments.ShipmentSplit.v1"
    into: UUID
    lines: tuple[LineQuantity, ...]
    parcels: tuple[int, ...] = ()


class ShipmentLinesAdded(Event):
    """The units of another shipment of the same order and location go with this one."""

    TOPIC: ClassVar[str] = "shipments.ShipmentLinesAdded.v1"
    from_shipment_id: UUID
    lines: tuple[SkuQuantity, ...]


class ShipmentMerged(Event):
    """Everything goes with another shipment, so that this one ends."""

    TOPIC: ClassVar[str] = "shipments.ShipmentMerged.v1"
    into: UUID


class ShipmentRelocated(Event):
    """Another location sends the units instead, with a shipment of its own."""

    TOPIC: ClassVar[str] = "shipments.ShipmentRelocated.v1"
    into: UUID
    location: str
    reason: Personal[str]


class ShipmentLinesCancelled(Event):
    """Some units need not be sent any more; the rest still goes."""

    TOPIC: ClassVar[str] = "shipments.ShipmentLinesCancelled.v1"
    lines: tuple[LineQuantity, ...]
    reason: Personal[str]


class ShipmentCancelled(Event):
    """Nothing of this shipment is to be sent any more."""

    TOPIC: ClassVar[str] = "shipments.ShipmentCancelled.v1"
    reason: Personal[str]


class ShipmentDispatched(Event):
    """The goods were handed to the carrier: those with serial numbers are named."""

    TOPIC: ClassVar[str] = "shipments.ShipmentDispatched.v1"
    carrier: str
    tracking_number: Personal[str | None] = None
    dispatched_at: datetime
    serials: tuple[LineSerials, ...] = ()


class TrackingRecorded(Event):
    """A carrier told something, under an id that it uses once.

    `moved` are the parcels whose status it changed, 0 for a shipment that was not packed in
    parcels; none when it came late or told nothing new. `parcel` is the one it is about, all of
    them if missing.
    """

    TOPIC: ClassVar[str] = "shipments.TrackingRecorded.v1"
    carrier_event_id: str
    status: TrackingStatus
    tracked_at: datetime
    moved: tuple[int, ...]
    parcel: int | None = None
    place: Personal[str | None] = None
    details: Personal[str | None] = None


class ShipmentDelivered(Event):
    """The goods reached the customer: all that was still under way."""

    TOPIC: ClassVar[str] = "shipments.ShipmentDelivered.v1"
    delivered_at: datetime


class UndeliveredGoodsReceived(Event):
    """Parcels that were not delivered are back at the location, on the shelf if `restocked`.

    Parcel 0 is a shipment that was not packed in parcels.
    """

    TOPIC: ClassVar[str] = "shipments.UndeliveredGoodsReceived.v1"
    parcels: tuple[int, ...]
    restocked: bool
    received_at: datetime


class GoodsLost(Event):
    """Parcels will neither arrive nor come back. Parcel 0 is a shipment without parcels."""

    TOPIC: ClassVar[str] = "shipments.GoodsLost.v1"
    parcels: tuple[int, ...]
    reason: Personal[str]


class PickupPrepared(Event):
    """The goods wait for the customer at the location."""

    TOPIC: ClassVar[str] = "shipments.PickupPrepared.v1"
    ready_at: datetime
    collect_by: datetime | None = None


class GoodsHandedOver(Event):
    """The customer collected the goods, or somebody for them."""

    TOPIC: ClassVar[str] = "shipments.GoodsHandedOver.v1"
    handed_over_at: datetime
    recipient: Personal[str | None] = None
    serials: tuple[LineSerials, ...] = ()


class PickupExpired(Event):
    """The customer did not collect the goods; they go back to the shelf."""

    TOPIC: ClassVar[str] = "shipments.PickupExpired.v1"
    reason: Personal[str]


ShipmentEvent = (
    ShipmentPlanned
    | PickingStarted
    | ItemsPicked
    | ItemsShortPicked
    | ParcelsPacked
    | ParcelLabeled
    | ShipmentSplit
    | ShipmentLinesAdded
    | ShipmentMerged
    | ShipmentRelocated
    | ShipmentLinesCancelled
    | ShipmentCancelled
    | ShipmentDispatched
    | TrackingRecorded
    | ShipmentDelivered
    | UndeliveredGoodsReceived
    | GoodsLost
    | PickupPrepared
    | GoodsHandedOver
    | PickupExpired
)
