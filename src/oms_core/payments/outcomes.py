"""Commands that take in what a provider answered or told, and what the calendar says."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, PositivePrice, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.payments import reports
from oms_core.payments.asking import capture_request, to_collect
from oms_core.payments.commands import refuse_other_currency
from oms_core.payments.events import AuthorizationRequested, PaymentReportKind
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.posting import post
from oms_core.payments.refunding import refuse_gift_card
from oms_core.payments.refusals import (
    NoSuchPaymentRequest,
    NothingKnownOfReference,
    PaymentOfOtherOrder,
)
from oms_core.payments.reports import Report
from oms_core.payments.sums import PaymentSums
from oms_core.payments.terms import PaymentTerms, terms_of
from oms_core.provider_events.events import ProviderEventHeard
from oms_core.provider_events.provider_event import ProviderEvent, provider_event_id

OPENING = (
    PaymentReportKind.AUTHORIZED,
    PaymentReportKind.AUTHORIZATION_DECLINED,
    PaymentReportKind.CAPTURED,
)
"""What may be heard first of a payment that nobody here asked for."""


class Result(StrEnum):
    """What a provider answers to a request."""

    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    PENDING = "PENDING"


class RecordPaymentOutcome(Command):
    """Note what a provider answered to a request. The first outcome counts."""

    payment_id: UUID
    request_id: UUID
    result: Result
    transaction: Code | None = None
    reason: Text | None = None
    expires_at: Moment | None = None

    def target(self) -> UUID:
        return self.payment_id


class ReportPaymentEvent(Command):
    """Note what a provider tells of its own accord, such as by webhook; once per its event id,
    which names one event of this provider, about one payment.

    `reference` is the one that the payment was requested under. One that is not known opens a
    payment of the order, if that is named: the money has moved, whoever asked for it.
    """

    provider: Code
    reference: Code
    event_id: Code
    kind: PaymentReportKind
    amount: PositivePrice
    order_id: UUID | None = None
    method: Code | None = None
    request_id: UUID | None = None
    transaction: Code | None = None
    reason: Text | None = None
    expires_at: Moment | None = None

    def target(self) -> UUID:
        return payment_id(self.provider, self.reference)


class ExpireAuthorization(Command):
    """Note that an authorization lapsed, if it did by now; asked again, nothing happens."""

    payment_id: UUID
    at: Moment

    def target(self) -> UUID:
        return self.payment_id


class DecideContestedRefund(Command):
    """Say whether a refund took place that a provider told of, though it had not that much.

    When it did, the amount is gone, and the customer owes it.
    """

    payment_id: UUID
    request_id: UUID
    accept: bool

    def target(self) -> UUID:
        return self.payment_id


@handles(RecordPaymentOutcome)
async def record_payment_outcome(command: RecordPaymentOutcome, streams: Streams) -> Payment:
    """Settle the request, and post it to the order."""
    payment = await streams.get(Payment, command.payment_id)
    order = await streams.get(Order, payment.order_id)
    request = payment.requests.get(command.request_id)
    if request is None:
        raise NoSuchPaymentRequest(request_id=command.request_id, field=("request_id",))
    before = payment.sums
    match command.result:
        case Result.SUCCEEDED:
            reports.succeed(
                payment,
                request.id,
                request.amount,
                transaction=command.transaction,
                expires_at=command.expires_at,
            )
        case Result.DECLINED:
            reports.fail(payment, request.id, command.reason)
        case Result.PENDING:
            reports.defer(payment, request.id)
    _let_go_if_cancelled(order, payment)
    _collect_if_agreed(order, payment, before)
    post(order, payment, before)
    return payment


@handles(ReportPaymentEvent)
async def report_payment_event(command: ReportPaymentEvent, streams: Streams) -> Payment:
    """Take the report in, and post what it changes to the order, whatever the order comes to."""
    refuse_gift_card(command.provider)
    [payment] = await streams.find(Payment, [payment_id(command.provider, command.reference)])
    order = await streams.get(Order, _order_id(command, payment))
    [event] = await streams.find(
        ProviderEvent, [provider_event_id(command.provider, command.event_id)]
    )
    refuse_other_currency(order, command.amount)
    event.refuse_if_of_other(command.provider, command.event_id, payment.id)
    before = payment.sums
    if not payment.exists:
        payment.record(_opening(command, order))
    event.hear(
        ProviderEventHeard(
            provider=command.provider, event_id=command.event_id, payment_id=payment.id
        )
    )
    reports.hear(payment, Report(**{name: getattr(command, name) for name in Report.__slots__}))
    _let_go_if_cancelled(order, payment)
    _collect_if_agreed(order, payment, before)
    post(order, payment, before)
    return payment


@handles(ExpireAuthorization)
async def expire_authorization(command: ExpireAuthorization, streams: Streams) -> Payment:
    """Take what lapsed off the payment and off the order's account."""
    payment = await streams.get(Payment, command.payment_id)
    order = await streams.get(Order, payment.order_id)
    before = payment.sums
    payment.expire(command.at)
    post(order, payment, before)
    return payment


@handles(DecideContestedRefund)
async def decide_contested_refund(command: DecideContestedRefund, streams: Streams) -> Payment:
    """Note the decision, and post what is gone to the order."""
    payment = await streams.get(Payment, command.payment_id)
    order = await streams.get(Order, payment.order_id)
    before = payment.sums
    payment.decide_contested(command.request_id, accept=command.accept)
    post(order, payment, before)
    return payment


def _let_go_if_cancelled(order: Order, payment: Payment) -> None:
    """Ask for a void of what was set aside too late."""
    cancelled = order.status is OrderStatus.CANCELLED
    if cancelled and payment.asked and payment.open_authorization.amount:
        payment.void(reports.unasked_id(payment.id, f"void {payment.version}"), asked=True)


def _collect_if_agreed(order: Order, payment: Payment, before: PaymentSums) -> None:
    """Ask for what was just set aside, once, where the order's channel has it so."""
    id = natural_id("capture when authorized", str(payment.id))
    prepaid = payment.asked and payment.terms is PaymentTerms.PREPAID
    agreed = prepaid and payment.policy.capture_when_authorized
    if agreed and payment.sums.authorized > before.authorized and id not in payment.requests:
        amount = to_collect(payment, order)
        if amount > 0:
            payment.capture(capture_request(id, Money(amount, payment.currency)))


def _order_id(command: ReportPaymentEvent, payment: Payment) -> UUID:
    if payment.exists:
        if command.order_id not in (None, payment.order_id):
            raise PaymentOfOtherOrder(
                reference=command.reference, provider=command.provider, field=("order_id",)
            )
        return payment.order_id
    if command.order_id is None or command.kind not in OPENING:
        raise NothingKnownOfReference(
            reference=command.reference, provider=command.provider, field=("reference",)
        )
    return command.order_id


def _opening(command: ReportPaymentEvent, order: Order) -> AuthorizationRequested:
    return AuthorizationRequested(
        request_id=reports.unasked_id(payment_id(command.provider, command.reference), "opening"),
        order_id=order.id,
        amount=command.amount,
        method=command.method or command.provider,
        provider=command.provider,
        reference=command.reference,
        terms=terms_of(command.provider, None, order.payment_policy.terms),
    )
