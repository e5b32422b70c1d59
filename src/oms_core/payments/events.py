"""What happens to a payment. One stream per provider and the reference given to it.

What was asked and what the provider answered are separate facts, because providers answer late,
twice or not at all. The two are tied together by `request_id`. `asked` tells that the provider is
still to be asked; else the caller told of something that had happened at it already.
`transaction` is the provider's own name for what it did.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, Message
from oms_core.kernel.money import Money
from oms_core.payments.policy import PaymentPolicy
from oms_core.payments.terms import PaymentTerms


class PaymentReportKind(StrEnum):
    """What a provider reports of its own accord."""

    AUTHORIZED = "AUTHORIZED"
    AUTHORIZATION_DECLINED = "AUTHORIZATION_DECLINED"
    AUTHORIZATION_EXPIRED = "AUTHORIZATION_EXPIRED"
    VOIDED = "VOIDED"
    VOID_FAILED = "VOID_FAILED"
    CAPTURED = "CAPTURED"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    REFUNDED = "REFUNDED"
    REFUND_FAILED = "REFUND_FAILED"
    CHARGEBACK_OPENED = "CHARGEBACK_OPENED"
    CHARGEBACK_WON = "CHARGEBACK_WON"
    CHARGEBACK_LOST = "CHARGEBACK_LOST"


class LineAmount(Message):
    """So much money for an order line."""

    line_id: UUID
    amount: Decimal


class AuthorizationRequested(Event):
    """A provider was asked to set an amount aside for an order.

    `policy` tells what of it is collected by itself, where the provider was asked.
    """

    TOPIC: ClassVar[str] = "payments.AuthorizationRequested.v1"
    request_id: UUID
    order_id: UUID
    amount: Money
    method: str
    provider: str
    reference: str
    asked: bool = False
    terms: PaymentTerms = PaymentTerms.PREPAID
    gift_card_id: UUID | None = None
    policy: PaymentPolicy | None = None


class PaymentAuthorized(Event):
    """The provider set the amount aside, until `expires_at` if it said so.

    At `capture_at` it is collected what the policy says should not lapse.
    """

    TOPIC: ClassVar[str] = "payments.PaymentAuthorized.v1"
    request_id: UUID
    amount: Money
    expires_at: datetime | None = None
    capture_at: datetime | None = None
    transaction: str | None = None


class AuthorizationDeclined(Event):
    """The provider did not set the amount aside."""

    TOPIC: ClassVar[str] = "payments.AuthorizationDeclined.v1"
    request_id: UUID
    reason: str


class AuthorizationExpired(Event):
    """What was set aside and not collected lapsed."""

    TOPIC: ClassVar[str] = "payments.AuthorizationExpired.v1"
    amount: Money


class VoidRequested(Event):
    """The provider was asked to let go of what it set aside and did not collect."""

    TOPIC: ClassVar[str] = "payments.VoidRequested.v1"
    request_id: UUID
    amount: Money
    asked: bool = False


class AuthorizationVoided(Event):
    """The provider let go of an amount."""

    TOPIC: ClassVar[str] = "payments.AuthorizationVoided.v1"
    request_id: UUID
    amount: Money
    transaction: str | None = None


class VoidFailed(Event):
    """The provider did not let go of the amount."""

    TOPIC: ClassVar[str] = "payments.VoidFailed.v1"
    request_id: UUID
    reason: str


class CaptureRequested(Event):
    """The provider was asked to collect; `reference` is this collection's own."""

    TOPIC: ClassVar[str] = "payments.CaptureRequested.v1"
    request_id: UUID
    amount: Money
    reference: str
    asked: bool = False


class PaymentCaptured(Event):
    """The provider collected the amount."""

    TOPIC: ClassVar[str] = "payments.PaymentCaptured.v1"
    request_id: UUID
    amount: Money
    transaction: str | None = None


class CaptureFailed(Event):
    """The provider did not collect, or had to give back at once what it seemed to have."""

    TOPIC: ClassVar[str] = "payments.CaptureFailed.v1"
    request_id: UUID
    reason: str


class RefundRequested(Event):
    """The provider was asked to give a captured amount back. `reference` is this refund's own.

    `lines` tell how much of it is for which order line.
    """

    TOPIC: ClassVar[str] = "payments.RefundRequested.v1"
    request_id: UUID
    amount: Money
    reference: str
    asked: bool = False
    lines: tuple[LineAmount, ...] = ()


class PaymentRefunded(Event):
    """The provider gave the amount back."""

    TOPIC: ClassVar[str] = "payments.PaymentRefunded.v1"
    request_id: UUID
    amount: Money
    transaction: str | None = None


class RefundFailed(Event):
    """The provider did not give the amount back."""

    TOPIC: ClassVar[str] = "payments.RefundFailed.v1"
    request_id: UUID
    reason: str


class RefundReversed(Event):
    """An amount that was given back did not reach the customer and is here again."""

    TOPIC: ClassVar[str] = "payments.RefundReversed.v1"
    request_id: UUID
    reason: str


class OutcomeDeferred(Event):
    """The provider took a request and will tell later what became of it."""

    TOPIC: ClassVar[str] = "payments.OutcomeDeferred.v1"
    request_id: UUID


class ProviderReported(Event):
    """The provider told something unasked; `report_id` is its own name for that.

    `request_id` is the request that it is about. What it changed, if anything, is recorded beside.
    """

    TOPIC: ClassVar[str] = "payments.ProviderReported.v2"
    report_id: str
    kind: PaymentReportKind
    amount: Money
    request_id: UUID | None = None


class ChargebackOpened(Event):
    """The customer's bank took an amount back; `case` is the provider's name for the dispute."""

    TOPIC: ClassVar[str] = "payments.ChargebackOpened.v1"
    case: str
    amount: Money
    reason: str | None = None


class ChargebackWon(Event):
    """The dispute was decided for the shop: the amount is here again."""

    TOPIC: ClassVar[str] = "payments.ChargebackWon.v1"
    case: str


class ChargebackLost(Event):
    """The dispute was decided for the customer: the amount is gone."""

    TOPIC: ClassVar[str] = "payments.ChargebackLost.v1"
    case: str


class RefundContested(Event):
    """The provider says that it gave back more than is here. That can't be so: a person decides.

    Nothing moves meanwhile, and no more is refunded.
    """

    TOPIC: ClassVar[str] = "payments.RefundContested.v1"
    request_id: UUID
    amount: Money
    transaction: str | None = None


class ContestedRefundAccepted(Event):
    """The amount is gone after all: somebody has looked it up."""

    TOPIC: ClassVar[str] = "payments.ContestedRefundAccepted.v1"
    request_id: UUID


class ContestedRefundDismissed(Event):
    """The provider was mistaken: the amount was not given back."""

    TOPIC: ClassVar[str] = "payments.ContestedRefundDismissed.v1"
    request_id: UUID


PaymentEvent = (
    AuthorizationRequested
    | PaymentAuthorized
    | AuthorizationDeclined
    | AuthorizationExpired
    | VoidRequested
    | AuthorizationVoided
    | VoidFailed
    | CaptureRequested
    | PaymentCaptured
    | CaptureFailed
    | RefundRequested
    | PaymentRefunded
    | RefundFailed
    | RefundReversed
    | RefundContested
    | ContestedRefundAccepted
    | ContestedRefundDismissed
    | OutcomeDeferred
    | ProviderReported
    | ChargebackOpened
    | ChargebackWon
    | ChargebackLost
)
