"""Commands that note what has happened to a payment outside. See `asking` for those that ask.

Each moves the payment and the order's account of it in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, PositivePrice
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch, Refusal
from oms_core.orders.order import Order
from oms_core.payments.events import AuthorizationRequested, CaptureRequested, RefundRequested
from oms_core.payments.line_amounts import WantedLineAmounts, line_amounts
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.posting import post
from oms_core.payments.refunding import gift_cards_of, give_back, refuse_gift_card
from oms_core.payments.refusals import NothingAuthorized, NothingCaptured
from oms_core.payments.terms import PaymentTerms, terms_of


class _OnPayment(Command):
    """`reference` is the provider's own; `request_id` ties the request to its answer."""

    order_id: UUID
    request_id: UUID
    amount: PositivePrice
    method: Code
    provider: Code
    reference: Code

    def target(self) -> UUID:
        return self.order_id


class AuthorizePayment(_OnPayment):
    """Set an amount aside for an order under a new reference."""

    terms: PaymentTerms | None = None
    expires_at: Moment | None = None


class CapturePayment(_OnPayment):
    """Collect from an authorized payment: the one of this reference, or else of this method."""


class RefundPayment(_OnPayment):
    """Give back from a captured payment: the one of this reference, or else of this method."""

    lines: WantedLineAmounts = ()


class VoidPayment(Command):
    """Let go of what is set aside and not collected."""

    payment_id: UUID
    request_id: UUID

    def target(self) -> UUID:
        return self.payment_id


@handles(AuthorizePayment)
async def authorize_payment(command: AuthorizePayment, streams: Streams) -> Order:
    """Open the payment; refused beyond what the order comes to."""
    order = await streams.get(Order, command.order_id)
    [payment] = await streams.find(Payment, [payment_id(command.provider, command.reference)])
    refuse_gift_card(command.provider)
    refuse_other_currency(order, command.amount)
    payment.refuse_if_authorized()
    order.refuse_authorization_of(command.amount.amount)
    before = payment.sums
    payment.authorize(
        AuthorizationRequested(
            request_id=command.request_id,
            order_id=order.id,
            amount=command.amount,
            method=command.method,
            provider=command.provider,
            reference=command.reference,
            terms=terms_of(command.provider, command.terms, order.payment_policy.terms),
        ),
        command.expires_at,
    )
    post(order, payment, before)
    return order


@handles(CapturePayment)
async def capture_payment(command: CapturePayment, streams: Streams) -> Order:
    """Collect; refused beyond the authorization or beyond what the order comes to."""
    order, payments = await _payments(command, streams)
    payment = _chosen(command, payments, lambda p: p.open_authorization, NothingAuthorized)
    order.refuse_capture_of(command.amount.amount)
    before = payment.sums
    payment.capture(
        CaptureRequested(
            request_id=command.request_id, amount=command.amount, reference=command.reference
        )
    )
    post(order, payment, before)
    return order


@handles(RefundPayment)
async def refund_payment(command: RefundPayment, streams: Streams) -> Order:
    """Give back; refused beyond what was captured, and beyond what each line came to."""
    order, payments = await _payments(command, streams)
    cards = await gift_cards_of(payments, streams)
    payment = _chosen(command, payments, lambda p: p.refundable, NothingCaptured)
    order.refuse_refund_of(command.amount.amount)
    payment.refuse_refund_of(command.amount)
    lines = line_amounts(order, command.lines, command.amount)
    request = RefundRequested(
        request_id=command.request_id,
        amount=command.amount,
        reference=command.reference,
        lines=lines,
    )
    give_back(order, payment, request, cards)
    return order


@handles(VoidPayment)
async def void_payment(command: VoidPayment, streams: Streams) -> Payment:
    """Let go; refused when nothing is set aside."""
    payment = await streams.get(Payment, command.payment_id)
    order = await streams.get(Order, payment.order_id)
    if command.request_id in payment.requests:
        return payment
    before = payment.sums
    payment.void(command.request_id, asked=False)
    post(order, payment, before)
    return payment


async def _payments(command: _OnPayment, streams: Streams) -> tuple[Order, list[Payment]]:
    order = await streams.get(Order, command.order_id)
    refuse_other_currency(order, command.amount)
    return order, await streams.find(Payment, order.payment_ids)


def _chosen(
    command: _OnPayment,
    payments: Sequence[Payment],
    open_amount: Callable[[Payment], Money],
    missing: type[Refusal],
) -> Payment:
    """Pick the payment named by the reference, else the first of this method with enough left.

    Providers often give a collection a reference of its own, so an unknown one is no mistake.
    Raises `missing` when the order has no payment of this provider and method.
    """
    of_provider = [p for p in payments if p.provider == command.provider]
    for payment in of_provider:
        if payment.reference == command.reference:
            return payment
    of_method = [p for p in of_provider if p.method == command.method]
    if not of_method:
        raise missing(
            wanted=command.amount,
            provider=command.provider,
            method=command.method,
            field=("amount",),
        )
    enough = (p for p in of_method if command.amount <= open_amount(p))
    return next(enough, of_method[0])


def refuse_other_currency(order: Order, amount: Money) -> None:
    """Refuse an amount in another currency than the order's."""
    if amount.currency != order.terms.currency:
        raise CurrencyMismatch(
            given=amount.currency, expected=order.terms.currency, field=("amount", "currency")
        )
