"""What providers tell unasked: late, twice, too much, or to the contrary. No money gets lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.domain.kit import Story
from tests.domain.payments_shop import (
    CAPTURE,
    PAYMENT,
    REFUND,
    VOID,
    WHOLE,
    answer,
    ask_authorization,
    ask_capture,
    ask_refund,
    ask_void,
    authorized,
    captured,
    order,
    payment,
    posted,
    report,
    story,
)
from tests.domain.shop import (
    ORDER,
    REQUEST,
    cancel,
    eur,
    place,
    uid,
)

from oms_core.kernel.message import Event
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.order import Order, order_id
from oms_core.orders.refusals import NoSuchOrder
from oms_core.orders.status import PaymentStatus
from oms_core.payments.events import (
    AuthorizationRequested,
    AuthorizationVoided,
    CaptureFailed,
    PaymentAuthorized,
    PaymentCaptured,
    ProviderReported,
    RefundReversed,
    VoidRequested,
)
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.outcomes import Result
from oms_core.payments.payment import Payment
from oms_core.payments.refusals import (
    NothingKnownOfReference,
    PaymentOfOtherOrder,
)
from oms_core.payments.reports import unasked_id
from oms_core.payments.requests import PaymentRequestState
from oms_core.payments.view import PaymentState
from oms_core.provider_events.events import ProviderEventHeard
from oms_core.provider_events.provider_event import EventOfOtherPayment, provider_event_id


def heard(kind: Kind, amount: str = WHOLE, event: str = "evt-1", request: Any = None) -> Any:
    return ProviderReported(report_id=event, kind=kind, amount=eur(amount), request_id=request)


def noted(event: str = "evt-1") -> dict[UUID, list[Event]]:
    """That an event of the provider was heard, and which payment it is about."""
    told = ProviderEventHeard(provider="sandbox", event_id=event, payment_id=PAYMENT)
    return {provider_event_id("sandbox", event): [told]}


# ------------------------------------------------------------------- outcomes that were deferred


def test_a_webhook_settles_the_request_that_it_names() -> None:
    begun = authorized().after(ask_capture("10"), answer(CAPTURE, Result.PENDING))
    told = report(Kind.CAPTURED, "10", request_id=CAPTURE, transaction="t-9")
    begun.when(told).then(
        {
            PAYMENT: [
                heard(Kind.CAPTURED, "10", request=CAPTURE),
                PaymentCaptured(request_id=CAPTURE, amount=eur("10"), transaction="t-9"),
            ],
            ORDER: [posted(captured="10", capturing="-10")],
            **noted(),
        }
    )
    begun.when(told).then({})


def test_without_a_name_kind_and_amount_tell_which_request_is_meant() -> None:
    begun = authorized().after(ask_capture("10"), ask_capture("5", request_id=uid(94)))
    begun.after(report(Kind.CAPTURED, "5"))
    requests = begun.history.fold(Payment, PAYMENT).requests
    assert requests[uid(94)].state is PaymentRequestState.SUCCEEDED
    assert requests[CAPTURE].state is PaymentRequestState.REQUESTED


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (Kind.AUTHORIZATION_DECLINED, PaymentState.DECLINED),
        (Kind.AUTHORIZED, PaymentState.AUTHORIZED),
    ],
)
def test_a_pending_authorization_is_settled_by_a_report(kind: Kind, left: PaymentState) -> None:
    begun = story().after(ask_authorization(), answer(result=Result.PENDING), report(kind))
    assert payment(begun).status is left
    assert begun.history.fold(Order, ORDER).account.authorizing == 0


def test_a_bank_transfer_that_arrives_was_authorized_by_that() -> None:
    """With prepayment nobody authorizes anything: the money is awaited, and one day is there."""
    begun = story().after(ask_authorization(), answer(result=Result.PENDING))
    begun.when(report(Kind.CAPTURED)).then(
        {
            PAYMENT: [
                heard(Kind.CAPTURED),
                PaymentAuthorized(request_id=REQUEST, amount=eur(WHOLE)),
                PaymentCaptured(request_id=unasked_id(PAYMENT, "evt-1"), amount=eur(WHOLE)),
            ],
            ORDER: [posted(authorized=WHOLE, captured=WHOLE, authorizing="-23.80")],
            **noted(),
        }
    )
    assert order(begun).payment_status is PaymentStatus.PAID


def test_failures_that_come_late_are_taken_in() -> None:
    begun = authorized().after(ask_capture(), report(Kind.CAPTURE_FAILED, request_id=CAPTURE))
    assert order(begun).captured == 0
    begun.after(ask_void(), report(Kind.VOID_FAILED, event="evt-2"))
    assert payment(begun).status is PaymentState.AUTHORIZED


# ------------------------------------------------------------------------------ told twice


def test_the_echo_of_an_answer_changes_nothing() -> None:
    begun = captured()
    begun.when(report(Kind.CAPTURED)).then(
        {PAYMENT: [heard(Kind.CAPTURED, request=CAPTURE)], **noted()}
    )
    begun.when(report(Kind.AUTHORIZED, event="evt-2")).then(
        {PAYMENT: [heard(Kind.AUTHORIZED, event="evt-2", request=REQUEST)], **noted("evt-2")}
    )


def test_two_captures_of_one_amount_have_two_echoes() -> None:
    begun = authorized().after(ask_capture("10"), ask_capture("10", request_id=uid(94)))
    begun.after(answer(CAPTURE), answer(uid(94)))
    begun.after(report(Kind.CAPTURED, "10"), report(Kind.CAPTURED, "10", event="evt-2"))
    assert order(begun).captured == Decimal(20)


def test_one_transaction_counts_once_under_whatever_event_id() -> None:
    begun = authorized().after(ask_capture("10"), answer(CAPTURE, transaction="t-1"))
    for event in ("evt-1", "evt-2", "evt-3"):
        begun.after(report(Kind.CAPTURED, "10", event=event, transaction="t-1"))
    assert order(begun).captured == Decimal(10)


def test_two_transactions_of_one_amount_are_two_though_nobody_asked_for_them() -> None:
    begun = captured().after(report(Kind.REFUNDED, "5", transaction="re-1"))
    begun.after(report(Kind.REFUNDED, "5", event="evt-2", transaction="re-2"))
    begun.after(report(Kind.REFUNDED, "5", event="evt-3", transaction="re-2"))
    assert order(begun).refunded == Decimal(10)


def test_shopifysharp_919_a_refund_that_is_told_twice_is_one_refund() -> None:
    """Duplicate refunds: "financial losses", until keys became mandatory there."""
    begun = captured().after(ask_refund("5"), ask_refund("5"), answer(REFUND), answer(REFUND))
    told = report(Kind.REFUNDED, "5", request_id=REFUND)
    begun.after(told, told, report(Kind.REFUNDED, "5", event="evt-2", request_id=REFUND))
    assert order(begun).refunded == Decimal(5)


def test_medusa_14770_a_double_tap_opens_one_payment() -> None:
    """Two payment collections for one cart; the fix was closed unmerged."""
    begun = story().after(ask_authorization(), ask_authorization())
    assert order(begun).payment_ids == (PAYMENT,)
    assert begun.history.fold(Order, ORDER).account.authorizing == Decimal(WHOLE)


# --------------------------------------------------------------------------- late and unasked


def test_a_late_webhook_after_a_cancellation_gives_a_refund_due() -> None:
    begun = authorized().after(ask_capture(), answer(CAPTURE, Result.PENDING), cancel())
    begun.after(report(Kind.CAPTURED, request_id=CAPTURE))
    assert (order(begun).refund_due, order(begun).balance_due) == (Decimal(WHOLE), 0)
    begun.after(ask_refund(), answer(REFUND))
    assert order(begun).refund_due == 0


def test_an_authorization_that_comes_after_a_cancellation_is_let_go() -> None:
    begun = story().after(ask_authorization(), cancel())
    void = unasked_id(PAYMENT, "void 2")
    begun.when(answer()).then(
        {
            PAYMENT: [
                PaymentAuthorized(request_id=REQUEST, amount=eur(WHOLE)),
                VoidRequested(request_id=void, amount=eur(WHOLE), asked=True),
            ],
            ORDER: [posted(authorized=WHOLE, authorizing="-23.80")],
        }
    )
    begun.when(answer(void)).then(
        {
            PAYMENT: [AuthorizationVoided(request_id=void, amount=eur(WHOLE))],
            ORDER: [posted(authorized="-23.80")],
        }
    )


def test_more_collected_than_was_asked_for_is_recorded_and_due_back() -> None:
    begun = captured().after(report(Kind.CAPTURED, "5", transaction="t-2"))
    assert (order(begun).captured, order(begun).refund_due) == (Decimal("28.80"), Decimal(5))
    begun.after(ask_refund("5"), answer(REFUND))
    assert (order(begun).refund_due, order(begun).balance_due) == (0, 0)


def test_a_capture_after_a_void_is_recorded_all_the_same() -> None:
    begun = authorized().after(ask_void(), answer(VOID), report(Kind.CAPTURED))
    assert (order(begun).captured, order(begun).authorized) == (Decimal(WHOLE), Decimal(WHOLE))
    assert order(begun).payment_status is PaymentStatus.PAID


def test_a_declined_capture_that_took_place_counts() -> None:
    """A time-out was taken for a refusal; the provider's webhook knows better."""
    begun = authorized().after(ask_capture(), answer(CAPTURE, Result.DECLINED))
    begun.after(report(Kind.CAPTURED, request_id=CAPTURE))
    assert order(begun).captured == order(begun).authorized == Decimal(WHOLE)


