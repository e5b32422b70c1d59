"""Writes down who looked, before they see it: what can't be logged is not shown."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import orjson

from oms_api.graphql_http import Asked
from oms_api.sources import Pool
from oms_core.runtime.privacy.looking import NOTE, Shown

_NAME = re.compile(r"\b(?:query|mutation|subscription)\s+(\w+)")


def operation(document: str | None, name: str | None) -> str:
    """Give the name that a caller has for what it asks."""
    if name is not None:
        return name
    found = _NAME.search(document or "")
    return found[1] if found else "unnamed"


class AccessLog:
    """Accesses of one process; those that come while some are being written share the next."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[dict[str, object], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def note(self, shown: Shown, asked: Asked, actor: str, correlation_id: UUID) -> None:
        """Note that a request for personal data is answered. Raises psycopg's errors."""
        name = operation(asked.document, asked.operation_name)
        access = shown.access(actor, name, correlation_id)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((access, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                async with self._pool.connection() as connection:
                    rows = orjson.dumps([access for access, _ in batch]).decode()
                    await connection.execute(NOTE, (rows,))
            except Exception as found:  # noqa: BLE001 - each caller is told
                error = found
            for _, done in batch:
                if not done.done():
                    done.set_result(None) if error is None else done.set_exception(error)
