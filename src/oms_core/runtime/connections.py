"""Connections to Postgres: as the role that may add to what happened, but not change it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from oms_core.runtime import tracing
from oms_core.runtime.errors import SetupError

ROLE: LiteralString = "SET ROLE oms_app"
SETTINGS = "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c lock_timeout=10s"

ROOM = 2_097_152
"""Bytes that may be on their way to a server on the same machine: several parts of a group."""


def connect(database_url: str, *, name: str) -> psycopg.Connection[Any]:
    """Open one connection in autocommit mode as the application's role."""
    conn = psycopg.connect(database_url, autocommit=True, application_name=name, options=SETTINGS)
    conn.execute(ROLE)
    tracing.watch(conn)
    return conn


def make_room(conn: psycopg.Connection[Any]) -> None:
    """Let much be sent before the server has read it: by default, whoever sends 200 KB waits.

    What goes over a network has room as it needs it; and the system may allow less.
    """
    with socket.socket(fileno=os.dup(conn.fileno())) as sender:
        if sender.family == socket.AF_UNIX:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)


def roll_back(conn: psycopg.Connection[Any]) -> None:
    """End a connection's transaction, if there is one; the server did if the connection is lost."""
    with contextlib.suppress(psycopg.OperationalError):
        if conn.info.transaction_status is not TransactionStatus.IDLE:
            conn.execute("ROLLBACK")


async def connect_async(database_url: str, *, name: str) -> psycopg.AsyncConnection[Any]:
    """Open one connection like `connect`, for an event loop."""
    conn = await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, application_name=name, options=SETTINGS
    )
    await conn.execute(ROLE)
    tracing.watch(conn)
    return conn


def connection_pool(database_url: str, *, name: str, size: int) -> ConnectionPool[Any]:
    """Make a pool of such connections. It opens them when it is entered."""
    return ConnectionPool(
        database_url,
        min_size=1,
        max_size=size,
        open=False,
        configure=configure,
        kwargs={"autocommit": True, "application_name": name, "options": SETTINGS},
    )


def configure(conn: psycopg.Connection[Any]) -> None:
    """Make a fresh connection one of the application's."""
    conn.execute(ROLE)
    tracing.watch(conn)


@contextlib.contextmanager
def reachable(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as the owner, or say in one sentence why that is not possible (`SetupError`)."""
    try:
        conn = psycopg.connect(database_url, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        reason = " ".join(str(error).split()) or repr(error)
        raise SetupError(
            f"The database can't be reached: {reason} Check OMS_DATABASE_URL and that the server"
            " is running."
        ) from None
    with conn:
        yield conn
