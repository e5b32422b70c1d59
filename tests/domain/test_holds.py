"""Holds, and the release of orders to warehouses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.domain.kit import Story
from tests.domain.shop import (
    HOLD,
    LINE_1,
    LINE_2,
    NOW,
    ORDER,
    at,
    authorize,
    cancel,
    capture,
    deliver,
    dispatch,
    eur,
    of_sku,
    paid,
    place,
    refund,
    shipment_id,
    stocked,
    uid,
    units,
)

from oms_core.channels.commands import ConfigureChannel
from oms_core.orders.commands import EscalateHold, HoldOrder, ReleaseHold, ReleaseOrder
from oms_core.orders.events import (
    HoldEscalated,
    HoldPlaced,
    HoldReleased,
    LinesReleased,
    LinesReserved,
)
from oms_core.orders.holds import Hold, HoldKind
from oms_core.orders.order import Order
from oms_core.orders.refusals import (
    HoldAlreadyPlaced,
    HoldNotOpen,
    HoldNotYours,
    NoSuchOrder,
    OrderCancelled,
    OrderCompleted,
    OrderNotOnHold,
    OrderOnHold,
)
from oms_core.orders.status import OrderStatus
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.events import ShipmentPlanned

HOLD_IT = HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check")
HOLD_IT_TOO = HoldOrder(order_id=ORDER, hold_id=uid(71), reason="address")
LET_IT_GO = ReleaseOrder(order_id=ORDER, reason="all is well")
TO_WAREHOUSE = ReleaseToWarehouse(order_id=ORDER)
ESCALATE = EscalateHold(order_id=ORDER, hold_id=HOLD)


def release(hold_id: UUID, by: str | None = None) -> ReleaseHold:
    return ReleaseHold(order_id=ORDER, hold_id=hold_id, reason="checked", released_by=by)


def story() -> Story:
    """Two caps: 23.80 EUR with tax."""
    return Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))


def status(story: Story) -> OrderStatus:
    return story.history.fold(Order, ORDER).view().status


def test_a_hold_is_placed_and_released() -> None:
    begun = story()
    begun.when(HOLD_IT).then({ORDER: [HoldPlaced(hold_id=HOLD, reason="fraud check")]})
    assert status(begun) is OrderStatus.ON_HOLD
    begun.when(LET_IT_GO).then({ORDER: [HoldReleased(hold_id=HOLD, reason="all is well")]})
    assert status(begun) is OrderStatus.OPEN


def test_all_holds_are_released_at_once() -> None:
    story().after(HOLD_IT, HOLD_IT_TOO).when(LET_IT_GO).then(
        {
            ORDER: [
                HoldReleased(hold_id=HOLD, reason="all is well"),
                HoldReleased(hold_id=uid(71), reason="all is well"),
            ]
        }
    )


def test_one_hold_is_placed_once() -> None:
    story().after(HOLD_IT).when(HOLD_IT).refused(HoldAlreadyPlaced, str(HOLD))


def test_an_order_that_is_not_on_hold_has_nothing_to_release() -> None:
    story().when(LET_IT_GO).refused(OrderNotOnHold, "not on hold")
    story().after(HOLD_IT, LET_IT_GO).when(LET_IT_GO).refused(OrderNotOnHold)


def test_finished_orders_are_not_held() -> None:
    story().after(cancel()).when(HOLD_IT).refused(OrderCancelled)
    delivered = story().after(*paid("23.80"), dispatch(1), deliver(1))
    delivered.when(HOLD_IT).refused(OrderCompleted, "everything was delivered")


def test_holds_are_released_one_by_one_and_the_last_one_lets_the_order_go() -> None:
    begun = story().after(HOLD_IT, HOLD_IT_TOO, authorize("23.80"), capture("23.80"))
    begun.when(release(HOLD)).then({ORDER: [HoldReleased(hold_id=HOLD, reason="checked")]})
    assert status(begun) is OrderStatus.ON_HOLD
    begun.when(TO_WAREHOUSE).then({})
    begun.when(release(HOLD)).refused(HoldNotOpen, str(HOLD), field="hold_id")
    begun.after(release(uid(71)))
    assert status(begun) is OrderStatus.OPEN
    assert shipment_id(1) in begun.history.execute(TO_WAREHOUSE).events


def test_a_hold_tells_its_kind_and_since_when_it_waits() -> None:
    fraud = HOLD_IT.model_copy(update={"kind": HoldKind.FRAUD, "placed_at": NOW})
    begun = story().after(fraud)
    assert begun.history.fold(Order, ORDER).view().holds == (
        Hold(hold_id=HOLD, kind=HoldKind.FRAUD, reason="fraud check", placed_at=NOW),
    )


def test_a_hold_that_is_reserved_for_some_is_released_by_them_only() -> None:
    reserved = HOLD_IT.model_copy(update={"only_by": ("eve", "ada")})
    begun = story().after(reserved, HOLD_IT_TOO)
    for who in (None, "bob"):
        begun.when(release(HOLD, by=who)).refused(HoldNotYours, "Only eve or ada may release")
        begun.when(LET_IT_GO.model_copy(update={"released_by": who})).refused(HoldNotYours)
    begun.after(release(uid(71), by="bob"), release(HOLD, by="ada"))
    assert status(begun) is OrderStatus.OPEN


def test_a_hold_escalates_when_its_channel_says_so_and_it_is_still_open() -> None:
    channel = ConfigureChannel(code="web", holds_escalate_after=timedelta(hours=4))
    held = HOLD_IT.model_copy(update={"placed_at": NOW})
    begun = story().after(channel)
    done = begun.when(held).then(
        {
            ORDER: [
                HoldPlaced(
                    hold_id=HOLD,
                    reason="fraud check",
                    placed_at=NOW,
                    escalates_at=NOW + timedelta(hours=4),
                )
            ]
        }
    )
    assert not done.answer.view().holds[0].escalated
    begun.when(ESCALATE).then({ORDER: [HoldEscalated(hold_id=HOLD)]})
    assert begun.history.fold(Order, ORDER).view().holds[0].escalated
    begun.when(ESCALATE).then({})
    begun.after(LET_IT_GO).when(ESCALATE).then({})


def test_a_hold_of_an_order_that_is_cancelled_does_not_escalate() -> None:
    story().after(HOLD_IT, cancel()).when(ESCALATE).then({})


def test_unknown_orders_are_refused() -> None:
    for command in (HOLD_IT, LET_IT_GO, TO_WAREHOUSE, release(HOLD), ESCALATE):
        Story().when(command).refused(NoSuchOrder)


def test_a_paid_order_goes_to_the_warehouse_once() -> None:
    begun = story().after(authorize("23.80"), capture("23.80"))
    begun.when(TO_WAREHOUSE).then(
        {
            ORDER: [
                LinesReleased(shipment_id=shipment_id(1), location="HAM", lines=(units(LINE_1, 2),))
            ],
            shipment_id(1): [
                ShipmentPlanned(order_id=ORDER, location="HAM", lines=(of_sku(LINE_1, 2, "CAP"),))
            ],
        }
    )
    begun.when(TO_WAREHOUSE).then({})


def test_each_location_gets_a_shipment() -> None:
    begun = Story().after(*stocked({("CAP", "MUC"): 3, ("CAP", "HAM"): 2, ("MUG", "MUC"): 1}))
    begun.after(place(("CAP", 4), ("MUG", 1)), authorize("59.50"), capture("59.50"))
    done = begun.history.execute(TO_WAREHOUSE)
    [hamburg], [munich] = done.events[shipment_id(1)], done.events[shipment_id(2)]
    assert hamburg == ShipmentPlanned(
        order_id=ORDER, location="HAM", lines=(of_sku(LINE_1, 1, "CAP"),)
    )
    assert munich == ShipmentPlanned(
        order_id=ORDER,
        location="MUC",
        lines=(of_sku(LINE_1, 3, "CAP"), of_sku(LINE_2, 1, "MUG")),
    )


def test_an_order_stays_where_it_is_until_all_is_paid() -> None:
    begun = story()
    begun.when(TO_WAREHOUSE).then({})
    begun.after(authorize("23.80")).when(TO_WAREHOUSE).then({})
    begun.after(capture("23.79")).when(TO_WAREHOUSE).then({})
    begun.after(capture("0.01"))
    assert shipment_id(1) in begun.history.execute(TO_WAREHOUSE).events


def test_an_order_on_hold_stays_where_it_is() -> None:
    begun = story().after(HOLD_IT, authorize("23.80"), capture("23.80"))
    begun.when(TO_WAREHOUSE).then({})
    begun.after(LET_IT_GO)
    assert shipment_id(1) in begun.history.execute(TO_WAREHOUSE).events


def test_an_order_whose_money_went_back_stays_where_it_is() -> None:
    begun = story().after(HOLD_IT, authorize("23.80"), capture("23.80"), refund("23.80"))
    begun.after(LET_IT_GO).when(TO_WAREHOUSE).then({})


def test_a_part_given_back_does_not_keep_the_goods_back() -> None:
    begun = story().after(HOLD_IT, authorize("23.80"), capture("23.80"), refund("5"), LET_IT_GO)
    assert shipment_id(1) in begun.history.execute(TO_WAREHOUSE).events


def test_what_was_cancelled_needs_not_be_paid() -> None:
    begun = story().after(authorize("23.80"), capture("11.90"), cancel({LINE_1: 1}))
    done = begun.history.execute(TO_WAREHOUSE)
    [planned] = done.events[shipment_id(1)]
    assert planned == ShipmentPlanned(
        order_id=ORDER, location="HAM", lines=(of_sku(LINE_1, 1, "CAP"),)
    )


def test_a_free_order_goes_out_without_a_payment() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 1), discount=eur("10")))
    assert shipment_id(1) in begun.history.execute(TO_WAREHOUSE).events


def test_backordered_units_wait_and_the_others_go() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 1}), place(("CAP", 3), allow_backorder=True))
    begun.after(*paid("35.70"))
    assert begun.history.fold(Order, ORDER).units.backordered == 2
    assert begun.history.fold(Order, ORDER).units.reserved == 1
    begun.when(TO_WAREHOUSE).then({})


def test_units_that_found_a_source_later_go_in_a_shipment_of_their_own() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2}), place(("CAP", 3), allow_backorder=True))
    begun.after(*paid("35.70"), dispatch(1))
    found = at("HAM", LINE_1, 1)
    begun.given(ORDER, Order, LinesReserved(lines=(found,), from_backorder=True))
    begun.when(TO_WAREHOUSE).then(
        {
            ORDER: [
                LinesReleased(shipment_id=shipment_id(2), location="HAM", lines=(units(LINE_1, 1),))
            ],
            shipment_id(2): [
                ShipmentPlanned(order_id=ORDER, location="HAM", lines=(of_sku(LINE_1, 1, "CAP"),))
            ],
        }
    )


def test_what_a_refused_process_leaves_does_not_quote_people() -> None:
    refusal = OrderOnHold(reasons="Ada Muster looks odd")
    assert str(refusal) == "The order is on hold (Ada Muster looks odd). Release it first."
    assert refusal.kept == "The order is on hold (…). Release it first."
    refused = HoldNotYours(names="bob", reason="Ada Muster looks odd")
    assert refused.kept == 'Only bob may release the hold "…". Ask one of them to do it.'
