"""Questions to large read tables go by an index: no table is read from end to end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.projections.conftest import following, project_all
from tests.projections.history import History

from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect, connect_async
from oms_projections import (
    backorders,
    catalogue,
    kpis,
    orders,
    payments,
    shipments,
    stock_ledger,
    stock_levels,
)
from oms_projections.backorders import BackorderFilter
from oms_projections.orders import OrderFilter
from oms_projections.paging import Listing, Part, Sort, Where

MANY = 10_000
NEWEST = datetime(2026, 6, 1, tzinfo=UTC)

# The rows of real orders again and again, each with keys, a customer and a time of its own.
MULTIPLY = """
INSERT INTO read.orders
SELECT new.* FROM (SELECT o FROM read.orders AS o LIMIT 1) AS one,
    generate_series(1, %(many)s) AS n,
    jsonb_populate_record(o, jsonb_build_object(
        'id', md5('order' || n)::uuid, 'number', 'N-' || n, 'customer_reference', 'C-' || n / 10,
        'status', CASE WHEN mod(n, 50) = 0 THEN 'ON_HOLD' ELSE 'COMPLETED' END,
        'placed_at', %(newest)s::timestamptz - n * interval '1 minute')) AS new;

INSERT INTO read.order_lines
SELECT new.* FROM (SELECT l FROM read.order_lines AS l LIMIT 1) AS one,
    generate_series(1, %(many)s) AS n,
    generate_series(0, 1) AS i,
    jsonb_populate_record(l, jsonb_build_object(
        'order_id', md5('order' || n)::uuid, 'line', i, 'sku', 'SKU-' || mod(n, 1000))) AS new;

INSERT INTO read.order_search
SELECT md5('order' || n)::uuid, concat('n-', n, ' c-', n / 10, ' ', md5(n::text))
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.kpi_orders
SELECT new.* FROM (SELECT o FROM read.kpi_orders AS o LIMIT 1) AS one,
    generate_series(1, %(many)s) AS n,
    jsonb_populate_record(o, jsonb_build_object(
        'order_id', md5('order' || n)::uuid,
        'placed_at', %(newest)s::timestamptz - n * interval '1 minute')) AS new;

INSERT INTO read.kpi_changes
SELECT n, md5('order' || n)::uuid, %(newest)s::timestamptz - n * interval '1 minute', 'EUR', 1
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.kpi_figures
SELECT channel, '', 'hour', %(newest)s::timestamptz - n * interval '1 hour', '{}'
FROM generate_series(1, %(many)s / 4) AS n, unnest('{"",a,b,c}'::text[]) AS channel
ON CONFLICT DO NOTHING;

INSERT INTO read.stock_levels (id, version, sku, location, on_hand, reserved, available,
    quality_hold, damaged, made_to_order)
SELECT md5('item' || n)::uuid, 1, 'SKU-' || n / 10, 'L-' || mod(n, 10), 5, 0, 5, 0, 0, 0
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.stock_shares
SELECT md5('item' || n)::uuid, 'web', 1 FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.stock_safety
SELECT md5('item' || n)::uuid, 'web', 1 FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.stock_locations
SELECT md5('place' || n)::uuid, 'P-' || n, 'DE', n > 3 FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.stock_supplies
SELECT md5('item' || n)::uuid, 'PO-1', '2026-05-01', 3, 0, false
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.backorders (line_id, order_id, sku, quantity, placed_at, priority)
SELECT md5('line' || n)::uuid, md5('order' || n)::uuid, 'SKU-' || n, 2, now(), 0
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.shipments
SELECT new.* FROM (SELECT s FROM read.shipments AS s LIMIT 1) AS one,
    generate_series(1, %(many)s) AS n,
    jsonb_populate_record(s, jsonb_build_object('id', md5('shipment' || n)::uuid, 'planned', n,
        'dispatched_at', %(newest)s::timestamptz - n * interval '1 minute')) AS new;

INSERT INTO read.payments
SELECT md5('payment' || n)::uuid, 1, md5('order' || n)::uuid, 'card', 'stripe', 'pi-' || n,
    'PREPAID', 'CAPTURED', 'EUR', 1, 1, 0, 0, %(newest)s::timestamptz + n * interval '1 minute',
    '[]', '[]', '[]', mod(n, 1000) = 0, n
FROM generate_series(1, %(many)s) AS n;

INSERT INTO read.stock_ledger
SELECT new.* FROM (SELECT l FROM read.stock_ledger AS l LIMIT 1) AS one,
    generate_series(1, %(many)s) AS n,
    jsonb_populate_record(l, jsonb_build_object('item_id', md5('item' || mod(n, 2))::uuid,
        'version', n, 'position', n, 'sku', 'SKU-' || mod(n, 2))) AS new;

INSERT INTO read.products (id, version, sku, facts, prices)
SELECT md5('product' || n)::uuid, 1, 'SKU-' || n,
    facts::jsonb || jsonb_build_object('name', md5(n::text)), '[]'
FROM (SELECT facts FROM read.products LIMIT 1) AS one, generate_series(1, %(many)s) AS n;

