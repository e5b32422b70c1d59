"""Commands that processes and timers give for what customers agreed to pay with.

They state an aim and look at what there is: asked for as often as may be, they take effect once.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Moment
from oms_core.kernel.handling import handles
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money, rounded
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.payments.asking import capture_request, to_collect
from oms_core.payments.payment import Payment
from oms_core.payments.policy import LapseCapture
from oms_core.payments.posting import post
from oms_core.payments.terms import PaymentTerms

ZERO = Decimal(0)


class CaptureForShipment(Command):
    """Ask for the money for what was shipped so far, where it is to be collected on dispatch."""

    order_id: UUID
    shipment_id: UUID

    def target(self) -> UUID:
        return self.order_id


class CaptureBeforeLapse(Command):
    """Ask for what should not lapse with an authorization, as the order's channel has it."""

    payment_id: UUID
    at: Moment

    def target(self) -> UUID:
        return self.payment_id


class VoidUnneededAuthorizations(Command):
    """Ask providers to let go of what is set aside for an order that nothing is owed for."""

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


@handles(CaptureForShipment)
async def capture_for_shipment(command: CaptureForShipment, streams: Streams) -> Order:
    """Ask for what is missing of the value shipped, of one payment after the other."""
    order = await streams.get(Order, command.order_id)
    payments = await streams.find(Payment, order.payment_ids)
    missing = _missing_of_shipped(order)
    for payment in payments:
        amount = min(missing, payment.open_authorization.amount)
        request_id = natural_id("capture", str(payment.id), str(command.shipment_id))
        on_dispatch = payment.terms is PaymentTerms.CAPTURE_ON_DISPATCH
        if on_dispatch and amount > 0 and request_id not in payment.requests:
            before = payment.sums
            payment.capture(capture_request(request_id, Money(amount, payment.currency)))
            post(order, payment, before)
            missing -= amount
    return order


@handles(CaptureBeforeLapse)
async def capture_before_lapse(command: CaptureBeforeLapse, streams: Streams) -> Payment:
    """Ask for it, unless the authorization was prolonged meanwhile; what is left may lapse."""
    payment = await streams.get(Payment, command.payment_id)
    order = await streams.get(Order, payment.order_id)
    request_id = natural_id("capture before lapse", str(payment.id), command.at.isoformat())
    outdated = command.at != payment.capture_at or request_id in payment.requests
    amount = ZERO if outdated or not payment.asked else _to_save(payment, order)
    if amount > 0:
        before = payment.sums
        payment.capture(capture_request(request_id, Money(amount, payment.currency)))
        post(order, payment, before)
    return payment


@handles(VoidUnneededAuthorizations)
async def void_unneeded_authorizations(
    command: VoidUnneededAuthorizations, streams: Streams
) -> Order:
    """Ask for it where the provider was asked to set the money aside; once each."""
    order = await streams.get(Order, command.order_id)
    payments = await streams.find(Payment, order.payment_ids)
    if not _is_settled(order):
        return order
    for payment in payments:
        if payment.asked and payment.open_authorization.amount:
            before = payment.sums
            payment.void(natural_id("void", str(payment.id), str(payment.version)), asked=True)
            post(order, payment, before)
    return order


def _to_save(payment: Payment, order: Order) -> Decimal:
    """Give what is to be collected before it lapses: for an order on hold only what has left."""
    wanted = payment.policy.capture_before_lapse
    if wanted is LapseCapture.NONE:
        return ZERO
    if wanted is LapseCapture.ALL and not order.holds:
        return to_collect(payment, order)
    return min(_missing_of_shipped(order), to_collect(payment, order))


def _missing_of_shipped(order: Order) -> Decimal:
    """Give what is neither here nor asked for of what the shipped units come to."""
    account = order.account
    covered = account.forgiven + order.credits.granted + order.credits.exchanged
    return shipped_value(order) - covered - account.kept - account.capturing


def shipped_value(order: Order) -> Decimal:
    """Give what the units that left a warehouse come to: all of the total with the last one.

    Shipping and duties go with the first shipment.
    """
    units = order.units
    if not units.shipped:
        return ZERO
    if not units.unshipped:
        return order.total
    taxes = ZERO if order.terms.prices_include_tax else order.shipping_tax
    value = order.shipping_price + order.duties + taxes
    for line in order.lines.values():
        if shipped := line.units.shipped:
            part = line.total * shipped / (line.terms.quantity - line.cancelled)
            value += rounded(part, line.currency)
    return value


def _is_settled(order: Order) -> bool:
    """Tell whether an order will never need more money than is here or being collected."""
    if order.status is OrderStatus.CANCELLED:
        return True
    nothing_due = order.account.balance_due(order.to_pay) == 0
    return nothing_due and not order.units.unshipped and not order.account.capturing
