"""Backorders: who waits, whose turn it is, and what becomes of those who wait too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.domain.expected_events import EVENTS
from tests.domain.expected_values import NOON
from tests.domain.expected_values import ORDER as THE_ORDER
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    NOW,
    ORDER,
    at,
    cancel,
    place,
    stocked,
    uid,
    units,
)

from oms_core.backorders.commands import (
    LINES_AT_ONCE,
    CancelBackorder,
    FillBackorders,
    RevisePromise,
)
from oms_core.backorders.events import (
    BackordersDropped,
    BackordersFilled,
    BackordersPassedOver,
    BackordersQueued,
    FilledLine,
)
from oms_core.backorders.process import LISTENS_TO, next_steps
from oms_core.backorders.queue import BackorderQueue, queue_id
from oms_core.catalogue.events import ProductBackordered, ProductCaughtUp
from oms_core.catalogue.product import NoSuchProduct, product_id
from oms_core.channels.commands import ConfigureChannel
from oms_core.kernel.message import Event
from oms_core.orders.commands import CancelOrder, HoldOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import LinesReserved, Promise, PromiseMade, PromiseRevised
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import PlaceOrder, WantedLine
from oms_core.orders.refusals import NoSuchOrderLine, NothingBackordered
from oms_core.orders.status import OrderStatus
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.events import (
    ReservationReleased,
    StockAdjusted,
    StockCounted,
    StockReceived,
    StockReserved,
)
from oms_core.stock.policy_commands import SetChannelSafetyStock, SetChannelShare
from oms_core.stock.stock_item import InsufficientStock, StockItem
from oms_core.subscriptions.commands import NotifySubscribers
from oms_core.workdays.events import OrderUnscheduled

FILL = FillBackorders(sku="CAP")
QUEUE, CAP = queue_id("CAP"), product_id("CAP")
ANN, BOB = order_id("ann"), order_id("bob")
ASKED_AFTER = {
    "StockReceived",
    "ReservationReleased",
    "StockConditionChanged",
    "StockPolicySet",
    "ChannelShareSet",
    "ChannelSafetyStockSet",
    "BackordersQueued",
    "BackordersFilled",
}
NOTIFY = NotifySubscribers(sku="CAP")


def story() -> Story:
    """Caps are known in Hamburg and Munich, and none are there."""
    return Story().after(
        *stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 1}),
        AdjustStock(sku="CAP", location="HAM", delta=-1, reason="gone"),
        AdjustStock(sku="CAP", location="MUC", delta=-1, reason="gone"),
    )


def wait(number: str, quantity: int, line: int, *, minutes: int = 0, **terms: Any) -> PlaceOrder:
    """Order caps that may wait, so many minutes after noon."""
    lines = (WantedLine(line_id=uid(line), sku="CAP", quantity=quantity),)
    placed_at = NOW + timedelta(minutes=minutes)
    usual = {"number": number, "lines": lines, "placed_at": placed_at, "allow_backorder": True}
    return place(**(usual | terms))


def arrive(units: int, location: str = "HAM") -> ReceiveStock:
    return ReceiveStock(sku="CAP", location=location, quantity=units)


def waiting(story: Story) -> dict[UUID, int]:
    queue = story.history.fold(BackorderQueue, QUEUE)
    return {line.line_id: line.quantity for line in queue.page(99).first}


def got(story: Story, number: str) -> tuple[int, int]:
    """Units reserved, and units that wait."""
    units = story.history.fold(Order, order_id(number)).units
    return units.reserved, units.backordered


def test_who_waits_is_in_the_queue_and_the_product_knows() -> None:
    done = story().history.execute(wait("ann", 3, 1))
    assert done.events[QUEUE] == [
        BackordersQueued(
            sku="CAP", order_id=ANN, placed_at=NOW, channel="web", lines=(units(LINE_1, 3),)
        )
    ]
    assert done.events[CAP] == [ProductBackordered()]


def test_what_arrives_goes_to_who_waits_at_once_in_order_stock_and_queue() -> None:
    begun = story().after(wait("ann", 3, 1), arrive(5))
    begun.when(FILL).then(
        {
            CAP: [ProductCaughtUp()],
            QUEUE: [
                BackordersFilled(
                    sku="CAP", lines=(FilledLine(order_id=ANN, line_id=LINE_1, quantity=3),)
                )
            ],
            ANN: [LinesReserved(lines=(at("HAM", LINE_1, 3),), from_backorder=True)],
            CAP_AT_HAMBURG: [
                StockReserved(sku="CAP", location="HAM", order_id=ANN, lines=(units(LINE_1, 3),))
            ],
        }
    )
    begun.when(FILL).then({})


def test_who_ordered_first_is_served_first_whoever_entered_the_queue_first() -> None:
    begun = story().after(wait("late", 2, 1, minutes=9), wait("early", 2, 2, minutes=1))
    begun.after(arrive(3), FILL)
    assert (got(begun, "early"), got(begun, "late")) == ((2, 0), (1, 1))
    begun.after(arrive(1), FILL)
    assert got(begun, "late") == (2, 0)
    assert waiting(begun) == {}


def test_of_one_moment_the_higher_priority_is_served_first_and_time_goes_before_it() -> None:
    begun = story().after(
        wait("low", 1, 1, minutes=1),
        wait("high", 1, 2, minutes=1, priority=7),
        wait("first", 1, 3),
    )
    assert list(waiting(begun)) == [uid(3), uid(2), uid(1)]
    begun.after(arrive(2), FILL)
    assert [got(begun, name)[0] for name in ("first", "high", "low")] == [1, 1, 0]


def test_backorders_are_filled_across_locations() -> None:
    begun = story().after(wait("ann", 5, 1), arrive(2), arrive(3, "MUC"), FILL)
    assert got(begun, "ann") == (5, 0)
    reserved = begun.history.fold(Order, ANN).lines[LINE_1].reserved
    assert reserved == {"HAM": 2, "MUC": 3}


def test_saleor_4190_goods_may_be_ordered_that_are_not_there_and_are_sent_when_they_are() -> None:
    """There, nobody could order what was out of stock; a backorder was asked for in 2019."""
    begun = story().after(wait("ann", 1, 1))
    assert got(begun, "ann") == (0, 1)
    begun.after(arrive(1), FILL)
    assert got(begun, "ann") == (1, 0)


def test_medusa_16569_what_was_promised_to_one_is_not_promised_to_another_meanwhile() -> None:
    """There, two that reserved at once each took the same units."""
    begun = story().after(wait("ann", 2, 1), wait("bob", 2, 2, minutes=1), arrive(2))
    begun.after(FILL, FILL)
    assert (got(begun, "ann"), got(begun, "bob")) == ((2, 0), (0, 2))
    for item in (CAP_AT_HAMBURG, CAP_AT_MUNICH):
        assert begun.history.fold(StockItem, item).available >= 0


def test_whoever_comes_now_does_not_take_what_has_arrived_for_those_who_wait() -> None:
    begun = story().after(wait("ann", 3, 1), arrive(4))  # and the process has not come yet
    begun.when(place(("CAP", 2), number="now")).refused(
        InsufficientStock, "CAP: 2 wanted, 1 available", field="lines.0.quantity"
    )
    begun.after(wait("now", 2, 9, minutes=5), FILL)
    assert (got(begun, "ann"), got(begun, "now")) == ((3, 0), (1, 1))


def test_nobody_takes_what_a_channel_waits_for_in_two_ways() -> None:
    """Some want their units from Hamburg, others from anywhere: together they want all."""
    begun = story().after(
        wait("here", 4, 1, channel="app", pickup_location="HAM"),
        wait("any", 3, 2, minutes=1, channel="app"),
        arrive(7),
        SetChannelShare(sku="CAP", location="HAM", channel="app", quantity=2),
    )
    begun.when(place(("CAP", 1), number="now")).refused(
        InsufficientStock, "0 available", field="lines.0.quantity"
    )


def test_who_waits_on_a_channel_does_not_hold_back_units_that_it_can_not_have() -> None:
    begun = story().after(
        wait("ann", 3, 1, channel="app"),
        SetChannelSafetyStock(sku="CAP", location="HAM", channel="app", quantity=4),
        arrive(5),
    )
    begun.when(place(("CAP", 5), number="now")).refused(
        InsufficientStock, "5 wanted, 4 available", field="lines.0.quantity"
    )
    begun.after(FILL)
    assert got(begun, "ann") == (1, 2)
    begun.after(SetChannelSafetyStock(sku="CAP", location="HAM", channel="app", quantity=2), FILL)
    assert got(begun, "ann") == (3, 0)


def test_an_edit_does_not_take_it_either() -> None:
    begun = story().after(arrive(1), place(("CAP", 1)), wait("ann", 3, 2), arrive(3))
    more = EditOrder(order_id=ORDER, lines=(LineChange(line_id=LINE_1, quantity=2),))
    begun.when(more).refused(InsufficientStock, field="lines.0.quantity")


def test_what_is_cancelled_or_edited_away_does_not_wait_any_more() -> None:
    begun = story().after(wait("1001", 3, 1), wait("bob", 1, 2, minutes=1))
    done = begun.history.execute(cancel({LINE_1: 1}))
    assert done.events[QUEUE] == [
        BackordersDropped(sku="CAP", order_id=ORDER, lines=(units(LINE_1, 1),))
    ]
    begun.after(EditOrder(order_id=ORDER, lines=(LineChange(line_id=LINE_1, quantity=2),)))
    assert waiting(begun) == {LINE_1: 1, uid(2): 1}
    done = begun.history.execute(cancel())
    assert CAP not in done.events
    done = begun.history.execute(CancelOrder(order_id=BOB, reason="no"))
    assert done.events[CAP] == [ProductCaughtUp()]
    begun.after(arrive(9)).when(FILL).then({})


def test_medusa_12401_an_order_that_got_its_stock_and_is_cancelled_gives_it_to_the_next() -> None:
    """There, cancelling twice left reserved quantities that nobody could repair."""
    begun = story().after(wait("ann", 2, 1), wait("bob", 2, 2, minutes=1), arrive(2), FILL)
    begun.after(CancelOrder(order_id=ANN, reason="too late"), FILL)
    assert got(begun, "bob") == (2, 0)
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).reserved == 2


def test_an_order_on_hold_keeps_its_place() -> None:
    begun = story().after(wait("ann", 1, 1), wait("bob", 1, 2, minutes=1))
    begun.after(HoldOrder(order_id=ANN, hold_id=uid(70), reason="?"), arrive(1), FILL)
    assert (got(begun, "ann"), got(begun, "bob")) == ((1, 0), (0, 1))


def test_who_collects_at_one_place_waits_for_stock_there_and_keeps_nobody_else() -> None:
    begun = story().after(
        wait("ann", 1, 1, pickup_location="MUC"), wait("bob", 1, 2, minutes=1), arrive(1), FILL
    )
    assert (got(begun, "ann"), got(begun, "bob")) == ((0, 1), (1, 0))
    begun.after(arrive(1, "MUC"), FILL)
    assert got(begun, "ann") == (1, 0)


def test_a_command_fills_so_many_and_asks_for_the_rest() -> None:
    count = LINES_AT_ONCE + 2
    begun = story().after(*(wait(str(i), 1, i, minutes=i) for i in range(1, count + 1)))
    begun.after(arrive(count + 1))
    for more in (True, False):
        [filled] = begun.history.execute(FILL).events[QUEUE]
        assert isinstance(filled, BackordersFilled)
        assert filled.more is more
        assert bool(next_steps(QUEUE, filled)) is more
    assert waiting(begun) == {}


def test_products_nobody_waits_for_cost_nothing_and_unknown_ones_are_refused() -> None:
    story().after(arrive(5)).when(FILL).then({})
    Story().when(FILL).refused(NoSuchProduct, "no product CAP", field="sku")


# ------------------------------------------------------------------------------- the process


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_it_is_asked_for_whenever_it_may_just_have_become_possible(event: Event) -> None:
    asked = [FILL] if type(event).__name__ in ASKED_AFTER else []
    if isinstance(event, StockAdjusted | StockCounted):
        asked = [FILL] if event.delta > 0 else []
    if isinstance(event, BackordersPassedOver):
        asked = [FillBackorders(sku="CAP", after=event.until)]
    if isinstance(event, OrderUnscheduled):
        asked = [FillBackorders(sku=sku) for sku in event.awaited]
    steps = [step for step in next_steps(THE_ORDER, event) if step != NOTIFY]
    assert steps == asked
    assert not asked or isinstance(event, LISTENS_TO)


def test_only_upwards_corrections_bring_stock() -> None:
    more = StockAdjusted(sku="CAP", location="HAM", delta=1, reason="found")
    assert next_steps(THE_ORDER, more) == [FILL, NOTIFY]
    assert not next_steps(THE_ORDER, more.model_copy(update={"delta": -1}))
    nothing_left = BackordersFilled(sku="CAP", lines=())
    assert not next_steps(THE_ORDER, nothing_left)


def test_whatever_brings_stock_leads_to_whoever_waits() -> None:
    begun = story().after(arrive(1), place(("CAP", 1)), wait("ann", 1, 2))
    done = begun.history.execute(cancel())
    facts = [fact for events in done.events.values() for fact in events]
    assert [type(fact) for fact in facts if next_steps(THE_ORDER, fact)] == [ReservationReleased]
    for fact in facts:
        begun.after(*next_steps(THE_ORDER, fact))
    assert got(begun, "ann") == (1, 0)
    assert isinstance(StockReceived(sku="CAP", location="HAM", quantity=1), LISTENS_TO)


# ---------------------------------------------------------------------------------- promises

LATER, MONTH = NOW + timedelta(days=40), timedelta(days=30)
PATIENT = ConfigureChannel(code="web", backorders_cancel_after=MONTH)
UNTIL = NOW + MONTH


def promised() -> Story:
    line = WantedLine(line_id=LINE_1, sku="CAP", quantity=3, promised_by=NOON)
    begun = story().after(PATIENT, arrive(1))
    return begun.after(wait("1001", 3, 1, lines=(line,)))


def test_what_the_customer_was_told_stands_in_the_order() -> None:
    begun = promised()
    told = Promise(line_id=LINE_1, promised_by=NOON, waits_until=UNTIL)
    assert PromiseMade(promises=(told,)) in begun.history.streams[ORDER]
    [line] = begun.history.fold(Order, ORDER).view().lines
    assert (line.promised_by, line.waits_until) == (NOON, UNTIL)


def test_no_promise_is_made_for_what_is_there() -> None:
    line = WantedLine(line_id=LINE_1, sku="CAP", quantity=1, promised_by=NOON)
    begun = story().after(PATIENT, arrive(1), wait("1001", 1, 1, lines=(line,)))
    assert not [e for e in begun.history.streams[ORDER] if isinstance(e, PromiseMade)]


def revise(line_id: UUID = LINE_1) -> RevisePromise:
    return RevisePromise(
        order_id=ORDER, line_id=line_id, promised_by=LATER, reason="the ship is late"
    )


def test_a_promise_is_revised_and_nobody_is_given_up_before_the_day_he_was_told() -> None:
    begun = promised()
    told = Promise(line_id=LINE_1, promised_by=LATER, waits_until=LATER)
    begun.when(revise()).then(
        {ORDER: [PromiseRevised(promises=(told,), reason="the ship is late")]}
    )
    begun.when(revise()).then({})
    begun.when(give_up(UNTIL)).then({})  # the timer of the first day is outdated


def test_there_is_nothing_to_revise_where_nothing_waits() -> None:
    begun = promised()
    begun.when(revise(uid(9))).refused(NoSuchOrderLine, field="lines")
    begun.after(arrive(2), FILL).when(revise()).refused(
        NothingBackordered, "No units of CAP wait", field="line_id"
    )


def give_up(until: datetime = UNTIL) -> CancelBackorder:
    return CancelBackorder(order_id=ORDER, line_id=LINE_1, waits_until=until)


def test_what_waits_too_long_is_cancelled_and_the_rest_goes_on() -> None:
    begun = promised()
    done = begun.history.execute(give_up())
    assert done.events[QUEUE] == [
        BackordersDropped(sku="CAP", order_id=ORDER, lines=(units(LINE_1, 2),))
    ]
    order = begun.history.fold(Order, ORDER)
    assert (order.units.reserved, order.units.cancelled, order.status) == (1, 2, OrderStatus.OPEN)
    begun.when(give_up()).then({})


def test_what_got_its_stock_in_time_is_not_given_up() -> None:
    begun = promised().after(arrive(2), FILL)
    begun.when(give_up()).then({})
    begun.when(give_up().model_copy(update={"line_id": uid(9)})).then({})


def test_units_added_later_wait_from_then_on() -> None:
    begun = story().after(PATIENT, arrive(1), place(("CAP", 1)))
    edited_at = NOW + timedelta(days=3)
    change = (LineChange(line_id=LINE_1, quantity=2),)
    begun.after(EditOrder(order_id=ORDER, lines=change, allow_backorder=True, edited_at=edited_at))
    assert begun.history.fold(Order, ORDER).lines[LINE_1].waits_until == edited_at + MONTH
    assert waiting(begun) == {LINE_1: 1}
