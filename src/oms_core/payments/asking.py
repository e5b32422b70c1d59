"""Commands that ask a provider for something. What it answers comes later, in `outcomes`.

What was asked for counts as done from then on when more is asked for, so that two at once can't
exceed what there is. `installed` names the providers that can be asked; None leaves it open. A
request that was made already, by its id, is made once.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, PositivePrice
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.order import Order
from oms_core.payments.commands import refuse_other_currency
from oms_core.payments.events import AuthorizationRequested, CaptureRequested, RefundRequested
from oms_core.payments.line_amounts import WantedLineAmounts, line_amounts
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.posting import post
from oms_core.payments.refunding import gift_cards_of, give_back, refuse_gift_card
from oms_core.payments.refusals import (
    NothingLeftToRefund,
    NothingToAuthorize,
    NothingToCapture,
    UnknownProvider,
)
from oms_core.payments.terms import PaymentTerms, terms_of


class RequestAuthorization(Command):
    """Ask a provider to set an amount aside for an order; all that is to be paid without one."""

    order_id: UUID
    request_id: UUID
    amount: PositivePrice | None = None
    method: Code
    provider: Code
    reference: Code
    terms: PaymentTerms | None = None
    installed: tuple[Code, ...] | None = None

    def target(self) -> UUID:
        return self.order_id


class _OfPayment(Command):
    payment_id: UUID
    request_id: UUID
    installed: tuple[Code, ...] | None = None

    def target(self) -> UUID:
        return self.payment_id


class RequestCapture(_OfPayment):
    """Ask the provider to collect; all that is set aside and owed without an amount."""

    amount: PositivePrice | None = None


class RequestRefund(_OfPayment):
    """Ask the provider to give back; what the lines come to, or else all, without an amount."""

    amount: PositivePrice | None = None
    lines: WantedLineAmounts = ()


class RequestVoid(_OfPayment):
    """Ask the provider to let go of all that is set aside and not collected."""


@handles(RequestAuthorization)
async def request_authorization(command: RequestAuthorization, streams: Streams) -> Payment:
    """Open the payment; refused beyond what the order comes to."""
    order = await streams.get(Order, command.order_id)
    [payment] = await streams.find(Payment, [payment_id(command.provider, command.reference)])
    if command.request_id in payment.requests:
        return payment
    refuse_gift_card(command.provider)
    _refuse_unknown(command.provider, command.installed)
    payment.refuse_if_authorized()
    amount = command.amount or _to_authorize(order)
    refuse_other_currency(order, amount)
    order.refuse_authorization_of(amount.amount)
    before = payment.sums
    payment.authorize(
        AuthorizationRequested(
            request_id=command.request_id,
            order_id=order.id,
            amount=amount,
            method=command.method,
            provider=command.provider,
            reference=command.reference,
            terms=terms_of(command.provider, command.terms, order.payment_policy.terms),
            asked=True,
            policy=order.terms.payments,
        )
    )
    post(order, payment, before)
    return payment


@handles(RequestCapture)
async def request_capture(command: RequestCapture, streams: Streams) -> Payment:
    """Ask to collect; refused beyond the authorization or beyond what the order comes to."""
    payment, order = await _payment(command, streams)
    if command.request_id in payment.requests:
        return payment
    _refuse_unknown(payment.provider, command.installed)
    amount = command.amount or _to_capture(payment, order)
    payment.refuse_capture_of(amount)
    order.refuse_capture_of(amount.amount)
    before = payment.sums
    payment.capture(capture_request(command.request_id, amount))
    post(order, payment, before)
    return payment


@handles(RequestRefund)
async def request_refund(command: RequestRefund, streams: Streams) -> Payment:
    """Ask to give back; refused beyond what was captured, and beyond what each line came to."""
    payment, order = await _payment(command, streams)
    cards = await gift_cards_of([payment], streams)
    if command.request_id in payment.requests:
        return payment
    if not cards:
        _refuse_unknown(payment.provider, command.installed)
    amount = command.amount or _to_refund(payment, command)
    payment.refuse_refund_of(amount)
    order.refuse_refund_of(amount.amount)
    lines = line_amounts(order, command.lines, amount)
    request = RefundRequested(
        request_id=command.request_id,
        amount=amount,
        reference=str(command.request_id),
        lines=lines,
        asked=not cards,
    )
    give_back(order, payment, request, cards)
    return payment


@handles(RequestVoid)
async def request_void(command: RequestVoid, streams: Streams) -> Payment:
    """Ask to let go; refused when nothing is set aside."""
    payment, _ = await _payment(command, streams)
    if command.request_id in payment.requests:
        return payment
    _refuse_unknown(payment.provider, command.installed)
    payment.void(command.request_id, asked=True)
    return payment


def capture_request(request_id: UUID, amount: Money) -> CaptureRequested:
    """Give the fact that the payment's provider is to collect."""
    return CaptureRequested(
        request_id=request_id, amount=amount, reference=str(request_id), asked=True
    )


async def _payment(command: _OfPayment, streams: Streams) -> tuple[Payment, Order]:
    payment = await streams.get(Payment, command.payment_id)
    return payment, await streams.get(Order, payment.order_id)


def _refuse_unknown(provider: str, installed: tuple[str, ...] | None) -> None:
    if installed is not None and provider not in installed:
        raise UnknownProvider(
            provider=provider, installed=", ".join(sorted(installed)), field=("provider",)
        )


def to_set_aside(order: Order) -> Decimal:
    """Give what is owed, and neither here nor set aside nor asked for."""
    account = order.account
    covered = account.kept + account.open_authorization + account.authorizing
    return account.owed(order.to_pay) - covered


def _to_authorize(order: Order) -> Money:
    amount = to_set_aside(order)
    if amount <= 0:
        raise NothingToAuthorize()
    return Money(amount, order.terms.currency)


def to_collect(payment: Payment, order: Order) -> Decimal:
    """Give what is set aside and owed, and neither here nor asked for; less than 0 if too much."""
    account = order.account
    owed = account.owed(order.to_pay) - account.kept - account.capturing
    return min(owed, payment.open_authorization.amount)


def _to_capture(payment: Payment, order: Order) -> Money:
    amount = to_collect(payment, order)
    if amount <= 0:
        raise NothingToCapture()
    return Money(amount, payment.currency)


def _to_refund(payment: Payment, command: RequestRefund) -> Money:
    named = sum((part.amount.amount for part in command.lines), Decimal(0))
    amount = Money(named, payment.currency) if command.lines else payment.refundable
    if not amount.amount:
        raise NothingLeftToRefund()
    return amount
