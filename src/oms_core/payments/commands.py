"""Commands on payments. Each moves the payment and the order's account of it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, PositivePrice
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch, Refusal
from oms_core.orders.order import Order
from oms_core.payments.events import AuthorizationRequested, CaptureRequested, RefundRequested
from oms_core.payments.payment import Payment, payment_id


class NothingAuthorized(Refusal):
    """{wanted} were to be captured, but {provider} has authorized nothing for this order by
    {method}. Authorize the payment first.
    """

    CODE = "PAYMENT_EXCEEDED"


class NothingCaptured(Refusal):
    """{wanted} were to be refunded, but {provider} has captured nothing for this order by
    {method}.
    """

    CODE = "PAYMENT_EXCEEDED"


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


class CapturePayment(_OnPayment):
    """Collect from an authorized payment: the one of this reference, or else of this method."""


class RefundPayment(_OnPayment):
    """Give back from a captured payment: the one of this reference, or else of this method."""


@handles(AuthorizePayment)
async def authorize_payment(command: AuthorizePayment, streams: Streams) -> Order:
    """Open the payment; refused beyond what the order comes to."""
    order = await streams.get(Order, command.order_id)
    [payment] = await streams.find(Payment, [payment_id(command.provider, command.reference)])
    _refuse_other_currency(order, command.amount)
    payment.refuse_if_authorized()
    order.refuse_authorization_of(command.amount.amount)
    payment.authorize(
        AuthorizationRequested(
            request_id=command.request_id,
            order_id=order.id,
            amount=command.amount,
            method=command.method,
            provider=command.provider,
            reference=command.reference,
        )
    )
    order.post_authorization(payment.id, command.amount.amount)
    return order


@handles(CapturePayment)
async def capture_payment(command: CapturePayment, streams: Streams) -> Order:
    """Collect; refused beyond the authorization or beyond what the order comes to."""
    order, payments = await _payments(command, streams)
    payment = _chosen(command, payments, lambda p: p.open_authorization, NothingAuthorized)
    order.refuse_capture_of(command.amount.amount)
    payment.capture(
        CaptureRequested(
            request_id=command.request_id, amount=command.amount, reference=command.reference
        )
    )
    order.post_capture(payment.id, command.amount.amount)
    return order


@handles(RefundPayment)
async def refund_payment(command: RefundPayment, streams: Streams) -> Order:
    """Give back; refused beyond what was captured."""
    order, payments = await _payments(command, streams)
    payment = _chosen(command, payments, lambda p: p.refundable, NothingCaptured)
    order.refuse_refund_of(command.amount.amount)
    payment.refund(
        RefundRequested(
            request_id=command.request_id, amount=command.amount, reference=command.reference
        )
    )
    order.post_refund(payment.id, command.amount.amount)
    return order


async def _payments(command: _OnPayment, streams: Streams) -> tuple[Order, list[Payment]]:
    order = await streams.get(Order, command.order_id)
    _refuse_other_currency(order, command.amount)
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


def _refuse_other_currency(order: Order, amount: Money) -> None:
    if amount.currency != order.terms.currency:
        raise CurrencyMismatch(
            given=amount.currency, expected=order.terms.currency, field=("amount", "currency")
        )
