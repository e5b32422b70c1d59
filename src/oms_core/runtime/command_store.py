"""The command bus's connection: keys, streams and appends in as few round trips as possible."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.snapshot import LongLived
from oms_core.runtime.connections import connect
from oms_core.runtime.request import Outcome, Request
from oms_core.runtime.streams import AFTER, PAST, Entry, after, entry, folded, past

_FIND_KEYS = """
SELECT actor, command, key, input_hash, stream_id, version, position
FROM oms.command_keys
JOIN json_to_recordset(%s::json) AS wanted (actor text, command text, key text)
  USING (actor, command, key)
"""

_LOCK = "SELECT pg_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"

_APPEND = """
WITH base AS MATERIALIZED (SELECT oms.position_of(0) AS position),
events AS (
  INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                          correlation_id, causation_id)
  SELECT stream_id, version, base.position + ordinal, topic, body, occurred_at, actor,
         correlation_id, causation_id
  FROM base, json_to_recordset(%s::json)
       AS new (ordinal int, stream_id uuid, version int, topic text, body json,
               occurred_at timestamptz, actor text, correlation_id uuid, causation_id text)
  ORDER BY stream_id, version
), keys AS (
  INSERT INTO oms.command_keys (actor, command, key, input_hash, stream_id, version, position)
  SELECT actor, command, key, decode(input_hash, 'hex'), stream_id, version,
         base.position + ordinal
  FROM base, json_to_recordset(%s::json)
       AS new (ordinal int, actor text, command text, key text, input_hash text,
               stream_id uuid, version int)
  ORDER BY actor, command, key
)
SELECT position FROM base
"""
"""One statement, hence one transaction and one round trip. Both inserts go in the order of their
keys, so that two writers never wait for each other crosswise. The rows come as one JSON text,
whose `json` parts Postgres keeps to the byte; arrays of JSON cost four times the encoding.
"""

_SNAPSHOT = """
INSERT INTO oms.snapshots (stream_id, version, topic, state)
SELECT stream_id, version, topic, state
FROM json_to_recordset(%s::json) AS new (stream_id uuid, version int, topic text, state json)
ON CONFLICT DO NOTHING
"""

Name = tuple[str, str, str]
_NAME = ("actor", "command", "key")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that was used before: for which input, and what it led to."""

    input_hash: bytes
    stream_id: UUID
    version: int
    position: int


class CommandStore:
    """One connection, used by one thread. A read is one statement, a write one transaction."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._open: psycopg.Connection[Any] | None = None
        self._in_transaction = False

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
        return {_name(row): KeyRow(*row[3:]) for row in found}, [entry(row) for row in entries]

    def _find_keys(self, keyed: Sequence[Request]) -> psycopg.Cursor[Any]:
        names = [dict(zip(_NAME, name_of(request), strict=True)) for request in keyed]
        return self._conn.execute(_FIND_KEYS, [_json(names)], prepare=True)

    def read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        """Read what streams got after the given versions, each stream in its order."""
        return [entry(row) for row in self._conn.execute(AFTER, after(streams), prepare=True)]

    def lock_and_read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        """Begin a transaction, queue for these streams, then read them as they are by then."""
        locks = sorted(id.int >> 65 for id in streams)
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
        rows = [_event_row(i, event) for i, event in enumerate(events)]
        keys = [_key_row(*key) for key in keyed]
        with self._conn.pipeline():
            cursor = self._conn.execute(_APPEND, (_json(rows), _json(keys)), prepare=True)
            if due:
                self._conn.execute(_SNAPSHOT, (_json([_snapshot_row(one) for one in due]),))
            if self._in_transaction:
                self._conn.execute("COMMIT")
        self._in_transaction = False
        for one in due:
            one.snapshot_version = one.version
        found = cursor.fetchone()
        assert found is not None
        return list(range(found[0], found[0] + len(rows)))

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


def _json(rows: Sequence[Any]) -> str:
    return orjson.dumps(rows).decode()


def _event_row(ordinal: int, envelope: Envelope) -> dict[str, Any]:
    return {
        "ordinal": ordinal,
        "stream_id": envelope.originator_id,
        "version": envelope.originator_version,
        "topic": envelope.event.TOPIC,
        "body": orjson.Fragment(envelope.event.model_dump_json()),
        "occurred_at": envelope.occurred_at,
        "actor": envelope.cause.actor,
        "correlation_id": envelope.cause.correlation_id,
        "causation_id": envelope.cause.causation_id,
    }


def _snapshot_row(aggregate: LongLived[Any, Any]) -> dict[str, Any]:
    snapshot = aggregate.snapshot()
    return {
        "stream_id": aggregate.id,
        "version": aggregate.version,
        "topic": snapshot.TOPIC,
        "state": orjson.Fragment(snapshot.model_dump_json()),
    }


def _key_row(request: Request, outcome: Outcome, ordinal: int) -> dict[str, Any]:
    assert request.key is not None
    actor, command, key = name_of(request)
    return {
        "ordinal": ordinal,
        "actor": actor,
        "command": command,
        "key": key,
        "input_hash": request.key.input_hash.hex(),
        "stream_id": outcome.stream_id,
        "version": outcome.version,
    }
