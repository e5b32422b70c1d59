"""Backorders on a real database: filled by the process, once, whoever races for the stock."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool
from tests.projections.conftest import project_all
from tests.runtime.shop import execute, order, request, stock_up

from oms_core.backorders import process
from oms_core.backorders.commands import FillBackorders
from oms_core.backorders.queue import BackorderQueue, queue_id
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import CancelOrder
from oms_core.orders.order import Order, order_id
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.processes import ProcessRunner, bookmark_of
from oms_core.stock.commands import ReceiveStock
from oms_projections import backorders
from oms_projections.backorders import Backorder, BackorderFilter
from oms_projections.engine import Follower
from oms_projections.paging import Part

BOOKMARK = bookmark_of(process)


def run_to_the_end(conn: psycopg.Connection, bus: CommandBus) -> None:
    """Follow the log with the process, to the end of what it sets off itself."""
    runner = ProcessRunner(process, conn, bus, threading.Event())
    last = "SELECT coalesce(max(position), 0) FROM oms.events"
    while (position_of(conn, BOOKMARK) or 0) < (conn.execute(last).fetchone() or (0,))[0]:
        runner.step()


def wait(bus: CommandBus, *numbers: str, units: int = 2) -> None:
    """Let orders wait for the SKU that is not there."""
    for i, number in enumerate(numbers):
        wanted = order(number, ("A", units), allow_backorder=True)
        placed_at = wanted.placed_at + timedelta(minutes=i)
        execute(bus, wanted.model_copy(update={"placed_at": placed_at}))


def units(pool: ConnectionPool, numbers: Sequence[str]) -> list[tuple[int, int]]:
    """Units that are reserved and that wait, of each order."""
    found = [OrderManagement(pool).fetch(Order, order_id(number)) for number in numbers]
    return [(o.units.reserved, o.units.backordered) for o in found if o is not None]


def test_what_arrives_is_given_to_who_waits_once_though_the_process_starts_over(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 1, ("A", "M"): 1})
    wait(bus, "1", "2", "3")  # the first one takes both
    execute(bus, ReceiveStock(sku="A", location="L", quantity=3))
    for _ in range(3):
        run_to_the_end(conn, bus)
        conn.execute("DELETE FROM oms.bookmarks")  # as if it had crashed before it noted anything
    assert units(pool, ["1", "2", "3"]) == [(2, 0), (2, 0), (1, 1)]
    [(balance,)] = conn.execute("SELECT sum(on_hand - reserved) FROM oms.stock_balances").fetchall()
    assert balance == 0


def test_more_than_one_command_fills_is_filled_by_as_many_as_it_takes(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 1})
    numbers = [str(n) for n in range(120)]
    wait(bus, *numbers, units=1)
    execute(bus, ReceiveStock(sku="A", location="L", quantity=200))
    run_to_the_end(conn, bus)
    assert set(units(pool, numbers)) == {(1, 0)}
    fills = "SELECT count(*) FROM oms.events WHERE topic = 'backorders.BackordersFilled.v1'"
    assert conn.execute(fills).fetchall() == [(3,)]


def test_receipts_race_with_cancellations_and_fills_of_two_programs(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool, database_url: str
) -> None:
    """Whoever wins: no unit is promised twice or lost, and queue and orders say the same."""
    stock_up(bus, {("A", "L"): 1, ("A", "M"): 1})
    numbers = [str(n) for n in range(24)]
    wait(bus, *numbers)
    receipts = [ReceiveStock(sku="A", location=at, quantity=1) for at in ("L", "M") * 8]
    fills = [FillBackorders(sku="A")] * 16
    cancels = [CancelOrder(order_id=order_id(n), reason="changed") for n in numbers[::3]]
    with CommandBus(database_url) as other, ThreadPoolExecutor(8) as pool_of_threads:

        def ask(i: int, command: ReceiveStock | FillBackorders | CancelOrder) -> None:
            try:
                (bus, other)[i % 2].submit(request(command)).result(timeout=60)
            except Refusal as refusal:
                assert isinstance(command, CancelOrder), refusal

        mixed = [c for group in zip(receipts, fills, strict=True) for c in group]
        for i, cancel in enumerate(cancels):
            mixed.insert(4 * i, cancel)
        list(pool_of_threads.map(ask, range(len(mixed)), mixed))
    run_to_the_end(conn, bus)
    queue = OrderManagement(pool).fetch(BackorderQueue, queue_id("A"))
    assert queue is not None
    both = units(pool, numbers)
    assert queue.units == sum(waiting for _, waiting in both)
    reserved = sum(reserved for reserved, _ in both)
    balances = "SELECT sum(on_hand), sum(reserved) FROM oms.stock_balances"
    assert conn.execute(balances).fetchall() == [(18, reserved)]
    assert reserved == 18 or queue.units == 0
    assert [waiting for _, waiting in both[::3]] == [0] * len(cancels)


async def test_staff_see_who_waits_in_the_order_of_their_turn(
    bus: CommandBus,
    conn: psycopg.Connection,
    reading: psycopg.AsyncConnection,
    followers: list[Follower],
) -> None:
    stock_up(bus, {("A", "L"): 1, ("B", "L"): 1})
    for number, priority in (("1", 0), ("2", 0), ("3", 5), ("4", 0)):
        wanted = order(number, ("A", 2), allow_backorder=True)
        execute(bus, wanted.model_copy(update={"priority": priority}))
    project_all(conn, followers)
    listing, of_a = backorders.LIST, backorders.where("A", BackorderFilter())
    listed = await listing.page(reading, of_a, Part(10))
    everyone = [placed.row for placed in listed]
    assert everyone[0].order_id == order_id("3")
    assert [row.quantity for row in everyone if row.order_id == order_id("1")] == [1]
    assert sorted(everyone, key=turn) == everyone
    first = await listing.page(reading, of_a, Part(2))
    rest = await listing.page(reading, of_a, Part(9, after=first[-1].key))
    assert first + rest == listed
    back = await listing.page(reading, of_a, Part(2, before=listed[3].key, backward=True))
    assert back == listed[1:3]
    execute(bus, ReceiveStock(sku="A", location="L", quantity=3))
    run_to_the_end(conn, bus)
    project_all(conn, followers)
    left = await listing.page(reading, of_a, Part(10))
    assert sum(placed.row.quantity for placed in left) == 4
    of_b = backorders.where("B", BackorderFilter())
    assert await listing.page(reading, of_b, Part(10)) == []


def turn(row: Backorder) -> tuple[object, int, UUID]:
    return row.placed_at, -row.priority, row.line_id
