"""What the machine can do at all: the figures that ours are compared with."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from collections.abc import Callable
from uuid import uuid4

import psycopg

from bench.measure import Rate, by_threads
from oms_core.runtime.embedded import PROGRAMS

SKUS = 1000

_PGBENCH = """\
INSERT INTO floor_events VALUES (gen_random_uuid(), 1, repeat('x', 400));
"""

_TABLES = """
CREATE TABLE floor_events (stream_id uuid, version int, body text,
                           PRIMARY KEY (stream_id, version));
CREATE TABLE floor_stock (sku int PRIMARY KEY, available int NOT NULL CHECK (available >= 0));
CREATE TABLE floor_orders (id uuid PRIMARY KEY, number text NOT NULL UNIQUE, body text);
CREATE TABLE floor_lines (order_id uuid, line int, sku int, quantity int,
                          PRIMARY KEY (order_id, line));
"""


def prepare(database_url: str) -> None:
    """Make the tables of the floors."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(_TABLES)
        conn.execute(
            "INSERT INTO floor_stock SELECT sku, 1000000000 FROM generate_series(0, %s) sku",
            [SKUS - 1],
        )


def pgbench_insert(database_url: str, clients: int, seconds: int) -> Rate:
    """One row, one commit, as fast as C can send it."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_PGBENCH)
        script.flush()
        found = subprocess.run(
            [
                *(PROGRAMS / "pgbench", "--no-vacuum", "--protocol=prepared", "-f", script.name),
                *("-c", str(clients), "-j", "2", "-T", str(seconds), database_url),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    count = int(re.search(r"actually processed: (\d+)", found)[1])  # type: ignore[index]
    rate = Rate("pgbench: one-row insert", clients, seconds)
    rate.answers["ok"] = count
    rate.taken = [clients * seconds / count]
    return rate


def bare_insert(database_url: str, clients: int, requests: int) -> Rate:
    """The same row by a psycopg thread."""

    def client(_: int) -> Callable[[int], str]:
        conn = psycopg.connect(database_url, autocommit=True)

        def send(_: int) -> str:
            conn.execute("INSERT INTO floor_events VALUES (%s, 1, repeat('x', 400))", [uuid4()])
            return "ok"

        return send

    return by_threads("bare psycopg: one-row insert", clients, requests, client)


def plain_placement(
    database_url: str, clients: int, requests: int, skus: Callable[[random.Random], list[int]]
) -> Rate:
    """Three conditional updates, an order, its lines, one commit: the least a placement costs."""

    def client(i: int) -> Callable[[int], str]:
        conn = psycopg.connect(database_url, autocommit=True)
        rng = random.Random(i)

        def send(_: int) -> str:
            order = uuid4()
            wanted = sorted(skus(rng))
            with conn.transaction():
                for sku in wanted:
                    conn.execute(
                        "UPDATE floor_stock SET available = available - 1"
                        " WHERE sku = %s AND available >= 1",
                        [sku],
                    )
                conn.execute(
                    "INSERT INTO floor_orders VALUES (%s, %s, repeat('x', 400))",
                    [order, str(order)],
                )
                conn.execute(
                    "INSERT INTO floor_lines SELECT %s, line, sku, 1"
                    " FROM unnest(%s::int[]) WITH ORDINALITY AS wanted (sku, line)",
                    [order, wanted],
                )
            return "ok"

        return send

    return by_threads("plain SQL placement", clients, requests, client)
