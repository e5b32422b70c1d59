"""Every projection: the same rows however the log was batched, each event applied once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
import structlog
from psycopg_pool import ConnectionPool
from tests.projections.conftest import following, project_all, wait_for_the_log
from tests.projections.history import History
from tests.runtime.shop import execute, stock_up

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import ERASED
from oms_core.persons.commands import EraseCustomer
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect, connect_async
from oms_core.runtime.kinds import KINDS as AGGREGATES
from oms_core.runtime.kinds import kind_of
from oms_core.stock.commands import ReceiveStock
from oms_projections import (
    api_keys,
    catalogue,
    channels,
    claims,
    coupons,
    engine,
    event_log,
    kpi_days,
    kpi_projection,
    locations,
    orders,
    persons,
    returns,
    shipments,
    shipping_methods,
    stock_levels,
)
from oms_projections import rebuild as rebuilds
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.event_log import EventFilter, EventRecord
from oms_projections.paging import Part
from oms_projections.projection import Projection
from oms_projections.rebuild import install, rebuild
from oms_projections.stock_levels import StockLevels
from oms_projections.waiting import RECORDED

Rows = dict[str, list[Any]]


def rows(conn: psycopg.Connection) -> Rows:
    """Read everything that is in the tables in use."""
    return {
        table.name: conn.execute(
            f"SELECT row_to_json(t)::text FROM read.{table.name} AS t ORDER BY 1"
        ).fetchall()
        for kind in KINDS.values()
        for table in kind.TABLES
    }


def forget(bus: CommandBus, conn: psycopg.Connection) -> None:
    """Erase the one customer of these histories, open orders or not."""
    [as_of] = conn.execute(RECORDED).fetchone() or (0,)
    facts = persons.to_erase(conn, "C-1", as_of=as_of, books_years=10) | {"open_orders": ()}
    execute(bus, EraseCustomer.model_validate({"customer": "C-1", "reason": "asked"} | facts))


@pytest.mark.parametrize("seed", range(4))
def test_incremental_equals_rebuild(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    """Small pages in between commands, against one run from zero."""
    monkeypatch.setattr(engine, "BATCH", 1 + seed * 3)
    history = History(bus, seed)
    for turn in range(18):
        history.play(12)
        step(conn, followers)
        if turn == 9:
            project_all(conn, followers)
            forget(bus, conn)
    project_all(conn, followers)
    incremental = rows(conn)
    assert all(incremental[name] for name in ("orders", "shipments", "returns", "kpi_orders"))
    assert ERASED in str(incremental["orders"])
    monkeypatch.setattr(rebuilds, "PAGE", 10 + seed * 40)
    monkeypatch.setattr(kpi_projection, "ORDERS_KEPT", seed * 8)
    monkeypatch.setattr(kpi_days, "CAPACITY", (0, 10, 40, 20_000)[seed])
    for kind in KINDS.values():
        rebuild(conn, kind())
    assert rows(conn) == incremental


async def test_rows_are_what_the_aggregates_say(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    pool: ConnectionPool,
    database_url: str,
) -> None:
    History(bus, 11).play(150)
    project_all(conn, followers)
    oms = OrderManagement(pool)
    streams = conn.execute("SELECT stream_id, topic FROM oms.events WHERE version = 1").fetchall()
    readers: dict[type, Any] = {
        AGGREGATES["orders"]: orders.by_ids,
        AGGREGATES["shipments"]: shipments.by_ids,
        AGGREGATES["returns"]: returns.by_ids,
        AGGREGATES["claims"]: claims.by_ids,
        AGGREGATES["stock"]: stock_levels.by_ids,
        AGGREGATES["api_keys"]: api_keys.by_ids,
        AGGREGATES["channels"]: channels.by_ids,
        AGGREGATES["coupons"]: coupons.by_ids,
        AGGREGATES["delivery"]: shipping_methods.by_ids,
        AGGREGATES["catalogue"]: catalogue.products_by_ids,
        AGGREGATES["locations"]: locations.by_ids,
    }
    compared = set()
    async with await connect_async(database_url, name="test") as reading:
        for stream, topic in streams:
            kind = kind_of(topic)
            if kind in readers:
                found = await readers[kind](reading, [stream])
                folded = oms.fetch(kind, stream)
                assert folded is not None
                assert found[stream] == folded.view()
                compared.add(kind)
    assert compared == set(readers)


class Poisoned(StockLevels):
    """Can't digest one quantity."""

    NAME = "poisoned"
    healed = False

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        super().handle(conn, events)
        for envelope in events:
            if getattr(envelope.event, "quantity", None) == 666 and not self.healed:
                raise ValueError("a number of ill repute")


def sick_end(conn: psycopg.Connection) -> int:
    """The position of the last event before the one that can't be digested."""
    [(end,)] = conn.execute(
        "SELECT max(position) FROM oms.events WHERE topic LIKE 'stock.%' AND position <"
        " (SELECT position FROM oms.events WHERE body->>'quantity' = '666')"
    ).fetchall()
    return int(end)


