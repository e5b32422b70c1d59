"""A payment: what may be decided about it. What a provider did is taken in by `reports`.

Decided is never more than: `captured <= authorized` and `refunded + charged back <= captured`,
with all that was asked for and not answered yet counted as if it had succeeded. What a provider
tells of is recorded even if it is more: the money has moved. A refund of more than is here can't be
so: it is contested until a person has decided.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch, Refusal
from oms_core.payments import events
from oms_core.payments.refusals import (
    CaptureExceedsAuthorization,
    ContestedRefundDecided,
    NoContestedRefund,
    NothingToVoid,
    PaymentAlreadyAuthorized,
    RefundExceedsCapture,
)
from oms_core.payments.state import FoldedPayment
from oms_core.payments.view import ContestState


def payment_id(provider: str, reference: str) -> UUID:
    """Give the stream of a provider's reference."""
    return natural_id("payment", provider, reference)


class Payment(FoldedPayment):
    """One payment of one order."""

    def authorize(
        self, request: events.AuthorizationRequested, expires_at: datetime | None = None
    ) -> None:
        """Open the payment, once per reference; set aside already unless it is to be asked for."""
        self.refuse_if_authorized()
        self.record(request)
        if not request.asked:
            self.record(
                events.PaymentAuthorized(
                    request_id=request.request_id, amount=request.amount, expires_at=expires_at
                )
            )

    def refuse_if_authorized(self) -> None:
        """Refuse when the reference was used already."""
        if self.exists:
            raise PaymentAlreadyAuthorized(
                provider=self.provider, reference=self.reference, field=("reference",)
            )

    def capture(self, request: events.CaptureRequested) -> None:
        """Collect a part or all of what was set aside; done already unless it is to be asked."""
        self.refuse_capture_of(request.amount)
        self.record(request)
        if not request.asked:
            self.record(
                events.PaymentCaptured(request_id=request.request_id, amount=request.amount)
            )

    def refund(self, request: events.RefundRequested) -> None:
        """Give a part or all of what was collected back; done already unless it is to be asked."""
        self.refuse_refund_of(request.amount)
        self.record(request)
        if not request.asked:
            self.record(
                events.PaymentRefunded(request_id=request.request_id, amount=request.amount)
            )

    def decide_contested(self, request_id: UUID, *, accept: bool) -> None:
        """Say whether a refund took place that can't have; nothing happens when that was said."""
        found = self.contested.get(request_id)
        if found is None:
            raise NoContestedRefund(request_id=request_id, field=("request_id",))
        wanted = ContestState.ACCEPTED if accept else ContestState.DISMISSED
        if found.state is not ContestState.OPEN:
            if found.state is not wanted:
                state = found.state.lower()
                raise ContestedRefundDecided(request_id=request_id, state=state)
            return
        if not accept:
            self.record(events.ContestedRefundDismissed(request_id=request_id))
            return
        self.record(events.ContestedRefundAccepted(request_id=request_id))
        gone = {"amount": found.amount, "transaction": found.transaction}
        self.record(events.PaymentRefunded(request_id=request_id, **gone))

    def void(self, request_id: UUID, *, asked: bool) -> None:
        """Let go of all that is set aside and not collected."""
        amount = self.open_authorization
        if not amount.amount:
            raise NothingToVoid()
        self.record(events.VoidRequested(request_id=request_id, amount=amount, asked=asked))
        if not asked:
            self.record(events.AuthorizationVoided(request_id=request_id, amount=amount))

    def expire(self, at: datetime) -> None:
        """Note that what is set aside lapsed by a moment; nothing happens if it did not, or did.

        What is being captured at that moment is left to the provider's answer.
        """
        due = self.expires_at is not None and at >= self.expires_at
        if due and (amount := self.open_authorization).amount:
            self.record(events.AuthorizationExpired(amount=amount))

    def refuse_capture_of(self, amount: Money) -> None:
        """Refuse beyond what is set aside; ask before anything is recorded."""
        self._refuse_beyond(self.open_authorization, amount, CaptureExceedsAuthorization)

    def refuse_refund_of(self, amount: Money) -> None:
        """Refuse beyond what is here; ask before anything is recorded."""
        self._refuse_beyond(self.refundable, amount, RefundExceedsCapture)

    def _refuse_beyond(self, open_amount: Money, wanted: Money, refusal: type[Refusal]) -> None:
        self.refuse_other_currency(wanted)
        if open_amount < wanted:
            raise refusal(
                wanted=wanted, open=open_amount, provider=self.provider, field=("amount",)
            )

    def refuse_other_currency(self, amount: Money) -> None:
        """Refuse an amount in another currency than the payment's."""
        if amount.currency != self.currency:
            raise CurrencyMismatch(
                given=amount.currency, expected=self.currency, field=("amount", "currency")
            )
