"""Builds read tables anew beside the ones in use, then swaps them in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString
from zlib import crc32

import psycopg

from oms_core.runtime.bookmarks import advance, locked_position_of
from oms_core.runtime.log import last_position, read_page
from oms_projections.engine import BATCH, LIVE, Follower
from oms_projections.projection import Projection

NEXT: LiteralString = "read_next"
SWAP_PATIENCE: LiteralString = "SET LOCAL lock_timeout = '100ms'"
"""Readers hold the tables only for moments; better to try again than to make others queue."""

ANOTHER_LOOK = 0.5
"""Seconds between two looks whether another process has finished its rebuild."""

_LOCKS = 7263
"""The class of our advisory locks; the second number tells which."""

Progress = Callable[[int, int], None]
"""Called with the position reached, and the log's last position."""


class AlreadyRebuilding(Exception):
    """{name} is being rebuilt by another process. Wait for it, or stop it first."""

    def __init__(self, name: str) -> None:
        super().__init__((type(self).__doc__ or "").format(name=name))


@contextmanager
def alone(conn: psycopg.Connection[Any], name: str) -> Iterator[bool]:
    """Hold the advisory lock of a name for a while; gives whether it was free."""
    free = try_lock(conn, name)
    try:
        yield free
    finally:
        if free:
            conn.execute("SELECT pg_advisory_unlock(%s, %s)", _lock_of(name))


def try_lock(conn: psycopg.Connection[Any], name: str) -> bool:
    """Take the advisory lock of a name for as long as the connection lives, if it is free."""
    found = conn.execute("SELECT pg_try_advisory_lock(%s, %s)", _lock_of(name)).fetchone()
    return bool(found and found[0])


def _lock_of(name: str) -> tuple[int, int]:
    return _LOCKS, crc32(name.encode()) - 2**31


def install(conn: psycopg.Connection[Any], projection: Projection) -> None:
    """Make the tables of a projection that is new, or rebuild one whose definition has changed."""
    _create_if_missing(conn, projection)
    while _fingerprint(conn, projection) != projection.fingerprint:
        try:
            rebuild(conn, projection)
        except AlreadyRebuilding:
            time.sleep(ANOTHER_LOOK)


def _create_if_missing(conn: psycopg.Connection[Any], projection: Projection) -> None:
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", _lock_of(f"new {projection.NAME}"))
        if _fingerprint(conn, projection) is None:
            conn.execute(f"SET LOCAL search_path = {LIVE}, public")
            projection.create(conn)
            _register(conn, projection)
            advance(conn, projection.NAME, 0)


def _fingerprint(conn: psycopg.Connection[Any], projection: Projection) -> str | None:
    query = "SELECT fingerprint FROM oms.projections WHERE name = %s"
    found = conn.execute(query, (projection.NAME,)).fetchone()
    return None if found is None else str(found[0])


def rebuild(
    conn: psycopg.Connection[Any], projection: Projection, progress: Progress | None = None
) -> None:
    """Build the tables from the first event on, catch up, and swap.

    Readers and writers go on meanwhile. One that was interrupted leaves nothing that matters:
    the next one begins anew. Raises `AlreadyRebuilding`.
    """
    with alone(conn, f"rebuild {projection.NAME}") as free:
        if not free:
            raise AlreadyRebuilding(projection.NAME)
        follower = Follower(projection, schema=NEXT, bookmark=f"{projection.NAME}:next")
        _begin(conn, projection, follower)
        while _catch_up(conn, follower, progress) or not _swap(conn, projection, follower):
            pass


def _begin(conn: psycopg.Connection[Any], projection: Projection, follower: Follower) -> None:
    with conn.transaction():
        for table in projection.TABLES:
            conn.execute(f"DROP TABLE IF EXISTS {NEXT}.{table.name}")
        conn.execute(f"SET LOCAL search_path = {NEXT}, public")
        projection.create(conn)
        conn.execute("DELETE FROM oms.bookmarks WHERE name = %s", (follower.bookmark,))
    follower.resume(conn)


def _catch_up(conn: psycopg.Connection[Any], follower: Follower, progress: Progress | None) -> bool:
    """Take one page; returns whether there was one."""
    topics = follower.projection.topics
    page = read_page(conn, after=follower.position, topics=topics, limit=BATCH)
    if page.reached == follower.position:
        return False
    follower.take_or_raise(conn, page)
    if progress is not None:
        progress(page.reached, last_position(conn))
    return True


def _swap(conn: psycopg.Connection[Any], projection: Projection, follower: Follower) -> bool:
    """Put the new tables in the place of the old ones, unless somebody holds those just now."""
    try:
        with conn.transaction():
            conn.execute(SWAP_PATIENCE)
            if (locked_position_of(conn, projection.NAME) or 0) > follower.position:
                return False  # nobody may see the tables go back
            for table in projection.TABLES:
                conn.execute(f"DROP TABLE IF EXISTS {LIVE}.{table.name}")
                conn.execute(f"ALTER TABLE {NEXT}.{table.name} SET SCHEMA {LIVE}")
            conn.execute("DELETE FROM oms.bookmarks WHERE name = %s", (follower.bookmark,))
            conn.execute(
                "UPDATE oms.bookmarks SET position = %s, updated_at = statement_timestamp()"
                " WHERE name = %s",
                (follower.position, projection.NAME),
            )
            conn.execute("DELETE FROM oms.failures WHERE name = %s", (projection.NAME,))
            _register(conn, projection)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _register(conn: psycopg.Connection[Any], projection: Projection) -> None:
    conn.execute(
        "INSERT INTO oms.projections (name, fingerprint) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE"
        " SET fingerprint = excluded.fingerprint, built_at = statement_timestamp()",
        (projection.NAME, projection.fingerprint),
    )
