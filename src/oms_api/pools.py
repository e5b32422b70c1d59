"""The API's connections to Postgres, which never wait on the event loop."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from oms_core.runtime import tracing
from oms_core.runtime.connections import ROLE, SETTINGS

WorkerPool = AsyncConnectionPool[AsyncConnection[Any]]

SIZE = 10
OF_SUBSCRIBERS = 3
"""Connections for all subscriptions of a worker, so that they never take those of requests."""

STATEMENT_SECONDS = 15
WAIT_SECONDS = 10.0
MOST_WAITING = 100
"""Queries that may wait for a connection; more are told at once to come again."""


def async_pool(database_url: str) -> WorkerPool:
    """Make a pool that opens when it is entered. Its connections are in autocommit mode."""
    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=SIZE,
        open=False,
        timeout=WAIT_SECONDS,
        max_waiting=MOST_WAITING,
        configure=_configure,
        kwargs={
            "autocommit": True,
            "application_name": "oms api",
            "options": f"{SETTINGS} -c statement_timeout={STATEMENT_SECONDS}s",
        },
    )


def live_pool(database_url: str) -> WorkerPool:
    """Make a pool like `async_pool` for subscriptions. Whoever waits for it has time."""
    return AsyncConnectionPool(
        database_url,
        min_size=0,
        max_size=OF_SUBSCRIBERS,
        open=False,
        timeout=STATEMENT_SECONDS * 2,
        configure=_configure,
        kwargs={
            "autocommit": True,
            "application_name": "oms subscriptions",
            "options": f"{SETTINGS} -c statement_timeout={STATEMENT_SECONDS}s",
        },
    )


async def _configure(connection: AsyncConnection[object]) -> None:
    await connection.execute(ROLE)
    tracing.watch(connection)
