"""What was paid for an order, payment by payment, and what that leaves to pay or to give back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from oms_core.orders.events import PaymentPosted
from oms_core.payments.terms import PaymentTerms

ZERO = Decimal(0)


class Balance:
    """What one payment comes to, or all of an order's."""

    def __init__(self) -> None:
        self.authorized = self.captured = self.refunded = self.charged_back = ZERO
        self.authorizing = self.capturing = self.refunding = ZERO
        self.terms = PaymentTerms.PREPAID

    @property
    def kept(self) -> Decimal:
        """What was collected and is still here."""
        return self.captured - self.refunded - self.charged_back

    @property
    def open_authorization(self) -> Decimal:
        """What is set aside and not collected."""
        return max(self.authorized - self.captured, ZERO)

    def book(self, event: PaymentPosted) -> None:
        """Add what a payment added."""
        self.authorized += event.authorized
        self.captured += event.captured
        self.refunded += event.refunded
        self.charged_back += event.charged_back
        self.authorizing += event.authorizing
        self.capturing += event.capturing
        self.refunding += event.refunding
        self.terms = event.terms


class Account(Balance):
    """All payments of an order.

    `to_pay` is what the payments have to come to. `forgiven` is what refunds let the customer off:
    the goods stay sold, at a lower price.
    """

    def __init__(self) -> None:
        super().__init__()
        self.payments: dict[UUID, Balance] = {}
        self.forgiven = ZERO

    @property
    def open_authorization(self) -> Decimal:
        return sum((payment.open_authorization for payment in self.payments.values()), ZERO)

    @property
    def trusted(self) -> Decimal:
        """What is here, and what is set aside and good enough for goods to leave."""
        return self.kept + sum(
            (p.open_authorization for p in self.payments.values() if p.terms.trusts_authorization),
            ZERO,
        )

    def owed(self, to_pay: Decimal) -> Decimal:
        """What of that the customer was not let off; below zero, what the customer has coming."""
        return max(to_pay - self.forgiven, min(to_pay, ZERO))

    def balance_due(self, to_pay: Decimal) -> Decimal:
        """What is still to be paid."""
        return max(self.owed(to_pay) - self.kept, ZERO)

    def refund_due(self, to_pay: Decimal) -> Decimal:
        """What is here and not owed."""
        return max(self.kept - to_pay, ZERO)

    def is_secured(self, to_pay: Decimal) -> bool:
        """Tell whether goods may leave: what is owed is here, or trusted to come.

        Not when everything was given back, unless the order is free.
        """
        return self.trusted >= self.owed(to_pay) and (self.trusted > 0 or to_pay <= 0)

    def book(self, event: PaymentPosted) -> None:
        super().book(event)
        self.payments.setdefault(event.payment_id, Balance()).book(event)

    def forgive(self, refunded: Decimal, to_pay: Decimal, *, goods_to_come: bool) -> None:
        """Let the customer off what is given back now, apart from what was paid too much.

        When nothing is kept of the price of goods that are still to go, nobody is let off: it
        can be paid anew.
        """
        paid_too_much = max(self.kept - self.owed(to_pay), ZERO)
        self.forgiven += max(refunded - paid_too_much, ZERO)
        if goods_to_come and self.kept <= refunded:
            self.forgiven = ZERO

    def charge_again(self, refund: Decimal) -> None:
        """Take back that the customer was let off: the refund did not arrive."""
        self.forgiven = max(self.forgiven - refund, ZERO)
