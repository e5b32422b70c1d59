"""Posts what a payment came to since a moment to its order, in the same transaction."""

from __future__ import annotations

from oms_core.orders.events import LineRefund, PaymentPosted
from oms_core.orders.order import Order
from oms_core.payments.payment import Payment
from oms_core.payments.sums import AMOUNTS, ZERO, PaymentSums


def post(order: Order, payment: Payment, before: PaymentSums) -> None:
    """Tell the order what the payment added; nothing when that is nothing."""
    after = payment.sums
    changed = {name: getattr(after, name) - getattr(before, name) for name in AMOUNTS}
    ids = dict.fromkeys((*before.lines, *after.lines))
    lines = {id: after.lines.get(id, ZERO) - before.lines.get(id, ZERO) for id in ids}
    order.post_payment(
        PaymentPosted(
            payment_id=payment.id,
            terms=payment.terms,
            lines=tuple(
                LineRefund(line_id=i, amount=amount) for i, amount in lines.items() if amount
            ),
            **{name: amount for name, amount in changed.items() if amount},
        )
    )
