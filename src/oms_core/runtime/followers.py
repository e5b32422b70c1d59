"""Follows the log page by page; what becomes of a page is up to whoever follows.

The bookmark moves when a page was dealt with. A fault stops the follower where it stands, for all
to see, and is tried again after a rest.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import structlog

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import Event, topics_of
from oms_core.runtime import failures
from oms_core.runtime.bookmarks import advance, position_of
from oms_core.runtime.log import UnreadableEvent, read_page

log = structlog.get_logger(__name__)

PAGE = 500
REST = 10.0
"""Seconds until a follower that stopped tries again."""


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
        self._position = position_of(conn, bookmark) or 0
        self._failing = failures.is_recorded(conn, bookmark)
        self._retry_at = 0.0

    @abstractmethod
    def handle(self, events: Sequence[Envelope]) -> None:
        """Deal with the events of a page, in their order. Raises `Stopped`.

        The same page may come again: after a crash, or when this was told to stop meanwhile.
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
        page = read_page(self._conn, after=self._position, topics=self._topics, limit=PAGE)
        if page.reached == self._position:
            return 0
        self.handle(page.events)
        if self._stop.is_set():
            return 0
        advance(self._conn, self.bookmark, page.reached)
        self._position = page.reached
        return len(page.events)
