"""Asking a provider: what was asked for, what it answered, and what that does to the order."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.domain.payments_shop import (
    CAPTURE,
    PAYMENT,
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
    story,
)
from tests.domain.shop import LINE_1, NOW, ORDER, REQUEST, cancel, eur, uid

from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.refusals import OrderCancelled, PaymentExceedsTotal
from oms_core.orders.status import PaymentStatus
from oms_core.payments.commands import VoidPayment
from oms_core.payments.events import (
    AuthorizationDeclined,
    AuthorizationExpired,
    AuthorizationRequested,
    AuthorizationVoided,
    CaptureFailed,
    CaptureRequested,
    OutcomeDeferred,
    PaymentAuthorized,
    PaymentCaptured,
    VoidFailed,
    VoidRequested,
)
from oms_core.payments.outcomes import ExpireAuthorization, RecordPaymentOutcome, Result
from oms_core.payments.payment import (
    CaptureExceedsAuthorization,
    NothingToVoid,
    Payment,
    PaymentAlreadyAuthorized,
    payment_id,
)
from oms_core.payments.refusals import (
    NoSuchPayment,
    NoSuchPaymentRequest,
    NothingToAuthorize,
    NothingToCapture,
    UnknownProvider,
)
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import PaymentState

# ------------------------------------------------------------------------------- authorization


def test_an_authorization_is_asked_for_and_counts_when_it_succeeds() -> None:
    begun = story()
    requested = AuthorizationRequested(
        request_id=REQUEST,
        order_id=ORDER,
        amount=eur(WHOLE),
        method="card",
        provider="sandbox",
        reference="p-1",
        asked=True,
    )
    begun.when(ask_authorization()).then({PAYMENT: [requested], ORDER: [posted(authorizing=WHOLE)]})
    assert (order(begun).payment_status, payment(begun).status) == (
        PaymentStatus.UNPAID,
        PaymentState.PENDING,
    )
    begun.when(answer(transaction="t-1", expires_at=NOW)).then(
        {
            PAYMENT: [
                PaymentAuthorized(
                    request_id=REQUEST, amount=eur(WHOLE), transaction="t-1", expires_at=NOW
                )
            ],
            ORDER: [posted(authorized=WHOLE, authorizing="-23.80")],
        }
    )
    assert order(begun).payment_status is PaymentStatus.AUTHORIZED
    assert payment(begun).expires_at == NOW


def test_a_declined_authorization_leaves_nothing_set_aside_and_another_may_be_asked_for() -> None:
    begun = story().after(ask_authorization())
    begun.when(answer(result=Result.DECLINED, reason="No funds.")).then(
        {
            PAYMENT: [AuthorizationDeclined(request_id=REQUEST, reason="No funds.")],
            ORDER: [posted(authorizing="-23.80")],
        }
    )
    assert payment(begun).status is PaymentState.DECLINED
    assert payment(begun).requests[0].reason == "No funds."
    begun.after(ask_authorization(reference="p-2", request_id=uid(94)))


def test_an_outcome_may_be_deferred_and_comes_once() -> None:
    begun = story().after(ask_authorization())
    begun.when(answer(result=Result.PENDING)).then({PAYMENT: [OutcomeDeferred(request_id=REQUEST)]})
    begun.when(answer(result=Result.PENDING)).then({})
    begun.after(answer())
    for late in Result:
        begun.when(answer(result=late, reason="late")).then({})


def test_a_request_is_made_once_whatever_is_asked_again() -> None:
    begun = story().after(ask_authorization())
    begun.when(ask_authorization()).then({})
    begun.after(answer(), ask_capture("10"))
    begun.when(ask_capture("10")).then({})
    begun.after(answer(CAPTURE), ask_refund("1"))
    begun.when(ask_refund("1")).then({})
    begun.after(ask_void())
    begun.when(ask_void()).then({})


def test_what_is_asked_for_counts_against_the_total_at_once() -> None:
    begun = story().after(ask_authorization("20"))
    begun.when(ask_authorization("3.81", reference="p-2", request_id=uid(94))).refused(
        PaymentExceedsTotal, "23.81 EUR would be authorized", field="amount"
    )
    begun.after(ask_authorization(reference="p-2", request_id=uid(94)))
    assert order(begun).payment_ids == (PAYMENT, payment_id("sandbox", "p-2"))
    begun.when(ask_authorization(reference="p-3", request_id=uid(95))).refused(NothingToAuthorize)


def test_a_provider_that_is_not_installed_can_not_be_asked() -> None:
    begun = story()
    begun.when(ask_authorization(provider="strype", installed=("sandbox", "manual"))).refused(
        UnknownProvider,
        "strype can't be asked: no payment provider of this name is installed. Installed are"
        " manual, sandbox.",
        field="provider",
    )
    begun.after(ask_authorization(), answer())
    for command in (ask_capture(installed=()), ask_void(installed=())):
        begun.when(command).refused(UnknownProvider, field="provider")


def test_a_reference_is_requested_once() -> None:
    begun = story().after(ask_authorization("5"))
    begun.when(ask_authorization("5", request_id=uid(94))).refused(
        PaymentAlreadyAuthorized, field="reference"
    )


def test_a_cancelled_order_asks_for_no_money() -> None:
    begun = authorized().after(cancel())
    begun.when(ask_authorization("1", reference="p-2", request_id=uid(94))).refused(OrderCancelled)
    begun.when(ask_capture("1")).refused(OrderCancelled)


def test_requests_are_in_the_currency_of_the_order() -> None:
    dollars = eur("1").__class__(Decimal(1), "USD")
    story().when(ask_authorization().model_copy(update={"amount": dollars})).refused(
        CurrencyMismatch, field="amount.currency"
    )
    captured().when(ask_refund().model_copy(update={"amount": dollars})).refused(
        CurrencyMismatch, field="amount.currency"
    )


# ------------------------------------------------------------------------------------- captures


def test_a_capture_is_asked_for_in_parts() -> None:
    begun = authorized()
    begun.when(ask_capture("10")).then(
        {
            PAYMENT: [
                CaptureRequested(
                    request_id=CAPTURE, amount=eur("10"), reference=str(CAPTURE), asked=True
                )
            ],
            ORDER: [posted(capturing="10")],
        }
    )
    begun.when(ask_capture("13.81", request_id=uid(94))).refused(
        CaptureExceedsAuthorization, "only 13.80 EUR", field="amount"
    )
    begun.when(answer(CAPTURE)).then(
        {
            PAYMENT: [PaymentCaptured(request_id=CAPTURE, amount=eur("10"))],
            ORDER: [posted(captured="10", capturing="-10")],
        }
    )
    begun.after(ask_capture(request_id=uid(94)), answer(uid(94)))
    assert order(begun).payment_status is PaymentStatus.PAID
    begun.when(ask_capture(request_id=uid(95))).refused(NothingToCapture)


def test_a_failed_capture_can_be_asked_for_again() -> None:
    begun = authorized().after(ask_capture())
    begun.when(answer(CAPTURE, Result.DECLINED)).then(
        {
            PAYMENT: [CaptureFailed(request_id=CAPTURE, reason="The provider gave no reason.")],
            ORDER: [posted(capturing="-23.80")],
        }
    )
    begun.after(ask_capture(request_id=uid(94)), answer(uid(94)))
    assert order(begun).balance_due == 0


def test_two_payments_are_not_captured_beyond_what_is_owed() -> None:
    begun = story().after(
        ask_authorization("20"), answer(), ask_authorization(reference="p-2", request_id=uid(94))
    )
    second = payment_id("sandbox", "p-2")
    begun.after(
        RecordPaymentOutcome(payment_id=second, request_id=uid(94), result=Result.SUCCEEDED),
        cancel({LINE_1: 1}),
        ask_capture("10"),
    )
    begun.when(ask_capture("3.80", payment_id=second, request_id=uid(95))).refused(
        PaymentExceedsTotal, "13.80 EUR would be captured", field="amount"
    )
    begun.after(ask_capture(payment_id=second, request_id=uid(95)))
    found = begun.history.fold(Payment, second).requests[uid(95)]
    assert found.amount == eur("1.90")


# ---------------------------------------------------------------------------------------- voids


def test_a_void_lets_go_of_what_is_not_captured() -> None:
    begun = authorized().after(ask_capture("10"), answer(CAPTURE))
    begun.when(ask_void()).then(
        {PAYMENT: [VoidRequested(request_id=VOID, amount=eur("13.80"), asked=True)]}
    )
    begun.when(ask_capture("1", request_id=uid(94))).refused(
        CaptureExceedsAuthorization, field="amount"
    )
    begun.when(answer(VOID)).then(
        {
            PAYMENT: [AuthorizationVoided(request_id=VOID, amount=eur("13.80"))],
            ORDER: [posted(authorized="-13.80")],
        }
    )
    assert (order(begun).authorized, order(begun).balance_due) == (Decimal(10), Decimal("13.80"))
    begun.when(ask_void(request_id=uid(94))).refused(NothingToVoid)


def test_a_failed_void_leaves_it_set_aside() -> None:
    begun = authorized().after(ask_void())
    begun.when(answer(VOID, Result.DECLINED, reason="Captured.")).then(
        {PAYMENT: [VoidFailed(request_id=VOID, reason="Captured.")]}
    )
    assert payment(begun).status is PaymentState.AUTHORIZED
    begun.after(ask_capture())


def test_a_void_that_was_done_outside_is_noted() -> None:
    begun = authorized()
    begun.when(VoidPayment(payment_id=PAYMENT, request_id=VOID)).then(
        {
            PAYMENT: [
                VoidRequested(request_id=VOID, amount=eur(WHOLE)),
                AuthorizationVoided(request_id=VOID, amount=eur(WHOLE)),
            ],
            ORDER: [posted(authorized="-23.80")],
        }
    )
    assert payment(begun).status is PaymentState.VOIDED
    begun.when(VoidPayment(payment_id=PAYMENT, request_id=VOID)).then({})
    begun.when(VoidPayment(payment_id=uid(5), request_id=VOID)).refused(NoSuchPayment)


# ------------------------------------------------------------------------------- authorization


def test_an_authorization_lapses_when_its_time_has_come_and_only_once() -> None:
    begun = story().after(ask_authorization(), answer(expires_at=NOW), ask_capture("3.80"))
    lapse = ExpireAuthorization(payment_id=PAYMENT, at=NOW)
    early = ExpireAuthorization(payment_id=PAYMENT, at=NOW - timedelta(seconds=1))
    begun.when(early).then({})
    begun.when(lapse).then(
        {
            PAYMENT: [AuthorizationExpired(amount=eur("20"))],
            ORDER: [posted(authorized="-20")],
        }
    )
    begun.when(lapse).then({})
    begun.after(answer(CAPTURE))
    assert payment(begun).captured == payment(begun).authorized == eur("3.80")
    assert order(begun).balance_due == Decimal(20)
    begun.after(ask_authorization(reference="p-2", request_id=uid(94)))


def test_an_authorization_without_a_time_does_not_lapse() -> None:
    authorized().when(ExpireAuthorization(payment_id=PAYMENT, at=NOW)).then({})


def test_an_outcome_belongs_to_a_request() -> None:
    authorized().when(answer(uid(5))).refused(NoSuchPaymentRequest, field="request_id")
    story().when(answer()).refused(NoSuchPayment)


@pytest.mark.parametrize(
    ("provider", "given", "terms"),
    [
        ("sandbox", None, PaymentTerms.PREPAID),
        ("invoice", None, PaymentTerms.PAY_LATER),
        ("invoice", PaymentTerms.PREPAID, PaymentTerms.PREPAID),
    ],
)
def test_terms_follow_from_the_provider_unless_they_are_said(
    provider: str, given: PaymentTerms | None, terms: PaymentTerms
) -> None:
    begun = story().after(ask_authorization(provider=provider, terms=given))
    assert begun.history.fold(Payment, payment_id(provider, "p-1")).view().terms is terms
