"""Payers: they pay at once, later, in parts, twice, by asking a provider, or not at all."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.kernel.money import Money
from oms_core.orders.events import OrderEdited, OrderPlaced
from oms_core.orders.order import Order
from oms_core.payments.asking import RequestAuthorization, RequestCapture
from oms_core.payments.commands import AuthorizePayment, CapturePayment, VoidPayment
from oms_core.payments.events import PaymentAuthorized
from oms_core.payments.payment import Payment
from oms_core.payments.terms import PaymentTerms

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
        account = order.account
        covered = account.kept + account.open_authorization + account.authorizing
        whole = account.owed(order.to_pay) - covered
        amount = self.part_of(max(whole, Decimal(0)), order.terms.currency)
        if amount.amount > 0:
            again = self.chance(0.1) and bool(order.payment_ids)
            reference = f"pi {id} {0 if again else len(order.payment_ids)}"
            if self.chance(0.5):
                self._pay(AuthorizePayment, order, amount, reference)
            else:
                self._ask_provider(order, amount, reference)
        if amount.amount < whole or self.chance(0.1):
            self._remind(id)

    def _ask_provider(self, order: Order, amount: Money, reference: str) -> None:
        self.ask(
            RequestAuthorization(
                order_id=order.id,
                request_id=self.world.new_id(),
                amount=amount if self.chance(0.7) else None,
                method="card",
                provider="sandbox",
                reference=reference,
                terms=self.one_of([None, *PaymentTerms]),
            )
        )

    def _authorized(self, payment_id: UUID) -> None:
        for _ in range(self.one_of([1, 1, 1, 2])):
            self.world.soon(self.one_of([0.1, 10]), lambda: self._collect(payment_id))
        if self.chance(0.03):
            void = VoidPayment(payment_id=payment_id, request_id=self.world.new_id())
            self.world.soon(10, lambda: self.ask(void))

    def _collect(self, payment_id: UUID) -> None:
        payment = self.world.one(Payment, payment_id)
        order = self.order(payment.order_id)
        open_amount = payment.open_authorization.amount
        due = order.account.balance_due(order.to_pay) - order.account.capturing
        owed = max(min(open_amount, due), Decimal(0))
        amount = self.part_of(owed, order.terms.currency)
        if self.chance(0.02):
            amount = Money(open_amount * 2 + 1, order.terms.currency)
        if amount.amount > 0 and payment.asked:
            request_id = self.world.new_id()
            self.ask(RequestCapture(payment_id=payment_id, request_id=request_id, amount=amount))
        elif amount.amount > 0:
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
