"""Applies the numbered SQL files, forward only, each once, and keeps the position base right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from oms_core.runtime.connections import reachable
from oms_core.runtime.errors import SetupError

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
SET base = base + above - now
FROM (SELECT coalesce(max(position), 0) + (1 << 20) AS above FROM oms.events) AS highest,
     (SELECT oms.horizon() AS now) AS present
WHERE above > now + (1 << 20)
"""
"""After a restore into a cluster whose transaction ids are lower, new events must still come after
the old ones. Positions of the same cluster are always below the horizon's next transaction."""


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


def migrate(database_url: str) -> list[str]:
    """Bring a database up to date; returns the names of what was applied now.

    Raises `SetupError` when the server can't be reached or is too old, when an applied file was
    changed since, or when the database is newer than the program.
    """
    with reachable(database_url) as conn:
        if conn.info.server_version < OLDEST_SERVER:
            raise SetupError("PostgreSQL 15 or newer is needed. Upgrade the server.")
        conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        conn.execute(_TABLE)
        waiting = _waiting(conn, migrations())
        for migration in waiting:
            _apply(conn, migration)
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
    with conn.transaction():
        conn.execute(migration.sql.encode())
        conn.execute(
            "INSERT INTO oms_migrations.applied (name, sha256) VALUES (%s, %s)",
            (migration.name, migration.sha256),
        )
