"""What a payment provider is to this system: it is asked, and answers.

Write a class with these methods and offer it under the entry point `oms.payment_providers`; see
docs/payments.md. A provider is asked from one process, again with the same `request_id` when an
answer may have been lost: hand that id on as the provider's own idempotency key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from oms_core.kernel.money import Money
from oms_core.payments.reports import Report


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """What a provider is asked for.

    `reference` is the payment's, as it was given when the payment was requested; `transaction`
    is the provider's own name for the authorization, if it told one.
    """

    request_id: UUID
    order_id: UUID
    reference: str
    method: str
    amount: Money
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """It is done. `transaction` is the provider's own name for it."""

    transaction: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """It is not done, and will not be. The reason is for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The outcome comes later: reported through the API, or as news."""


Reply = Succeeded | Declined | Pending


class PaymentProvider(Protocol):
    """Asks a payment provider for things. An exception means: ask again later."""

    def authorize(self, request: ProviderRequest) -> Reply:
        """Set an amount aside."""
        ...

    def capture(self, request: ProviderRequest) -> Reply:
        """Collect what was set aside, or a part of it."""
        ...

    def void(self, request: ProviderRequest) -> Reply:
        """Let go of what was set aside and not collected."""
        ...

    def refund(self, request: ProviderRequest) -> Reply:
        """Give back what was collected, or a part of it."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """Something that a provider tells of a payment unasked."""

    reference: str
    report: Report


@runtime_checkable
class TellsNews(Protocol):
    """A provider that can be asked what happened meanwhile, such as a bank's list of receipts."""

    def news(self) -> Iterable[News]:
        """Give what happened since it was asked last. What is told again counts once."""
        ...
