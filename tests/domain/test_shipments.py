"""Shipments: dispatched once, delivered once, with the goods out of stock at dispatch."""

from __future__ import annotations

from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    HOLD,
    LINE_1,
    LINE_2,
    MUG_AT_HAMBURG,
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

from oms_core.orders.commands import HoldOrder, ReleaseOrder
from oms_core.orders.events import LinesDelivered, LinesShipped
from oms_core.orders.order import Order
from oms_core.orders.refusals import OrderOnHold
from oms_core.orders.status import FulfillmentStatus, OrderStatus
from oms_core.shipments.events import ShipmentDelivered, ShipmentDispatched
from oms_core.shipments.refusals import (
    NoSuchShipment,
    ShipmentAlreadyDelivered,
    ShipmentAlreadyDispatched,
    ShipmentIsCancelled,
    ShipmentNotDispatched,
)
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus
from oms_core.stock.commands import AdjustStock
from oms_core.stock.events import StockShipped
from oms_core.stock.stock_item import InsufficientStock, StockItem

FIRST, SECOND = shipment_id(1), shipment_id(2)
LOST = AdjustStock(sku="CAP", location="HAM", delta=-4, reason="count")


def story() -> Story:
    """Two caps and a mug, paid, in one shipment from Hamburg."""
    stock = stocked({("CAP", "HAM"): 5, ("MUG", "HAM"): 5})
    return Story().after(*stock, place(("CAP", 2), ("MUG", 1)), *paid("35.70"))


def in_two() -> Story:
    """Three caps, paid: one from Hamburg as the first shipment, two from Munich as the second."""
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    return Story().after(*stock, place(("CAP", 3)), *paid("35.70"))


def order(story: Story) -> Order:
    return story.history.fold(Order, ORDER)


def test_dispatch_takes_the_goods_out_of_stock_and_ships_the_lines() -> None:
    begun = story()
    begun.when(dispatch(1)).then(
        {
            FIRST: [ShipmentDispatched(carrier="DHL", dispatched_at=NOW)],
            ORDER: [
                LinesShipped(
                    shipment_id=FIRST, location="HAM", lines=(units(LINE_1, 2), units(LINE_2, 1))
                )
            ],
            CAP_AT_HAMBURG: [
                StockShipped(
                    sku="CAP",
                    location="HAM",
                    order_id=ORDER,
                    shipment_id=FIRST,
                    lines=(units(LINE_1, 2),),
                )
            ],
            MUG_AT_HAMBURG: [
                StockShipped(
                    sku="MUG",
                    location="HAM",
                    order_id=ORDER,
                    shipment_id=FIRST,
                    lines=(units(LINE_2, 1),),
                )
            ],
        }
    )
    stock = begun.history.fold(StockItem, CAP_AT_HAMBURG).view()
    assert (stock.on_hand, stock.reserved, stock.available) == (3, 0, 3)
    assert order(begun).view().fulfillment_status is FulfillmentStatus.SHIPPED
    assert order(begun).view().status is OrderStatus.OPEN


def test_delivery_completes_the_order() -> None:
    begun = story().after(dispatch(1))
    begun.when(deliver(1)).then(
        {
            FIRST: [ShipmentDelivered(delivered_at=NOW)],
            ORDER: [LinesDelivered(shipment_id=FIRST, lines=(units(LINE_1, 2), units(LINE_2, 1)))],
        }
    )
    assert order(begun).view().fulfillment_status is FulfillmentStatus.DELIVERED
    assert order(begun).view().status is OrderStatus.COMPLETED
    assert begun.history.fold(Shipment, FIRST).view().status is ShipmentStatus.DELIVERED


def test_the_fulfillment_status_counts_each_shipment() -> None:
    begun = in_two()
    steps = [
        (dispatch(2), FulfillmentStatus.PARTIALLY_SHIPPED),
        (deliver(2), FulfillmentStatus.PARTIALLY_DELIVERED),
        (dispatch(1), FulfillmentStatus.PARTIALLY_DELIVERED),
        (deliver(1), FulfillmentStatus.DELIVERED),
    ]
    for command, expected in steps:
        assert order(begun.after(command)).view().fulfillment_status is expected


def test_a_shipment_leaves_once() -> None:
    begun = story().after(dispatch(1))
    begun.when(dispatch(1)).refused(ShipmentAlreadyDispatched, "dispatched already")
    begun.after(deliver(1)).when(dispatch(1)).refused(ShipmentAlreadyDispatched)


def test_a_shipment_arrives_once_and_not_before_it_left() -> None:
    begun = story()
    begun.when(deliver(1)).refused(ShipmentNotDispatched, "Dispatch it first")
    begun.after(dispatch(1), deliver(1))
    begun.when(deliver(1)).refused(ShipmentAlreadyDelivered, "delivered already")


def test_a_cancelled_shipment_goes_nowhere() -> None:
    begun = story().after(cancel())
    begun.when(dispatch(1)).refused(ShipmentIsCancelled, "was cancelled")
    begun.when(deliver(1)).refused(ShipmentIsCancelled)


def test_a_shipment_leaves_with_what_was_not_cancelled() -> None:
    begun = story().after(cancel({LINE_1: 1, LINE_2: 1}))
    done = begun.history.execute(dispatch(1))
    assert done.events[ORDER] == [
        LinesShipped(shipment_id=FIRST, location="HAM", lines=(units(LINE_1, 1),))
    ]
    assert MUG_AT_HAMBURG not in done.events


def test_an_order_on_hold_keeps_its_shipments_back() -> None:
    begun = story().after(HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check"))
    begun.when(dispatch(1)).refused(OrderOnHold, "on hold (fraud check)")
    begun.after(ReleaseOrder(order_id=ORDER, reason="checked"), dispatch(1))


def test_a_hold_does_not_undo_an_arrival() -> None:
    hold = HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check")
    begun = story().after(dispatch(1), hold, deliver(1))
    assert order(begun).status is OrderStatus.COMPLETED


def test_goods_that_a_count_did_not_find_do_not_leave() -> None:
    begun = story().after(LOST)
    begun.when(dispatch(1)).refused(InsufficientStock, "CAP: 2 wanted, 1 available")
    begun.after(cancel({LINE_1: 1}), dispatch(1))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).on_hand == 0


def test_unknown_shipments_are_refused() -> None:
    for command in (dispatch(2), deliver(2)):
        story().when(command).refused(NoSuchShipment, "Take its id from the order")
