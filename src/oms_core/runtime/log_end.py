"""The end of the log, read and decoded once for all readers of a process.

Whoever is further back reads for itself until it has come near. One thread reads, under load a few
dozen orders at once; the others wait for it and cost the database nothing.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import TOPICS
from oms_core.runtime.log import (
    LogPage,
    RawPage,
    ReadPage,
    UnreadableEvent,
    await_news,
    decoded,
    last_position,
    read_rows,
    topic_of,
)
from oms_core.runtime.pace import Pace

PAGE = 1_000
KEPT_SECONDS = 2.0
"""How long a page is kept for readers that come later; longer, personal data would lie about."""


class LogEnd:
    """The last pages of the log. `read` keeps them in one thread; others ask from theirs."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pages: deque[tuple[float, LogPage]] = deque()
        self._start: int | None = None
        self._end = 0
        self._asked_at = 0.0
        self._looks = 0

    def read(self, conn: psycopg.Connection[Any], stop: threading.Event) -> None:
        """Read what comes, on a connection that listens for news, as long as somebody asks."""
        pace = Pace(partial(await_news, conn), stop)
        try:
            while not stop.is_set():
                pace.rest(self._look(conn))
        finally:
            with self._changed:
                self._drop()
                self._changed.notify_all()

    def page(self, *, after: int, topics: Sequence[str], limit: int) -> LogPage | None:
        """Give the next events of these topics after a position; None when they are not kept."""
        with self._changed:
            self._asked_at = time.monotonic()
            if self._start is None or after < self._start:
                return None
            kept = [page for _, page in self._pages if page.reached > after]
        wanted, events, reached = frozenset(topics), list[Envelope](), after
        for page in kept:
            if events and len(events) + len(page.events) > limit:
                break
            if not wanted.isdisjoint(page.topics):
                events += [
                    each
                    for each in page.events
                    if each.event.TOPIC in wanted and each.position > after
                ]
            reached = page.reached
        return LogPage(events, reached)

    def first(self, read: ReadPage) -> ReadPage:
        """Make a way to read that looks here first."""

        def near(*, after: int, topics: Sequence[str], limit: int) -> LogPage:
            found = self.page(after=after, topics=topics, limit=limit)
            return read(after=after, topics=topics, limit=limit) if found is None else found

        return near

    def listener(self) -> Callable[[float], bool]:
        """Make a way to wait until there is more than when it was called last, or for so long."""
        seen = self._looks

        def hear(patience: float) -> bool:
            nonlocal seen
            with self._changed:
                heard = self._changed.wait_for(lambda: self._looks != seen, patience)
                seen = self._looks
                return heard

        return hear

    def _look(self, conn: psycopg.Connection[Any]) -> int:
        if not self._is_asked():
            return 0
        if self._start is None:
            self._begin(last_position(conn))
            return 0
        try:
            page = decoded(_known(read_rows(conn, after=self._end, topics=None, limit=PAGE)))
        except UnreadableEvent:
            self._begin(last_position(conn))  # whoever wants that event stops at it by itself
            return 0
        if page.reached == self._end:
            return 0
        with self._changed:
            self._pages.append((time.monotonic(), page))
            self._end = page.reached
            self._looks += 1
            self._changed.notify_all()
        return len(page.events)

    def _is_asked(self) -> bool:
        """Tell whether anybody asked lately; forget what is old, or read by nobody."""
        long_ago = time.monotonic() - KEPT_SECONDS
        with self._changed:
            while self._pages and self._pages[0][0] < long_ago:
                self._start = self._pages.popleft()[1].reached
            if self._asked_at < long_ago:
                self._drop()
            return self._asked_at >= long_ago

    def _begin(self, position: int) -> None:
        with self._changed:
            self._pages.clear()
            self._start = self._end = position

    def _drop(self) -> None:
        self._pages.clear()
        self._start = None


def _known(page: RawPage) -> RawPage:
    """Leave out events of later versions of the program: nobody here has a reader for them."""
    return replace(page, rows=[row for row in page.rows if topic_of(row) in TOPICS])
