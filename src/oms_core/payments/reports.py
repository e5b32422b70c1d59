"""Takes in what a provider answered, or told of its own accord.

The money has moved already, or has not: nothing here is refused because of an amount. The same
outcome told twice takes effect once. An outcome is tied to what was asked by the request's id, by
the provider's own name for the transaction, or else by its kind and amount.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.payments import events
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequest, PaymentRequestKind, PaymentRequestState
from oms_core.payments.view import ChargebackState

UNSAID = "The provider gave no reason."

_FAILURES = {
    Kind.AUTHORIZATION_DECLINED,
    Kind.CAPTURE_FAILED,
    Kind.REFUND_FAILED,
    Kind.VOID_FAILED,
}
OF_KIND = {
    Kind.AUTHORIZED: PaymentRequestKind.AUTHORIZATION,
    Kind.AUTHORIZATION_DECLINED: PaymentRequestKind.AUTHORIZATION,
    Kind.VOIDED: PaymentRequestKind.VOID,
    Kind.VOID_FAILED: PaymentRequestKind.VOID,
    Kind.CAPTURED: PaymentRequestKind.CAPTURE,
    Kind.CAPTURE_FAILED: PaymentRequestKind.CAPTURE,
    Kind.REFUNDED: PaymentRequestKind.REFUND,
    Kind.REFUND_FAILED: PaymentRequestKind.REFUND,
}
"""Reports that are about something that can be asked for."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider told. `event_id` is its own name for it, `transaction` for what it did."""

    event_id: str
    kind: Kind
    amount: Money
    request_id: UUID | None = None
    transaction: str | None = None
    reason: str | None = None
    expires_at: datetime | None = None


def hear(payment: Payment, report: Report) -> None:
    """Record a report and what it changes, once."""
    if report.event_id in payment.heard:
        return
    request = _about(payment, report)
    payment.record(
        events.ProviderReported(
            report_id=report.event_id,
            kind=report.kind,
            amount=report.amount,
            request_id=None if request is None else request.id,
        )
    )
    match report.kind:
        case Kind.AUTHORIZED | Kind.VOIDED | Kind.CAPTURED | Kind.REFUNDED:
            _moved(payment, report, request)
        case Kind.AUTHORIZATION_EXPIRED:
            _expired(payment, report)
        case Kind.CHARGEBACK_OPENED | Kind.CHARGEBACK_WON | Kind.CHARGEBACK_LOST:
            _disputed(payment, report)
        case _:
            if request is not None:
                fail(payment, request.id, report.reason, reversed=True)


