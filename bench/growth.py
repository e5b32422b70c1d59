"""What reading costs in a large store, compared with a small one: asked in turn, in one run."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial

import psycopg

from bench import projecting
from bench.filling import BEGIN, END
from bench.http import Connection
from bench.lives import ORDERS_A_CUSTOMER
from bench.measure import Rate
from oms_core.runtime.connections import connect
from oms_core.runtime.garbage import look_less_often
from oms_projections.all import KINDS
from oms_projections.rebuild import install

TABLES = ("orders", "kpis")
"""The projections that the questions are about."""

_ORDER = """{ id number status placedAt total { amount currency } customer { reference name }
  lines { sku name quantity shipped total { amount } } }"""
_LIST = f"query ($f: OrderFilter) {{ orders(first: 100, filter: $f) {{ nodes {_ORDER} }} }}"
_ONE = f"query ($number: String!) {{ order(number: $number) {_ORDER} }}"
_KPIS = """query ($from: DateTime!, $to: DateTime!) {
  kpis(from: $from, to: $to, bucket: DAY) { total { ordersPlaced } rows {
    start ordersPlaced ordersCancelled ordersDelivered unitsOrdered revenue { amount currency }
    averageOrderValue { amount } hoursToDispatchP50 hoursToDispatchP95 hoursToDeliverP50
    hoursToDeliverP95 splitRate backorderRate cancelRate returnRate } } }"""

Question = tuple[str, dict[str, object]]


def questions(orders: int) -> dict[str, Question]:
    """Ask for things that every filled store of this size has."""
    middle = orders // 2
    begin, end = END - timedelta(days=40), END - timedelta(days=10)
    assert begin > BEGIN
    by_customer = {"customer": f"C-{middle % max(orders // ORDERS_A_CUSTOMER, 1)}"}
    return {
        "GraphQL: { __typename }": ("{ __typename }", {}),
        "order by number": (_ONE, {"number": f"F-{middle:07}"}),
        "100 orders with lines": (_LIST, {"f": None}),
        "the same by status": (_LIST, {"f": {"status": ["OPEN"]}}),
        "the same by customer": (_LIST, {"f": by_customer}),
        "the same by text search": (_LIST, {"f": {"search": f"f-{middle:07}"[:-2]}}),
        "kpis of a month by day": (_KPIS, {"from": begin.isoformat(), "to": end.isoformat()}),
    }


def compare(
    small: tuple[str, int, str], large: tuple[str, int, str], sizes: tuple[int, int], times: int
) -> list[tuple[Rate, Rate]]:
    """Ask both stores the same questions in turn, one client; gives their times side by side."""

    async def run() -> list[tuple[Rate, Rate]]:
        connections = [Connection(*small), Connection(*large)]
        for connection in connections:
            await connection.open()
        found = []
        asked = [questions(size) for size in sizes]
        for name in asked[0]:
            rates = tuple(Rate(f"{name}, {size:,} orders", 1, 0) for size in sizes)
            for i in range(times + WARM):
                for rate, connection, of in zip(rates, connections, asked, strict=True):
                    document, variables = of[name]
                    body = json.dumps({"query": document, "variables": variables}).encode()
                    began = time.perf_counter()
                    answer = await connection.send(body)
                    taken = time.perf_counter() - began
                    if i >= WARM:
                        rate.took(taken, _kind(answer))
            found.append((rates[0], rates[1]))
        return found

    return asyncio.run(run())


WARM = 20

STATISTICS_COME_WITHIN = 2.0
"""Seconds after which Postgres has counted what a connection did."""


def _kind(answer: bytes) -> str:
    content = json.loads(answer)
    if "errors" in content:
        return str(content["errors"][0]["message"])
    found = next(iter(content["data"].values()))
    return "ok" if found else "empty"


def build(database_url: str) -> list[Rate]:
    """Build the read tables that the questions need, a process each."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(TABLES), mp_context=context) as pool:
        rates = list(pool.map(partial(_built, database_url), TABLES))
    tidy(database_url)
    return rates


def _built(database_url: str, name: str) -> Rate:
    look_less_often()
    with connect(database_url, name="bench") as conn:
        install(conn, KINDS[name]())
    return projecting.rebuilding(database_url, name)


def tidy(owner_url: str) -> None:
    """Do what autovacuum would have done by the time a store has grown that far."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")


def whole_reads(owner_url: str) -> int:
    """Tell how often a read table was read from end to end so far."""
    time.sleep(STATISTICS_COME_WITHIN)
    with psycopg.connect(owner_url, autocommit=True) as conn:
        query = "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE schemaname = 'read'"
        [(found,)] = conn.execute(query).fetchall()
    return int(found)
