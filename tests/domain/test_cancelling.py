"""Cancelling: units that have not left a warehouse, with their share of the money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    LINE_2,
    MUG_AT_HAMBURG,
    ORDER,
    cancel,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    shipment_id,
    stocked,
    uid,
    units,
)

from oms_core.backorders.events import BackordersDropped
from oms_core.backorders.queue import queue_id
from oms_core.catalogue.events import ProductCaughtUp
from oms_core.catalogue.product import product_id
from oms_core.kernel.message import Command
from oms_core.orders.commands import CancelOrder, WantedQuantity
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import CancelledAmounts, CancelledUnits, LinesCancelled
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedDiscount, WantedLine
from oms_core.orders.refusals import (
    NoSuchOrder,
    NoSuchOrderLine,
    OrderAlreadyShipped,
    OrderCancelled,
    TooFewUnitsToCancel,
)
from oms_core.orders.status import OrderStatus, PaymentStatus
from oms_core.orders.view import OrderView
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.events import ShipmentCancelled, ShipmentLinesCancelled
from oms_core.stock.events import ReservationReleased

WHY = "changed my mind"
SHIPMENT = shipment_id(1)


def story(**terms: object) -> Story:
    """Three caps and a mug at 10 EUR, all in Hamburg: 40.00 and 7.60 tax."""
    stock = stocked({("CAP", "HAM"): 5, ("MUG", "HAM"): 5})
    return Story().after(*stock, place(("CAP", 3), ("MUG", 1), **terms))


def view(story: Story) -> OrderView:
    return story.history.fold(Order, ORDER).view()


def freed(sku: str, *lines: tuple[int, int], location: str = "HAM") -> ReservationReleased:
    return ReservationReleased(
        sku=sku,
        location=location,
        order_id=ORDER,
        lines=tuple(units(uid(line), count) for line, count in lines),
    )


def taken(line: int, quantity: int, location: str = "HAM", **where: object) -> CancelledUnits:
    return CancelledUnits(
        line_id=uid(line), quantity=quantity, bucket="reserved", location=location, **where
    )


def owed_less(line: int, subtotal: str, tax: str, discount: str = "0") -> CancelledAmounts:
    return CancelledAmounts(
        line_id=uid(line), subtotal=Decimal(subtotal), discount=Decimal(discount), tax=Decimal(tax)
    )


@pytest.mark.parametrize(
    "fewer",
    [
        cancel({LINE_1: 18}),
        EditOrder(order_id=ORDER, lines=(LineChange(line_id=LINE_1, quantity=2),)),
    ],
    ids=["cancelled", "edited"],
)
def test_vendure_5127_a_percentage_stays_what_it_was_when_units_go(fewer: Command) -> None:
    """There, 40 % off twenty units became 4 % off two: it was scaled by what was left."""
    off = WantedDiscount(percent=Decimal(40))
    twenty = (WantedLine(line_id=LINE_1, sku="CAP", quantity=20, discount=off),)
    begun = Story().after(*stocked({("CAP", "HAM"): 20}), place(lines=twenty), fewer)
    [line] = view(begun).lines
    assert (line.discount, view(begun).discount) == (Decimal(8), Decimal(8))
    assert view(begun).total == Decimal("14.28")  # 20.00 - 8.00, and 19 % of that


def test_a_whole_order_is_cancelled_with_its_reservations_and_its_shipping() -> None:
    begun = story(shipping_price=eur("4.90"))
    begun.when(cancel()).then(
        {
            ORDER: [
                LinesCancelled(
                    reason=WHY,
                    units=(taken(1, 3), taken(2, 1)),
                    amounts=(owed_less(1, "30", "5.70"), owed_less(2, "10", "1.90")),
                    shipping_price=Decimal("4.90"),
                )
            ],
            CAP_AT_HAMBURG: [freed("CAP", (1, 3))],
            MUG_AT_HAMBURG: [freed("MUG", (2, 1))],
        }
    )
    assert view(begun).status is OrderStatus.CANCELLED
    assert view(begun).total == 0


def test_some_units_are_cancelled_and_the_rest_stays_owed() -> None:
    begun = story(discount=eur("0.10"), shipping_price=eur("4.90"))
    begun.when(cancel({LINE_1: 1})).then(
        {
            ORDER: [
                LinesCancelled(
                    reason=WHY,
                    units=(taken(1, 1),),
                    # of 0.08 discount 0.05 stay for two caps of three, of 5.68 tax 3.79
                    amounts=(owed_less(1, "10", "1.89", "0.03"),),
                )
            ],
            CAP_AT_HAMBURG: [freed("CAP", (1, 1))],
        }
    )
    assert view(begun).shipping_price == Decimal("4.90")
    assert view(begun).lines[0].total == Decimal("20") - Decimal("0.05") + Decimal("3.79")


@pytest.mark.parametrize("pieces", [[1, 1, 1], [2, 1], [1, 2], [3]])
def test_cancelling_in_pieces_takes_the_same_money_as_all_at_once(pieces: list[int]) -> None:
    begun = story(discount=eur("0.10"))
    for piece in pieces:
        begun.after(cancel({LINE_1: piece}))
    assert view(begun).lines[0].total == 0
    assert view(begun).discount == Decimal("0.02")
    assert view(begun).total == Decimal("10") - Decimal("0.02") + Decimal("1.90")


def test_shipping_is_waived_with_the_last_unit_however_it_came_to_that() -> None:
    begun = story(shipping_price=eur("4.90")).after(cancel({LINE_1: 3}))
    assert view(begun).shipping_price == Decimal("4.90")
    begun.after(cancel({LINE_2: 1}))
    assert (view(begun).shipping_price, view(begun).total) == (0, 0)


def test_shipping_stays_owed_when_something_was_shipped() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2}))
    order = place(("CAP", 2), ("CAP", 1), allow_backorder=True, shipping_price=eur("4.90"))
    begun.after(order, *paid("40.60"), dispatch(1), cancel({LINE_2: 1}))
    assert view(begun).shipping_price == Decimal("4.90")
    assert view(begun).total == Decimal("28.70")


def test_backordered_units_go_first_and_shelves_before_warehouse_work() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 1}))
    begun.after(place(("CAP", 4), allow_backorder=True))
    begun.when(cancel({LINE_1: 2})).then(
        {
            ORDER: [
                LinesCancelled(
                    reason=WHY,
                    units=(
                        CancelledUnits(line_id=LINE_1, quantity=1, bucket="backordered"),
                        taken(1, 1),
                    ),
                    amounts=(owed_less(1, "20", "3.80"),),
                )
            ],
            CAP_AT_HAMBURG: [freed("CAP", (1, 1))],
            queue_id("CAP"): [
                BackordersDropped(sku="CAP", order_id=ORDER, lines=(units(LINE_1, 1),))
            ],
            product_id("CAP"): [ProductCaughtUp()],
        }
    )


def test_a_pending_shipment_shrinks() -> None:
    begun = story().after(*paid("47.60"))
    begun.when(cancel({LINE_1: 2})).then(
        {
            ORDER: [
                LinesCancelled(
                    reason=WHY,
                    units=(taken(1, 2, shipment_id=SHIPMENT),),
                    amounts=(owed_less(1, "20", "3.80"),),
                )
            ],
            CAP_AT_HAMBURG: [freed("CAP", (1, 2))],
            SHIPMENT: [ShipmentLinesCancelled(lines=(units(LINE_1, 2),), reason=WHY)],
        }
    )


def test_a_pending_shipment_without_units_left_is_cancelled() -> None:
    begun = story().after(*paid("47.60"), cancel({LINE_2: 1}))
    done = begun.history.execute(cancel())
    assert done.events[SHIPMENT] == [ShipmentCancelled(reason=WHY)]
    assert view(begun).payment_status is PaymentStatus.PAID  # until it is given back


def test_each_location_and_shipment_is_told_its_part() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 3}))
    begun.after(place(("CAP", 5)), *paid("59.50"))
    done = begun.history.execute(cancel({LINE_1: 3}))
    assert done.events[shipment_id(1)] == [ShipmentCancelled(reason=WHY)]
    assert done.events[shipment_id(2)] == [
        ShipmentLinesCancelled(lines=(units(LINE_1, 1),), reason=WHY)
    ]
    assert done.events[CAP_AT_HAMBURG] == [freed("CAP", (1, 2))]
    assert done.events[CAP_AT_MUNICH] == [freed("CAP", (1, 1), location="MUC")]


def test_units_that_left_cannot_be_cancelled_but_the_others_can() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 3}))
    begun.after(place(("CAP", 5)), *paid("59.50"), dispatch(1))
    begun.when(cancel()).refused(OrderAlreadyShipped, "2 units have left the warehouse")
    begun.when(cancel({LINE_1: 4})).refused(
        TooFewUnitsToCancel, "4 units of CAP were to be cancelled, but only 3", field="lines"
    )
    done = begun.history.execute(cancel({LINE_1: 3}))
    assert set(done.events) == {ORDER, CAP_AT_MUNICH, shipment_id(2)}
    begun.after(deliver(1))
    assert view(begun).status is OrderStatus.COMPLETED


def test_a_line_named_twice_is_added_up() -> None:
    twice = tuple(WantedQuantity(line_id=LINE_1, quantity=2) for _ in range(2))
    story().when(CancelOrder(order_id=ORDER, reason=WHY, lines=twice)).refused(
        TooFewUnitsToCancel, "4 units", field="lines"
    )


def test_a_cancelled_order_is_not_cancelled_again() -> None:
    begun = story().after(cancel())
    begun.when(cancel()).refused(OrderCancelled, "The order is cancelled")
    begun.when(cancel({LINE_1: 1})).refused(OrderCancelled)


def test_a_delivered_order_is_not_cancelled() -> None:
    begun = story().after(*paid("47.60"), dispatch(1), deliver(1))
    begun.when(cancel()).refused(OrderAlreadyShipped, "request a return after delivery")


def test_unknown_orders_and_lines_are_refused() -> None:
    Story().when(cancel()).refused(NoSuchOrder, "no such order")
    story().when(cancel({uid(9): 1})).refused(NoSuchOrderLine, str(uid(9)), field="lines")


def test_no_lines_at_all_is_a_mistake_and_not_the_whole_order() -> None:
    with pytest.raises(ValidationError, match="lines"):
        CancelOrder(order_id=ORDER, reason=WHY, lines=())


def test_a_cancelled_order_is_not_released_to_a_warehouse() -> None:
    begun = story().after(cancel())
    begun.when(ReleaseToWarehouse(order_id=ORDER)).then({})
