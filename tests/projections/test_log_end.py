"""The end of the log, read once for several: the same events for each, and none is missed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from tests.projections.conftest import wait_for_the_log
from tests.projections.history import History
from tests.projections.test_processes import pay
from tests.projections.test_recovery import UNREADABLE
from tests.runtime.shop import execute, order, stock_up

from oms_core.fulfillment import process as fulfillment
from oms_core.kernel.envelope import Envelope
from oms_core.runtime import followers, log_end
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.log import EVENTS_CHANNEL, UnreadableEvent, read_page
from oms_core.runtime.log_end import LogEnd
from oms_core.runtime.processes import ProcessRunner, bookmark_of
from oms_core.stock.commands import ReceiveStock
from oms_projections.all import KINDS

WANTED = (KINDS["orders"]().topics, KINDS["stock_levels"]().topics, ["orders.LinesShipped.v1"])


@pytest.fixture
def end(database_url: str, conn: psycopg.Connection) -> Iterator[LogEnd]:
    """Read the end of the log in a thread, as a server does."""
    end, stop = LogEnd(), threading.Event()

    def read() -> None:
        with connect(database_url, name="reader") as listening:
            listening.execute(f"LISTEN {EVENTS_CHANNEL}")
            end.read(listening, stop)

    thread = threading.Thread(target=read)
    thread.start()
    yield end
    stop.set()
    conn.execute(f"NOTIFY {EVENTS_CHANNEL}")
    thread.join()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def keeping(end: LogEnd, after: int) -> None:
    """Ask until the end of the log is kept from a position on, at the latest."""
    until(lambda: end.page(after=after, topics=[], limit=1) is not None)


def test_everybody_gets_what_they_would_read_by_themselves(
    bus: CommandBus, conn: psycopg.Connection, end: LogEnd
) -> None:
    history = History(bus, 5)
    begin = wait_for_the_log(conn)
    keeping(end, begin)
    found: list[list[Envelope]] = [[] for _ in WANTED]
    reached = [begin] * len(WANTED)
    last = begin
    for turn in range(6):
        history.play(15)
        last = wait_for_the_log(conn)
        for i, topics in enumerate(WANTED[: 3 if turn % 2 else 2]):  # one comes less often
            while reached[i] < last:
                page = end.page(after=reached[i], topics=topics, limit=7)
                assert page is not None
                found[i] += page.events
                reached[i] = page.reached
    for topics, events in zip(WANTED, found, strict=True):
        assert events == read_page(conn, after=begin, topics=topics, limit=10_000).events
    assert found[0]
    assert found[1]


def test_who_is_far_back_reads_for_itself_and_nothing_old_is_kept(
    bus: CommandBus, conn: psycopg.Connection, end: LogEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock_up(bus, {("A", "L"): 5})
    begin = wait_for_the_log(conn)
    keeping(end, begin)
    topics = WANTED[1]
    assert end.page(after=0, topics=topics, limit=500) is None
    read = end.first(partial(read_page, conn))
    assert read(after=0, topics=topics, limit=500).reached == begin
    execute(bus, order("1", ("A", 1)))
    last = wait_for_the_log(conn)
    until(lambda: read(after=begin, topics=topics, limit=500).reached == last)
    monkeypatch.setattr(log_end, "KEPT_SECONDS", 0.0)
    until(lambda: not end._pages)


def test_an_event_that_cannot_be_read_is_left_to_those_who_want_it(
    bus: CommandBus, conn: psycopg.Connection, end: LogEnd
) -> None:
    stock_up(bus, {("A", "L"): 5})
    begin = wait_for_the_log(conn)
    keeping(end, begin)
    conn.execute(UNREADABLE, (uuid4(),))
    execute(bus, order("after", ("A", 1)))
    last = wait_for_the_log(conn)
    read = end.first(partial(read_page, conn))

    def reads(topics: list[str]) -> int:
        return read(after=begin, topics=topics, limit=500).reached

    until(lambda: reads(WANTED[0]) == last)
    with pytest.raises(UnreadableEvent):
        reads(WANTED[1])


def test_a_bookmark_follows_over_what_nothing_came_of(
    bus: CommandBus, conn: psycopg.Connection, end: LogEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "PASSES_EVERY", 0.2)
    stock_up(bus, {("A", "L"): 5})
    runner = ProcessRunner(fulfillment, conn, bus, threading.Event())
    name, begin = bookmark_of(fulfillment), wait_for_the_log(conn)
    runner.share(end)
    until(lambda: runner.step() == 0 and position_of(conn, name) == begin)
    keeping(end, begin)
    execute(bus, ReceiveStock(sku="A", location="L", quantity=5))
    passed = wait_for_the_log(conn)
    until(lambda: runner.step() == 0 and runner._position == passed)
    assert position_of(conn, name) == begin
    until(lambda: runner.step() == 0 and position_of(conn, name) == passed)
    pay(bus, execute(bus, order("1", ("A", 1))))
    paid = wait_for_the_log(conn)
    until(lambda: runner.step() > 0 and (position_of(conn, name) or 0) >= paid)
