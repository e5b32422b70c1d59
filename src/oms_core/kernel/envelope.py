"""What surrounds a fact in the store: where it stands, when, by whom, and what led to it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from oms_core.kernel.message import Event, event_type


class Cause(NamedTuple):
    """Who asked, in which conversation, and which event led to it.

    `correlation_id` is shared by everything that one request set off, however late;
    `causation_id` names the event (`Envelope.event_id`) that a process reacted to.
    """

    actor: str
    correlation_id: UUID
    causation_id: str | None = None


class Envelope(NamedTuple):
    """One recorded event. It satisfies the event protocol of the `eventsourcing` library.

    `occurred_at` is the business time, `recorded_at` the time it became known here, both UTC.
    `position` orders all events of an installation; 0 while not stored yet.
    """

    originator_id: UUID
    originator_version: int
    event: Event
    occurred_at: datetime
    cause: Cause
    recorded_at: datetime | None = None
    position: int = 0

    @property
    def event_id(self) -> str:
        """The event's permanent name: stream and version."""
        return f"{self.originator_id}/{self.originator_version}"

    @property
    def type(self) -> str:
        """The event's name as people use it, such as `OrderPlaced`."""
        return event_type(self.event.TOPIC)
