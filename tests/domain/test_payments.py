"""Payments: refunded <= captured <= authorized <= total, per payment and per order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    ORDER,
    PAYMENT,
    REQUEST,
    authorize,
    cancel,
    capture,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    refund,
    stocked,
    uid,
)

from oms_core.kernel.message import Command
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import PaymentPosted
from oms_core.orders.order import Order, order_id
from oms_core.orders.refusals import NoSuchOrder, OrderCancelled, PaymentExceedsTotal
from oms_core.orders.status import PaymentStatus
from oms_core.payments.commands import NothingAuthorized, NothingCaptured
from oms_core.payments.events import (
    AuthorizationRequested,
    CaptureRequested,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentRefunded,
    RefundRequested,
)
from oms_core.payments.payment import (
    CaptureExceedsAuthorization,
    Payment,
    PaymentAlreadyAuthorized,
    RefundExceedsCapture,
    payment_id,
)

Pay = Callable[..., Command]
SECOND = payment_id("stripe", "pi_2")
GIFT_CARD = payment_id("giftly", "g_1")


def story() -> Story:
    """Two caps: 23.80 EUR with tax."""
    return Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))


def status(story: Story) -> PaymentStatus:
    return story.history.fold(Order, ORDER).view().payment_status


def test_an_authorization_is_recorded_on_the_payment_and_on_the_order() -> None:
    story().when(authorize("23.8")).then(
        {
            PAYMENT: [
                AuthorizationRequested(
                    request_id=REQUEST,
                    order_id=ORDER,
                    amount=eur("23.80"),
                    method="card",
                    provider="stripe",
                    reference="pi_1",
                ),
                PaymentAuthorized(request_id=REQUEST, amount=eur("23.80")),
            ],
            ORDER: [PaymentPosted(payment_id=PAYMENT, authorized=Decimal("23.80"))],
        }
    )


def test_a_capture_is_recorded_on_both() -> None:
    story().after(authorize("23.80")).when(capture("20", reference="ch_7")).then(
        {
            PAYMENT: [
                CaptureRequested(request_id=REQUEST, amount=eur("20"), reference="ch_7"),
                PaymentCaptured(request_id=REQUEST, amount=eur("20")),
            ],
            ORDER: [PaymentPosted(payment_id=PAYMENT, captured=Decimal(20))],
        }
    )


def test_a_refund_is_recorded_on_both() -> None:
    story().after(authorize("23.80"), capture("20")).when(refund("5", reference="re_1")).then(
        {
            PAYMENT: [
                RefundRequested(request_id=REQUEST, amount=eur("5"), reference="re_1"),
                PaymentRefunded(request_id=REQUEST, amount=eur("5")),
            ],
            ORDER: [PaymentPosted(payment_id=PAYMENT, refunded=Decimal(5))],
        }
    )


def test_the_payment_status_follows_the_money() -> None:
    begun = story()
    steps = [
        (authorize("23.80"), PaymentStatus.AUTHORIZED),
        (capture("3.80"), PaymentStatus.PARTIALLY_PAID),
        (capture("20"), PaymentStatus.PAID),
        (refund("23.79"), PaymentStatus.PARTIALLY_REFUNDED),
        (refund("0.01"), PaymentStatus.REFUNDED),
    ]
    assert status(begun) is PaymentStatus.UNPAID
    for command, expected in steps:
        assert status(begun.after(command)) is expected


def test_no_more_is_authorized_than_the_order_comes_to() -> None:
    begun = story().after(authorize("20"))
    begun.when(authorize("3.81", reference="pi_2")).refused(
        PaymentExceedsTotal,
        "23.81 EUR would be authorized in all, but the order comes to 23.80",
        field="amount",
    )
    begun.after(authorize("3.80", reference="pi_2"))


def test_no_more_is_captured_than_was_authorized() -> None:
    begun = story().after(authorize("20"), capture("15"))
    begun.when(capture("5.01")).refused(
        CaptureExceedsAuthorization,
        "5.01 EUR were to be captured, but only 5.00 EUR",
        field="amount",
    )
    begun.after(capture("5"))


def test_no_more_is_captured_than_the_order_comes_to_after_a_cancellation() -> None:
    begun = story().after(authorize("23.80"), cancel({LINE_1: 1}))
    begun.when(capture("11.91")).refused(
        PaymentExceedsTotal,
        "11.91 EUR would be captured in all, but the order comes to 11.90",
        field="amount",
    )
    assert status(begun.after(capture("11.90"))) is PaymentStatus.PAID


def test_no_more_is_refunded_than_was_captured_and_not_refunded_yet() -> None:
    begun = story().after(authorize("23.80"), capture("20"), refund("15"))
    begun.when(refund("5.01")).refused(
        RefundExceedsCapture, "5.01 EUR were to be refunded, but only 5.00 EUR", field="amount"
    )
    begun.after(refund("5"))


def test_nothing_is_captured_or_refunded_without_a_payment() -> None:
    begun = story()
    begun.when(capture("1")).refused(
        NothingAuthorized, "stripe has authorized nothing for this order by card", field="amount"
    )
    begun.when(refund("1")).refused(
        NothingCaptured, "stripe has captured nothing for this order by card", field="amount"
    )
    begun.after(authorize("5"))
    begun.when(capture("1", provider="giftly")).refused(NothingAuthorized, field="amount")
    begun.when(refund("1", method="voucher", reference="x")).refused(
        NothingCaptured, field="amount"
    )


def test_a_reference_is_authorized_once_whoever_uses_it() -> None:
    begun = story().after(authorize("10"), place(("CAP", 1), number="1002"))
    for again in (authorize("10"), authorize("23.80"), authorize("1", order_id=order_id("1002"))):
        begun.when(again).refused(
            PaymentAlreadyAuthorized,
            "stripe has authorized a payment under the reference pi_1",
            field="reference",
        )


def test_the_reference_names_the_payment_whatever_its_method() -> None:
    begun = story().after(authorize("10"), authorize("13.80", reference="pi_2"))
    done = begun.history.execute(capture("5", reference="pi_2", method="wallet"))
    assert set(done.events) == {ORDER, SECOND}
    begun.when(capture("9", reference="pi_2")).refused(
        CaptureExceedsAuthorization, "only 8.80 EUR", field="amount"
    )


def test_an_unknown_reference_means_the_first_payment_of_the_method_with_enough() -> None:
    begun = story().after(authorize("10"), authorize("13.80", reference="pi_2"))
    assert set(begun.history.execute(capture("11", reference="ch_1")).events) == {ORDER, SECOND}
    assert set(begun.history.execute(capture("2", reference="ch_2")).events) == {ORDER, PAYMENT}
    assert set(begun.history.execute(refund("3", reference="re_1")).events) == {ORDER, SECOND}
    begun.when(capture("9", reference="ch_3")).refused(
        CaptureExceedsAuthorization, "only 8.00 EUR", field="amount"
    )


def test_another_provider_with_the_same_reference_is_another_payment() -> None:
    begun = story().after(authorize("10"))
    done = begun.history.execute(authorize("5", provider="giftly", reference="g_1"))
    assert set(done.events) == {ORDER, GIFT_CARD}
    view = begun.history.fold(Payment, GIFT_CARD).view()
    assert (view.provider, view.authorized, view.captured) == ("giftly", eur("5"), eur("0"))
    assert begun.history.fold(Order, ORDER).view().payment_ids == (PAYMENT, GIFT_CARD)


@pytest.mark.parametrize("pay", [authorize, capture, refund])
def test_another_currency_is_refused(pay: Pay) -> None:
    begun = story().after(authorize("23.80"), capture("20"))
    command = pay("1", currency="USD", reference="pi_9")
    begun.when(command).refused(
        CurrencyMismatch, "USD was given where EUR is needed", field="amount.currency"
    )


@pytest.mark.parametrize("pay", [authorize, capture, refund])
def test_an_unknown_order_has_no_payments(pay: Pay) -> None:
    command = pay("1", order_id=uid(5))
    story().when(command).refused(NoSuchOrder)


@pytest.mark.parametrize("pay", [authorize, capture, refund])
@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000000000000"])
def test_an_amount_is_more_than_zero_in_whole_cents(pay: Pay, amount: str) -> None:
    with pytest.raises(ValidationError, match="amount"):
        pay(amount)


def test_a_cancelled_order_takes_no_money_but_gives_it_back() -> None:
    begun = story().after(authorize("23.80"), capture("20"), cancel())
    begun.when(authorize("1", reference="pi_2")).refused(OrderCancelled)
    begun.when(capture("1")).refused(OrderCancelled)
    assert status(begun.after(refund("20"))) is PaymentStatus.REFUNDED


def test_a_refund_does_not_need_a_return() -> None:
    begun = story().after(*paid("23.80"), dispatch(1), deliver(1), refund("2"))
    assert status(begun) is PaymentStatus.PARTIALLY_REFUNDED
