"""Builds read tables anew beside the ones in use, then swaps them in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, LiteralString
from zlib import crc32

import psycopg

from oms_core.runtime.bookmarks import advance, locked_position_of
from oms_core.runtime.errors import SetupError
from oms_core.runtime.log import ReadPage, read_page, share_read
from oms_core.runtime.read_ahead import ReadAhead
from oms_projections.engine import LIVE, Follower
from oms_projections.projection import Projection

NEXT: LiteralString = "read_next"
PAGE = 10_000
"""Events that are taken at once: more than live, as nobody waits for the first of them, and a row
that many of them change is written once."""

LOCK_MILLISECONDS = 80
"""How long a swap waits for its locks, at most, and so how long others may have to wait for it.
They hold the tables only for moments; better to try again than to make them queue."""

SWAP_AGAIN = 0.25
"""Seconds between two attempts to swap, so that others get their turn."""

ANOTHER_LOOK = 0.5
"""Seconds between two looks whether another process has finished its rebuild."""

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"

_LOCKS = 7263
"""The class of our advisory locks; the second number tells which."""

Progress = Callable[[float, int], None]
"""Called with the share of the log that was looked at, and the events that were applied so far."""

_BETWEEN = "SELECT FROM oms.events WHERE position > %s AND position <= %s LIMIT 1"


class AlreadyRebuilding(SetupError):
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


def install(
    conn: psycopg.Connection[Any], projection: Projection, ahead: ReadAhead | None = None
) -> None:
    """Make the tables of a projection that is new, or rebuild one whose definition has changed."""
    _create_if_missing(conn, projection)
    while _fingerprint(conn, projection) != projection.fingerprint:
        try:
            rebuild(conn, projection, ahead=ahead)
        except AlreadyRebuilding:
            time.sleep(ANOTHER_LOOK)


def _create_if_missing(conn: psycopg.Connection[Any], projection: Projection) -> None:
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", _lock_of(f"new {projection.NAME}"))
        if _fingerprint(conn, projection) is None:
            conn.execute(f"SET LOCAL search_path = {LIVE}, public")
            projection.create(conn)
            projection.index(conn)
            _register(conn, projection)
            advance(conn, projection.NAME, 0)


def _fingerprint(conn: psycopg.Connection[Any], projection: Projection) -> str | None:
    query = "SELECT fingerprint FROM oms.projections WHERE name = %s"
    found = conn.execute(query, (projection.NAME,)).fetchone()
    return None if found is None else str(found[0])


def rebuild(
    conn: psycopg.Connection[Any],
    projection: Projection,
    progress: Progress | None = None,
    *,
    ahead: ReadAhead | None = None,
) -> None:
    """Build the tables from the first event on, catch up, and swap.

    Readers and writers go on meanwhile. One that was interrupted leaves nothing that matters:
    the next one begins anew. Raises `AlreadyRebuilding`.
    """
    read = partial(read_page, conn) if ahead is None else ahead.page
    with alone(conn, f"rebuild {projection.NAME}") as free:
        if not free:
            raise AlreadyRebuilding(projection.NAME)
        follower = Follower(projection, schema=NEXT, bookmark=f"{projection.NAME}:next")
        _begin(conn, projection, follower)
        projection.gather()
        _catch_up(conn, read, follower, progress)
        with conn.transaction():
            conn.execute(f"SET LOCAL search_path = {NEXT}, public")
            projection.settle(conn)
            projection.index(conn)
        _catch_up(conn, read, follower, progress)
        while not _swap(conn, projection, follower):
            time.sleep(SWAP_AGAIN)
            _catch_up(conn, read, follower, progress)


def drop_unfinished(conn: psycopg.Connection[Any], projection: Projection) -> None:
    """Drop what an interrupted rebuild has left, unless one is going on."""
    with alone(conn, f"rebuild {projection.NAME}") as free:
        for table in projection.TABLES if free else ():
            conn.execute(f"DROP TABLE IF EXISTS {NEXT}.{table.name}")


def _begin(conn: psycopg.Connection[Any], projection: Projection, follower: Follower) -> None:
    with conn.transaction():
        for table in projection.TABLES:
            conn.execute(f"DROP TABLE IF EXISTS {NEXT}.{table.name}")
        conn.execute(f"SET LOCAL search_path = {NEXT}, public")
        projection.create(conn)
        conn.execute("DELETE FROM oms.bookmarks WHERE name = %s", (follower.bookmark,))
    follower.resume(conn)


def _catch_up(
    conn: psycopg.Connection[Any], read: ReadPage, follower: Follower, progress: Progress | None
) -> None:
    """Take page after page, up to the end of the log."""
    topics = follower.projection.topics
    while True:
        page = read(after=follower.position, topics=topics, limit=PAGE)
        if page.reached == follower.position:
            return
        follower.take_or_raise(conn, page)
        if progress is not None:
            progress(share_read(conn, page.reached), follower.applied)


def _swap(conn: psycopg.Connection[Any], projection: Projection, follower: Follower) -> bool:
    """Put the new tables in the place of the old ones, unless somebody holds those just now."""
    old = _in_use(conn, projection)
    patience = LOCK_MILLISECONDS // (1 + len(old))
    try:
        with conn.transaction():
            conn.execute(f"SET LOCAL lock_timeout = '{patience}ms'".encode())
            live = locked_position_of(conn, projection.NAME) or 0
            if conn.execute(_BETWEEN, (follower.position, live)).rowcount:
                return False  # nobody may see the tables go back
            for name in old:
                conn.execute(f"LOCK TABLE {LIVE}.{name} IN ACCESS EXCLUSIVE MODE")
            for name in old:
                conn.execute(f"DROP TABLE {LIVE}.{name}")
            for table in projection.TABLES:
                conn.execute(f"ALTER TABLE {NEXT}.{table.name} SET SCHEMA {LIVE}")
            conn.execute("DELETE FROM oms.bookmarks WHERE name = %s", (follower.bookmark,))
            conn.execute(
                "UPDATE oms.bookmarks SET position = %s, updated_at = statement_timestamp()"
                " WHERE name = %s",
                (max(follower.position, live), projection.NAME),
            )
            conn.execute("DELETE FROM oms.failures WHERE name = %s", (projection.NAME,))
            _register(conn, projection)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _in_use(conn: psycopg.Connection[Any], projection: Projection) -> list[LiteralString]:
    """Tell which tables of a projection there are to be replaced."""
    there = {row[0] for row in conn.execute(_TABLES, (LIVE,))}
    return [table.name for table in projection.TABLES if table.name in there]


def _register(conn: psycopg.Connection[Any], projection: Projection) -> None:
    conn.execute(
        "INSERT INTO oms.projections (name, fingerprint) VALUES (%s, %s)"
        " ON CONFLICT (name) DO UPDATE"
        " SET fingerprint = excluded.fingerprint, built_at = statement_timestamp()",
        (projection.NAME, projection.fingerprint),
    )
