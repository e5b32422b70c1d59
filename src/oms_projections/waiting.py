"""Lets queries wait until the read tables have come far enough: read your own writes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from psycopg import AsyncConnection

from oms_projections.engine import PROJECTED_CHANNEL
from oms_projections.listening import Listener

RECORDED = "SELECT coalesce(max(position), 0) FROM oms.events"
"""How far projections must have come to know all that is known now."""

FALLBACK = 0.1
"""Seconds after which bookmarks are read again, should a notification be lost."""


class ReadModelBehind(Exception):
    """The read tables have not come to the position asked for in time. Ask again in a moment."""

    def __init__(self, current_position: int) -> None:
        super().__init__(type(self).__doc__)
        self.current_position = current_position


class PositionWatch(Listener):
    """Watches the bookmarks for all waiting queries of a process, over one connection.

    The bookmarks are read once per wake-up, however many wait. While nobody does, the connection
    does not listen either, so that no notifications pile up on it.
    """

    NAME = "oms position watch"

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._positions: dict[str, int] = {}
        self._news = asyncio.Condition()
        self._waiting = 0
        self._wanted = asyncio.Event()

    async def reached(self, position: int, names: Collection[str], patience: float) -> None:
        """Wait until these projections have come to a position. Raises `ReadModelBehind`."""
        if self._come_to(names) >= position:
            return
        self._waiting += 1
        self._wanted.set()
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: self._come_to(names) >= position)
        except TimeoutError:
            raise ReadModelBehind(self._come_to(names)) from None
        finally:
            self._waiting -= 1

    def _come_to(self, names: Collection[str]) -> int:
        return min((self._positions.get(name, 0) for name in names), default=0)

    async def _listen(self, conn: AsyncConnection[Any]) -> None:
        while True:
            await self._wanted.wait()
            await conn.execute(f"LISTEN {PROJECTED_CHANNEL}")
            while self._waiting:
                await self._look(conn)
                async for _ in conn.notifies(timeout=FALLBACK, stop_after=1):
                    pass
            self._wanted.clear()
            await conn.execute("UNLISTEN *")

    async def _look(self, conn: AsyncConnection[Any]) -> None:
        rows = await (await conn.execute("SELECT name, position FROM oms.bookmarks")).fetchall()
        async with self._news:
            self._positions = dict(rows)
            self._news.notify_all()
