"""Payers: they pay at once, later, in parts, twice, or not at all."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.kernel.money import Money
from oms_core.orders.events import OrderEdited, OrderPlaced
from oms_core.orders.order import Order
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.payments.events import PaymentAuthorized
from oms_core.payments.payment import Payment

Pay = type[AuthorizePayment] | type[CapturePayment]


class Payers(Person):
    """Authorize first; somebody collects, all of it or in parts."""

    def listen(self) -> None:
        self.on(OrderPlaced, lambda id, _: self._remind(id))
        self.on(OrderEdited, lambda id, _: self._remind(id))
        self.on(PaymentAuthorized, lambda id, _: self._authorized(id))

    def _remind(self, id: UUID) -> None:
        if self.chance(0.93):
            self.world.soon(self.one_of([0.1, 3, 30]), lambda: self._authorize(id))

    def _authorize(self, id: UUID) -> None:
        order = self.order(id)
        amount = self.part_of(order.total - order.account.authorized, order.terms.currency)
        if amount.amount > 0:
            again = self.chance(0.02) and bool(order.payment_ids)
            reference = f"pi {id} {0 if again else len(order.payment_ids)}"
            self._pay(AuthorizePayment, order, amount, reference)
        if amount.amount < order.total - order.authorized or self.chance(0.1):
            self._remind(id)

    def _authorized(self, payment_id: UUID) -> None:
        for _ in range(self.one_of([1, 1, 1, 2])):
            self.world.soon(self.one_of([0.1, 10]), lambda: self._collect(payment_id))

    def _collect(self, payment_id: UUID) -> None:
        payment = self.world.one(Payment, payment_id)
        order = self.order(payment.order_id)
        open_amount = payment.open_authorization.amount
        owed = max(min(open_amount, order.total - order.account.captured), Decimal(0))
        amount = self.part_of(owed, order.terms.currency)
        if self.chance(0.02):
            amount = Money(open_amount * 2 + 1, order.terms.currency)
        if amount.amount > 0:
            self._pay(CapturePayment, order, amount, payment.reference)
        if amount.amount < owed and self.chance(0.9):
            self.world.soon(5, lambda: self._collect(payment_id))

    def _pay(self, kind: Pay, order: Order, amount: Money, reference: str) -> None:
        self.ask(
            kind(
                order_id=order.id,
                request_id=self.world.new_id(),
                amount=amount,
                method="card",
                provider="psp",
                reference=reference,
            )
        )