def succeed(
    payment: Payment,
    request_id: UUID,
    amount: Money,
    *,
    transaction: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Note that the provider did what it was asked for; nothing happens if that is known."""
    request = payment.requests[request_id]
    if request.state is PaymentRequestState.SUCCEEDED:
        return
    _done(payment, request.kind, request_id, amount, transaction=transaction, expires_at=expires_at)


def fail(payment: Payment, request_id: UUID, reason: str | None, *, reversed: bool = False) -> None:
    """Note that the provider did not do what it was asked for.

    When it seemed to have done it, nothing happens, unless it says so unasked: `reversed`.
    """
    request, why = payment.requests[request_id], reason or UNSAID
    done = request.state is PaymentRequestState.SUCCEEDED
    if not (request.is_open or (done and reversed)):
        return
    match request.kind:
        case PaymentRequestKind.CAPTURE:
            payment.record(events.CaptureFailed(request_id=request_id, reason=why))
            _take_back_authorization_of(payment, request_id)
        case PaymentRequestKind.REFUND if done:
            payment.record(events.RefundReversed(request_id=request_id, reason=why))
        case PaymentRequestKind.REFUND:
            payment.record(events.RefundFailed(request_id=request_id, reason=why))
        case PaymentRequestKind.AUTHORIZATION if not done:
            payment.record(events.AuthorizationDeclined(request_id=request_id, reason=why))
        case PaymentRequestKind.VOID if not done:
            payment.record(events.VoidFailed(request_id=request_id, reason=why))
        case _:
            pass  # what was set aside or let go of does not come back by itself


def defer(payment: Payment, request_id: UUID) -> None:
    """Note that the outcome will come later; nothing happens if it is there."""
    if payment.requests[request_id].state is PaymentRequestState.REQUESTED:
        payment.record(events.OutcomeDeferred(request_id=request_id))


def unasked_id(payment_id: UUID, event_id: str) -> UUID:
    """Give the id of what a provider did unasked."""
    return natural_id("reported", str(payment_id), event_id)


def _done(
    payment: Payment,
    kind: PaymentRequestKind,
    id: UUID,
    amount: Money,
    *,
    transaction: str | None,
    expires_at: datetime | None,
) -> None:
    match kind:
        case PaymentRequestKind.AUTHORIZATION:
            payment.record(
                events.PaymentAuthorized(
                    request_id=id,
                    amount=amount,
                    expires_at=expires_at,
                    capture_at=payment.to_capture_at(expires_at),
                    transaction=transaction,
                )
            )
        case PaymentRequestKind.CAPTURE:
            _authorize_beyond(payment, id, amount)
            payment.record(
                events.PaymentCaptured(request_id=id, amount=amount, transaction=transaction)
            )
        case PaymentRequestKind.REFUND:
            _refunded(payment, id, amount, transaction)
        case PaymentRequestKind.VOID:
            left = _no_more_than_is_open(payment, amount)
            payment.record(
                events.AuthorizationVoided(request_id=id, amount=left, transaction=transaction)
            )


def _refunded(payment: Payment, id: UUID, amount: Money, transaction: str | None) -> None:
    """Nobody can give back more than was collected: what says so is for a person to decide."""
    if id in payment.contested:
        return
    told = {"request_id": id, "amount": amount, "transaction": transaction}
    if payment.refunded.amount + amount.amount > payment.captured.amount:
        payment.record(events.RefundContested(**told))
    else:
        payment.record(events.PaymentRefunded(**told))


def _about(payment: Payment, report: Report) -> PaymentRequest | None:
    """Find the request that a report is about.

    One that is still open comes before one whose outcome the provider only repeats; each is
    repeated once, so that two payments of one amount stay two.
    """
    kind = OF_KIND.get(report.kind)
    if kind is None:
        return None
    others = _told_of_others(payment, report)
    asked = [request for request in payment.of_kind(kind) if request.id not in others]
    failed = report.kind in _FAILURES
    signs: tuple[Callable[[PaymentRequest], bool], ...] = (
        lambda r: r.id == report.request_id,
        lambda r: report.transaction is not None and r.transaction == report.transaction,
        lambda r: r.is_open and r.amount == report.amount,
        lambda r: r.is_open and kind is PaymentRequestKind.AUTHORIZATION,
        lambda r: not r.reported and r.amount == report.amount,
        lambda r: failed and r.state is PaymentRequestState.SUCCEEDED and r.amount == report.amount,
    )
    return next((r for sign in signs for r in asked if sign(r)), None)


def _told_of_others(payment: Payment, report: Report) -> set[UUID]:
    """Name what a provider did unasked and told under another transaction than this: not this."""
    told = {unasked_id(payment.id, event_id) for event_id in payment.heard}
    known = {id: payment.requests[id].transaction for id in told if id in payment.requests}
    return {id for id, transaction in known.items() if _differ(transaction, report.transaction)}


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _moved(payment: Payment, report: Report, request: PaymentRequest | None) -> None:
    kind = OF_KIND[report.kind]
    if kind is PaymentRequestKind.CAPTURE:
        _authorize_what_is_captured(payment)
    if request is None:
        id = unasked_id(payment.id, report.event_id)
    elif request.state is PaymentRequestState.SUCCEEDED:
        return
    else:
        id = request.id
    _done(
        payment,
        kind,
        id,
        report.amount,
        transaction=report.transaction,
        expires_at=report.expires_at,
    )


def _authorize_what_is_captured(payment: Payment) -> None:
    """What was collected was authorized, even if the provider never said that."""
    for request in payment.of_kind(PaymentRequestKind.AUTHORIZATION):
        if request.is_open:
            succeed(payment, request.id, request.amount)
            return


def _authorize_beyond(payment: Payment, capture_id: UUID, amount: Money) -> None:
    """What is collected beyond what was authorized was authorized by that: the money is here."""
    beyond = payment.captured + amount - payment.authorized
    if beyond.amount > 0:
        id = _authorization_by(payment, capture_id)
        payment.record(events.PaymentAuthorized(request_id=id, amount=beyond))


def _take_back_authorization_of(payment: Payment, capture_id: UUID) -> None:
    """What only a capture had authorized is not set aside once that capture came to nothing."""
    given = payment.requests.get(_authorization_by(payment, capture_id))
    if given is not None:
        amount = _no_more_than_is_open(payment, given.amount)
        if amount.amount:
            payment.record(events.AuthorizationExpired(amount=amount))


def _authorization_by(payment: Payment, capture_id: UUID) -> UUID:
    return unasked_id(payment.id, f"authorized by {capture_id}")


def _expired(payment: Payment, report: Report) -> None:
    amount = _no_more_than_is_open(payment, report.amount)
    if amount.amount:
        payment.record(events.AuthorizationExpired(amount=amount))


def _no_more_than_is_open(payment: Payment, amount: Money) -> Money:
    left = max(payment.authorized.amount - payment.captured.amount, Decimal(0))
    return Money(min(left, amount.amount), amount.currency)


def _disputed(payment: Payment, report: Report) -> None:
    case = report.transaction or report.event_id
    known = payment.chargebacks.get(case)
    if known is None and report.kind is not Kind.CHARGEBACK_WON:
        payment.record(
            events.ChargebackOpened(case=case, amount=report.amount, reason=report.reason)
        )
    if known is not None or report.kind is Kind.CHARGEBACK_LOST:
        _decide(payment, case, report.kind)


def _decide(payment: Payment, case: str, kind: Kind) -> None:
    state = payment.chargebacks[case].state
    if kind is Kind.CHARGEBACK_WON and state is not ChargebackState.WON:
        payment.record(events.ChargebackWon(case=case))
    if kind is Kind.CHARGEBACK_LOST and state is not ChargebackState.LOST:
        payment.record(events.ChargebackLost(case=case))
