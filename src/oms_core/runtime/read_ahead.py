"""Reads the log ahead of whoever works through a backlog, one page while another is applied.

Decoding a page takes about as long as Postgres takes to write what another one changes, and then
Python only waits: so pages are decoded ahead, too. Two of them, since one is often done before
there is anything to wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Any

import psycopg

from oms_core.runtime.log import LogPage, decoded, read_rows

MOST_AHEAD = 16
"""Pages that are kept for readers at different positions; beyond that the oldest is dropped."""

Start = tuple[int, tuple[str, ...], int]
Full = tuple[LogPage, int | None]
"""A page and, when there were as many rows as it may have, where the next one begins."""


class ReadAhead:
    """Gives pages of the log; after a full one, the next are read on a connection to spare."""

    def __init__(self, conn: psycopg.Connection[Any], spare: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._spare = spare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._coming: dict[Start, Future[Full]] = {}
        self._lock = Lock()

    def page(self, *, after: int, topics: Sequence[str], limit: int) -> LogPage:
        """Read the next events of these topics after a position, as `log.read_page` does."""
        start = after, tuple(topics), limit
        with self._lock:
            coming = self._coming.pop(start, None)
        page, following = _read(self._conn, *start) if coming is None else coming.result()
        if following is not None:
            following_start = following, *start[1:]
            self._ask(following_start)
            self._thread.submit(self._ask_further, following_start)
        return page

    def _ask(self, start: Start) -> None:
        with self._lock:
            if start not in self._coming:
                self._coming[start] = self._thread.submit(_read, self._spare, *start)
            if len(self._coming) > MOST_AHEAD:
                self._coming.pop(next(iter(self._coming))).cancel()

    def _ask_further(self, start: Start) -> None:
        """Ask for the page after one that was read by now, unless somebody has taken that."""
        with self._lock:
            coming = self._coming.get(start)
        if coming is not None and not coming.cancelled() and coming.exception() is None:
            _, following = coming.result()
            if following is not None:
                self._ask((following, *start[1:]))

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=True)


def _read(conn: psycopg.Connection[Any], after: int, topics: Sequence[str], limit: int) -> Full:
    raw = read_rows(conn, after=after, topics=topics, limit=limit)
    return decoded(raw), raw.reached if len(raw.rows) == limit else None
