"""One event of every topic of shipments, in full."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.shipments import events as shipments
from oms_core.shipments.status import ShipmentKind, TrackingStatus

LINE = UUID("0192f0c1-0000-7000-8000-000000000001")
ORDER = UUID("0192f0c1-0000-7000-8000-000000000002")
SHIPMENT = UUID("0192f0c1-0000-7000-8000-000000000003")
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
UNITS = (LineQuantity(line_id=LINE, quantity=2),)
SERIALS = (shipments.LineSerials(line_id=LINE, serials=("356938035643809", "A-2")),)
LOTS = (shipments.LineLot(line_id=LINE, quantity=2, lot="L-7"),)
CARRIED = (SkuQuantity(line_id=LINE, quantity=2, sku="CAP"),)

SHIPMENT_EVENTS: tuple[Event, ...] = (
    shipments.ShipmentPlanned(
        order_id=ORDER,
        location="HAM",
        lines=CARRIED,
        kind=ShipmentKind.PICKUP,
        split_from=SHIPMENT,
    ),
    shipments.PickingStarted(started_at=NOON, picker="Grace"),
    shipments.ItemsPicked(lines=UNITS, serials=SERIALS, lots=LOTS),
    shipments.ItemsShortPicked(lines=UNITS, reason="shelf was empty"),
    shipments.ParcelsPacked(
        parcels=(
            shipments.PackedParcel(
                number=1,
                weight_grams=850,
                lines=UNITS,
                length_mm=300,
                width_mm=200,
                height_mm=100,
                carrier="DHL",
                tracking_number="00340",
                label="labels/00340.pdf",
            ),
        ),
        packed_at=NOON,
    ),
    shipments.ParcelLabeled(
        parcel=1, carrier="DHL", tracking_number="00341", label="labels/00341.pdf"
    ),
    shipments.ShipmentSplit(into=SHIPMENT, lines=UNITS, parcels=(2,)),
    shipments.ShipmentLinesAdded(from_shipment_id=SHIPMENT, lines=CARRIED),
    shipments.ShipmentMerged(into=SHIPMENT),
    shipments.ShipmentRelocated(into=SHIPMENT, location="MUC", reason="flooded"),
    shipments.ShipmentLinesCancelled(lines=UNITS, reason="changed my mind"),
    shipments.ShipmentCancelled(reason="changed my mind"),
    shipments.ShipmentDispatched(
        carrier="DHL", tracking_number="00340", dispatched_at=NOON, serials=SERIALS
    ),
    shipments.TrackingRecorded(
        carrier_event_id="dhl-77",
        status=TrackingStatus.OUT_FOR_DELIVERY,
        tracked_at=NOON,
        moved=(1,),
        parcel=1,
        place="Hamburg",
        details="in the van",
    ),
    shipments.ShipmentDelivered(delivered_at=NOON),
    shipments.UndeliveredGoodsReceived(parcels=(0,), restocked=True, received_at=NOON),
    shipments.GoodsLost(parcels=(0,), reason="not found for four weeks"),
    shipments.PickupPrepared(ready_at=NOON, collect_by=NOON),
    shipments.GoodsHandedOver(handed_over_at=NOON, recipient="Ada", serials=SERIALS),
    shipments.PickupExpired(reason="not collected in a week"),
)
