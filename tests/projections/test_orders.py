"""Lists of orders: filters, keyset pages in both directions, and waiting for one's own writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from tests.projections.history import History
from tests.runtime.shop import execute, order, stock_up

from oms_core.orders.view import OrderView
from oms_core.runtime.command_bus import CommandBus
from oms_projections import orders, runner
from oms_projections.orders import OrderFilter
from oms_projections.paging import Counted, Part, Placed
from oms_projections.waiting import PositionWatch, ReadModelBehind


@pytest.fixture
def history(bus: CommandBus, catch_up: Callable[[], None]) -> None:
    History(bus, 21).play(300)
    catch_up()


def key(view: OrderView) -> orders.Key:
    return view.placed_at, view.id


async def page(
    reading: psycopg.AsyncConnection, filter: OrderFilter, limit: int = 1000, **ends: Any
) -> list[Placed[OrderView]]:
    return await orders.LIST.page(reading, orders.where(filter), Part(limit, **ends))


@pytest.mark.usefixtures("history")
async def test_pages_join_without_gap_or_overlap_both_ways(
    reading: psycopg.AsyncConnection,
) -> None:
    everything = await page(reading, OrderFilter())
    assert len(everything) > 15
    assert all(key(newer.row) > key(older.row) for newer, older in pairwise(everything))
    forward: list[Placed[OrderView]] = []
    while found := await page(
        reading, OrderFilter(), 4, after=forward[-1].key if forward else None
    ):
        forward += found
    assert forward == everything
    back: list[Placed[OrderView]] = []
    while found := await page(
        reading, OrderFilter(), 4, before=back[0].key if back else None, backward=True
    ):
        back = found + back
    assert back == everything


@pytest.mark.usefixtures("history")
async def test_each_filter_finds_exactly_what_it_says(reading: psycopg.AsyncConnection) -> None:
    everything = [placed.row for placed in await page(reading, OrderFilter())]
    middle = everything[len(everything) // 2]
    cases: list[tuple[OrderFilter, Callable[[OrderView], bool]]] = [
        (OrderFilter(status=["OPEN", "ON_HOLD"]), lambda o: o.status in ("OPEN", "ON_HOLD")),
        (OrderFilter(payment_status=["PAID"]), lambda o: o.payment_status == "PAID"),
        (
            OrderFilter(fulfillment_status=["DELIVERED"]),
            lambda o: o.fulfillment_status == "DELIVERED",
        ),
        (OrderFilter(channel=["web"]), lambda o: o.channel == "web"),
        (OrderFilter(channel=["fair"]), lambda o: False),
        (OrderFilter(currency=middle.currency), lambda o: o.currency == middle.currency),
        (OrderFilter(currency="XXX"), lambda o: False),
        (OrderFilter(customer="C-1"), lambda o: True),
        (OrderFilter(sku="A"), lambda o: any(line.sku == "A" for line in o.lines)),
        (OrderFilter(placed_from=middle.placed_at), lambda o: o.placed_at >= middle.placed_at),
        (OrderFilter(placed_to=middle.placed_at), lambda o: o.placed_at < middle.placed_at),
        (OrderFilter(search=middle.number[3:12].upper()), lambda o: o.number == middle.number),
        (OrderFilter(search="100%"), lambda o: False),
        (
            OrderFilter(status=["COMPLETED"], sku="B"),
            lambda o: o.status == "COMPLETED" and any(line.sku == "B" for line in o.lines),
        ),
    ]
    for filter, expected in cases:
        found = [placed.row for placed in await page(reading, filter)]
        assert found == [o for o in everything if expected(o)], filter
        counted = await orders.LIST.count(reading, orders.where(filter))
        assert counted == Counted(len(found), exact=True)


@pytest.fixture
def running(database_url: str) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=runner.run, args=(database_url, stop))
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.usefixtures("running")
async def test_a_query_that_waits_reads_its_own_write(
    bus: CommandBus, reading: psycopg.AsyncConnection, database_url: str
) -> None:
    stock_up(bus, {("A", "L"): 100})
    watch = PositionWatch(database_url)
    await watch.start()
    for i in range(20):
        placed = execute(bus, order(f"W-{i}", ("A", 1)))
        await watch.reached(placed.position, ["orders", "stock_levels"], 10)
        [found] = (await orders.by_ids(reading, [placed.view.id])).values()
        assert found == placed.view
    with pytest.raises(ReadModelBehind) as behind:
        await watch.reached(2**62, ["orders"], 0.2)
    assert behind.value.current_position >= placed.position
    await watch.close()
