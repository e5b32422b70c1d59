"""A log of a few streams, sealed in two steps, and a superuser who may do anything to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.proof.sealed import all_sealed

from oms_core.runtime.connections import connect
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.verifying import Verifier

STREAMS = [UUID(int=number) for number in range(1, 6)]

APPEND = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                        correlation_id)
SELECT %s, version, oms.position_of(version), 'tests.Something.v1',
       format('{"n":%%s,"text":"back\\\\slash\\ttab"}', version)::json, now(), 'ada', %s
FROM generate_series(%s::int, %s) AS version
"""


def append(conn: psycopg.Connection[Any], stream: UUID, first: int, last: int) -> None:
    conn.execute(APPEND, (stream, stream, first, last))


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database_url, name="test") as conn:
        yield conn


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection for which no trigger fires and no constraint on other tables holds."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        yield conn


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "kept")


@pytest.fixture
def log(conn: psycopg.Connection[Any], keys: KeyFolder) -> psycopg.Connection[Any]:
    """25 events of five streams under a root, 10 more under another, and 5 that are not sealed."""
    for first, last in ((1, 3), (4, 5)):
        for stream in STREAMS:
            append(conn, stream, first, last)
    all_sealed(conn, keys)
    for stream in STREAMS:
        append(conn, stream, 6, 7)
    all_sealed(conn, keys)
    for stream in STREAMS:
        append(conn, stream, 8, 8)
    return conn


@pytest.fixture
def verifier(
    database_url: str, conn: psycopg.Connection[Any], keys: KeyFolder
) -> Iterator[Verifier]:
    keys.signer()
    with connect(database_url, name="test") as spare:
        yield Verifier(conn, spare, keys.trusted())


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=UTC") as conn:
        yield conn


@pytest.fixture
def elsewhere(server_url: str, template_url: str) -> Iterator[str]:
    """Another database, migrated and empty."""
    name, template = f"t_{uuid4().hex}", template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield server_url.replace("/postgres?", f"/{name}?")
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def target(elsewhere: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(elsewhere, autocommit=True, options="-c timezone=UTC") as conn:
        yield conn
