"""How soon what was written can be read, while orders are placed as fast as can be."""

from __future__ import annotations

import bisect
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import psycopg

from bench.measure import Rate

LOOK_EVERY = 0.002

_LOOK = "SELECT clock_timestamp(), position FROM oms.bookmarks WHERE name = 'orders'"
_WRITTEN = """
SELECT position, recorded_at FROM oms.events
WHERE topic = 'orders.OrderPlaced.v1' AND recorded_at >= %s ORDER BY position
"""


class Watching:
    """Notes when the order table came how far; tells afterwards how long each order took."""

    def __init__(self, database_url: str) -> None:
        self._conn = psycopg.connect(database_url, autocommit=True)
        self._stop = threading.Event()
        self._seen: list[tuple[datetime, int]] = []
        self._thread = threading.Thread(target=self._look)
        [(self._began,)] = self._conn.execute("SELECT clock_timestamp()").fetchall()
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._seen += self._conn.execute(_LOOK).fetchall()

    def lags(self, name: str, clients: int) -> Rate:
        """Wait until all is visible, then give how long each order took from its commit to there.

        The append's start stands for the commit: it is a little earlier, never later.
        """
        written = self._conn_of_own().execute(_WRITTEN, [self._began]).fetchall()
        until = time.monotonic() + 60
        while self._seen[-1][1] < written[-1][0] and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
        self._stop.set()
        self._thread.join()
        self._conn.close()
        rate = Rate(name, clients, (self._seen[-1][0] - self._began).total_seconds())
        positions = [position for _, position in self._seen]
        for position, recorded_at in written:
            visible_at, _ = self._seen[bisect.bisect_left(positions, position)]
            rate.taken.append((visible_at - recorded_at).total_seconds())
            rate.answers["visible"] += 1
        return rate

    def _conn_of_own(self) -> psycopg.Connection[tuple[int, datetime]]:
        return psycopg.connect(self._conn.info.dsn, autocommit=True)


@contextlib.contextmanager
def statements(database_url: str) -> Iterator[dict[str, int]]:
    """Count what the database answered meanwhile: its transactions, whoever asked."""
    count = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    found: dict[str, int] = {}
    with psycopg.connect(database_url, autocommit=True) as conn:
        [(before,)] = conn.execute(count).fetchall()
        yield found
        time.sleep(1.5)  # statistics are a second late
        conn.execute("SELECT pg_stat_clear_snapshot()")
        [(after,)] = conn.execute(count).fetchall()
        found["transactions"] = after - before
