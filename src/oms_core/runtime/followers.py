"""Follows the log page by page; what becomes of a page is up to whoever follows.

The bookmark moves when a page was dealt with. A fault stops the follower where it stands, for all
to see, and is tried again after a rest.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import psycopg
import structlog

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import Event, topics_of
from oms_core.runtime import failures
from oms_core.runtime.bookmarks import advance, position_of
from oms_core.runtime.log import LogPage, ReadPage, UnreadableEvent, read_page
from oms_core.runtime.log_end import LogEnd

log = structlog.get_logger(__name__)

PAGE = 500
REST = 10.0
"""Seconds until a follower that stopped tries again."""

PASSES_EVERY = 0.5
"""Seconds after which a bookmark follows over events that nothing came of, where that is shared."""


class Stopped(Exception):
    """A follower can't go on at a position of the log."""

    def __init__(self, position: int, reason: str) -> None:
        self.position = position
        super().__init__(reason)


class LogFollower(ABC):
    """Follows the log on one connection, under a bookmark of its own."""

    def __init__(
        self,
        bookmark: str,
        topics: Iterable[type[Event]],
        conn: psycopg.Connection[Any],
        stop: threading.Event,
    ) -> None:
        self.bookmark = bookmark
        self._topics = topics_of(topics)
        self._conn = conn
        self._stop = stop
        advance(conn, bookmark, 0)  # so that it shows even if it stops at its first event
        self._position = self._saved = position_of(conn, bookmark) or 0
        self._save_at = 0.0
        self._passes_every = 0.0
        self._read: ReadPage = partial(read_page, conn)
        self._failing = failures.is_recorded(conn, bookmark)
        self._retry_at = 0.0

    def share(self, end: LogEnd) -> None:
        """Have the end of the log read for several at once. Where nothing comes of events, that is
        saved less often then: whoever comes after a crash looks at them again.
        """
        self._read = end.first(self._read)
        self._passes_every = PASSES_EVERY

    @abstractmethod
    def handle(self, events: Sequence[Envelope]) -> bool:
        """Deal with the events of a page, in their order; tell whether anything came of them.

        The same page may come again: after a crash, or when this was told to stop meanwhile.
        Raises `Stopped`.
        """

    def step(self) -> int:
        """Take one page. Returns how many events it had, if it went well."""
        if time.monotonic() < self._retry_at:
            return 0
        try:
            taken = self._take_page()
        except (Stopped, UnreadableEvent) as error:
            self._failing, self._retry_at = True, time.monotonic() + REST
            log.exception("stopped", reader=self.bookmark, position=error.position)
            failures.record(self._conn, self.bookmark, error.position, str(error))
            return 0
        if taken and self._failing:
            self._failing = False
            failures.clear(self._conn, self.bookmark)
        return taken

    def _take_page(self) -> int:
        page = self._read(after=self._position, topics=self._topics, limit=PAGE)
        saved = bool(page.events) and self.take(page)
        if self._stop.is_set():
            return 0
        self._position = page.reached
        if not saved and page.reached != self._saved and time.monotonic() >= self._save_at:
            saved = advance(self._conn, self.bookmark, page.reached)
        if saved:
            self._saved = page.reached
            self._save_at = time.monotonic() + self._passes_every
        return len(page.events)

    def take(self, page: LogPage) -> bool:
        """Deal with a page. If anything came of it, move the bookmark, and tell so."""
        did = self.handle(page.events)
        return did and not self._stop.is_set() and advance(self._conn, self.bookmark, page.reached)
