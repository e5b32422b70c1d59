"""A database with a history in it, and a way to execute documents on it without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

import orjson
import psycopg
import pytest
from graphql import GraphQLField
from psycopg import AsyncCursor
from psycopg_pool import AsyncConnectionPool
from tests.api.running import JSON, SECRET
from tests.projections.conftest import following, project_all
from tests.projections.history import History

from oms_api.context import Context
from oms_api.executing import Executing
from oms_api.graphql_http import Asked
from oms_api.levels import Levels
from oms_api.limits import Limits
from oms_api.rights.principal import with_role
from oms_api.rights.roles import Role
from oms_api.schema import SCHEMA
from oms_api.sources import ReadTables
from oms_api.tracking_secrets import Tracking
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect

# Rows that are alike in what they are sorted by, as many are where the world is rougher.
TIES = """
UPDATE read.orders SET placed_at = date_trunc('month', placed_at), total = round(total, -2);
INSERT INTO read.shipments
  SELECT new.* FROM (SELECT s FROM read.shipments AS s LIMIT 1) AS one,
    generate_series(1, 6) AS n,
    jsonb_populate_record(s, jsonb_build_object('id', md5(n::text)::uuid, 'planned', n,
      'dispatched_at', '2026-01-01T00:00:00Z'::timestamptz + mod(n, 2) * interval '1 day')) AS new;
INSERT INTO read.payments
  SELECT new.* FROM (SELECT p FROM read.payments AS p LIMIT 1) AS one,
    generate_series(1, 6) AS n,
    jsonb_populate_record(p, jsonb_build_object('id', md5(n::text)::uuid, 'opened', n,
      'expires_at', '2026-01-01T00:00:00Z'::timestamptz + mod(n, 2) * interval '1 day',
      'is_contested', n = 6)) AS new;
INSERT INTO read.returns
  SELECT new.* FROM (SELECT r FROM read.returns AS r LIMIT 1) AS one,
    generate_series(1, 6) AS n,
    jsonb_populate_record(r, jsonb_build_object('id', md5(n::text)::uuid, 'requested', n,
      'tracking_number', concat('T-', n))) AS new;
INSERT INTO read.claims
  SELECT new.* FROM (SELECT c FROM read.claims AS c LIMIT 1) AS one,
    generate_series(1, 6) AS n,
    jsonb_populate_record(c, jsonb_build_object('id', md5(n::text)::uuid, 'opened', n)) AS new;
INSERT INTO read.stock_levels
  SELECT new.* FROM (SELECT s FROM read.stock_levels AS s WHERE location = 'L' LIMIT 1) AS one,
    generate_series(1, 3) AS n,
    jsonb_populate_record(s, jsonb_build_object('id', md5(n::text)::uuid, 'sku', concat('X-', n)))
      AS new;
UPDATE read.stock_ledger SET occurred_at = date_trunc('month', occurred_at);
INSERT INTO read.products
  SELECT md5(n::text)::uuid, 1, concat('TIE-', n),
         facts::jsonb || jsonb_build_object('sku', concat('TIE-', n)), '[]'
  FROM (SELECT facts FROM read.products LIMIT 1) AS one, generate_series(1, 3) AS n;
INSERT INTO read.serials (id, version, sku, serial, status, location, received)
  SELECT md5(n::text)::uuid, 1, 'P', concat('S-', mod(n, 3)), 'ON_HAND', 'L', n
  FROM generate_series(1, 7) AS n;
INSERT INTO oms.signed_roots
  SELECT n, n, sha256(n::text::bytea), concat('note ', n), now() FROM generate_series(1, 7) AS n
"""


class Counting(AsyncCursor[Any]):
    """Counts what is executed."""

    statements: ClassVar[list[str]] = []

    async def execute(self, query: Any, *given: Any, **options: Any) -> Any:
        self.statements.append(query.decode() if isinstance(query, bytes) else str(query))
        return await super().execute(query, *given, **options)


class Played:
    """Executes documents as the API does, and counts their SQL statements."""

    def __init__(self, runner: asyncio.Runner, pool: AsyncConnectionPool[Any], url: str) -> None:
        self.run = runner.run
        self.pool = pool
        self._executing = Executing(SCHEMA, Limits(most_cost=10**9))
        self.database_url = url

    def result(self, document: str, **variables: Any) -> JSON:
        """Execute a document, and give the whole answer."""
        asked = Asked(document, variables=variables)
        answer = self._executing.answer(asked, self.context(), "application/json")
        result: JSON = orjson.loads(self.run(answer).body)
        return result

    def resolve(self, field: GraphQLField, roots: Sequence[object]) -> list[Any]:
        """Resolve a field of several objects of one level."""
        info = SimpleNamespace(context=self.context())
        resolver = field.extensions["strawberry-definition"].base_resolver.wrapped_func

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*(resolver(root, info) for root in roots))

        return self.run(all_of_them())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def context(self) -> Context:
        """Give what a request knows, and begin to count its statements."""
        unused: Any = None
        Counting.statements.clear()
        levels = Levels(self.pool)
        tables = ReadTables(levels)
        who = with_role("ada", Role.ADMIN)
        known = {"watch": unused, "tail": unused, "gateway": unused, "keys": unused}
        return Context(
            who=who,
            correlation_id=uuid4(),
            levels=levels,
            tables=tables,
            tracking=Tracking(SECRET),
            **known,
        )

    def ask(self, document: str, **variables: Any) -> JSON:
        """Execute a document that must succeed, and give its data."""
        result = self.result(document, **variables)
        assert "errors" not in result, (document, result["errors"])
        data: JSON = result["data"]
        return data

    def error(self, document: str, **variables: Any) -> tuple[str, str]:
        """Execute a document that must fail with one error, and give its code and message."""
        [error] = self.result(document, **variables)["errors"]
        return error["extensions"]["code"], error["message"]


@pytest.fixture(scope="session")
def shelf(server_url: str, template_url: str) -> Iterator[Played]:
    """A database that nobody else writes to, with a history of 145 commands."""
    name = f"lists_{uuid4().hex}"
    template = template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        with played(server_url.replace("/postgres?", f"/{name}?"), 145) as shelf:
            yield shelf
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def played(url: str, steps: int) -> Iterator[Played]:
    """Play a random history in an empty database."""
    with CommandBus(url) as bus:
        History(bus, 21).play(steps)
    with connect(url, name="test") as conn:
        project_all(conn, following(conn))
    with psycopg.connect(url, autocommit=True) as owner:
        for statement in TIES.split(";"):
            owner.execute(statement.encode())
    kwargs = {"autocommit": True, "cursor_factory": Counting}
    connect_pool = partial(AsyncConnectionPool, url, open=False, min_size=1, kwargs=kwargs)
    with asyncio.Runner() as runner:
        pool = connect_pool()
        runner.run(pool.open(wait=True))
        yield Played(runner, pool, url)
        runner.run(pool.close())
