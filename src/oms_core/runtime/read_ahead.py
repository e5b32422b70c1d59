"""Reads the log ahead of whoever works through a backlog, one page while another is applied.

Decoding a page takes about as long as Postgres takes to write what another one changes, and then
Python only waits: so pages are decoded ahead, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import psycopg

from oms_core.runtime.log import LogPage, decoded, read_rows

MOST_AHEAD = 8
"""Pages that are kept for readers at different positions; beyond that the oldest is dropped."""

Start = tuple[int, tuple[str, ...], int]
Full = tuple[LogPage, int | None]
"""A page and, when there were as many rows as it may have, where the next one begins."""


class ReadAhead:
    """Gives pages of the log; after a full one, the next is read on a connection to spare."""

    def __init__(self, conn: psycopg.Connection[Any], spare: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._spare = spare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._coming: dict[Start, Future[Full]] = {}

    def page(self, *, after: int, topics: Sequence[str], limit: int) -> LogPage:
        """Read the next events of these topics after a position, as `log.read_page` does."""
        start = after, tuple(topics), limit
        coming = self._coming.pop(start, None)
        page, following = _read(self._conn, *start) if coming is None else coming.result()
        if following is not None:
            self._ask(following, *start[1:])
        return page

    def _ask(self, after: int, topics: tuple[str, ...], limit: int) -> None:
        coming = self._thread.submit(_read, self._spare, after, topics, limit)
        self._coming[after, topics, limit] = coming
        if len(self._coming) > MOST_AHEAD:
            self._coming.pop(next(iter(self._coming))).cancel()

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
