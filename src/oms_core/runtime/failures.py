"""Readers of the log that have stopped at an event: recorded until they go on."""

from __future__ import annotations

from typing import Any

import psycopg


def record(conn: psycopg.Connection[Any], name: str, position: int, sentence: str) -> None:
    """Record that a reader has stopped at a position, and why; its last failure counts."""
    conn.execute(
        "INSERT INTO oms.failures (name, position, error) VALUES (%s, %s, %s)"
        " ON CONFLICT (name) DO UPDATE SET position = excluded.position,"
        " error = excluded.error, failed_at = statement_timestamp()",
        (name, position, sentence),
    )


def is_recorded(conn: psycopg.Connection[Any], name: str) -> bool:
    """Tell whether a reader has stopped, in this process or in one before it."""
    query = "SELECT FROM oms.failures WHERE name = %s"
    return conn.execute(query, (name,)).fetchone() is not None


def clear(conn: psycopg.Connection[Any], name: str) -> None:
    """Note that a reader goes on."""
    conn.execute("DELETE FROM oms.failures WHERE name = %s", (name,))
