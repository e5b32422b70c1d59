"""Payment providers: they answer late, twice, otherwise than before, or tell things unasked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.kernel.money import Money
from oms_core.payments.events import (
    AuthorizationRequested,
    CaptureRequested,
    PaymentCaptured,
    PaymentReportKind,
    RefundContested,
    RefundRequested,
    VoidRequested,
)
from oms_core.payments.outcomes import (
    DecideContestedRefund,
    RecordPaymentOutcome,
    ReportPaymentEvent,
    Result,
)
from oms_core.payments.payment import Payment

Asked = AuthorizationRequested | CaptureRequested | RefundRequested | VoidRequested
GOOD = {
    AuthorizationRequested: PaymentReportKind.AUTHORIZED,
    CaptureRequested: PaymentReportKind.CAPTURED,
    RefundRequested: PaymentReportKind.REFUNDED,
    VoidRequested: PaymentReportKind.VOIDED,
}
BAD = {
    AuthorizationRequested: PaymentReportKind.AUTHORIZATION_DECLINED,
    CaptureRequested: PaymentReportKind.CAPTURE_FAILED,
    RefundRequested: PaymentReportKind.REFUND_FAILED,
    VoidRequested: PaymentReportKind.VOID_FAILED,
}


class Providers(Person):
    """Do what they were asked for, mostly, and send a webhook or two."""

    def listen(self) -> None:
        for event in GOOD:
            self.on(event, self._asked)
        self.on(PaymentCaptured, lambda id, _: self._captured(id))
        self.on(RefundContested, lambda id, told: self._decide(id, told.request_id))

    def _asked(self, id: UUID, event: Asked) -> None:
        if not event.asked:
            return
        results = [Result.SUCCEEDED] * 7 + [Result.DECLINED, Result.PENDING, Result.PENDING]
        result = self.one_of(results)
        for _ in range(self.one_of([1, 1, 1, 2])):
            self.world.soon(self.one_of([0.05, 0.05, 20]), lambda: self._answer(id, event, result))

    def _decide(self, id: UUID, request_id: UUID) -> None:
        """The shop looks it up; at times nobody does."""
        if self.chance(0.8):
            decide = DecideContestedRefund(
                payment_id=id, request_id=request_id, accept=self.chance(0.5)
            )
            self.world.soon(20, lambda: self.ask(decide))

    def _answer(self, id: UUID, event: Asked, result: Result) -> None:
        expires = self.now + timedelta(days=self.one_of([1, 7])) if self.chance(0.5) else None
        self.ask(
            RecordPaymentOutcome(
                payment_id=id, request_id=event.request_id, result=result, expires_at=expires
            )
        )
        if result is Result.PENDING or self.chance(0.3):
            kinds = GOOD if self.chance(0.85) else BAD
            kind = kinds[type(event)]
            for _ in range(self.one_of([1, 1, 2])):
                self.world.soon(self.one_of([1, 60]), lambda: self._tell(id, event, kind))

    def _tell(self, id: UUID, event: Asked, kind: PaymentReportKind) -> None:
        self._report(id, kind, event.amount, f"{kind} {event.request_id}", event.request_id)

    def _captured(self, id: UUID) -> None:
        if self.chance(0.02):
            self.world.soon(200, lambda: self._dispute(id))
        if self.chance(0.03):
            self.world.soon(30, lambda: self._mistake(id))

    def _mistake(self, id: UUID) -> None:
        """Tell of a refund of twice as much as was ever collected."""
        amount = self.world.one(Payment, id).captured
        if amount.amount:
            told = f"mistake {self.world.new_id()}"
            self._report(id, PaymentReportKind.REFUNDED, amount + amount, told, None, told)

    def _dispute(self, id: UUID) -> None:
        payment = self.world.one(Payment, id)
        if payment.chargebacks:  # a bank takes the same money back once
            return
        amount = payment.refundable
        if not amount.amount:
            return
        case = f"case {self.world.new_id()}"
        ends = [PaymentReportKind.CHARGEBACK_WON, PaymentReportKind.CHARGEBACK_LOST]
        for hours, kind in ((0, PaymentReportKind.CHARGEBACK_OPENED), (100, self.one_of(ends))):
            told = f"{kind} {case}"
            self.world.after(
                hours + self.rng.expovariate(1),
                lambda kind=kind, told=told: self._report(id, kind, amount, told, None, case),
            )

    def _report(
        self,
        id: UUID,
        kind: PaymentReportKind,
        amount: Money,
        event_id: str,
        request_id: UUID | None = None,
        transaction: str | None = None,
    ) -> None:
        payment = self.world.one(Payment, id)
        self.ask(
            ReportPaymentEvent(
                provider=payment.provider,
                reference=payment.reference,
                event_id=event_id[:80],
                kind=kind,
                amount=amount,
                request_id=request_id,
                transaction=transaction,
            )
        )