def declined_and_captured_again() -> Story:
    """A capture seemed to be declined, so another one was asked for and succeeded."""
    begun = authorized().after(ask_capture(), answer(CAPTURE, Result.DECLINED))
    return begun.after(ask_capture(request_id=uid(94)), answer(uid(94)))


def test_money_collected_twice_was_authorized_by_that_and_is_due_back() -> None:
    begun = declined_and_captured_again()
    beyond = unasked_id(PAYMENT, f"authorized by {CAPTURE}")
    begun.when(answer(CAPTURE)).then(
        {
            PAYMENT: [
                PaymentAuthorized(request_id=beyond, amount=eur(WHOLE)),
                PaymentCaptured(request_id=CAPTURE, amount=eur(WHOLE)),
            ],
            ORDER: [posted(authorized=WHOLE, captured=WHOLE)],
        }
    )
    begun.when(answer(CAPTURE)).then({})
    assert order(begun).captured == order(begun).authorized == Decimal("47.60")
    assert order(begun).refund_due == Decimal(WHOLE)
    begun.after(ask_refund(WHOLE), answer(REFUND))
    assert (order(begun).refund_due, order(begun).balance_due) == (0, 0)


def test_what_only_a_capture_had_authorized_is_not_set_aside_when_that_bounces() -> None:
    begun = declined_and_captured_again().after(answer(CAPTURE))
    begun.after(report(Kind.CAPTURE_FAILED, request_id=CAPTURE))
    assert (order(begun).captured, order(begun).authorized) == (Decimal(WHOLE), Decimal(WHOLE))
    begun.after(report(Kind.CAPTURED, event="evt-2", request_id=CAPTURE))
    assert order(begun).captured == order(begun).authorized == Decimal("47.60")


