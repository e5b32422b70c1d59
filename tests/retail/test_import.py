"""Two days of the file through a running server: totals are the file's, fields tell the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from rich.console import Console
from tests.api.running import Client, Running, eventually, token
from tests.retail.plain import first_days, totals_by_day

from oms_api.retail.report import print_report
from oms_api.retail.runner import ImportReport, import_orders

UNTIL = "2010-12-03"

ORDER_FIELDS = """
  id version number channel currency placedAt status paymentStatus fulfillmentStatus
  customer { reference email name } shippingAddress { name street city postalCode country region }
  lines { id sku name quantity unitPrice { amount currency } tax { amount } total { amount }
          pending reserved backordered shipped delivered cancelled returned }
  subtotal { amount } discount { amount } shippingPrice { amount } tax { amount } total { amount }
  authorized { amount } captured { amount } refunded { amount }
  shipments { id status location carrier trackingNumber dispatchedAt deliveredAt
              lines { lineId sku quantity } }
  returns { id status reason lines { lineId sku quantity } }
"""


@pytest.fixture(scope="module")
def demo(server_url: str, template_url: str) -> Iterator[Client]:
    name = f"demo_{uuid4().hex}"
    template = template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        url = server_url.replace("/postgres?", f"/{name}?")
        running = Running(OMS_DATABASE_URL=url)
        client = Client(running.url, url)
        yield client
        client.close()
        running.stop()
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def bring_in(demo: Client, file: Path) -> ImportReport:
    file.write_text(first_days(UNTIL), encoding="utf-8")
    console = Console(file=StringIO())
    report = asyncio.run(
        import_orders(file, url=demo.url, token=token(), seed=2011, console=console)
    )
    print_report(report, console)
    return report


@pytest.fixture(scope="module")
def report(demo: Client, tmp_path_factory: pytest.TempPathFactory) -> ImportReport:
    found = bring_in(demo, tmp_path_factory.mktemp("retail") / "two_days.csv")
    [(last,)] = demo.rows("SELECT max(position) FROM oms.events")
    eventually(
        lambda: demo.rows("SELECT min(position) >= %s FROM oms.bookmarks", last) == [(True,)]
    )
    return found


def test_the_figures_by_day_are_those_of_the_file(demo: Client, report: ImportReport) -> None:
    assert report.refusals == []
    document = """{ kpis(from: "2010-12-01T00:00:00Z", to: "2010-12-06T00:00:00Z", bucket: DAY) {
        rows { start ordersPlaced unitsOrdered averageOrderValue { amount } revenue { amount } }
        total { ordersPlaced unitsOrdered revenue { amount } } } }"""
    kpis = demo.ask(document)["kpis"]
    expected = totals_by_day(UNTIL)
    cancelled = Decimal(0)
    for row in kpis["rows"]:
        orders, units, revenue = expected.get(row["start"][:10], (0, 0, Decimal(0)))
        assert (row["ordersPlaced"], row["unitsOrdered"]) == (orders, units)
        net = sum((Decimal(m["amount"]) for m in row["revenue"]), Decimal(0))
        cancelled += revenue - net
        if orders:
            average = (revenue / orders).quantize(Decimal("0.01"))
            assert Decimal(row["averageOrderValue"][0]["amount"]) == average
    # Revenue is net of cancellations: what is missing is what the cancelled units cost.
    [(taken_back,)] = demo.rows(
        "SELECT sum((a->>'subtotal')::numeric) FROM oms.events,"
        " json_array_elements(body->'amounts') AS a WHERE topic = 'orders.LinesCancelled.v1'"
    )
    assert cancelled == taken_back > 0
    assert kpis["total"]["ordersPlaced"] == sum(orders for orders, _, _ in expected.values())


def test_every_order_reads_as_its_events_tell(demo: Client, report: ImportReport) -> None:
    """The read tables against a fold of the events, every field of every order."""
    del report
    listed: list[Any] = []
    page = {"endCursor": None, "hasNextPage": True}
    while page["hasNextPage"]:
        found = demo.ask(
            f"query($after: String) {{ orders(first: 50, after: $after) {{"
            f" nodes {{ {ORDER_FIELDS} }}"
            " pageInfo { endCursor hasNextPage } } }",
            after=page["endCursor"],
        )["orders"]
        listed += found["nodes"]
        page = found["pageInfo"]
    assert len(listed) == sum(orders for orders, _, _ in totals_by_day(UNTIL).values())
    for order in listed:
        past = f"order(number: $number, version: $version) {{ {ORDER_FIELDS} }}"
        folded = demo.ask(
            f"query($number: String!, $version: Int!) {{ {past} }}",
            number=order["number"],
            version=order["version"],
        )["order"]
        for field in order.keys() - {"shipments", "returns"}:
            assert folded[field] == order[field], (order["number"], field)
        assert [s["id"] for s in folded["shipments"]] == [s["id"] for s in order["shipments"]]


def test_quantities_and_money_are_conserved(demo: Client, report: ImportReport) -> None:
    del report
    assert (
        demo.rows(
            "SELECT number FROM read.order_lines JOIN read.orders ON order_id = id"
            " WHERE quantity <> pending + reserved + backordered + shipped + cancelled"
            " OR delivered > shipped OR returned > delivered"
        )
        == []
    )
    assert (
        demo.rows(
            "SELECT number FROM read.orders"
            " WHERE total <> subtotal - discount + shipping_price + tax"
            " OR captured > authorized OR refunded > captured"
        )
        == []
    )
    assert (
        demo.rows(
            "SELECT level.sku FROM read.stock_levels AS level LEFT JOIN"
            " (SELECT sku, sum(reserved) AS promised FROM read.order_lines GROUP BY sku) AS lines"
            " USING (sku) GROUP BY level.sku, promised"
            " HAVING sum(level.reserved) <> coalesce(promised, 0) OR min(level.on_hand) < 0"
        )
        == []
    )


def test_some_orders_are_open_some_on_their_way_some_came_back(
    demo: Client, report: ImportReport
) -> None:
    del report
    found = dict(demo.rows("SELECT fulfillment_status, count(*) FROM read.orders GROUP BY 1"))
    assert found.keys() >= {"UNFULFILLED", "SHIPPED", "DELIVERED"}
    [(returns,)] = demo.rows("SELECT count(*) FROM read.returns WHERE status = 'RECEIVED'")
    [(split,)] = demo.rows("SELECT count(*) FROM read.orders WHERE cardinality(shipment_ids) > 1")
    assert returns > 0
    assert split > 0


def test_bringing_it_in_again_does_nothing_twice(
    demo: Client, report: ImportReport, tmp_path: Path
) -> None:
    before = demo.rows("SELECT count(*), max(position) FROM oms.events")
    again = bring_in(demo, tmp_path / "again.csv")
    assert again.refusals == []
    assert again.commands == report.commands
    assert demo.rows("SELECT count(*), max(position) FROM oms.events") == before
