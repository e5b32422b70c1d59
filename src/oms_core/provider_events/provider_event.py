"""An event of a payment provider: it is about one payment, and counts once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import Invalid, NotFound
from oms_core.provider_events.events import ProviderEventHeard


class NoSuchProviderEvent(NotFound):
    """Nothing was heard of this event."""


class EventOfOtherPayment(Invalid):
    """The event {event_id} of {provider} was reported for another payment already, so that nothing
    is counted twice. Check the reference. If the event tells of several payments, report each under
    the event's id with the payment's reference added.
    """


def provider_event_id(provider: str, event_id: str) -> UUID:
    """Give the stream of a provider's event."""
    return natural_id("provider event", provider, event_id)


@dataclass(frozen=True, slots=True)
class ProviderEventView:
    """An event as an answer shows it."""

    id: UUID
    version: int
    payment_id: UUID


class ProviderEvent(Aggregate[ProviderEventHeard]):
    """One event of one provider."""

    MISSING = NoSuchProviderEvent
    payment_id: UUID

    def refuse_if_of_other(self, provider: str, event_id: str, payment_id: UUID) -> None:
        """Refuse what was told of another payment; ask before anything is recorded."""
        if self.exists and self.payment_id != payment_id:
            raise EventOfOtherPayment(event_id=event_id, provider=provider, field=("event_id",))

    def hear(self, heard: ProviderEventHeard) -> None:
        """Note which payment it is about; nothing happens when that is known."""
        if not self.exists:
            self.record(heard)

    def evolve(self, event: ProviderEventHeard) -> None:
        self.payment_id = event.payment_id

    def view(self) -> ProviderEventView:
        """Show the event as it is now."""
        return ProviderEventView(self.id, self.version, self.payment_id)
