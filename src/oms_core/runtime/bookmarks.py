"""How far each reader of the log has come, behind the library's tracking interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder
from psycopg_pool import ConnectionPool

_ADVANCE = """
INSERT INTO oms.bookmarks AS mark (name, position) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE
SET position = excluded.position, updated_at = statement_timestamp()
WHERE mark.position < excluded.position
"""

_ADVANCE_TOGETHER = """
UPDATE oms.bookmarks SET position = %s, updated_at = statement_timestamp()
WHERE name = ANY (%s) AND position = %s RETURNING name
"""


def advance(conn: psycopg.Connection[Any], name: str, position: int) -> bool:
    """Move a bookmark on in the caller's transaction; False when it is there or further already."""
    return conn.execute(_ADVANCE, (name, position)).rowcount == 1


def advance_together(
    conn: psycopg.Connection[Any], names: Sequence[str], start: int, position: int
) -> set[str]:
    """Move those of these bookmarks on that stand at a start; returns which did."""
    found = conn.execute(_ADVANCE_TOGETHER, (position, list(names), start))
    return {name for (name,) in found}


def position_of(conn: psycopg.Connection[Any], name: str) -> int | None:
    """Tell where a bookmark stands; None when there is none yet."""
    found = conn.execute("SELECT position FROM oms.bookmarks WHERE name = %s", (name,)).fetchone()
    return None if found is None else int(found[0])


def locked_position_of(conn: psycopg.Connection[Any], name: str) -> int | None:
    """Tell where a bookmark stands, and let nobody else move it in this transaction."""
    query = "SELECT position FROM oms.bookmarks WHERE name = %s FOR UPDATE"
    found = conn.execute(query, (name,)).fetchone()
    return None if found is None else int(found[0])


class Bookmarks(TrackingRecorder):
    """Bookmarks as the library sees them: one tracking per application name, never going back."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a bookmark on. Raises the library's `IntegrityError` when it would not move."""
        with self._pool.connection() as conn:
            if not advance(conn, tracking.application_name, tracking.notification_id):
                raise IntegrityError(
                    f"{tracking.application_name} has come to {tracking.notification_id} already"
                )

    def max_tracking_id(self, application_name: str) -> int | None:
        """Tell how far a reader has come; None when it has not begun."""
        with self._pool.connection() as conn:
            return position_of(conn, application_name)
