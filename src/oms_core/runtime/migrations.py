"""Applies the numbered SQL files, forward only, each once, and keeps the position base right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from oms_core.runtime.connections import ROLE, reachable
from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.chaining import Progress, chain_old_events

OLDEST_SERVER = 150000
_LOCK = 7_263_001
"""Advisory lock: one migration of a database at a time."""

_TABLE = """
CREATE SCHEMA IF NOT EXISTS oms_migrations;
CREATE TABLE IF NOT EXISTS oms_migrations.applied (
    name       text        PRIMARY KEY,
    sha256     text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""

_RAISE_BASE = """
UPDATE oms.position_base
SET base = base + highest + 1 - next
FROM (SELECT coalesce(max(position), 0) AS highest FROM oms.events) AS log,
     (SELECT base + (pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 20) AS next
      FROM oms.position_base) AS cluster
WHERE highest >= next
"""
"""After a restore into a cluster whose transaction ids are lower, new events must still come after
the old ones. `next` is where the next transaction writes; whatever this cluster wrote is below it.
The horizon would not do: an open transaction holds it below events that are well in order, and a
base raised then would declare final what that transaction has yet to commit."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name, which sorts it, and its SQL."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The fingerprint by which a change to an applied file is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Read the files that this version of the program brings, in their order."""
    packaged = Path(__file__).parent / "migrations"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "migrations"
    return [Migration(path.name, path.read_text()) for path in sorted(folder.glob("[0-9]*.sql"))]


def migrate(database_url: str, progress: Progress | None = None) -> list[str]:
    """Bring a database up to date; returns the names of what was applied now.

    `progress` is told how many of the events without a hash have got theirs.

    Raises `SetupError` when the server can't be reached or is too old, when a file can't be
    applied or was changed since, when the database is newer than the program, or when its user
    may not act as the application's role.
    """
    with reachable(database_url) as conn:
        if conn.info.server_version < OLDEST_SERVER:
            raise SetupError("PostgreSQL 15 or newer is needed. Upgrade the server.")
        conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        conn.execute(_TABLE)
        waiting = _waiting(conn, migrations())
        for migration in waiting:
            _apply(conn, migration)
        chain_old_events(conn, progress)
        _act_as_application(conn)
        conn.execute(_RAISE_BASE)
        return [migration.name for migration in waiting]


def _waiting(conn: psycopg.Connection[Any], known: Sequence[Migration]) -> list[Migration]:
    rows = conn.execute("SELECT name, sha256 FROM oms_migrations.applied")
    applied: dict[str, str] = dict(rows.fetchall())
    if unknown := sorted(applied.keys() - {migration.name for migration in known}):
        raise SetupError(
            f"The database has {unknown[-1]}, which this version of the program does not know."
            " Use the newer program."
        )
    for migration in known:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise SetupError(
                f"{migration.name} was changed after it was applied. Restore the file, and put the"
                " change into a new one."
            )
    return [migration for migration in known if migration.name not in applied]


def _apply(conn: psycopg.Connection[Any], migration: Migration) -> None:
    try:
        with conn.transaction():
            conn.execute(migration.sql.encode())
            conn.execute(
                "INSERT INTO oms_migrations.applied (name, sha256) VALUES (%s, %s)",
                (migration.name, migration.sha256),
            )
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        raise SetupError(f"{migration.name} can't be applied: {reason}.") from error


def _act_as_application(conn: psycopg.Connection[Any]) -> None:
    """Let the connection's user become the application's role.

    Since PostgreSQL 16 whoever makes a role may grant it, but not become it.
    """
    try:
        _become_application(conn)
    except psycopg.errors.InsufficientPrivilege:
        try:
            conn.execute("GRANT oms_app TO CURRENT_USER")
            _become_application(conn)
        except psycopg.errors.InsufficientPrivilege:
            raise SetupError(
                f"The user {conn.info.user} may not act as oms_app. Have an administrator run:"
                f' GRANT oms_app TO "{conn.info.user}".'
            ) from None


def _become_application(conn: psycopg.Connection[Any]) -> None:
    conn.execute(ROLE)
    conn.execute("RESET ROLE")
