"""A payment as an answer shows it, and the status that its sums give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from oms_core.kernel.money import Money
from oms_core.payments.requests import PaymentRequest, PaymentRequestState
from oms_core.payments.sums import PaymentSums
from oms_core.payments.terms import PaymentTerms


class PaymentState(StrEnum):
    """Where one payment stands; derived, never set."""

    PENDING = "PENDING"
    DECLINED = "DECLINED"
    AUTHORIZED = "AUTHORIZED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    CHARGED_BACK = "CHARGED_BACK"


class ChargebackState(StrEnum):
    """How far a dispute has come."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Chargeback:
    """An amount that the customer's bank took back; `case` is the provider's name for it."""

    case: str
    amount: Money
    state: ChargebackState
    reason: str | None = None

    @property
    def gone(self) -> Money:
        """What is not here because of it."""
        return self.amount if self.state is not ChargebackState.WON else self.amount - self.amount


class ContestState(StrEnum):
    """Whether somebody has looked at what can't be so."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class ContestedRefund:
    """A refund that a provider told of, though it had not that much to give back."""

    request_id: UUID
    amount: Money
    state: ContestState = ContestState.OPEN
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment after its event number `version`."""

    id: UUID
    version: int
    order_id: UUID
    method: str
    provider: str
    reference: str
    terms: PaymentTerms
    status: PaymentState
    authorized: Money
    captured: Money
    refunded: Money
    charged_back: Money
    expires_at: datetime | None
    requests: tuple[PaymentRequest, ...]
    chargebacks: tuple[Chargeback, ...]
    contested: tuple[ContestedRefund, ...]


def payment_status(
    sums: PaymentSums, authorization: PaymentRequestState, lapse: PaymentState | None
) -> PaymentState:
    """Money that left shows first, then what was collected, then what is set aside."""
    if sums.charged_back:
        return PaymentState.CHARGED_BACK
    if sums.refunded:
        full = sums.refunded >= sums.captured
        return PaymentState.REFUNDED if full else PaymentState.PARTIALLY_REFUNDED
    if sums.captured:
        full = sums.captured >= sums.authorized
        return PaymentState.CAPTURED if full else PaymentState.PARTIALLY_CAPTURED
    if sums.authorized:
        return PaymentState.AUTHORIZED
    if authorization is PaymentRequestState.DECLINED:
        return PaymentState.DECLINED
    return lapse or PaymentState.PENDING
