"""What happens to payments at random: they are noted, asked for, answered and reported."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from tests.domain.invariants import Installation
from tests.domain.shop import NOW, place

from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.commands import CancelOrder
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.payments.asking import (
    RequestAuthorization,
    RequestCapture,
    RequestRefund,
    RequestVoid,
)
from oms_core.payments.commands import (
    AuthorizePayment,
    CapturePayment,
    RefundPayment,
    VoidPayment,
)
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.gift_cards import PayWithGiftCard
from oms_core.payments.line_amounts import WantedLineAmount
from oms_core.payments.outcomes import (
    DecideContestedRefund,
    ExpireAuthorization,
    RecordPaymentOutcome,
    ReportPaymentEvent,
    Result,
)
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.settling import CaptureForShipment, VoidUnneededAuthorizations
from oms_core.payments.terms import PaymentTerms

CENTS = st.integers(0, 9000)
THIRD, ALL, CENT = Decimal("0.33"), Decimal(1), Decimal("0.01")

RESULTS = [Result.SUCCEEDED, Result.SUCCEEDED, Result.DECLINED, Result.PENDING]

Pay = type[AuthorizePayment] | type[CapturePayment] | type[RefundPayment]
Ask = type[RequestCapture] | type[RequestRefund] | type[RequestVoid]


def euros(cents: int) -> Money:
    return Money(Decimal(cents).scaleb(-2), "EUR")


def cents(amount: Decimal) -> Decimal:
    """Whole cents of an amount, none when it is negative."""
    return max(amount, Decimal(0)).quantize(Decimal("0.01"), ROUND_DOWN)


def _to_set_aside(order: Order) -> Decimal:
    account = order.account
    covered = account.kept + account.open_authorization + account.authorizing
    return account.owed(order.to_pay) - covered if order.units.unshipped else Decimal(0)


class PaymentRules(RuleBasedStateMachine):
    """The part of a shop that is about payments."""

    there: Installation

    def do(self, command: Command) -> bool:
        """Execute a command, whatever comes of it; tell whether it recorded anything."""
        raise NotImplementedError

    def new_id(self) -> UUID:
        raise NotImplementedError

    def orders(self) -> list[Order]:
        return list(self.there.orders.values())

    def an_order(self, data: st.DataObject) -> Order:
        return data.draw(st.sampled_from(self.orders()), "order")

    def authorize(self, order: Order, part: Decimal) -> None:
        account = order.account
        set_aside = account.kept + account.open_authorization + account.authorizing
        if amount := cents((account.owed(order.to_pay) - set_aside) * part):
            self.pay(AuthorizePayment, order, amount, f"{order.id} {account.authorized}")

    def capture(self, order: Order, part: Decimal) -> None:
        for payment in [self.there.payments[id] for id in order.payment_ids]:
            account = order.account
            owed = account.owed(order.to_pay) - account.kept - account.capturing
            amount = min(payment.open_authorization.amount, owed)
            if amount := cents(amount * part):
                self.pay(CapturePayment, order, amount, payment.reference)

    def pay(self, kind: Pay, order: Order, amount: Decimal, reference: str) -> None:
        self.do(
            kind(
                order_id=order.id,
                request_id=self.new_id(),
                amount=Money(amount, "EUR"),
                method="card",
                provider="stripe",
                reference=reference,
            )
        )

    @precondition(lambda self: self.orders())
    @rule(
        data=st.data(),
        kind=st.sampled_from([AuthorizePayment, CapturePayment, RefundPayment]),
        part=st.sampled_from([THIRD, ALL, Decimal("1.01")]),
        reference=st.sampled_from(["a", "b"]),
    )
    def pay_a_part(self, data: st.DataObject, kind: Pay, part: Decimal, reference: str) -> None:
        order = self.an_order(data)
        account = order.account
        owed = {
            AuthorizePayment: order.total - account.authorized,
            CapturePayment: min(account.authorized, order.total) - account.captured,
            RefundPayment: account.kept,
        }[kind]
        amount = cents(owed * part) or Decimal("0.01")
        self.pay(kind, order, amount, f"{order.id} {reference}")

    @precondition(lambda self: self.orders())
    @rule(
        data=st.data(),
        part=st.sampled_from([THIRD, ALL, None]),
        terms=st.sampled_from(PaymentTerms),
        answers=st.integers(0, 2),
    )
    def ask_for_a_payment(
        self, data: st.DataObject, part: Decimal | None, terms: PaymentTerms, answers: int
    ) -> None:
        order, request_id = self.who_owes(data), self.new_id()
        asked = RequestAuthorization(
            order_id=order.id,
            request_id=request_id,
            amount=None if part is None else Money(cents(order.total * part) or CENT, "EUR"),
            method="card",
            provider="sandbox",
            reference=str(request_id),
            terms=terms,
        )
        if self.do(asked):
            for _ in range(answers):
                self.answer(data, payment_id("sandbox", str(request_id)))

    @precondition(lambda self: self.there.payments)
    @rule(
        data=st.data(),
        kind=st.sampled_from([RequestCapture, RequestRefund, RequestVoid]),
        part=st.sampled_from([THIRD, ALL, None]),
        of_line=st.booleans(),
        answers=st.integers(0, 2),
    )
    def ask_a_provider(
        self,
        data: st.DataObject,
        kind: Ask,
        part: Decimal | None,
        of_line: bool,
        answers: int,
    ) -> None:
        payment = self.a_payment(data, lambda p: p.open_authorization.amount > 0)
        facts: dict[str, Any] = {"payment_id": payment.id, "request_id": self.new_id()}
        if kind is not RequestVoid and part is not None:
            whole = payment.open_authorization if kind is RequestCapture else payment.refundable
            facts["amount"] = Money(cents(whole.amount * part) or CENT, "EUR")
        if kind is RequestRefund and of_line:
            order = self.there.orders[payment.order_id]
            line_id = data.draw(st.sampled_from(list(order.lines)), "line")
            amount = facts.get("amount", euros(100))
            facts["lines"] = (WantedLineAmount(line_id=line_id, amount=amount),)
        if self.do(kind(**facts)):
            for _ in range(answers):
                self.answer(data, payment.id)

    def answer(self, data: st.DataObject, payment_id: UUID) -> None:
        """The provider answers one request, once more perhaps, and not always the same."""
        payment = self.there.payments[payment_id]
        asked = [request.id for request in payment.requests.values() if request.asked]
        if asked:
            self.do(
                RecordPaymentOutcome(
                    payment_id=payment_id,
                    request_id=data.draw(st.sampled_from(asked), "request"),
                    result=data.draw(st.sampled_from(RESULTS), "result"),
                    expires_at=data.draw(st.sampled_from([None, NOW]), "expires at"),
                )
            )

    @precondition(lambda self: self.there.payments)
    @rule(data=st.data())
    def answer_at_last(self, data: st.DataObject) -> None:
        self.answer(data, self.a_payment(data).id)

    @precondition(lambda self: self.there.payments)
    @rule(
        data=st.data(),
        kind=st.sampled_from(PaymentReportKind),
        event=st.integers(1, 3),
        amount=st.none() | CENTS,
    )
    def hear_of_a_payment(
        self, data: st.DataObject, kind: PaymentReportKind, event: int, amount: int | None
    ) -> None:
        payment = self.a_payment(data)
        request = data.draw(st.sampled_from(list(payment.requests.values())), "request")
        self.do(
            ReportPaymentEvent(
                provider=payment.provider,
                reference=payment.reference,
                event_id=f"evt_{event}" if event == 3 else f"{payment.reference} evt_{event}",
                kind=kind,
                amount=euros(amount or max(int(request.amount.amount * 100), 1)),
                request_id=data.draw(st.sampled_from([None, request.id]), "request"),
                transaction=data.draw(st.sampled_from([None, "t_1"]), "transaction"),
            )
        )

    @precondition(lambda self: self.there.payments)
    @rule(data=st.data(), accept=st.booleans(), again=st.none() | st.booleans())
    def contest_a_refund(self, data: st.DataObject, accept: bool, again: bool | None) -> None:
        """A provider tells of all that it had under two names; somebody decides, and once more."""
        payment = self.a_payment(data, lambda p: p.refundable.amount > 0)
        for _ in range(2):
            name = str(self.new_id())
            told = ReportPaymentEvent(
                provider=payment.provider,
                reference=payment.reference,
                event_id=name,
                kind=PaymentReportKind.REFUNDED,
                amount=Money(payment.captured.amount or CENT, "EUR"),
                transaction=name,
            )
            self.do(told)
        for request_id in list(payment.contested):
            for decided in (accept,) if again is None else (accept, again):
                self.do(
                    DecideContestedRefund(
                        payment_id=payment.id, request_id=request_id, accept=decided
                    )
                )

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), again=st.booleans())
    def let_an_authorization_lapse(self, data: st.DataObject, again: bool) -> None:
        order = self.who_owes(data)
        if not again:
            self.on_dispatch(order, Result.SUCCEEDED)
        for id in order.payment_ids:
            self.do(ExpireAuthorization(payment_id=id, at=NOW))

    @precondition(lambda self: self.there.payments)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        self.do(VoidPayment(payment_id=self.a_payment(data).id, request_id=self.new_id()))

    def a_payment(
        self, data: st.DataObject, rather: Callable[[Payment], bool] = lambda _: True
    ) -> Payment:
        there = list(self.there.payments.values())
        return data.draw(st.sampled_from([p for p in there if rather(p)] or there), "payment")

    def who_owes(self, data: st.DataObject) -> Order:
        """An order with something to pay; a new one if there is none."""
        if owing := [order for order in self.orders() if _to_set_aside(order) > 0]:
            return data.draw(st.sampled_from(owing), "order")
        number = str(self.new_id().int)
        line = WantedLine(line_id=self.new_id(), sku="CAP", quantity=1)
        placed = self.do(place(number=number, lines=(line,)))
        return self.there.orders[order_id(number)] if placed else self.an_order(data)

    def on_dispatch(self, order: Order, result: Result) -> None:
        """Take the usual way of an order that is paid for as it leaves."""
        request_id = self.new_id()
        asked = RequestAuthorization(
            order_id=order.id,
            request_id=request_id,
            method="card",
            provider="sandbox",
            reference=str(request_id),
            terms=PaymentTerms.CAPTURE_ON_DISPATCH,
        )
        if self.do(asked):
            id = payment_id("sandbox", str(request_id))
            self.do(
                RecordPaymentOutcome(
                    payment_id=id, request_id=request_id, result=result, expires_at=NOW
                )
            )

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), result=st.sampled_from(RESULTS), dispatched=st.booleans())
    def pay_on_dispatch(self, data: st.DataObject, result: Result, dispatched: bool) -> None:
        order = self.who_owes(data)
        self.on_dispatch(order, result)
        if dispatched:
            self.to_warehouse(order)
            self.dispatch_all(order)
        for shipment_id in list(order.releases):
            self.do(CaptureForShipment(order_id=order.id, shipment_id=shipment_id))

    @precondition(lambda self: self.orders())
    @rule(
        data=st.data(),
        code=st.sampled_from(["ROSE-0001", "rose-0001", "ROSE-0002"]),
        amount=st.integers(1, 3000),
        part=st.booleans(),
    )
    def pay_with_a_gift_card(self, data: st.DataObject, code: str, amount: int, part: bool) -> None:
        self.do(IssueGiftCard(code=code, amount=euros(amount)))
        self.do(
            PayWithGiftCard(
                order_id=self.who_owes(data).id,
                request_id=self.new_id(),
                code=code,
                amount=euros(amount) if part else None,
                at=NOW,
            )
        )

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), cancelled=st.booleans())
    def let_go(self, data: st.DataObject, cancelled: bool) -> None:
        order = self.who_owes(data)
        if cancelled:
            self.on_dispatch(order, Result.SUCCEEDED)
            self.do(CancelOrder(order_id=order.id, reason="changed my mind"))
        self.do(VoidUnneededAuthorizations(order_id=order.id))

    def to_warehouse(self, order: Order) -> None:
        raise NotImplementedError

    def dispatch_all(self, order: Order) -> None:
        raise NotImplementedError
