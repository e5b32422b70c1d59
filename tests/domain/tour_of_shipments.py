"""The part of the tour that follows shipments: how they are picked, packed, sent and lost."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.domain.invariants import Installation
from tests.domain.shop import NOW, wanted

from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.shipments.packing import LabelParcel, PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick, StartPicking
from oms_core.shipments.pickup import ExpirePickup, HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.regrouping import MergeShipments, SplitShipment
from oms_core.shipments.status import TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment
from oms_core.stock.commands import ReceiveStock


class ShipmentTour:
    """Shipments are prepared, leave, arrive or do not."""

    there: Installation
    must: Callable[..., None]
    do: Callable[[Command], bool]
    released: Callable[..., tuple[Order, UUID]]

    def picked(self, id: UUID) -> RecordPick:
        units = self.there.shipments[id].quantities.items()
        lines = tuple(PickedLine(line_id=line_id, quantity=count) for line_id, count in units)
        return RecordPick(shipment_id=id, lines=lines)

    def pickups(self) -> None:
        for comes in (True, False):
            _, id = self.released(pickup_location="HAM")
            self.must(self.picked(id), MarkReadyForPickup(shipment_id=id, ready_at=NOW))
            if comes:
                self.must(HandOver(shipment_id=id, handed_over_at=NOW))
            else:
                self.must(ExpirePickup(shipment_id=id, reason="not collected"))

    def parcels(self) -> None:
        order, id = self.released(units=3)
        [line_id] = order.lines
        one, two = wanted({line_id: 1}), wanted({line_id: 2})
        self.must(SplitShipment(shipment_id=id, lines=one))
        [_, other] = order.releases
        self.must(
            MergeShipments(shipment_id=id, merged=(other,)),
            StartPicking(shipment_id=id, started_at=NOW),
        )
        self.must(self.picked(id))
        fewer = PickedLine(line_id=line_id, quantity=2)
        self.do(RecordPick(shipment_id=id, lines=(fewer,)))
        self.must(
            PackShipment(
                shipment_id=id,
                parcels=tuple(WantedParcel(weight_grams=500, lines=part) for part in (one, two)),
                packed_at=NOW,
            ),
            LabelParcel(shipment_id=id, parcel=1, carrier="DHL", tracking_number="00340"),
            DispatchShipment(shipment_id=id, carrier="DHL", dispatched_at=NOW),
            RecordTracking(
                shipment_id=id,
                carrier_event_id="1",
                status=TrackingStatus.DELIVERED,
                tracked_at=NOW,
                parcel=1,
            ),
        )
        _, moved = self.released()
        self.must(ReceiveStock(sku="MUG", location="MUC", quantity=9))
        self.must(RelocateShipment(shipment_id=moved, reason="flooded", location="MUC"))
        _, withdrawn = self.released()
        self.must(CancelShipment(shipment_id=withdrawn, reason="flooded"))

    def losses(self) -> None:
        away = {"then": Rerouting.CANCEL}
        _, lost = self.released()
        _, back = self.released()
        for id in (lost, back):
            self.must(DispatchShipment(shipment_id=id, carrier="DHL", dispatched_at=NOW))
        self.must(
            DeclareLost(shipment_id=lost, reason="lost", **away),
            ReceiveReturnToSender(shipment_id=back, received_at=NOW, **away),
        )
        self.do(DeliverShipment(shipment_id=back, delivered_at=NOW))
