"""What carriers tell: once each, never backward, parcel by parcel; and what never arrives."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    NOW,
    ORDER,
    deliver,
    dispatch,
    paid,
    place,
    send_back,
    shipment_id,
    stocked,
    units,
    wanted,
)

from oms_core.fulfillment.process import next_steps
from oms_core.orders.events import LinesDelivered, LinesReserved, LinesUndelivered
from oms_core.orders.order import Order
from oms_core.orders.quantities import SourcedQuantity
from oms_core.orders.status import OrderStatus
from oms_core.shipments.events import GoodsLost, ShipmentDelivered, TrackingRecorded
from oms_core.shipments.packing import PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.refusals import (
    NoSuchParcel,
    ShipmentAlreadyDelivered,
    ShipmentIsBack,
    ShipmentNotDispatched,
)
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ParcelStatus, ShipmentStatus, TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking
from oms_core.stock.events import StockCondition, StockReceived
from oms_core.stock.stock_item import StockItem

FIRST = shipment_id(1)
T = TrackingStatus


def story() -> Story:
    """Three caps, on their way in one shipment that was not packed in parcels."""
    stock = stocked({("CAP", "HAM"): 5})
    return Story().after(*stock, place(("CAP", 3)), *paid("35.70"), dispatch(1))


def in_two_parcels() -> Story:
    """Three caps, on their way: one in the first parcel, two in the second."""
    parcels = tuple(
        WantedParcel(weight_grams=500, lines=wanted({LINE_1: count})) for count in (1, 2)
    )
    return Story().after(
        *stocked({("CAP", "HAM"): 5}),
        place(("CAP", 3)),
        *paid("35.70"),
        RecordPick(shipment_id=FIRST, lines=(PickedLine(line_id=LINE_1, quantity=3),)),
        PackShipment(shipment_id=FIRST, parcels=parcels, packed_at=NOW),
        dispatch(1),
    )


def told(
    status: TrackingStatus, hour: int = 1, *, id: str | None = None, parcel: int | None = None
) -> RecordTracking:
    return RecordTracking(
        shipment_id=FIRST,
        carrier_event_id=id or f"{status}-{hour}-{parcel}",
        status=status,
        tracked_at=NOW + timedelta(hours=hour),
        parcel=parcel,
    )


def back(
    how: Rerouting, parcel: int | None = None, *, restock: bool = True
) -> ReceiveReturnToSender:
    return ReceiveReturnToSender(
        shipment_id=FIRST, parcel=parcel, restock=restock, then=how, received_at=NOW
    )


def lost(how: Rerouting, parcel: int | None = None) -> DeclareLost:
    return DeclareLost(shipment_id=FIRST, parcel=parcel, reason="not found", then=how)


def status(begun: Story) -> ShipmentStatus:
    return begun.history.fold(Shipment, FIRST).status


def buckets(begun: Story, id: UUID = LINE_1) -> dict[str, int]:
    line = begun.history.fold(Order, ORDER).lines[id].view()
    names = ("pending", "reserved", "backordered", "shipped", "delivered", "cancelled")
    return {name: count for name in names if (count := getattr(line, name))}


def test_delivered_by_tracking_is_delivered() -> None:
    begun = story().after(told(T.IN_TRANSIT), told(T.OUT_FOR_DELIVERY, 2))
    assert status(begun) is ShipmentStatus.IN_TRANSIT
    at = NOW + timedelta(hours=3)
    begun.when(told(T.DELIVERED, 3, id="dhl-7")).then(
        {
            FIRST: [
                TrackingRecorded(
                    carrier_event_id="dhl-7", status=T.DELIVERED, tracked_at=at, moved=(0,)
                ),
                ShipmentDelivered(delivered_at=at),
            ],
            ORDER: [LinesDelivered(shipment_id=FIRST, lines=(units(LINE_1, 3),))],
        }
    )
    assert begun.history.fold(Order, ORDER).status is OrderStatus.COMPLETED
    begun.when(deliver(1)).refused(ShipmentAlreadyDelivered)


def test_a_carrier_that_tells_twice_is_heard_once() -> None:
    begun = story().after(told(T.IN_TRANSIT, id="dhl-1"))
    begun.when(told(T.IN_TRANSIT, id="dhl-1")).then({})
    begun.when(told(T.DELIVERED, 9, id="dhl-1")).then({})


@pytest.mark.parametrize(
    ("first", "then", "stays"),
    [
        (told(T.DELIVERED, 5), told(T.IN_TRANSIT, 1), ShipmentStatus.DELIVERED),
        (told(T.DELIVERED, 5), told(T.RETURNED_TO_SENDER, 9), ShipmentStatus.DELIVERED),
        (told(T.RETURNED_TO_SENDER, 5), told(T.OUT_FOR_DELIVERY, 6), ShipmentStatus.FAILED),
        (told(T.RETURNED_TO_SENDER, 5), told(T.DELIVERED, 4), ShipmentStatus.FAILED),
        (told(T.IN_TRANSIT, 5), told(T.EXCEPTION, 6), ShipmentStatus.IN_TRANSIT),
        (told(T.LOST, 5), told(T.DELIVERED, 6), ShipmentStatus.DELIVERED),
    ],
)
def test_tracking_never_goes_backward(
    first: RecordTracking, then: RecordTracking, stays: ShipmentStatus
) -> None:
    """Late words are kept, and move nothing; what was lost may turn up at the customer's."""
    begun = story().after(first, then)
    assert status(begun) is stays
    notes = begun.history.fold(Shipment, FIRST).view().tracking
    moved = (then.status, stays) == (T.DELIVERED, ShipmentStatus.DELIVERED)
    assert [note.applied for note in notes] == [True, moved]