def test_a_direct_debit_that_bounces_is_not_paid_any_more() -> None:
    begun = captured()
    begun.when(report(Kind.CAPTURE_FAILED, reason="Returned.")).then(
        {
            PAYMENT: [
                heard(Kind.CAPTURE_FAILED, request=CAPTURE),
                CaptureFailed(request_id=CAPTURE, reason="Returned."),
            ],
            ORDER: [posted(captured="-23.80")],
            **noted(),
        }
    )
    assert (order(begun).balance_due, order(begun).payment_status) == (
        Decimal(WHOLE),
        PaymentStatus.AUTHORIZED,
    )


def test_a_refund_that_comes_back_is_due_again() -> None:
    begun = captured().after(cancel(), ask_refund(), answer(REFUND), report(Kind.REFUNDED))
    begun.when(report(Kind.REFUND_FAILED, event="evt-2", reason="Closed.")).then(
        {
            PAYMENT: [
                heard(Kind.REFUND_FAILED, event="evt-2", request=REFUND),
                RefundReversed(request_id=REFUND, reason="Closed."),
            ],
            ORDER: [posted(refunded="-23.80")],
            **noted("evt-2"),
        }
    )
    assert order(begun).refund_due == Decimal(WHOLE)


def test_what_a_provider_says_has_lapsed_can_not_be_collected_any_more() -> None:
    begun = authorized().after(report(Kind.AUTHORIZATION_EXPIRED))
    assert payment(begun).status is PaymentState.EXPIRED
    begun.when(report(Kind.AUTHORIZATION_EXPIRED, event="evt-2")).then(
        {PAYMENT: [heard(Kind.AUTHORIZATION_EXPIRED, event="evt-2")], **noted("evt-2")}
    )


