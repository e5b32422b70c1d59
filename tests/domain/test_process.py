"""The fulfillment process: what it asks for after which event."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.domain.expected_events import EVENTS
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    ORDER,
    PAYMENT,
    authorize,
    cancel,
    capture,
    eur,
    place,
    stocked,
)

from oms_core.coupons.commands import GiveCouponBack
from oms_core.fulfillment.process import LISTENS_TO, next_steps
from oms_core.kernel.message import Event
from oms_core.orders.events import (
    CreditGranted,
    ExchangeCreditPosted,
    HoldReleased,
    LinesCancelled,
    LinesRecalled,
    LinesReserved,
    LinesShipped,
    LinesUnassigned,
    LinesUndelivered,
    LinesUnreserved,
    OrderEdited,
    OrderPlaced,
    PaymentPosted,
)
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
from oms_core.orders.order import Order
from oms_core.payments.settling import VoidUnneededAuthorizations
from oms_core.shipments.commands import ReleaseToWarehouse

STEP = [ReleaseToWarehouse(order_id=ORDER)]
ASKED_AFTER = (
    HoldReleased,
    CreditGranted,
    LinesCancelled,
    LinesRecalled,
    LinesReserved,
    LinesUnassigned,
    LinesUndelivered,
    LinesUnreserved,
    OrderEdited,
    PaymentPosted,
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_the_release_is_asked_for_whenever_it_may_just_have_become_possible(event: Event) -> None:
    asked = [step for step in next_steps(ORDER, event) if isinstance(step, ReleaseToWarehouse)]
    assert asked == (STEP if isinstance(event, ASKED_AFTER) else [])
    assert not isinstance(event, ASKED_AFTER) or isinstance(event, LISTENS_TO)


def test_a_coupon_is_given_back_after_a_cancellation() -> None:
    [cancelled] = [event for event in EVENTS if isinstance(event, LinesCancelled)]
    assert GiveCouponBack(order_id=ORDER) in next_steps(ORDER, cancelled)


def test_only_captured_money_releases() -> None:
    posted = PaymentPosted(payment_id=PAYMENT, authorized=Decimal(5))
    assert STEP[0] not in next_steps(ORDER, posted)
    refunded = PaymentPosted(payment_id=PAYMENT, refunded=Decimal(5))
    assert STEP[0] not in next_steps(ORDER, refunded)
    assert not next_steps(ORDER, PaymentPosted(payment_id=PAYMENT, capturing=Decimal(5)))


LETS_GO_AFTER = (CreditGranted, LinesCancelled, LinesShipped, OrderEdited, PaymentPosted)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_money_set_aside_is_looked_at_whenever_it_may_not_be_needed_any_more(event: Event) -> None:
    steps = next_steps(ORDER, event)
    assert (VoidUnneededAuthorizations(order_id=ORDER) in steps) == isinstance(event, LETS_GO_AFTER)


def test_credit_that_comes_in_may_go_on() -> None:
    came = ExchangeCreditPosted(credit_id=PAYMENT, amount=Decimal(5))
    went = ExchangeCreditPosted(credit_id=PAYMENT, amount=Decimal(-5))
    assert GiveExchangeCreditBack(order_id=ORDER) in next_steps(ORDER, came)
    assert VoidUnneededAuthorizations(order_id=ORDER) in next_steps(ORDER, came)
    assert not next_steps(ORDER, went)


def test_only_a_free_order_is_released_as_it_is_placed() -> None:
    story = Story().after(*stocked({("CAP", "HAM"): 5}))
    [terms, *_] = story.history.execute(place(("CAP", 1), discount=eur("10"))).events[ORDER]
    assert isinstance(terms, OrderPlaced)
    assert isinstance(terms, LISTENS_TO)
    assert list(next_steps(ORDER, terms)) == STEP


def test_units_reserved_at_placing_wait_for_the_money() -> None:
    assert not next_steps(ORDER, LinesReserved(lines=()))


def test_whatever_pays_an_order_releases_it() -> None:
    story = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))
    for command in (authorize("23.80"), capture("11.90"), cancel({LINE_1: 1})):
        done = story.history.execute(command)
        for event in done.events.get(ORDER, []):
            story.after(*next_steps(ORDER, event))
    assert len(story.history.fold(Order, ORDER).releases) == 1
