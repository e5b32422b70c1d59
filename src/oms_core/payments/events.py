"""What happens to a payment. One stream per provider and the provider's reference.

What was asked and what the provider answered are separate facts, because providers answer late,
twice or not at all. The two are tied together by `request_id`.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.money import Money


class AuthorizationRequested(Event):
    """A provider was asked to set an amount aside for an order."""

    TOPIC: ClassVar[str] = "payments.AuthorizationRequested.v1"
    request_id: UUID
    order_id: UUID
    amount: Money
    method: str
    provider: str
    reference: str


class PaymentAuthorized(Event):
    """The provider set the amount aside."""

    TOPIC: ClassVar[str] = "payments.PaymentAuthorized.v1"
    request_id: UUID
    amount: Money


class CaptureRequested(Event):
    """The provider was asked to collect; `reference` is this collection's own."""

    TOPIC: ClassVar[str] = "payments.CaptureRequested.v1"
    request_id: UUID
    amount: Money
    reference: str


class PaymentCaptured(Event):
    """The provider collected the amount."""

    TOPIC: ClassVar[str] = "payments.PaymentCaptured.v1"
    request_id: UUID
    amount: Money


class RefundRequested(Event):
    """The provider was asked to give a captured amount back. `reference` is this refund's own."""

    TOPIC: ClassVar[str] = "payments.RefundRequested.v1"
    request_id: UUID
    amount: Money
    reference: str


class PaymentRefunded(Event):
    """The provider gave the amount back."""

    TOPIC: ClassVar[str] = "payments.PaymentRefunded.v1"
    request_id: UUID
    amount: Money


PaymentEvent = (
    AuthorizationRequested
    | PaymentAuthorized
    | CaptureRequested
    | PaymentCaptured
    | RefundRequested
    | PaymentRefunded
)
