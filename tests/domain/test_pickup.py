"""Click and collect: only from where the customer comes to, back to the shelf if nobody does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    HOLD,
    LINE_1,
    NOW,
    ORDER,
    cancel,
    deliver,
    dispatch,
    paid,
    place,
    shipment_id,
    stocked,
    units,
)

from oms_core.locations.location import NoSuchLocation
from oms_core.orders.commands import HoldOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import LinesDelivered, LinesShipped
from oms_core.orders.order import Order
from oms_core.orders.refusals import OrderOnHold
from oms_core.orders.status import OrderStatus
from oms_core.shipments import refusals
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.events import GoodsHandedOver, PickupPrepared
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.pickup import ExpirePickup, HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Withdrawal
from oms_core.shipments.regrouping import SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentKind, ShipmentStatus
from oms_core.shipments.withdrawing import RelocateShipment
from oms_core.stock.events import StockShipped
from oms_core.stock.stock_item import InsufficientStock, StockItem

FIRST, SECOND = shipment_id(1), shipment_id(2)
STOCK = stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 9})
PICKED = RecordPick(shipment_id=FIRST, lines=(PickedLine(line_id=LINE_1, quantity=3),))
READY = MarkReadyForPickup(shipment_id=FIRST, ready_at=NOW, collect_by=NOW + timedelta(days=7))
HAND_OVER = HandOver(shipment_id=FIRST, recipient="Ada", handed_over_at=NOW)


def story() -> Story:
    """Three caps to be collected in Hamburg, paid."""
    return Story().after(*STOCK, place(("CAP", 3), pickup_location="HAM"), *paid("35.70"))


def expire(then: Withdrawal) -> ExpirePickup:
    return ExpirePickup(shipment_id=FIRST, reason="not collected", then=then)


def test_only_stock_where_it_is_collected_counts() -> None:
    begun = Story().after(*STOCK)
    begun.when(place(("CAP", 6), pickup_location="HAM")).refused(
        InsufficientStock, "CAP: 6 wanted, 5 available", field="lines.0.quantity"
    )
    begun.when(place(("CAP", 1), pickup_location="KIEL")).refused(
        NoSuchLocation, field="pickup_location"
    )
    begun.after(place(("CAP", 6), pickup_location="HAM", allow_backorder=True))
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    assert (line.reserved, line.backordered) == ({"HAM": 5}, 1)


def test_added_units_are_collected_at_the_same_place() -> None:
    begun = story()
    more = EditOrder(order_id=ORDER, lines=(LineChange(line_id=LINE_1, quantity=6),))
    begun.when(more).refused(InsufficientStock, field="lines.0.quantity")


def test_the_customer_comes_and_gets_the_goods() -> None:
    begun = story()
    assert begun.history.fold(Shipment, FIRST).kind is ShipmentKind.PICKUP
    begun.when(READY).refused(refusals.PickingNotFinished, "Only 0 of 3")
    begun.after(PICKED).when(READY).then(
        {FIRST: [PickupPrepared(ready_at=NOW, collect_by=NOW + timedelta(days=7))]}
    )
    lines = (units(LINE_1, 3),)
    begun.when(HAND_OVER).then(
        {
            FIRST: [GoodsHandedOver(handed_over_at=NOW, recipient="Ada")],
            ORDER: [
                LinesShipped(shipment_id=FIRST, location="HAM", lines=lines),
                LinesDelivered(shipment_id=FIRST, lines=lines),
            ],
            CAP_AT_HAMBURG: [
                StockShipped(
                    sku="CAP", location="HAM", order_id=ORDER, shipment_id=FIRST, lines=lines
                )
            ],
        }
    )
    assert begun.history.fold(Order, ORDER).status is OrderStatus.COMPLETED
    begun.when(HAND_OVER).refused(refusals.ShipmentAlreadyDispatched)


@pytest.mark.parametrize(
    ("then", "status", "available"),
    [
        (Withdrawal.CANCEL, OrderStatus.CANCELLED, 5),
        (Withdrawal.RELEASE_AGAIN, OrderStatus.OPEN, 2),
        (Withdrawal.RESOURCE, OrderStatus.OPEN, 5),
    ],
)
def test_goods_that_nobody_collects_go_back_to_the_shelf(
    then: Withdrawal, status: OrderStatus, available: int
) -> None:
    begun = story().after(PICKED)
    begun.when(expire(then)).refused(refusals.NotReadyForPickup, "Mark it ready first")
    begun.after(READY, expire(then))
    assert begun.history.fold(Order, ORDER).status is status
    stock = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (stock.on_hand, stock.available) == (5, available)
    begun.when(HAND_OVER).refused(refusals.ShipmentIsCancelled)


def test_goods_that_nobody_collected_may_be_tried_again() -> None:
    begun = story().after(PICKED, READY, expire(Withdrawal.RELEASE_AGAIN))
    begun.after(ReleaseToWarehouse(order_id=ORDER))
    assert begun.history.fold(Shipment, SECOND).kind is ShipmentKind.PICKUP


def test_what_is_collected_takes_no_other_way() -> None:
    begun = story().after(PICKED)
    begun.when(dispatch(1)).refused(refusals.ShipmentIsForPickup, "hand it over")
    elsewhere = RelocateShipment(shipment_id=FIRST, location="MUC", reason="flooded")
    begun.when(elsewhere).refused(refusals.ShipmentIsForPickup)
    begun.after(READY)
    begun.when(READY).refused(refusals.AlreadyReadyForPickup)
    begun.when(SplitShipment(shipment_id=FIRST, parcels=(1,))).refused(
        refusals.NoSuchParcel, field="parcels"
    )
    begun.when(deliver(1)).refused(refusals.ShipmentIsForPickup)


def test_what_is_sent_is_not_collected() -> None:
    begun = Story().after(*STOCK, place(("CAP", 3)), *paid("35.70"), PICKED)
    for command in (READY, HAND_OVER, expire(Withdrawal.CANCEL)):
        begun.when(command).refused(refusals.ShipmentIsForDelivery)


def test_a_held_order_is_not_handed_over() -> None:
    hold = HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check")
    story().after(PICKED, hold).when(READY).refused(OrderOnHold)
    story().after(PICKED, READY, hold).when(HAND_OVER).refused(OrderOnHold)


def test_a_customer_may_change_their_mind_until_they_come() -> None:
    begun = story().after(PICKED, READY, cancel({LINE_1: 1}))
    shipment = begun.history.fold(Shipment, FIRST)
    assert (shipment.status, shipment.quantities) == (
        ShipmentStatus.READY_FOR_PICKUP,
        {LINE_1: 2},
    )
    begun.after(HAND_OVER)
    assert begun.history.fold(Order, ORDER).lines[LINE_1].delivered == 2
