"""Something that listens to the database, for all of a process, over one connection."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import psycopg
from psycopg import AsyncConnection

from oms_core.runtime.connections import connect_async

RECONNECT_AFTER = 1.0


class Listener(ABC):
    """Runs from its start to its close; when the connection is lost, it opens another one."""

    NAME: ClassVar[str]
    """By which the database knows its connection."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen, in the running event loop."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with await connect_async(self._url, name=self.NAME) as conn:
                    await self._listen(conn)
            except psycopg.OperationalError:
                await asyncio.sleep(RECONNECT_AFTER)

    @abstractmethod
    async def _listen(self, conn: AsyncConnection[Any]) -> None:
        """Listen on a connection for as long as it lives."""
