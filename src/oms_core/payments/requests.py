"""What a provider was asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from oms_core.kernel.money import Money
from oms_core.payments.events import LineAmount


class PaymentRequestKind(StrEnum):
    """What a provider can be asked for."""

    AUTHORIZATION = "AUTHORIZATION"
    CAPTURE = "CAPTURE"
    REFUND = "REFUND"
    VOID = "VOID"


class PaymentRequestState(StrEnum):
    """How far a request has come."""

    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One request. `reported` tells that the provider spoke of it unasked as well.

    Of a request that succeeded, `amount` is what the provider said.
    """

    id: UUID
    kind: PaymentRequestKind
    amount: Money
    state: PaymentRequestState = PaymentRequestState.REQUESTED
    asked: bool = False
    reference: str | None = None
    reason: str | None = None
    transaction: str | None = None
    reported: bool = False
    lines: tuple[LineAmount, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the outcome is still to come."""
        return self.state in (PaymentRequestState.REQUESTED, PaymentRequestState.PENDING)
