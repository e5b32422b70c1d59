"""A payment: what a provider set aside, collected and gave back under one reference.

Guarded for every payment: `refunded <= captured <= authorized`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import AlreadyExists, CurrencyMismatch, NotFound, Refusal
from oms_core.payments.events import (
    AuthorizationRequested,
    CaptureRequested,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentEvent,
    PaymentRefunded,
    RefundRequested,
)


class NoSuchPayment(NotFound):
    """There is no such payment."""


class PaymentAlreadyAuthorized(AlreadyExists):
    """{provider} has authorized a payment under the reference {reference} already. Send the same
    idempotency key to repeat a request, or the reference of the new payment.
    """


class CaptureExceedsAuthorization(Refusal):
    """{wanted} were to be captured, but only {open} are authorized by {provider} and not captured
    yet. Authorize more, or capture less.
    """

    CODE = "PAYMENT_EXCEEDED"


class RefundExceedsCapture(Refusal):
    """{wanted} were to be refunded, but only {open} were captured by {provider} and not refunded
    yet.
    """

    CODE = "PAYMENT_EXCEEDED"


def payment_id(provider: str, reference: str) -> UUID:
    """Give the stream of a provider's reference."""
    return natural_id("payment", provider, reference)


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as an answer shows it."""

    id: UUID
    version: int
    order_id: UUID
    method: str
    provider: str
    reference: str
    authorized: Money
    captured: Money
    refunded: Money


class Payment(Aggregate[PaymentEvent]):
    """One payment of one order."""

    MISSING = NoSuchPayment
    order_id: UUID
    method: str
    provider: str
    reference: str
    authorized: Money
    captured: Money
    refunded: Money

    @property
    def open_authorization(self) -> Money:
        """What may still be captured."""
        return self.authorized - self.captured

    @property
    def refundable(self) -> Money:
        """What may still be refunded."""
        return self.captured - self.refunded

    def authorize(self, request: AuthorizationRequested) -> None:
        """Note that the provider set the amount aside, once per reference."""
        self.refuse_if_authorized()
        self.record(request)
        self.record(PaymentAuthorized(request_id=request.request_id, amount=request.amount))

    def refuse_if_authorized(self) -> None:
        """Refuse when the reference was used already."""
        if self.exists:
            raise PaymentAlreadyAuthorized(
                provider=self.provider, reference=self.reference, field=("reference",)
            )

    def capture(self, request: CaptureRequested) -> None:
        """Note that the provider collected a part or all of what was set aside."""
        self._refuse_beyond(self.open_authorization, request.amount, CaptureExceedsAuthorization)
        self.record(request)
        self.record(PaymentCaptured(request_id=request.request_id, amount=request.amount))

    def refund(self, request: RefundRequested) -> None:
        """Note that the provider gave a part or all of what was collected back."""
        self._refuse_beyond(self.refundable, request.amount, RefundExceedsCapture)
        self.record(request)
        self.record(PaymentRefunded(request_id=request.request_id, amount=request.amount))

    def _refuse_beyond(self, open_amount: Money, wanted: Money, refusal: type[Refusal]) -> None:
        self._refuse_other_currency(wanted)
        if open_amount < wanted:
            raise refusal(
                wanted=wanted, open=open_amount, provider=self.provider, field=("amount",)
            )

    def _refuse_other_currency(self, amount: Money) -> None:
        if amount.currency != self.authorized.currency:
            raise CurrencyMismatch(
                given=amount.currency, expected=self.authorized.currency, field=("amount",)
            )

    def evolve(self, event: PaymentEvent) -> None:
        match event:
            case AuthorizationRequested():
                self.order_id, self.method = event.order_id, event.method
                self.provider, self.reference = event.provider, event.reference
                nothing = event.amount - event.amount
                self.authorized = self.captured = self.refunded = nothing
            case PaymentAuthorized():
                self.authorized += event.amount
            case PaymentCaptured():
                self.captured += event.amount
            case PaymentRefunded():
                self.refunded += event.amount
            case CaptureRequested() | RefundRequested():
                pass
            case _:
                assert_never(event)

    def view(self) -> PaymentView:
        """Show the payment as it is now."""
        return PaymentView(
            self.id,
            self.version,
            self.order_id,
            self.method,
            self.provider,
            self.reference,
            self.authorized,
            self.captured,
            self.refunded,
        )
