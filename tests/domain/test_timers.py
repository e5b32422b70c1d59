"""Timers: which event sets which, and orders that nobody pays for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.domain.expected_events import EVENTS
from tests.domain.expected_values import HOLD, LINE, NOON
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    NOW,
    ORDER,
    authorize,
    cancel,
    capture,
    dispatch,
    eur,
    paid,
    place,
    stocked,
    units,
)

from oms_core.backorders.commands import CancelBackorder, FillBackorders
from oms_core.backorders.events import BackordersPostponed, BackordersResumed
from oms_core.channels.commands import ConfigureChannel
from oms_core.coupons.commands import IssueCoupon
from oms_core.coupons.coupon import Coupon, coupon_id
from oms_core.fulfillment.process import next_steps
from oms_core.kernel.message import Command, Event
from oms_core.orders.commands import EscalateHold, ExpireUnpaidOrder
from oms_core.orders.events import (
    HoldPlaced,
    HoldReleased,
    LinesCancelled,
    OrderPlaced,
    Promise,
    PromiseMade,
    PromiseRevised,
)
from oms_core.orders.order import Order
from oms_core.orders.refusals import NoSuchOrder, OrderCancelled
from oms_core.orders.status import OrderStatus
from oms_core.payments.events import PaymentAuthorized
from oms_core.payments.outcomes import ExpireAuthorization
from oms_core.payments.settling import CaptureBeforeLapse
from oms_core.persons.commands import EndRetention
from oms_core.persons.events import CustomerErased
from oms_core.stock.events import ReservationReleased, StockReceived
from oms_core.stock.lot_commands import ExpireLot
from oms_core.timers.process import LISTENS_TO, timers
from oms_core.timers.timer import CancelTimer, SetTimer

EXPIRE = ExpireUnpaidOrder(order_id=ORDER)
THREE_DAYS = ConfigureChannel(code="web", unpaid_expires_after=timedelta(days=3))
GIVE_UP = SetTimer(
    f"line:{LINE}",
    NOON,
    CancelBackorder(order_id=ORDER, line_id=LINE, waits_until=NOON),
    since_known=True,
)
OVER = datetime(2026, 5, 2, tzinfo=UTC)
"""The lot is best before May 1."""
SET_BY: dict[type[Event], list[SetTimer | CancelTimer]] = {
    OrderPlaced: [SetTimer("unpaid", NOON, EXPIRE, since_known=True)],
    HoldPlaced: [
        SetTimer(f"hold:{HOLD}", NOON, EscalateHold(order_id=ORDER, hold_id=HOLD), since_known=True)
    ],
    BackordersPostponed: [SetTimer("room", NOON, FillBackorders(sku="CAP"))],
    BackordersResumed: [CancelTimer("room")],
    HoldReleased: [CancelTimer(f"hold:{HOLD}")],
    PromiseMade: [GIVE_UP],
    PromiseRevised: [GIVE_UP],
    PaymentAuthorized: [
        SetTimer("capture", NOON, CaptureBeforeLapse(payment_id=ORDER, at=NOON)),
        SetTimer("lapse", NOON, ExpireAuthorization(payment_id=ORDER, at=NOON)),
    ],
    StockReceived: [
        SetTimer("lot:L-7", OVER, ExpireLot(sku="CAP", location="HAM", lot="L-7", at=OVER))
    ],
    CustomerErased: [
        SetTimer(
            "books:2037-01-01",
            datetime(2037, 1, 1, tzinfo=UTC),
            EndRetention(customer="C-1", until=date(2037, 1, 1)),
        )
    ],
}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_these_events_set_and_cancel_timers_and_no_others(event: Event) -> None:
    assert list(timers(ORDER, event)) == SET_BY.get(type(event), [])
    assert isinstance(event, LISTENS_TO) == (type(event) in SET_BY)


def test_without_a_time_there_is_no_timer() -> None:
    [placed] = [event for event in EVENTS if isinstance(event, OrderPlaced)]
    assert not timers(ORDER, placed.model_copy(update={"payment_due_at": None}))
    assert not timers(ORDER, HoldPlaced(hold_id=HOLD, reason="as it was stored once"))
    told = Promise(line_id=LINE, promised_by=NOON)
    assert timers(ORDER, PromiseMade(promises=(told,))) == [CancelTimer(f"line:{LINE}")]


def story(*channels: ConfigureChannel) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5}), *channels)


def placed(story: Story) -> OrderPlaced:
    return story.history.fold(Order, ORDER).placed


def test_an_order_is_due_as_its_channel_said_when_it_was_placed() -> None:
    begun = story(THREE_DAYS).after(place(("CAP", 2)))
    assert placed(begun).payment_due_at == NOW + timedelta(days=3)
    begun.after(ConfigureChannel(code="web"))
    assert placed(begun).payment_due_at == NOW + timedelta(days=3)


def test_an_order_is_never_due_where_no_channel_says_so_or_nothing_is_owed() -> None:
    assert placed(story().after(place(("CAP", 2)))).payment_due_at is None
    free = story(THREE_DAYS).after(place(("CAP", 1), discount=eur("10")))
    assert placed(free).payment_due_at is None


def test_an_unpaid_order_expires_and_its_stock_is_free_again() -> None:
    begun = story(THREE_DAYS).after(place(("CAP", 2)))
    done = begun.history.execute(EXPIRE)
    [cancelled] = done.events[ORDER]
    assert isinstance(cancelled, LinesCancelled)
    assert cancelled.reason == "not paid in time"
    assert done.events[CAP_AT_HAMBURG] == [
        ReservationReleased(sku="CAP", location="HAM", order_id=ORDER, lines=(units(LINE_1, 2),))
    ]
    assert begun.history.fold(Order, ORDER).status is OrderStatus.CANCELLED
    begun.when(EXPIRE).then({})


def test_vendure_989_an_order_that_ran_out_of_time_is_not_stuck() -> None:
    """There, an order whose payment never came could not leave its state any more."""
    begun = story(THREE_DAYS).after(place(("CAP", 2)), EXPIRE)
    begun.when(authorize("23.80")).refused(OrderCancelled, "cancelled")
    begun.after(place(("CAP", 5), number="1002"))  # the stock serves somebody else


@pytest.mark.parametrize(
    "before",
    [
        [authorize("1")],
        [authorize("23.80"), capture("1")],
        [*paid("23.80"), dispatch(1)],
        [cancel()],
    ],
    ids=["secured", "paid in part", "shipped", "cancelled"],
)
def test_an_order_that_is_not_just_unpaid_is_left_as_it_is(before: list[Command]) -> None:
    begun = story(THREE_DAYS).after(place(("CAP", 2)), *before)
    begun.when(EXPIRE).then({})


def test_a_coupon_of_an_expired_order_may_be_used_again() -> None:
    begun = story(THREE_DAYS).after(IssueCoupon(code="TEN", amount=eur("1"), usage_limit=1))
    begun.after(place(("CAP", 2), coupon_code="TEN"))
    [cancelled] = begun.history.execute(EXPIRE).events[ORDER]
    begun.after(*next_steps(ORDER, cancelled))
    assert not begun.history.fold(Coupon, coupon_id("TEN")).users


def test_unknown_orders_are_refused() -> None:
    Story().when(EXPIRE).refused(NoSuchOrder)
