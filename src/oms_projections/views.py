"""A cache of aggregates for projections whose rows are exactly an aggregate's view.

Folding the aggregate itself keeps one definition of every status and sum. The rows depend only on
the events up to their version, so it does not matter how the events were batched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.persons.events import CustomerErased, RetentionEnded
from oms_core.runtime.kinds import kind_of
from oms_core.runtime.mapper import envelope
from oms_core.runtime.recorder import read_streams

A = TypeVar("A", bound=Aggregate[Any])

CAPACITY = 20_000

FORGETTING = (CustomerErased, RetentionEnded)
"""What projections of something personal have to hear of, too."""


def forgotten(events: Iterable[Envelope]) -> set[UUID]:
    """Name the streams that told about persons who were forgotten."""
    facts: list[Any] = [each.event for each in events if type(each.event) in FORGETTING]
    return {stream for fact in facts for stream in fact.streams}


def retold(
    conn: psycopg.Connection[Any], kind: type[Aggregate[Any]], events: Sequence[Envelope]
) -> list[Envelope]:
    """Where a person was forgotten, tell what streams of a kind told about them once more.

    They begin with their first event again, and read as they do now that the key is gone. So no
    row or cache keeps what was read before, in a table that is being rebuilt either.
    """
    if not (streams := forgotten(events)):
        return list(events)
    once_more = (envelope(row) for row in read_streams(conn, dict.fromkeys(streams, 0)))
    found = [event for event in events if event.originator_id not in streams]
    found += [event for event in once_more if event.position <= events[-1].position]
    found = [event for event in found if kind_of(event.event.TOPIC) is kind]
    return sorted(found, key=lambda event: event.position)


class Folded(Generic[A]):
    """Aggregates of one kind, brought up to the events of a batch."""

    def __init__(self, kind: type[A]) -> None:
        self._kind = kind
        self._known: OrderedDict[UUID, A] = OrderedDict()

    def apply(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> list[A]:
        """Apply a batch; returns the aggregates that it changed, by their first event in it."""
        by_stream: dict[UUID, list[Envelope]] = {}
        for event in events:
            by_stream.setdefault(event.originator_id, []).append(event)
        changed = self._before(conn, by_stream)
        for aggregate, batch in zip(changed, by_stream.values(), strict=True):
            for event in batch:
                aggregate.apply(event.event)
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return changed

    def _before(
        self, conn: psycopg.Connection[Any], by_stream: Mapping[UUID, Sequence[Envelope]]
    ) -> list[A]:
        """Give every stream as it was just before its first event of the batch."""
        found: list[A] = []
        behind: dict[UUID, tuple[A, int]] = {}
        for id, batch in by_stream.items():
            version = batch[0].originator_version - 1
            aggregate = self._known.pop(id, None)
            if aggregate is None or aggregate.version != version:
                aggregate = self._kind(id)
                if version:
                    behind[id] = aggregate, version
            self._known[id] = aggregate
            found.append(aggregate)
        for row in read_streams(conn, dict.fromkeys(behind, 0)) if behind else ():
            event = envelope(row)
            aggregate, version = behind[event.originator_id]
            if event.originator_version <= version:
                aggregate.apply(event.event)
        return found

    def forget(self) -> None:
        """Drop everything."""
        self._known.clear()
