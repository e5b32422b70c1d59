"""The command bus's connection: keys, streams and appends in as few round trips as possible."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import Purpose
from oms_core.kernel.snapshot import LongLived
from oms_core.runtime.appending import APPEND, EventRow, NewKey, columns, event_row
from oms_core.runtime.arrays import bigints, texts
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import write_event
from oms_core.runtime.past import PAST, folded, past
from oms_core.runtime.privacy.sealing import DataKey
from oms_core.runtime.privacy.subject_keys import keys_for
from oms_core.runtime.request import Outcome, Request
from oms_core.runtime.streams import AFTER, Entry, after, entry

# LIMIT makes it go key by key: with statistics that lag behind, the planner would read the table.
_FIND_KEYS = """
SELECT actor, command, key, input_hash, stream_id, version, position, recorded_at,
       statement_timestamp() - recorded_at
FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (actor, command, key)
CROSS JOIN LATERAL (
  SELECT input_hash, stream_id, version, position, recorded_at FROM oms.command_keys AS used
  WHERE (used.actor, used.command, used.key) = (wanted.actor, wanted.command, wanted.key) LIMIT 1
) AS found
"""

_LOCK = "SELECT pg_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"

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

_ERASURES = "SELECT max(number) FROM oms.erasures"

Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that was used before: for which input, what it led to, and how long ago."""

    input_hash: bytes
    stream_id: UUID
    version: int
    position: int
    used: datetime
    age: timedelta


class CommandStore:
    """One connection, used by one thread. A read is one statement, a write one transaction."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._open: psycopg.Connection[Any] | None = None
        self._in_transaction = False
        self._erasures: tuple[Any, ...] | None = None
        self.has_erased = False
        """Whether somebody was erased before the last `begin` and after the one before."""

    @property
    def _conn(self) -> psycopg.Connection[Any]:
        if self._open is None or self._open.closed:
            self._open = connect(self._url, name="oms command bus")
        return self._open

    def begin(
        self, keyed: Sequence[Request], streams: Mapping[UUID, int]
    ) -> tuple[dict[Name, KeyRow], list[Entry]]:
        """Look up the keys of these requests, and read the streams after the given versions."""
        with self._conn.pipeline():
            found = self._find_keys(keyed) if keyed else ()
            entries = self._conn.execute(AFTER, after(streams), prepare=True) if streams else ()
            asked = self._conn.execute(_ERASURES, prepare=True)
        erasures = asked.fetchone()  # out here: within, it would wait for an answer of its own
        self.has_erased = self._erasures not in (None, erasures)
        self._erasures = erasures
        return {_name(row): KeyRow(*row[3:]) for row in found}, [entry(row) for row in entries]

    def _find_keys(self, keyed: Sequence[Request]) -> psycopg.Cursor[Any]:
        names = zip(*map(name_of, keyed), strict=True)
        return self._conn.execute(_FIND_KEYS, [texts(column) for column in names], prepare=True)

    def read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        """Read what streams got after the given versions, each stream in its order."""
        return [entry(row) for row in self._conn.execute(AFTER, after(streams), prepare=True)]

    def lock_and_read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        """Begin a transaction, queue for these streams, then read them as they are by then."""
        locks = bigints(sorted(id.int >> 65 for id in streams))
        with self._conn.pipeline():
            self._conn.execute("BEGIN")
            self._conn.execute(_LOCK, [locks])
            entries = self._conn.execute(AFTER, after(streams), prepare=True)
        self._in_transaction = True
        return [entry(row) for row in entries]

    def view_at(self, stream_id: UUID, version: int) -> Any:
        """Fold a stream up to a version and show it as it was then."""
        rows = self._conn.execute(PAST, past([stream_id], version=version))
        return folded(rows)[stream_id].view()

    def append(
        self,
        events: Sequence[Envelope],
        keyed: Iterable[tuple[Request, Outcome, int]],
        due: Sequence[LongLived[Any, Any]] = (),
    ) -> list[int]:
        """Store events and keys in one transaction; returns the events' positions in their order.

        `keyed` tells the ordinal of the last event of each request with a key; of what is `due`, a
        snapshot is stored as well. Raises `UniqueViolation` when somebody else wrote one of these
        versions or keys first.
        """
        sealing = keys_for(self._conn, events, self._begin)
        rows = [_event_row(*each) for each in zip(events, sealing, strict=True)]
        keys = [_new_key(*key) for key in keyed]
        with self._conn.pipeline():
            cursor = self._conn.execute(APPEND, columns(rows, keys), prepare=True)
            if due:
                self._conn.execute(_SNAPSHOT, (_snapshots(due),))
            if self._in_transaction:
                self._conn.execute("COMMIT")
        self._in_transaction = False
        for one in due:
            one.snapshot_version = one.version
        found = cursor.fetchone()
        assert found is not None
        return list(range(found[0], found[0] + len(rows)))

    def _begin(self) -> None:
        if not self._in_transaction:
            self._conn.execute("BEGIN")
            self._in_transaction = True

    def roll_back(self) -> None:
        """Give up the locks and whatever was not committed."""
        if self._in_transaction:
            self._in_transaction = False
            with contextlib.suppress(psycopg.OperationalError):
                self._conn.execute("ROLLBACK")

    def notify(self) -> None:
        """Wake the readers of the log. A wake-up that is lost only costs them a poll."""
        with contextlib.suppress(psycopg.OperationalError):
            self._conn.execute("NOTIFY oms_events")

    def reconnect(self) -> None:
        """Give the connection up; the next use opens a new one."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self._in_transaction = False


def name_of(request: Request) -> Name:
    """Give the full name of a request's key: whose it is, for which command, and the key."""
    assert request.key is not None
    return request.cause.actor, request.command_name, request.key.key


def _name(row: Sequence[Any]) -> Name:
    return row[0], row[1], row[2]


def _event_row(envelope: Envelope, keys: Mapping[Purpose, DataKey]) -> EventRow:
    event = envelope.event
    return event_row(
        envelope.originator_id,
        envelope.originator_version,
        event.TOPIC,
        write_event(event, keys),
        occurred_at=envelope.occurred_at,
        cause=envelope.cause,
    )


def _new_key(request: Request, outcome: Outcome, ordinal: int) -> NewKey:
    assert request.key is not None
    input_hash = request.key.input_hash
    return NewKey(*name_of(request), input_hash, outcome.stream_id, outcome.version, ordinal)


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