def test_an_event_of_a_provider_is_about_one_payment() -> None:
    """Told again with another reference, it is a mistake: the money came once."""
    begun = story().after(
        ask_authorization("10"), ask_authorization("5", reference="p-2", request_id=uid(94))
    )
    begun.after(report(Kind.CAPTURED, "10"))
    begun.when(report(Kind.CAPTURED, "10", reference="p-2")).refused(
        EventOfOtherPayment, "evt-1 of sandbox was reported for another payment", field="event_id"
    )
    begun.when(report(Kind.CAPTURED, "10")).then({})
    begun.after(report(Kind.CAPTURED, "5", event="evt-1 p-2", reference="p-2"))
    assert order(begun).captured == Decimal(15)


# ------------------------------------------------------------------------- nobody asked for it


def test_vendure_3065_money_for_an_order_that_nobody_requested_is_recorded_with_the_order() -> None:
    """Paid, but no order: there the webhook fails on the order's state, and the money is lost."""
    begun = story()
    opening = unasked_id(PAYMENT, "opening")
    begun.when(report(Kind.CAPTURED, order_id=ORDER, method="card")).then(
        {
            PAYMENT: [
                AuthorizationRequested(
                    request_id=opening,
                    order_id=ORDER,
                    amount=eur(WHOLE),
                    method="card",
                    provider="sandbox",
                    reference="p-1",
                ),
                heard(Kind.CAPTURED),
                PaymentAuthorized(request_id=opening, amount=eur(WHOLE)),
                PaymentCaptured(request_id=unasked_id(PAYMENT, "evt-1"), amount=eur(WHOLE)),
            ],
            ORDER: [posted(authorized=WHOLE, captured=WHOLE)],
            **noted(),
        }
    )
    assert order(begun).payment_status is PaymentStatus.PAID


def test_medusa_13301_paid_after_the_stock_is_gone_is_due_back_and_takes_no_stock() -> None:
    """There the payment succeeds while completing the cart fails. Here stock comes first."""
    begun = story().after(cancel(), place(("CAP", 5), number="1002"))
    begun.after(report(Kind.CAPTURED, order_id=ORDER))
    assert (order(begun).refund_due, order(begun).status) == (Decimal(WHOLE), "CANCELLED")
    assert order(begun).lines[0].reserved == 0


def test_a_reference_that_nobody_knows_is_refused_so_that_it_is_told_again() -> None:
    begun = story()
    begun.when(report(Kind.CAPTURED)).refused(
        NothingKnownOfReference,
        "Nothing is known of the reference p-1",
        field="reference",
    )
    begun.when(report(Kind.REFUNDED, order_id=ORDER)).refused(
        NothingKnownOfReference, field="reference"
    )
    begun.when(report(Kind.CAPTURED, order_id=uid(5))).refused(NoSuchOrder)


def test_a_report_names_the_order_of_the_payment_or_none() -> None:
    begun = authorized().after(place(("CAP", 1), number="1002"))
    begun.when(report(Kind.CAPTURED, order_id=order_id("1002"))).refused(
        PaymentOfOtherOrder, field="order_id"
    )
    dollars = eur("1").__class__(Decimal(1), "USD")
    begun.when(report(Kind.CAPTURED).model_copy(update={"amount": dollars})).refused(
        CurrencyMismatch, field="amount.currency"
    )