async def test_a_poison_event_stops_only_its_projection_which_goes_on_after_a_fix(
    bus: CommandBus, conn: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = Poisoned()
    healthy = following(conn)
    sick = Follower(poisoned)
    sick.resume(conn)
    everyone = [*(f for f in healthy if f.projection.NAME != "stock_levels"), sick]
    stock_up(bus, {("A", "L"): 5})
    execute(bus, ReceiveStock(sku="A", location="L", quantity=666))
    execute(bus, ReceiveStock(sku="A", location="L", quantity=1))
    project_all(conn, [f for f in everyone if f is not sick])
    with structlog.testing.capture_logs() as logged:
        while sick.position < sick_end(conn):
            step(conn, everyone)
        step(conn, everyone)  # to the event that can't be applied
    [line] = [line for line in logged if line["event"] == "projection stopped"]
    assert (line["projection"], line["log_level"]) == ("poisoned", "error")
    async with await connect_async(database_url, name="test") as reading:
        stopped = {s.name: s for s in await engine.status(reading)}
        assert "ill repute" in (stopped["poisoned"].failure or "")
        assert stopped["poisoned"].lag_events == 2
        assert stopped["catalogue"].failure is None
        assert stopped["catalogue"].lag_events == 0
        assert (await stock_levels.of_skus(reading, ["A"]))["A"][0].item.on_hand == 5
        poisoned.healed = True
        monkeypatch.setattr(engine, "RETRY_AFTER", 0)
        sick._retry_at = 0
        project_all(conn, everyone)
        assert all(s.failure is None for s in await engine.status(reading))
        assert (await stock_levels.of_skus(reading, ["A"]))["A"][0].item.on_hand == 672


def test_two_runners_without_locks_still_apply_each_event_once(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower], database_url: str
) -> None:
    """The locks only save work: the bookmark in the same transaction is what guards."""
    del followers
    stop = threading.Event()

    def run() -> None:
        with connect(database_url, name="rival") as mine:
            rivals = following(mine)
            while not stop.is_set():
                step(mine, rivals)
            project_all(mine, rivals)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    History(bus, 5).play(150)
    stop.set()
    for thread in threads:
        thread.join()
    contested = rows(conn)
    for kind in KINDS.values():
        rebuild(conn, kind())
    assert rows(conn) == contested


class Crashing(StockLevels):
    """Dies after its rows are written and before they are committed."""

    crashes = 1

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        super().handle(conn, events)
        if self.crashes:
            self.crashes -= 1
            conn.close()


def test_a_crash_before_the_commit_doubles_nothing(
    bus: CommandBus, conn: psycopg.Connection, database_url: str
) -> None:
    following(conn)
    stock_up(bus, {("A", "L"): 5})
    crashing = Crashing()
    with connect(database_url, name="dying") as dying, pytest.raises(psycopg.OperationalError):
        project_all(dying, [Follower(crashing)])
    survivor = Follower(crashing)
    survivor.resume(conn)
    project_all(conn, [survivor])
    assert conn.execute("SELECT on_hand FROM read.stock_levels").fetchall() == [(5,)]


def test_a_changed_definition_is_rebuilt_at_the_next_start(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower]
) -> None:
    stock_up(bus, {("A", "L"): 5})
    project_all(conn, followers)

    class Doubled(StockLevels):
        VERSION = StockLevels.VERSION + 1

        def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
            super().handle(conn, events)
            conn.execute("UPDATE stock_levels SET available = 2 * on_hand")

    install(conn, Doubled())
    assert conn.execute("SELECT available FROM read.stock_levels").fetchall() == [(10,)]


def test_readers_see_the_old_tables_until_the_new_ones_are_complete(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower], database_url: str
) -> None:
    History(bus, 3).play(60)
    project_all(conn, followers)
    [(whole,)] = conn.execute("SELECT count(*) FROM read.orders").fetchall()
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        with connect(database_url, name="reader") as mine:
            while not stop.is_set():
                seen.update(mine.execute("SELECT count(*) FROM read.orders").fetchone() or ())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(5):
        rebuild(conn, KINDS["orders"]())
    stop.set()
    reader.join()
    assert seen == {whole}


def levels(conn: psycopg.Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT sku, on_hand FROM read.stock_levels").fetchall())


def test_a_rebuild_skips_nothing_that_commits_late(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower], database_url: str
) -> None:
    """Marten 9.16.1: a rebuild ran up to the last reserved number, past what was still open."""
    stock_up(bus, {("A", "L"): 5})
    project_all(conn, followers)
    stored = (
        "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
        " correlation_id) SELECT stream_id, 2, oms.position_of(0), topic, body, now(), 'late',"
        " correlation_id FROM oms.events WHERE topic = 'stock.StockReceived.v1' AND version = 1"
    )
    with connect(database_url, name="late writer") as late, late.transaction():
        late.execute(stored)
        stock_up(bus, {("B", "L2"): 3})
        rebuild(conn, StockLevels())
        assert levels(conn) == {"A": 5}
    again = following(conn)
    project_all(conn, again)
    assert levels(conn) == {"A": 10, "B": 3}


async def events(
    reading: psycopg.AsyncConnection, filter: EventFilter | None = None, **part: Any
) -> list[EventRecord]:
    where = event_log.where(filter or EventFilter())
    return [placed.row for placed in await event_log.LIST.page(reading, where, Part(**part))]


async def test_the_log_is_paged_both_ways_and_by_type(
    bus: CommandBus, conn: psycopg.Connection, database_url: str
) -> None:
    History(bus, 9).play(40)
    wait_for_the_log(conn)
    async with await connect_async(database_url, name="test") as reading:
        everything = await events(reading, limit=10_000)
        positions = [record.position for record in everything]
        assert positions == sorted(set(positions))
        middle = positions[len(positions) // 2]
        after = await events(reading, limit=5, after=(str(middle),))
        before = await events(reading, limit=5, before=(str(middle),), backward=True)
        index = positions.index(middle)
        assert [r.position for r in after] == positions[index + 1 : index + 6]
        assert [r.position for r in before] == positions[index - 5 : index]
        placed = await events(reading, EventFilter(["OrderPlaced"]), limit=10_000)
        assert placed == [record for record in everything if record.type == "OrderPlaced"]
        assert await events(reading, EventFilter(["NoSuchThing"]), limit=5) == []


def test_every_projection_wants_events_that_exist() -> None:
    assert all(isinstance(kind(), Projection) and kind.TOPICS for kind in KINDS.values())
