"""Stores what a group of commands decided in one transaction, in parts, while the rest is decided.

Postgres appends a part while the process decides the next one. The keys of its persons are asked
for when a part is added, before the part before it is sent, and there when the next one is added:
nothing waits before the end, which others may do something else before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import Purpose
from oms_core.kernel.snapshot import LongLived
from oms_core.persons.events import CustomerErased, RetentionEnded
from oms_core.runtime.appending import APPEND, EventRow, NewKey, columns
from oms_core.runtime.connections import roll_back
from oms_core.runtime.mapper import Draft, draft_of
from oms_core.runtime.privacy.sealing import DataKey
from oms_core.runtime.privacy.subject_keys import Asked, PersonKeys

_SNAPSHOT = """
INSERT INTO oms.snapshots (stream_id, version, topic, state, happened_by)
SELECT stream_id, new.version, topic, state, greatest(before.happened_by, since.happened_by)
FROM json_to_recordset(%s::json) AS new (stream_id uuid, version int, topic text, state json)
LEFT JOIN LATERAL (
  SELECT version, happened_by FROM oms.snapshots AS earlier
  WHERE earlier.stream_id = new.stream_id AND earlier.version < new.version
    AND happened_by IS NOT NULL
  ORDER BY version DESC LIMIT 1
) AS before ON true
CROSS JOIN LATERAL (
  SELECT max(occurred_at) AS happened_by FROM oms.events AS event
  WHERE event.stream_id = new.stream_id AND event.version <= new.version
    AND event.version > coalesce(before.version, 0)
) AS since
ON CONFLICT DO NOTHING
"""

_ERASURES = frozenset({CustomerErased.TOPIC, RetentionEnded.TOPIC})


class _Part(NamedTuple):
    events: Sequence[Envelope]
    drafts: Sequence[Draft]
    new_keys: Sequence[NewKey]
    persons: Asked

    @property
    def erases(self) -> bool:
        """Tell whether it destroys keys of persons."""
        return not _ERASURES.isdisjoint([draft.topic for draft in self.drafts])


class GroupWriting:
    """What is written in the open transaction of a connection, which is a pipeline until `finish`
    or `give_up`.
    """

    def __init__(self, conn: psycopg.Connection[Any], persons: PersonKeys) -> None:
        self._conn = conn
        self._persons = persons
        self._waiting: _Part | None = None
        self._sent = 0
        self._due: list[tuple[LongLived[Any, Any], int]] = []
        self._first: psycopg.Cursor[Any] | None = None
        self._pipeline = contextlib.ExitStack()
        self._pipeline.enter_context(conn.pipeline())

    def add(self, events: Sequence[Envelope], new_keys: Sequence[NewKey]) -> None:
        """Take the next part; what came before it is sent."""
        drafts = [draft_of(envelope.event) for envelope in events]
        if self._waiting is not None and self._waiting.erases:
            # The keys that go with it are not to be found any more.
            self._send(self._waiting)
            self._waiting, self._persons = None, PersonKeys(self._conn)
        persons = self._persons.ask(events, [draft.personal for draft in drafts])
        part = _Part(events, drafts, new_keys, persons)
        # Otherwise Postgres would keep the answer back until it has stored what is sent now.
        self._conn.pgconn.send_flush_request()
        if self._waiting is not None:
            self._send(self._waiting)
        self._waiting = part

    def send(self, due: Sequence[LongLived[Any, Any]]) -> None:
        """Send the last part, a snapshot of what is `due`, and the commit. Waits for none of it."""
        if self._waiting is not None:
            self._send(self._waiting)
        if due:
            self._conn.execute(_SNAPSHOT, (_snapshots(due),))
        self._due = [(one, one.version) for one in due]
        self._conn.execute("COMMIT")

    def finish(self) -> list[int]:
        """Wait for the commit; returns the events' positions in their order.

        Raises `UniqueViolation` when somebody else was first to write one of these versions, a key
        of a command or one of a person.
        """
        self._pipeline.close()
        for one, version in self._due:
            one.snapshot_version = version
        found = self._first.fetchone() if self._first is not None else None
        assert found is not None
        return list(range(found[0], found[0] + self._sent))

    def give_up(self) -> None:
        """End the transaction without storing anything. What failed has been raised before."""
        with contextlib.suppress(psycopg.Error):
            self._pipeline.close()
        roll_back(self._conn)

    def _send(self, part: _Part) -> None:
        sealing = self._persons.give(part.persons)
        rows = [_row(*each) for each in zip(part.events, part.drafts, sealing, strict=True)]
        sent = self._conn.execute(APPEND, columns(rows, part.new_keys, self._sent), prepare=True)
        self._first = self._first or sent
        self._sent += len(rows)


def _row(envelope: Envelope, draft: Draft, keys: Mapping[Purpose, DataKey]) -> EventRow:
    stream_id, version, _, occurred_at, cause, *_ = envelope
    return EventRow(stream_id, version, draft.topic, draft.sealed(keys), occurred_at, cause)


def _snapshots(due: Sequence[LongLived[Any, Any]]) -> str:
    return orjson.dumps([_snapshot_row(one) for one in due]).decode()


def _snapshot_row(aggregate: LongLived[Any, Any]) -> dict[str, Any]:
    snapshot = aggregate.snapshot()
    return {
        "stream_id": aggregate.id,
        "version": aggregate.version,
        "topic": snapshot.TOPIC,
        "state": orjson.Fragment(snapshot.model_dump_json()),
    }
