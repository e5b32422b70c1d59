"""Tells subscribers that the log has news for them: one reader for all those of a process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from oms_core.runtime.log import EVENTS_CHANNEL
from oms_core.runtime.pace import LATE, SOON
from oms_projections.listening import Listener

PAGE = 1_000
"""Events looked at one by one; when there are more, everybody is told to look."""

GATHER = 0.02
"""Seconds of rest after news, so that a busy log is not looked at for each of its events."""

_LAST = "SELECT coalesce(max(position), 0) FROM oms.events WHERE position < oms.horizon()"

_NEWS = """
SELECT stream_id, topic, CASE WHEN topic LIKE 'stock.%%' THEN body ->> 'sku' END
FROM oms.log_page(%s, %s, NULL, %s)
"""


@dataclass(frozen=True, slots=True)
class Interest:
    """Events of any of these streams, SKUs (in their stock) or topics; or all there are."""

    streams: frozenset[UUID] = frozenset()
    skus: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    everything: bool = False


class Watch:
    """Waits for one subscriber. It remembers that there was something, never what or how much."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self._news = asyncio.Event()

    async def news(self) -> None:
        """Return once something of interest was recorded since this returned last."""
        await self._news.wait()
        self._news.clear()

    def tell(self) -> None:
        """Let the subscriber look."""
        self._news.set()


class LogTail(Listener):
    """Looks at each event once it is final, while somebody watches.

    Whoever watches reads the log itself, at its own pace: a slow reader holds up nobody, and costs
    no memory.
    """

    NAME = "oms log tail"

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._watches: set[Watch] = set()
        self._wanted = asyncio.Event()
        self._follows = asyncio.Event()
        self.position = 0
        """Whoever watches has been told of every event up to here."""

    @contextlib.asynccontextmanager
    async def watching(self, interest: Interest) -> AsyncIterator[Watch]:
        """Watch in here: of all that becomes final from now on, nothing of interest is missed."""
        watch = Watch(interest)
        self._watches.add(watch)
        self._wanted.set()
        try:
            await self._follows.wait()
            yield watch
        finally:
            self._watches.discard(watch)

    async def _listen(self, conn: AsyncConnection[Any]) -> None:
        while True:
            await self._wanted.wait()
            await conn.execute(f"LISTEN {EVENTS_CHANNEL}")
            if not self._follows.is_set():
                self.position = await _last(conn)
                self._follows.set()
            patience = SOON
            while self._watches:
                if await self._look(conn):
                    await asyncio.sleep(GATHER)
                    patience = SOON
                heard = [_ async for _ in conn.notifies(timeout=patience, stop_after=1)]
                patience = SOON if heard else min(2 * patience, LATE)
            self._wanted.clear()
            self._follows.clear()
            await conn.execute("UNLISTEN *")

    async def _look(self, conn: AsyncConnection[Any]) -> bool:
        last = await _last(conn)
        if last <= self.position:
            return False
        cursor = await conn.execute(_NEWS, (self.position + 1, last, PAGE))
        rows = await cursor.fetchall()
        self.position = last
        told = self._watches if len(rows) == PAGE else self._interested(rows)
        for watch in told:
            watch.tell()
        return True

    def _interested(self, rows: list[tuple[UUID, str, str | None]]) -> list[Watch]:
        streams = {stream for stream, _, _ in rows}
        topics = {topic for _, topic, _ in rows}
        skus = {sku for _, _, sku in rows if sku is not None}
        return [
            watch
            for watch in self._watches
            if (wanted := watch.interest).everything
            or not wanted.streams.isdisjoint(streams)
            or not wanted.topics.isdisjoint(topics)
            or not wanted.skus.isdisjoint(skus)
        ]


async def _last(conn: AsyncConnection[Any]) -> int:
    found = await (await conn.execute(_LAST)).fetchone()
    assert found is not None
    last: int = found[0]
    return last
