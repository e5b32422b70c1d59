"""How fast a backlog is projected and read tables are rebuilt, and whom that keeps waiting."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.measure import Rate
from oms_core.runtime.connections import connect
from oms_core.runtime.log import last_position
from oms_core.runtime.read_ahead import ReadAhead
from oms_projections.all import KINDS
from oms_projections.engine import BATCH, Follower, step
from oms_projections.rebuild import install, rebuild

_FLOOR_TABLE = """
DROP TABLE IF EXISTS public.floor_statuses;
CREATE TABLE public.floor_statuses (id uuid PRIMARY KEY, version int NOT NULL, body text NOT NULL)
"""
_FLOOR_READ = """
SELECT position, stream_id, version, body::text FROM oms.log_page(%s, %s, %s, %s)
"""
_FLOOR_WRITE = """
INSERT INTO public.floor_statuses
SELECT DISTINCT ON (id) id, version, body
FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS new (id, version, body)
ORDER BY id, version DESC
ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body
"""
_WAITING = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float
FROM pg_locks WHERE NOT granted AND relation IN
    (SELECT oid FROM pg_class WHERE relnamespace = 'read'::regnamespace)
"""


@contextlib.contextmanager
def reader(database_url: str) -> Iterator[tuple[psycopg.Connection[Any], ReadAhead]]:
    """Connect as projections do."""
    with (
        connect(database_url, name="bench") as conn,
        connect(database_url, name="bench") as spare,
        ReadAhead(conn, spare) as ahead,
    ):
        conn.execute("SET synchronous_commit = off")
        yield conn, ahead


def wait_until_final(database_url: str) -> int:
    """Wait until the whole log may be read; gives its last position."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        [(end,)] = conn.execute("SELECT max(position) FROM oms.events").fetchall()
        while last_position(conn) < end:
            time.sleep(0.05)
        return int(end)


def bare_projection(database_url: str, name: str) -> Rate:
    """Read the same events in the same pages, keep the last one of each stream: no decision."""
    topics = KINDS[name]().topics
    end = wait_until_final(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(_FLOOR_TABLE)
        conn.execute("SET synchronous_commit = off")
        rate = Rate(f"bare: last event of each order, pages of {BATCH}", 1, 0)
        began, after = time.perf_counter(), 0
        while rows := conn.execute(_FLOOR_READ, (after + 1, end, topics, BATCH)).fetchall():
            _, streams, versions, bodies = map(list, zip(*rows, strict=True))
            conn.execute(_FLOOR_WRITE, (streams, versions, bodies))
            after = rows[-1][0]
            rate.answers["events"] += len(rows)
        rate.seconds = time.perf_counter() - began
    return rate


def catching_up(database_url: str, name: str) -> Rate:
    """Project everything from the first event on, as a runner does that has a backlog."""
    end = wait_until_final(database_url)
    projection = KINDS[name]()
    with reader(database_url) as (conn, ahead):
        with conn.transaction():
            for table in projection.TABLES:
                conn.execute(f"DROP TABLE IF EXISTS read.{table.name}")
            conn.execute("DELETE FROM oms.projections WHERE name = %s", [name])
            conn.execute("DELETE FROM oms.bookmarks WHERE name = %s", [name])
        install(conn, projection)
        follower = Follower(projection)
        follower.resume(conn)
        began = time.perf_counter()
        while follower.position < end:
            step(conn, [follower], ahead.page)
        rate = Rate(f"catch-up: {name}, indexes kept", 1, time.perf_counter() - began)
        rate.answers["events"] = follower.applied
    return rate


def rebuilding(database_url: str, name: str) -> Rate:
    """Rebuild a read table, indexes and swap included."""
    rate = Rate(f"rebuild: {name}", 1, 0)

    def progress(_: float, events: int) -> None:
        rate.answers["events"] = events

    with reader(database_url) as (conn, ahead):
        began = time.perf_counter()
        rebuild(conn, KINDS[name](), progress, ahead=ahead)
        rate.seconds = time.perf_counter() - began
    return rate


class Blocked:
    """Looks every few milliseconds how long somebody has been waiting for a lock on a read table.

    The clock of a client would also count how long it waited for a processor.
    """

    def __init__(self, database_url: str) -> None:
        self.longest = 0.0
        self.looks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(database_url,))
        self._thread.start()

    def _look(self, database_url: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as conn:
            while not self._stop.wait(0.003):
                [(waited,)] = conn.execute(_WAITING).fetchall()
                self.longest, self.looks = max(self.longest, waited), self.looks + 1

    def __enter__(self) -> Blocked:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
