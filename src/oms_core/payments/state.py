"""The state of a payment, folded from its events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.money import Money
from oms_core.payments import events
from oms_core.payments.events import PaymentEvent
from oms_core.payments.policy import LapseCapture, PaymentPolicy
from oms_core.payments.refusals import NoSuchPayment
from oms_core.payments.requests import PaymentRequest, PaymentRequestKind, PaymentRequestState
from oms_core.payments.sums import PaymentSums
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import (
    Chargeback,
    ChargebackState,
    ContestedRefund,
    ContestState,
    PaymentState,
    PaymentView,
    payment_status,
)

ZERO = Decimal(0)


class FoldedPayment(Aggregate[PaymentEvent]):
    """What a provider was asked for, said and did under one reference."""

    MISSING = NoSuchPayment
    order_id: UUID
    method: str
    provider: str
    reference: str
    authorized: Money
    captured: Money
    refunded: Money

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.terms = PaymentTerms.PREPAID
        self.policy = PaymentPolicy()
        self.gift_card_id: UUID | None = None
        self.expires_at: datetime | None = None
        self.capture_at: datetime | None = None
        self.lapse: PaymentState | None = None
        self.requests: dict[UUID, PaymentRequest] = {}
        self.chargebacks: dict[str, Chargeback] = {}
        self.contested: dict[UUID, ContestedRefund] = {}
        self.heard: set[str] = set()

    @property
    def currency(self) -> str:
        """The currency of everything about it."""
        return self.authorized.currency

    @property
    def asked(self) -> bool:
        """Whether the provider was asked for it from here, and can be asked for more."""
        return any(request.asked for request in self.requests.values())

    @property
    def open_authorization(self) -> Money:
        """What may still be captured: set aside, and neither collected nor about to be."""
        going = self.in_flight(PaymentRequestKind.CAPTURE) + self.in_flight(PaymentRequestKind.VOID)
        return self._money(max(self.authorized.amount - self.captured.amount - going, ZERO))

    @property
    def refundable(self) -> Money:
        """What may still be given back: here, and neither about to go nor perhaps gone."""
        gone = self.refunded.amount + self.charged_back.amount
        open_ = (c for c in self.contested.values() if c.state is ContestState.OPEN)
        gone += sum((c.amount.amount for c in open_), ZERO)
        left = self.captured.amount - gone - self.in_flight(PaymentRequestKind.REFUND)
        return self._money(max(left, ZERO))

    @property
    def charged_back(self) -> Money:
        """What banks took back. Cases about the same money count once: no more than was there."""
        gone = sum((case.gone.amount for case in self.chargebacks.values()), ZERO)
        return self._money(min(gone, self.captured.amount))

    @property
    def sums(self) -> PaymentSums:
        """What it comes to."""
        if not self.exists:
            return PaymentSums()
        return PaymentSums(
            authorized=self.authorized.amount,
            captured=self.captured.amount,
            refunded=self.refunded.amount,
            charged_back=self.charged_back.amount,
            authorizing=self.in_flight(PaymentRequestKind.AUTHORIZATION),
            capturing=self.in_flight(PaymentRequestKind.CAPTURE),
            refunding=self.in_flight(PaymentRequestKind.REFUND),
            lines=self._refunded_lines(),
        )

    def to_capture_at(self, expires_at: datetime | None) -> datetime | None:
        """Tell when what should not lapse is to be collected; None: never."""
        policy = self.policy
        if expires_at is None or policy.capture_before_lapse is LapseCapture.NONE:
            return None
        return expires_at - policy.capture_ahead

    def in_flight(self, kind: PaymentRequestKind) -> Decimal:
        """What was asked for and not answered yet."""
        return sum((r.amount.amount for r in self.of_kind(kind) if r.is_open), ZERO)

    def of_kind(self, kind: PaymentRequestKind) -> Iterator[PaymentRequest]:
        """Give the requests of a kind, in their order."""
        return (request for request in self.requests.values() if request.kind is kind)

    def _refunded_lines(self) -> dict[UUID, Decimal]:
        lines: dict[UUID, Decimal] = {}
        for request in self.of_kind(PaymentRequestKind.REFUND):
            if request.state is not PaymentRequestState.DECLINED:
                for part in request.lines:
                    lines[part.line_id] = lines.get(part.line_id, ZERO) + part.amount
        return lines

    def _money(self, amount: Decimal) -> Money:
        return Money(amount, self.authorized.currency)

    def evolve(self, event: PaymentEvent) -> None:
        match event:
            case events.AuthorizationRequested():
                self._opened(event)
                self._asked(event, PaymentRequestKind.AUTHORIZATION)
            case events.CaptureRequested():
                self._asked(event, PaymentRequestKind.CAPTURE)
            case events.RefundRequested():
                self._asked(event, PaymentRequestKind.REFUND)
            case events.VoidRequested():
                self._asked(event, PaymentRequestKind.VOID)
            case events.PaymentAuthorized():
                self.authorized += event.amount
                if event.expires_at is not None:
                    self.expires_at, self.capture_at = event.expires_at, event.capture_at
                self._succeeded(event, PaymentRequestKind.AUTHORIZATION)
            case events.PaymentCaptured():
                self.captured += event.amount
                self._succeeded(event, PaymentRequestKind.CAPTURE)
            case events.PaymentRefunded():
                self.refunded += event.amount
                self._succeeded(event, PaymentRequestKind.REFUND)
            case events.AuthorizationVoided():
                self.authorized -= event.amount
                self.lapse = PaymentState.VOIDED
                self._succeeded(event, PaymentRequestKind.VOID)
            case events.AuthorizationExpired():
                self.authorized -= event.amount
                self.lapse = PaymentState.EXPIRED
            case (
                events.AuthorizationDeclined()
                | events.CaptureFailed()
                | events.RefundFailed()
                | events.RefundReversed()
                | events.VoidFailed()
            ):
                self._declined(event)
            case (
                events.RefundContested()
                | events.ContestedRefundAccepted()
                | events.ContestedRefundDismissed()
            ):
                self._contested(event)
            case events.OutcomeDeferred():
                self._change(event.request_id, state=PaymentRequestState.PENDING)
            case events.ProviderReported():
                self.heard.add(event.report_id)
                if event.request_id in self.requests:
                    self._change(event.request_id, reported=True)
            case events.ChargebackOpened() | events.ChargebackWon() | events.ChargebackLost():
                self._disputed(event)
            case _:
                assert_never(event)

    def _opened(self, event: events.AuthorizationRequested) -> None:
        self.order_id, self.method = event.order_id, event.method
        self.provider, self.reference = event.provider, event.reference
        self.terms, self.gift_card_id = event.terms, event.gift_card_id
        self.policy = event.policy or self.policy
        nothing = event.amount - event.amount
        self.authorized = self.captured = self.refunded = nothing

    def _asked(
        self,
        event: events.AuthorizationRequested
        | events.CaptureRequested
        | events.RefundRequested
        | events.VoidRequested,
        kind: PaymentRequestKind,
    ) -> None:
        self.requests[event.request_id] = PaymentRequest(
            event.request_id,
            kind,
            event.amount,
            asked=event.asked,
            reference=getattr(event, "reference", None),
            lines=event.lines if isinstance(event, events.RefundRequested) else (),
        )

    def _succeeded(
        self,
        event: events.PaymentAuthorized
        | events.PaymentCaptured
        | events.PaymentRefunded
        | events.AuthorizationVoided,
        kind: PaymentRequestKind,
    ) -> None:
        """Note the outcome; what a provider did unasked becomes a request that succeeded."""
        id = event.request_id
        self.requests.setdefault(id, PaymentRequest(id, kind, event.amount))
        self._change(
            id,
            state=PaymentRequestState.SUCCEEDED,
            amount=event.amount,
            transaction=event.transaction,
            reason=None,
        )

    def _declined(
        self,
        event: events.AuthorizationDeclined
        | events.VoidFailed
        | events.CaptureFailed
        | events.RefundFailed
        | events.RefundReversed,
    ) -> None:
        request = self.requests[event.request_id]
        if request.state is PaymentRequestState.SUCCEEDED:
            match request.kind:
                case PaymentRequestKind.CAPTURE:
                    self.captured -= request.amount
                case PaymentRequestKind.REFUND:
                    self.refunded -= request.amount
                case _:
                    pass  # only these come back
        self._change(event.request_id, state=PaymentRequestState.DECLINED, reason=event.reason)

    def _change(self, request_id: UUID, **values: Any) -> None:
        self.requests[request_id] = replace(self.requests[request_id], **values)

    def _disputed(
        self, event: events.ChargebackOpened | events.ChargebackWon | events.ChargebackLost
    ) -> None:
        before = self.chargebacks.get(event.case)
        if isinstance(event, events.ChargebackOpened):
            after = Chargeback(event.case, event.amount, ChargebackState.OPEN, event.reason)
        else:
            assert before is not None
            won = isinstance(event, events.ChargebackWon)
            after = replace(before, state=ChargebackState.WON if won else ChargebackState.LOST)
        self.chargebacks[event.case] = after

    def _contested(
        self,
        event: events.RefundContested
        | events.ContestedRefundAccepted
        | events.ContestedRefundDismissed,
    ) -> None:
        id = event.request_id
        match event:
            case events.RefundContested():
                told = ContestedRefund(id, event.amount, transaction=event.transaction)
                self.contested[id] = told
            case events.ContestedRefundAccepted():
                self.contested[id] = replace(self.contested[id], state=ContestState.ACCEPTED)
            case events.ContestedRefundDismissed():
                self.contested[id] = replace(self.contested[id], state=ContestState.DISMISSED)
            case _:
                assert_never(event)

    def view(self) -> PaymentView:
        """Show the payment as it is now."""
        return PaymentView(
            id=self.id,
            version=self.version,
            order_id=self.order_id,
            method=self.method,
            provider=self.provider,
            reference=self.reference,
            terms=self.terms,
            status=payment_status(self.sums, next(iter(self.requests.values())).state, self.lapse),
            authorized=self.authorized,
            captured=self.captured,
            refunded=self.refunded,
            charged_back=self.charged_back,
            expires_at=self.expires_at,
            requests=tuple(self.requests.values()),
            chargebacks=tuple(self.chargebacks.values()),
            contested=tuple(self.contested.values()),
        )
