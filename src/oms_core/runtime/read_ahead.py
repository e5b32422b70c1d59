"""Reads the log ahead of whoever works through a backlog, one page while another is applied."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

import psycopg

from oms_core.runtime.log import LogPage, RawPage, decoded, read_rows

MOST_AHEAD = 8
"""Pages that are kept for readers at different positions; beyond that the oldest is dropped."""

Start = tuple[int, tuple[str, ...], int]


class ReadAhead:
    """Gives pages of the log; after a full one, the next is read on a connection to spare.

    A page is decoded by whoever asks for it: the thread that reads does no work but waiting.
    """

    def __init__(self, conn: psycopg.Connection[Any], spare: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._spare = spare
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._coming: dict[Start, Future[RawPage]] = {}

    def page(self, *, after: int, topics: Sequence[str], limit: int) -> LogPage:
        """Read the next events of these topics after a position, as `log.read_page` does."""
        coming = self._coming.pop((after, tuple(topics), limit), None)
        if coming is None:
            raw = read_rows(self._conn, after=after, topics=topics, limit=limit)
        else:
            raw = coming.result()
        if len(raw.rows) == limit:
            self._ask(raw.reached, tuple(topics), limit)
        return decoded(raw)

    def _ask(self, after: int, topics: tuple[str, ...], limit: int) -> None:
        self._coming[after, topics, limit] = self._thread.submit(
            read_rows, self._spare, after=after, topics=topics, limit=limit
        )
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
