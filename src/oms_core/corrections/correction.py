"""The corrections of one stream: which of its events are not so, and what counters them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from oms_core.corrections.events import CorrectionEvent, CorrectionRecorded
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, Invalid, NotFound


class NoSuchEventToCorrect(NotFound):
    """There is no event {event_id} that this could put right. Take its id from the history."""


class AlreadyCorrected(AlreadyExists):
    """The correction of {event_id} by this is recorded already."""


class CorrectsItself(Invalid):
    """An event does not put itself right. Name the one that came later and counters it."""


def corrections_id(stream_id: UUID) -> UUID:
    """Give the stream of the corrections of a stream."""
    return natural_id("corrections", str(stream_id))


def stream_and_version(event_id: str) -> tuple[UUID, int]:
    """Take an event's id apart."""
    stream_id, _, version = event_id.partition("/")
    return UUID(stream_id), int(version)


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """How many corrections a stream has. What they say is in the events themselves."""

    id: UUID
    version: int


class Corrections(Aggregate[CorrectionEvent]):
    """What was put right of one stream."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.known: set[tuple[str, str | None]] = set()

    def note(self, correction: CorrectionRecorded) -> None:
        """Note that an event is not so, once for each event that counters it."""
        if correction.corrected_by == correction.corrects:
            raise CorrectsItself(field=("corrected_by",))
        if (correction.corrects, correction.corrected_by) in self.known:
            raise AlreadyCorrected(event_id=correction.corrects, field=("corrects",))
        self.record(correction)

    def put_right(self, corrects: str, by: Aggregate[Any], reason: str) -> None:
        """Note that the last event of a stream counters an earlier one of it."""
        self.note(
            CorrectionRecorded(
                corrects=corrects, corrected_by=f"{by.id}/{by.version}", reason=reason
            )
        )

    def evolve(self, event: CorrectionEvent) -> None:
        self.known.add((event.corrects, event.corrected_by))

    def view(self) -> CorrectionsView:
        """Show how many there are."""
        return CorrectionsView(self.id, self.version)


def refuse_unless_of(stream: Aggregate[Any], event_id: str) -> None:
    """Refuse what is no event of this stream."""
    stream_id, version = stream_and_version(event_id)
    if stream_id != stream.id or version > stream.version:
        raise NoSuchEventToCorrect(event_id=event_id, field=("corrects",))
