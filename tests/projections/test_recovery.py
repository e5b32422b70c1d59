"""What goes wrong in the life of a projection: unreadable events, restarts, kills, rebuilds."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import psycopg
import pytest
from tests.projections.conftest import following, project_all, wait_for_the_log
from tests.projections.history import History
from tests.projections.test_engine import Poisoned, rows, sick_end
from tests.runtime.shop import execute, order, stock_up

from oms_core.runtime import failures
from oms_core.runtime.bookmarks import locked_position_of, position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect, connect_async
from oms_core.runtime.log import UnreadableEvent, read_page
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import StockReceived
from oms_projections import engine, runner
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.rebuild import AlreadyRebuilding, alone, install, rebuild

UNREADABLE = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                        correlation_id)
VALUES (%s, 1, oms.position_of(0), 'stock.StockReceived.v1', '{"quantity": 5}', now(),
        'tester', gen_random_uuid())
"""


async def test_an_event_that_cannot_be_read_stops_only_those_that_want_it(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "RETRY_AFTER", 3600)
    stock_up(bus, {("A", "L"): 5})
    conn.execute(UNREADABLE, (uuid4(),))
    execute(bus, order("after", ("A", 1)))
    end = wait_for_the_log(conn)
    for _ in range(5):
        step(conn, followers)
    wanting = {name for name, kind in KINDS.items() if StockReceived in kind.TOPICS}
    assert "stock_levels" in wanting
    assert {f.projection.NAME for f in followers if f.position < end} == wanting
    async with await connect_async(database_url, name="test") as reading:
        stopped = [s for s in await engine.status(reading) if s.failure]
    assert {s.name for s in stopped} == wanting
    assert "is not a valid stock.StockReceived.v1" in (stopped[0].failure or "")
    assert conn.execute("SELECT on_hand FROM read.stock_levels").fetchall() == [(5,)]
    with pytest.raises(UnreadableEvent):
        rebuild(conn, KINDS["stock_levels"]())


def test_a_restart_with_a_fix_clears_the_failure(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower]
) -> None:
    del followers
    sick = Follower(Poisoned())
    sick.resume(conn)
    stock_up(bus, {("A", "L"): 5})
    execute(bus, ReceiveStock(sku="A", location="L", quantity=666))
    wait_for_the_log(conn)
    while not failures.is_recorded(conn, "poisoned"):
        step(conn, [sick])
    assert sick.position == sick_end(conn)
    fixed = Poisoned()
    fixed.healed = True
    restarted = Follower(fixed)
    restarted.resume(conn)
    project_all(conn, [restarted])
    assert not failures.is_recorded(conn, "poisoned")
    assert conn.execute("SELECT on_hand FROM read.stock_levels").fetchall() == [(671,)]


class Interrupted(Exception):
    """The operator pressed Ctrl-C."""


@pytest.mark.parametrize("name", ["orders", "kpis"])
def test_an_interrupted_rebuild_leaves_the_tables_in_use_and_the_next_one_begins_anew(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    History(bus, 2).play(40)
    project_all(conn, followers)
    before = rows(conn)
    monkeypatch.setattr("oms_projections.rebuild.PAGE", 5)
    pages = 0

    def interrupt(*_: object) -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        rebuild(conn, KINDS[name](), interrupt)
    [(position,)] = conn.execute(
        "SELECT position FROM oms.bookmarks WHERE name = %s", (f"{name}:next",)
    ).fetchall()
    assert position > 0
    assert rows(conn) == before
    rebuild(conn, KINDS[name]())
    assert rows(conn) == before


def test_only_one_rebuild_of_a_projection_at_a_time(
    conn: psycopg.Connection, followers: list[Follower], database_url: str
) -> None:
    del followers
    with (
        connect(database_url, name="other") as other,
        alone(other, "rebuild orders"),
        pytest.raises(AlreadyRebuilding, match="orders is being rebuilt"),
    ):
        rebuild(conn, KINDS["orders"]())


def test_many_processes_may_start_on_an_empty_database_at_once(
    conn: psycopg.Connection, database_url: str
) -> None:
    begin = threading.Barrier(4)
    faults: list[Exception] = []

    def start() -> None:
        with connect(database_url, name="starting") as mine:
            begin.wait()
            try:
                for kind in KINDS.values():
                    install(mine, kind())
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(not found for found in rows(conn).values())


def test_rebuilds_while_business_goes_on_lose_and_double_nothing(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower], database_url: str
) -> None:
    del followers
    stop = threading.Event()

    def follow() -> None:
        with connect(database_url, name="follower") as mine:
            live = following(mine)
            while not stop.is_set():
                step(mine, live)
            project_all(mine, live)

    def trade() -> None:
        History(bus, 6).play(150)
        stop.set()

    threads = [threading.Thread(target=work) for work in (follow, trade)]
    for thread in threads:
        thread.start()
    rebuilt = 0
    while not stop.is_set():
        for name in ("orders", "stock_levels", "kpis"):
            rebuild(conn, KINDS[name]())
            rebuilt += 1
    for thread in threads:
        thread.join()
    assert rebuilt >= 3
    found = rows(conn)
    for kind in KINDS.values():
        rebuild(conn, kind())
    assert rows(conn) == found


