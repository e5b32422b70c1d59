"""What each location has to do: the same rows however the log was batched, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from tests.projections.conftest import project_all
from tests.projections.warehouse_history import WarehouseHistory

from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus
from oms_core.shipments.shipment import Shipment
from oms_projections import engine, shipments
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.paging import Part, Sort
from oms_projections.rebuild import rebuild
from oms_projections.shipments import ShipmentFilter, ShipmentSortField

TABLES = ("shipments", "orders", "order_lines", "stock_levels", "kpi_orders")


def rows(conn: psycopg.Connection) -> list[list[tuple[str]]]:
    query = "SELECT row_to_json(t)::text FROM read.{} AS t ORDER BY 1"
    return [conn.execute(query.format(table).encode()).fetchall() for table in TABLES]


def test_incremental_equals_rebuild(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "BATCH", 5)
    history = WarehouseHistory(bus, 1)
    for _ in range(8):
        history.play(20)
        step(conn, followers)
    project_all(conn, followers)
    incremental = rows(conn)
    statuses = {row[0] for row in conn.execute("SELECT DISTINCT status FROM read.shipments")}
    assert {"PICKING", "DELIVERED", "FAILED", "CANCELLED"} <= statuses
    for kind in KINDS.values():
        rebuild(conn, kind())
    assert rows(conn) == incremental


async def test_lists_of_shipments(
    bus: CommandBus,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    pool: ConnectionPool,
) -> None:
    WarehouseHistory(bus, 2).play(120)
    catch_up()
    every = shipments.where(ShipmentFilter())
    listed = await shipments.LIST.page(reading, every, Part(1000))
    everything = [placed.row for placed in listed]
    places = [int(placed.key[0]) for placed in listed]
    assert places == sorted(places)
    folded = [OrderManagement(pool).fetch(Shipment, view.id) for view in everything]
    assert everything == [shipment.view() for shipment in folded if shipment]
    number = next(view.tracking_number for view in everything if view.tracking_number)
    cases = [
        (ShipmentFilter(location=["L"]), lambda s: s.location == "L"),
        (ShipmentFilter(status=["PENDING", "FAILED"]), lambda s: s.status in ("PENDING", "FAILED")),
        (ShipmentFilter(kind=["PICKUP"]), lambda s: s.kind == "PICKUP"),
        (ShipmentFilter(tracking_number=number), lambda s: s.tracking_number == number),
    ]
    for wanted, holds in cases:
        of_them = await shipments.LIST.page(reading, shipments.where(wanted), Part(1000))
        found = [placed.row for placed in of_them]
        assert found == [view for view in everything if holds(view)]
        assert 0 < len(found) < len(everything)
    third = await shipments.LIST.page(reading, every, Part(2, after=listed[3].key))
    assert third == listed[4:6]
    back = await shipments.LIST.page(reading, every, Part(2, before=listed[4].key, backward=True))
    assert back == listed[2:4]
    left = Sort(ShipmentSortField.DISPATCHED_AT, descending=True)
    by_leaving = await shipments.LIST.page(reading, every, Part(1000, left))
    never = datetime.max.replace(tzinfo=UTC)
    moments = [placed.row.dispatched_at or never for placed in by_leaving]
    assert moments == sorted(moments, reverse=True)
    assert 1 < moments.count(never) < len(moments) - 1
    middle = by_leaving[len(by_leaving) // 2].key
    after = await shipments.LIST.page(reading, every, Part(1000, left, after=middle))
    before = await shipments.LIST.page(reading, every, Part(1000, left, before=middle))
    assert [*before, by_leaving[len(by_leaving) // 2], *after] == by_leaving