def test_nothing_is_tracked_before_it_left() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 3)), *paid("35.70"))
    for command in (told(T.IN_TRANSIT), back(Rerouting.CANCEL), lost(Rerouting.CANCEL)):
        begun.when(command).refused(ShipmentNotDispatched, "Dispatch it first")


def test_each_parcel_has_its_own_way() -> None:
    begun = in_two_parcels()
    begun.when(told(T.IN_TRANSIT, parcel=3)).refused(NoSuchParcel, field="parcel")
    begun.after(told(T.DELIVERED, parcel=1))
    assert (status(begun), buckets(begun)) == (
        ShipmentStatus.IN_TRANSIT,
        {"shipped": 3, "delivered": 1},
    )
    begun.after(told(T.RETURNED_TO_SENDER, 2, parcel=2))
    assert status(begun) is ShipmentStatus.FAILED
    begun.after(back(Rerouting.CANCEL))
    assert buckets(begun) == {"shipped": 1, "delivered": 1, "cancelled": 2}
    assert begun.history.fold(Order, ORDER).status is OrderStatus.COMPLETED
    parcels = begun.history.fold(Shipment, FIRST).view().parcels
    assert [parcel.status for parcel in parcels] == [ParcelStatus.DELIVERED, ParcelStatus.RETURNED]


def test_only_what_arrived_can_be_returned() -> None:
    begun = in_two_parcels().after(told(T.DELIVERED, parcel=1), send_back({LINE_1: 1}))
    assert begun.history.fold(Order, ORDER).lines[LINE_1].returnable == 0


def test_what_comes_back_is_restocked_and_sent_again() -> None:
    begun = story().after(told(T.RETURNED_TO_SENDER))
    done = begun.history.execute(back(Rerouting.RESOURCE))
    again = SourcedQuantity(line_id=LINE_1, quantity=3, sku="CAP", location="HAM")
    assert done.events[ORDER] == [
        LinesUndelivered(shipment_id=FIRST, lines=(units(LINE_1, 3),), reason="returned to sender"),
        LinesReserved(lines=(again,)),
    ]
    [received, _] = done.events[CAP_AT_HAMBURG]
    assert isinstance(received, StockReceived)
    assert (received.quantity, received.condition) == (3, StockCondition.AVAILABLE)
    for event in done.events[ORDER]:
        begun.after(*next_steps(ORDER, event))
    begun.after(dispatch(2), deliver(2))
    assert buckets(begun) == {"shipped": 3, "delivered": 3}


def test_what_comes_back_unfit_is_not_for_sale() -> None:
    begun = story().after(back(Rerouting.BACKORDER, restock=False))
    assert buckets(begun) == {"backordered": 3}
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.on_hand, item.available) == (5, 2)


def test_what_is_lost_is_sent_again_from_what_is_left() -> None:
    begun = story()
    done = begun.history.execute(lost(Rerouting.RESOURCE))
    assert done.events[FIRST] == [GoodsLost(parcels=(0,), reason="not found")]
    assert buckets(begun) == {"reserved": 2, "backordered": 1}
    assert status(begun) is ShipmentStatus.FAILED


def test_a_loss_that_is_not_replaced_is_no_longer_owed() -> None:
    begun = story().after(lost(Rerouting.CANCEL))
    order = begun.history.fold(Order, ORDER).view()
    assert (order.status, order.total, str(order.captured)) == (OrderStatus.CANCELLED, 0, "35.70")


def test_nothing_comes_back_twice() -> None:
    begun = story().after(back(Rerouting.CANCEL))
    for command in (back(Rerouting.CANCEL), lost(Rerouting.CANCEL), deliver(1)):
        begun.when(command).refused(ShipmentIsBack, "nothing is under way")
    begun = story().after(deliver(1))
    begun.when(lost(Rerouting.CANCEL)).refused(ShipmentAlreadyDelivered)
