"""Gives events their hashes that were stored before there were any: once, when migrating."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.proof.record import StoredRecord, records

AT_ONCE = 5_000

_IS_DONE = "SELECT convalidated FROM pg_constraint WHERE conname = 'every_event_has_a_hash'"

_NEXT: LiteralString = """
WHERE hash IS NULL AND (stream_id, version) > (%s::uuid, %s::int)
ORDER BY stream_id, version LIMIT %s
"""

_STORE = """
UPDATE oms.events SET hash = new.hash
FROM unnest(%s::uuid[], %s::int[], %s::bytea[]) AS new (stream_id, version, hash)
WHERE events.stream_id = new.stream_id AND events.version = new.version
"""

_GUARD = "ALTER TABLE oms.events {} TRIGGER events_are_append_only"

Progress = Callable[[int, int], None]
"""Called with how many events have got their hash, and how many there were without."""


def chain_old_events(conn: psycopg.Connection[Any], progress: Progress | None = None) -> None:
    """Hash every event that has no hash, then have the database vouch that there is none left.

    What was begun goes on where it stopped. `conn` is the owner's, in autocommit mode. Raises
    `SetupError` at an event whose predecessor is missing.
    """
    if conn.execute(_IS_DONE).fetchone() != (False,):
        return
    [total] = conn.execute("SELECT count(*) FROM oms.events WHERE hash IS NULL").fetchone() or (0,)
    last: StoredRecord | None = None
    done = 0
    while rows := _next(conn, last):
        last = _chain(conn, rows)
        done += len(rows)
        if progress is not None:
            progress(done, total)
    conn.execute("ALTER TABLE oms.events VALIDATE CONSTRAINT every_event_has_a_hash")


def _next(conn: psycopg.Connection[Any], last: StoredRecord | None) -> list[StoredRecord]:
    after = (UUID(int=0), 0)
    if last is not None:
        after = (UUID(last.stream_id.decode()), int(last.version))
    return list(records(conn, _NEXT, (*after, AT_ONCE)))


def _chain(conn: psycopg.Connection[Any], events: Sequence[StoredRecord]) -> StoredRecord:
    """Hash events in the order of their streams and store that; gives the last one."""
    hashes: list[bytes] = []
    last: StoredRecord | None = None
    for event in events:
        linked = event
        if last is not None and last.stream_id == event.stream_id:
            linked = event._replace(previous=hashes[-1].hex().encode())
        if not linked.previous and int(event.version) > 1:
            raise SetupError(
                f"The event {event.event_id} can't be linked to the one before it, which is"
                " missing. Restore the database from a backup."
            )
        hashes.append(sha256(linked.written(canonical(event.body))).digest())
        last = event
    streams = [event.stream_id.decode() for event in events]
    versions = [int(event.version) for event in events]
    with conn.transaction():
        conn.execute(_GUARD.format("DISABLE").encode())
        conn.execute(_STORE, (streams, versions, hashes))
        conn.execute(_GUARD.format("ENABLE").encode())
    return events[-1]
