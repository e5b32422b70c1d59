"""Migrations are applied once, whoever comes at the same moment, and what they make is on file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from oms_core.runtime.connections import connect
from oms_core.runtime.embedded import embedded
from oms_core.runtime.errors import SetupError
from oms_core.runtime.migrations import migrate, migrations
from oms_core.runtime.schema_picture import picture

NAMES = [migration.name for migration in migrations()]
PICTURE = Path(__file__).parents[2] / "migrations" / "schema.sql"


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


@pytest.fixture
def bare_url(tmp_path: Path) -> Iterator[str]:
    """A server that knows neither our role nor our schema."""
    with embedded(tmp_path) as url:
        yield url


def test_the_picture_of_the_schema_is_current(database_url: str) -> None:
    assert picture(database_url) == PICTURE.read_text(), "make schema"


def test_each_file_is_applied_once_under_its_fingerprint(
    database_url: str, owner: psycopg.Connection
) -> None:
    assert NAMES
    assert migrate(database_url) == []
    applied = owner.execute("SELECT name, sha256 FROM oms_migrations.applied ORDER BY name")
    folder = PICTURE.parent
    assert applied.fetchall() == [
        (name, hashlib.sha256((folder / name).read_bytes()).hexdigest()) for name in NAMES
    ]


def test_an_applied_file_that_was_changed_is_refused(
    database_url: str, owner: psycopg.Connection
) -> None:
    owner.execute("UPDATE oms_migrations.applied SET sha256 = 'other' WHERE name = %s", [NAMES[0]])
    with pytest.raises(SetupError, match=f"{NAMES[0]} was changed after it was applied"):
        migrate(database_url)


def test_a_database_that_is_newer_than_the_program_is_refused(
    database_url: str, owner: psycopg.Connection
) -> None:
    owner.execute("INSERT INTO oms_migrations.applied VALUES ('9999_later.sql', '')")
    with pytest.raises(SetupError, match=r"9999_later\.sql, which this version"):
        migrate(database_url)


def test_a_file_that_cannot_be_applied_leaves_nothing_behind(
    database_url: str, owner: psycopg.Connection
) -> None:
    owner.execute("DELETE FROM oms_migrations.applied")
    with pytest.raises(SetupError, match=f'{NAMES[0]} can\'t be applied: schema "oms" already'):
        migrate(database_url)
    assert owner.execute("SELECT count(*) FROM oms_migrations.applied").fetchone() == (0,)


def test_databases_may_migrate_at_the_same_moment_and_one_even_twice(bare_url: str) -> None:
    """The role belongs to the cluster, so all of them want to make it."""
    names = [f"d{number}" for number in range(6)]
    with psycopg.connect(bare_url, autocommit=True) as conn:
        for name in names:
            conn.execute(f"CREATE DATABASE {name}")
    urls = [bare_url.replace("/postgres?", f"/{name}?") for name in names]
    with ThreadPoolExecutor(2 * len(urls)) as threads:
        applied = list(threads.map(migrate, urls * 2))
    assert sorted(applied) == [[]] * len(urls) + [NAMES] * len(urls)


def test_an_owner_without_superuser_rights_can_migrate_and_work(bare_url: str) -> None:
    """Managed servers give no more. Since PostgreSQL 16 to make a role is not to become it."""
    with psycopg.connect(bare_url, autocommit=True) as conn:
        conn.execute("CREATE ROLE shop LOGIN CREATEROLE")
        conn.execute("CREATE ROLE guest LOGIN")
        conn.execute("CREATE DATABASE shop OWNER shop")
        conn.execute("CREATE DATABASE guest OWNER guest")
    url = bare_url.replace("postgres:@/postgres?", "shop:@/shop?")
    assert migrate(url) == NAMES
    with connect(url, name="test") as conn:
        assert conn.execute("SELECT current_user, session_user").fetchone() == ("oms_app", "shop")
    assert migrate(url) == []

    refused = bare_url.replace("postgres:@/postgres?", "guest:@/guest?")
    with pytest.raises(SetupError, match="can't be applied: permission denied to grant role"):
        migrate(refused)
    with psycopg.connect(bare_url, autocommit=True) as conn:
        conn.execute("GRANT oms_app TO guest")
        assert migrate(refused) == NAMES
        conn.execute("REVOKE oms_app FROM guest")
    with pytest.raises(SetupError, match='administrator run: GRANT oms_app TO "guest"'):
        migrate(refused)


_INSERT = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                        correlation_id)
VALUES (gen_random_uuid(), 1, oms.position_of(0), 'topic', '1', now(), 'test', gen_random_uuid())
"""


def test_migrating_while_a_transaction_is_open_makes_nothing_final(
    database_url: str, owner: psycopg.Connection, pool: ConnectionPool
) -> None:
    """Every server migrates when it starts; a reader must not skip what commits after that."""
    final = "SELECT count(*) FROM oms.events WHERE position < oms.horizon()"
    with pool.connection() as early, early.transaction():
        early.execute(_INSERT)
        for _ in range(5):
            owner.execute(_INSERT)
        migrate(database_url)
        assert owner.execute("SELECT base FROM oms.position_base").fetchone() == (0,)
        assert owner.execute(final).fetchone() == (0,)
