"""What is known of a provider's events. One stream per provider and its own name for the event."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event


class ProviderEventHeard(Event):
    """The provider told this of a payment. What it changed stands in the payment's stream."""

    TOPIC: ClassVar[str] = "provider_events.ProviderEventHeard.v1"
    provider: str
    event_id: str
    payment_id: UUID
