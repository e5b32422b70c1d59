"""A cache of aggregates for projections whose rows are exactly an aggregate's view.

Folding the aggregate itself keeps one definition of every status and sum. The rows depend only on
the events up to their version, so it does not matter how the events were batched.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.runtime.mapper import envelope
from oms_core.runtime.recorder import read_streams

A = TypeVar("A", bound=Aggregate[Any])

CAPACITY = 20_000


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
        self._catch_up(conn, {id: batch[0].originator_version for id, batch in by_stream.items()})
        for id, batch in by_stream.items():
            aggregate = self._known[id]
            self._known.move_to_end(id)
            for event in batch:
                aggregate.apply(event.event)
        changed = [self._known[id] for id in by_stream]
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return changed

    def _catch_up(self, conn: psycopg.Connection[Any], first: dict[UUID, int]) -> None:
        """Bring every stream to just before its first event of the batch."""
        for id, version in first.items():
            known = self._known.get(id)
            if known is None or known.version != version - 1:
                self._known[id] = self._kind(id)
        behind = {id: 0 for id, version in first.items() if self._known[id].version < version - 1}
        for row in read_streams(conn, behind) if behind else ():
            event = envelope(row)
            if event.originator_version < first[event.originator_id]:
                self._known[event.originator_id].apply(event.event)

    def forget(self) -> None:
        """Drop everything."""
        self._known.clear()
