"""Long streams stay cheap: commands read the last snapshot and what came after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.runtime.shop import execute, order, request, stock_up

from oms_core.kernel.snapshot import SNAPSHOT_EVERY
from oms_core.orders.commands import CancelOrder
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.streams import AFTER, after
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.stock_item import InsufficientStock, stock_item_id

ITEM = stock_item_id("A", "L")


@pytest.fixture
def application(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database_url, name="test") as conn:
        yield conn


def adjust(bus: CommandBus, times: int) -> None:
    """Let the stream of stock grow, net of nothing when `times` is even."""
    for i in range(times):
        execute(bus, AdjustStock(sku="A", location="L", delta=(-1) ** i, reason="count"))


def snapshots(conn: psycopg.Connection[Any]) -> list[int]:
    rows = conn.execute("SELECT version FROM oms.snapshots WHERE stream_id = %s", [ITEM])
    return sorted(version for (version,) in rows)


def test_a_process_that_starts_reads_a_snapshot_and_what_came_after(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        placed = execute(bus, order("O-1", ("A", 4)))
        adjust(bus, 2 * SNAPSHOT_EVERY)
    assert snapshots(application) == [SNAPSHOT_EVERY, 2 * SNAPSHOT_EVERY]
    rows = application.execute(AFTER, after({ITEM: 0})).fetchall()
    assert [version for _, version, *_ in rows] == [200, 201, 202]

    with CommandBus(database_url) as fresh:
        with pytest.raises(InsufficientStock, match="7 wanted, 6 available"):
            execute(fresh, order("O-2", ("A", 7)))
        execute(fresh, CancelOrder(order_id=placed.stream_id, reason="changed mind"))
        assert execute(fresh, order("O-2", ("A", 10))).version > 1


def test_a_snapshot_of_another_shape_is_passed_over(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        adjust(bus, SNAPSHOT_EVERY)
    application.execute(
        "INSERT INTO oms.snapshots (stream_id, version, topic, state)"
        " VALUES (%s, 101, 'stock.StockItemSnapshot.v0', '{}')",
        [ITEM],
    )
    with CommandBus(database_url) as fresh:
        assert execute(fresh, ReceiveStock(sku="A", location="L", quantity=5)).view.on_hand == 15


def test_without_its_snapshots_nothing_is_lost(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        adjust(bus, SNAPSHOT_EVERY)
    application.execute("DELETE FROM oms.snapshots")
    with CommandBus(database_url) as fresh:
        assert execute(fresh, ReceiveStock(sku="A", location="L", quantity=5)).view.on_hand == 15


def test_an_old_answer_is_given_again_as_it_was(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    receive = ReceiveStock(sku="A", location="L", quantity=5)
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        adjust(bus, SNAPSHOT_EVERY + 10)
        first = execute(bus, receive, key="k")
        adjust(bus, SNAPSHOT_EVERY)
        again = execute(bus, receive, key="k")
    assert again.replayed
    assert again.view == first.view


def test_a_lost_race_leaves_no_snapshot(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    """Two processes cross the same version; each snapshot is of events that were stored."""
    with CommandBus(database_url) as one, CommandBus(database_url) as two:
        stock_up(one, {("A", "L"): 10})
        for i in range(SNAPSHOT_EVERY):
            receive = ReceiveStock(sku="A", location="L", quantity=1 + i)
            both = [bus.submit(request(receive)) for bus in (one, two)]
            assert all(future.result(timeout=20).version for future in both)
    found = application.execute(
        "SELECT s.version, (state ->> 'on_hand')::int, (SELECT sum((body ->> 'quantity')::int)"
        " FROM oms.events WHERE stream_id = s.stream_id AND version <= s.version)"
        " FROM oms.snapshots AS s"
    ).fetchall()
    assert found
    assert all(on_hand == received for _, on_hand, received in found)


def test_one_long_stream_does_not_make_the_others_dear(
    database_url: str, application: psycopg.Connection[Any]
) -> None:
    """With such statistics the planner likes to read the whole table for a join."""
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10, ("B", "L"): 10})
    application.execute(
        "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
        " correlation_id) SELECT stream_id, version + i, oms.position_of(i), topic, body,"
        " occurred_at, actor, correlation_id FROM oms.events, generate_series(1, 20000) AS i"
        " WHERE stream_id = %s AND version = 1",
        [ITEM],
    )
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ANALYZE oms.events")
    known = {ITEM: 19_999, stock_item_id("B", "L"): 0}
    plan = application.execute(f"EXPLAIN {AFTER}".encode(), after(known)).fetchall()
    assert "Seq Scan on events" not in str(plan)
    assert len(application.execute(AFTER, after(known)).fetchall()) == 3