def test_a_swap_never_takes_readers_back(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Something happens, and is projected, just before the new tables are put in place."""
    stock_up(bus, {("A", "L"): 5})
    ends: list[int] = []

    def late(using: psycopg.Connection, name: str) -> int | None:
        if name == "stock_levels" and not ends:
            execute(bus, ReceiveStock(sku="A", location="L", quantity=2))
            with connect(database_url, name="live") as live:
                project_all(live, followers)
            ends.append(followers[0].position)
        return locked_position_of(using, name)

    monkeypatch.setattr("oms_projections.rebuild.locked_position_of", late)
    rebuild(conn, KINDS["stock_levels"]())
    assert (position_of(conn, "stock_levels") or 0) >= ends[0]
    assert conn.execute("SELECT on_hand FROM read.stock_levels").fetchall() == [(7,)]


def test_a_page_that_another_runner_has_begun_is_not_applied_again(
    bus: CommandBus, conn: psycopg.Connection, followers: list[Follower]
) -> None:
    stock_up(bus, {("A", "L"): 5, ("A", "M"): 6})
    end = wait_for_the_log(conn)
    [quick] = [f for f in followers if f.projection.NAME == "stock_levels"]
    slow = Follower(KINDS["stock_levels"]())
    topics = slow.projection.topics
    quick.take(conn, read_page(conn, after=0, topics=topics, limit=3))
    slow.take(conn, read_page(conn, after=0, topics=topics, limit=100))
    assert 0 < slow.position == quick.position < end
    slow.take(conn, read_page(conn, after=slow.position, topics=topics, limit=100))
    query = "SELECT on_hand FROM read.stock_levels ORDER BY location"
    assert conn.execute(query).fetchall() == [(5,), (6,)]


def test_whoever_is_left_takes_over_when_a_runner_is_killed(
    bus: CommandBus, conn: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "STAND_BY", 0.05)
    monkeypatch.setattr(runner, "RECONNECT_AFTER", 0.05)
    for kind in KINDS.values():
        install(conn, kind())
    stop = threading.Event()
    threads = [threading.Thread(target=runner.run, args=(database_url, stop)) for _ in range(2)]
    for thread in threads:
        thread.start()
    history = History(bus, 8)
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid IN"
    holder = "(SELECT pid FROM pg_locks WHERE locktype = 'advisory') AND application_name = %s"
    killed = 0
    with psycopg.connect(database_url, autocommit=True) as owner:
        for _ in range(6):
            history.play(15)
            given = (owner.info.dbname, "oms projections")
            killed += len(owner.execute(f"{kill} {holder}".encode(), given).fetchall())
    end = wait_for_the_log(conn)
    behind = "SELECT FROM oms.bookmarks WHERE name = ANY (%s) AND position < %s"
    deadline = time.monotonic() + 20
    while conn.execute(behind, (list(KINDS), end)).fetchall() and time.monotonic() < deadline:
        time.sleep(0.05)
        end = wait_for_the_log(conn)
    stop.set()
    for thread in threads:
        thread.join()
    assert killed >= 3
    project_all(conn, following(conn))
    found = rows(conn)
    for kind in KINDS.values():
        rebuild(conn, kind())
    assert rows(conn) == found


def test_a_page_of_rare_events_is_full_or_reaches_the_end(
    bus: CommandBus, conn: psycopg.Connection
) -> None:
    stock_up(bus, {("A", "L"): 5})
    for i in range(30):
        execute(bus, order(f"N-{i}", ("A", 1), allow_backorder=True))
    execute(bus, ReceiveStock(sku="A", location="L", quantity=1))
    execute(bus, order("last", ("A", 1), allow_backorder=True))
    end = wait_for_the_log(conn)
    found = []
    after, pages = 0, 0
    while True:
        page = read_page(conn, after=after, topics=[StockReceived.TOPIC], limit=1)
        if page.reached == after:
            break
        found += page.events
        after, pages = page.reached, pages + 1
    assert (len(found), after, pages) == (2, end, 3)
    assert read_page(conn, after=end, topics=[StockReceived.TOPIC], limit=1).reached == end