ANALYZE
"""


class Explaining:
    """Stands for a connection: executes, and keeps which tables were read from end to end."""

    def __init__(self, conn: psycopg.AsyncConnection[Any]) -> None:
        self._conn = conn
        self.queries = 0
        self.read_whole: set[str] = set()
        self.sorted_rows = 0

    async def execute(self, query: bytes | str, given: Any = None, **options: Any) -> Any:
        text = query if isinstance(query, bytes) else query.encode()
        if b"FROM read." in text:
            cursor = await self._conn.execute(b"EXPLAIN (FORMAT JSON) " + text, given)
            [(answer,)] = await cursor.fetchall()
            self.queries += 1
            nodes = list(_nodes(answer[0]["Plan"]))
            whole = (node for node in nodes if node["Node Type"] == "Seq Scan")
            self.read_whole.update(node["Relation Name"] for node in whole)
            sorts = (node["Plan Rows"] for node in nodes if "Sort" in node["Node Type"])
            self.sorted_rows = max(self.sorted_rows, *sorts, 0)
        return await self._conn.execute(text, given, **options)

    def transaction(self) -> Any:
        return self._conn.transaction()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


@pytest.fixture(scope="module")
def large(module_database_url: str) -> str:
    """A database whose read tables have many rows."""
    with CommandBus(module_database_url) as bus:
        History(bus, 1).play(12)
    with connect(module_database_url, name="test") as conn:
        project_all(conn, following(conn))
    with psycopg.connect(module_database_url, autocommit=True) as owner:
        for statement in MULTIPLY.split(";"):
            given = {"newest": NEWEST, "many": MANY}
            owner.execute(statement.encode(), given if "%(" in statement else None)
    return module_database_url


@pytest.fixture
async def explaining(large: str) -> AsyncIterator[Explaining]:
    async with await connect_async(large, name="test reader") as reading:
        yield Explaining(reading)


async def test_no_question_reads_a_whole_table(explaining: Explaining) -> None:
    conn: Any = explaining
    id = UUID(md5(b"order7777", usedforsecurity=False).hexdigest())
    found = (await orders.by_ids(conn, [id]))[id]
    assert found.number == "N-7777"
    assert len(found.lines) == 2
    asked = {
        "all": OrderFilter(),
        "by status": OrderFilter(status=["ON_HOLD"]),
        "by channel": OrderFilter(channel=["web", "counter"]),
        "by customer": OrderFilter(customer="C-777"),
        "by SKU": OrderFilter(sku="SKU-77"),
        "by time": OrderFilter(placed_to=NEWEST - timedelta(days=3)),
        "by search": OrderFilter(search="n-777"),
        "by two": OrderFilter(status=["ON_HOLD"], customer="C-50"),
    }
    for name, filter in asked.items():
        where = orders.where(filter)
        rows = await orders.LIST.page(conn, where, Part(100))
        assert rows, name
        await orders.LIST.page(conn, where, Part(100, after=rows[len(rows) // 2].key))
        assert not explaining.read_whole, name
    for minutes in (0, 25):  # full days alone, and single orders at both ends
        start = NEWEST - timedelta(days=31, minutes=minutes)
        report = await kpis.report(conn, start=start, end=NEWEST, bucket="DAY")
        assert len(report.rows) >= 31
        assert not explaining.read_whole, f"kpis, {minutes} minutes more"
    assert explaining.queries == 1 + 2 * len(asked) + 2
    await explaining.execute("SELECT count(*) FROM read.orders WHERE tax = 1")
    assert explaining.read_whole == {"orders"}  # this test can fail


async def test_whatever_a_list_is_sorted_by_is_an_index(explaining: Explaining) -> None:
    conn: Any = explaining
    in_euro = orders.where(OrderFilter(currency="EUR"))
    lists: list[tuple[Listing[Any], Where]] = [
        (orders.LIST, in_euro),
        (shipments.LIST, shipments.where(shipments.ShipmentFilter())),
        (payments.LIST, payments.where(payments.PaymentFilter())),
        (payments.LIST, payments.where(payments.PaymentFilter(contested=True))),
        (backorders.LIST, backorders.where("SKU-7", BackorderFilter())),
        (stock_ledger.LIST, stock_ledger.where("SKU-1", stock_ledger.StockMovementFilter())),
        (stock_levels.LIST, stock_levels.where("L-1", stock_levels.StockItemFilter())),
        (catalogue.LIST, catalogue.where(catalogue.ProductFilter())),
    ]
    asked = [
        (listing, where, Sort(field, descending))
        for listing, where in lists
        for field in listing.sorts
        for descending in (False, True)
    ]
    for listing, where, sort in asked:
        page = await listing.page(conn, where, Part(10, sort))
        await listing.page(conn, where, Part(10, sort, before=page[-1].key, backward=True))
        assert not explaining.read_whole, (listing.table, sort)
        assert explaining.sorted_rows <= 10, (listing.table, sort)
    assert explaining.queries == 2 * len(asked)
    await catalogue.LIST.page(
        conn, catalogue.where(catalogue.ProductFilter(search="abc")), Part(10)
    )
    assert not explaining.read_whole
    await explaining.execute("SELECT FROM read.orders ORDER BY number || 'x' LIMIT 10")
    assert explaining.sorted_rows > 10  # this test can fail


async def test_what_is_available_of_100_skus_is_one_read_by_indexes(explaining: Explaining) -> None:
    conn: Any = explaining
    skus = [f"SKU-{n}" for n in range(100, 200)]
    given = {"channel": "web", "on": date(2026, 5, 1), "country": None}
    found = await stock_levels.of_skus(conn, skus, **given)
    assert explaining.queries == 1
    assert explaining.read_whole == set()
    assert set(found) == set(skus)
    assert {len(offers) for offers in found.values()} == {10}
    offers = [offer for at in found.values() for offer in at]
    assert {(offer.free, offer.waiting) for offer in offers} == {(7, 2)}
