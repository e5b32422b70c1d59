"""Timers that are kept in a table: durable, and effective once whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool
from pytest import MonkeyPatch
from tests.projections.test_processes import pay
from tests.runtime.shop import NOW, execute, order, stock_up

from oms_core.channels.commands import ConfigureChannel
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.orders.commands import HoldOrder, ReleaseHold, ReleaseOrder
from oms_core.orders.order import Order
from oms_core.runtime import timers
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.request import Outcome, Request, Unavailable
from oms_core.runtime.timers import BOOKMARK, TimerRunner, waiting
from oms_core.timers.timer import SetTimer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXPIRED = "SELECT count(*) FROM oms.events WHERE topic = 'orders.LinesCancelled.v1'"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def placed(bus: CommandBus) -> UUID:
    """An order placed now, to be paid within a day; holds escalate after an hour."""
    stock_up(bus, {("A", "L"): 5})
    execute(bus, ConfigureChannel(code="web", unpaid_expires_after=DAY, holds_escalate_after=HOUR))
    return place(bus, datetime.now(UTC))


def place(bus: CommandBus, at: datetime) -> UUID:
    command = order(uuid4().hex, ("A", 1)).model_copy(update={"placed_at": at})
    return bus.submit(Request(command, Cause("tester", uuid4()), at)).result(20).stream_id


def read_all(conn: psycopg.Connection, timing: TimerRunner) -> None:
    """Follow the log to its end."""
    last = "SELECT coalesce(max(position), 0) FROM oms.events"
    while (position_of(conn, BOOKMARK) or 0) < (conn.execute(last).fetchone() or (0,))[0]:
        timing.follow()


def ticking(conn: psycopg.Connection, bus: CommandBus, clock: Callable[[], datetime]) -> int:
    """Start a runner anew, as after a crash; returns how many timers went off."""
    timing = TimerRunner(conn, bus, threading.Event(), clock)
    read_all(conn, timing)
    return timing.go_off()


def count(conn: psycopg.Connection, query: str) -> int:
    return int((conn.execute(query.encode()).fetchone() or (0,))[0])


def status(pool: ConnectionPool, id: UUID) -> str:
    found = OrderManagement(pool).fetch(Order, id)
    assert found is not None
    return found.status


def test_a_timer_goes_off_when_its_time_has_come_and_not_before(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool, clock: Clock, placed: UUID
) -> None:
    assert ticking(conn, bus, clock) == 0
    [timer] = waiting(conn, 10)
    assert (timer.stream_id, timer.name, timer.error) == (placed, "unpaid", None)
    clock.now += DAY - HOUR
    assert ticking(conn, bus, clock) == 0
    assert status(pool, placed) == "OPEN"
    clock.now += 2 * HOUR
    assert ticking(conn, bus, clock) == 1
    assert status(pool, placed) == "CANCELLED"
    assert waiting(conn, 10) == []


def test_a_timer_takes_effect_once_wherever_the_runner_died(
    bus: CommandBus, conn: psycopg.Connection, clock: Clock, placed: UUID
) -> None:
    clock.now += 2 * DAY
    for _ in range(2):
        conn.execute("DELETE FROM oms.bookmarks")  # it died before it noted anything
        with conn.transaction(force_rollback=True):  # or before the timer was gone
            assert ticking(conn, bus, clock) == 1
        assert ticking(conn, bus, clock) == 1
    assert count(conn, EXPIRED) == 1


def test_rows_and_bookmark_move_together(
    bus: CommandBus, conn: psycopg.Connection, clock: Clock, placed: UUID
) -> None:
    with pytest.raises(ZeroDivisionError), conn.transaction():
        read_all(conn, TimerRunner(conn, bus, threading.Event(), clock))
        assert len(waiting(conn, 10)) == 1
        raise ZeroDivisionError
    assert waiting(conn, 10) == []
    read_all(conn, TimerRunner(conn, bus, threading.Event(), clock))
    assert len(waiting(conn, 10)) == 1


def test_a_paid_order_does_not_expire(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool, clock: Clock, placed: UUID
) -> None:
    found = OrderManagement(pool).fetch(Order, placed)
    assert found is not None
    pay(bus, Outcome(placed, found.version, 0, found.view()))
    clock.now += 2 * DAY
    assert ticking(conn, bus, clock) == 1
    assert (status(pool, placed), waiting(conn, 10)) == ("OPEN", [])


def test_a_hold_escalates_unless_it_was_released(
    bus: CommandBus, conn: psycopg.Connection, clock: Clock, placed: UUID
) -> None:
    for number in (1, 2):
        hold = HoldOrder(order_id=placed, hold_id=UUID(int=number), reason="?", placed_at=clock.now)
        execute(bus, hold)
    execute(bus, ReleaseHold(order_id=placed, hold_id=UUID(int=1), reason="fine"))
    clock.now += 2 * HOUR + (datetime.now(UTC) - NOW)  # the tests' commands are dated back to NOW
    ticking(conn, bus, clock)
    [(hold_id,)] = conn.execute(
        "SELECT body ->> 'hold_id' FROM oms.events WHERE topic = 'orders.HoldEscalated.v1'"
    ).fetchall()
    assert hold_id == str(UUID(int=2))


def test_an_order_that_is_entered_late_waits_as_long_as_any_other(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool, clock: Clock, placed: UUID
) -> None:
    """An import of last year's orders must not cancel them before their payments are imported."""
    imported = place(bus, clock.now - 365 * DAY)
    clock.now += HOUR
    assert ticking(conn, bus, clock) == 0
    clock.now += DAY
    assert ticking(conn, bus, clock) == 2
    assert status(pool, imported) == "CANCELLED"


def test_what_a_timer_did_tells_what_led_to_it(
    bus: CommandBus, conn: psycopg.Connection, clock: Clock, placed: UUID
) -> None:
    clock.now += 2 * DAY
    ticking(conn, bus, clock)
    [(actor, causation, occurred_at)] = conn.execute(
        "SELECT actor, causation_id, occurred_at FROM oms.events"
        " WHERE topic = 'orders.LinesCancelled.v1'"
    ).fetchall()
    assert (actor, causation, occurred_at) == (BOOKMARK, f"{placed}/1", clock.now)


def test_a_refused_timer_is_recorded_and_gone(
    bus: CommandBus,
    conn: psycopg.Connection,
    clock: Clock,
    placed: UUID,
    monkeypatch: MonkeyPatch,
) -> None:
    ask_for(monkeypatch, ReleaseOrder(order_id=placed, reason="too soon"))
    clock.now += 2 * DAY
    assert ticking(conn, bus, clock) == 1
    [row] = conn.execute("SELECT process, command, code FROM oms.refused_steps").fetchall()
    assert row == (BOOKMARK, "ReleaseOrder", NotAllowedInState.CODE)
    assert waiting(conn, 10) == []


def ask_for(monkeypatch: MonkeyPatch, command: Command) -> None:
    """Have timers ask for something else from now on."""
    known = timers.process.timers

    def asked(id: UUID, event: Event) -> list[SetTimer]:
        return [SetTimer("unpaid", t.due_at, command) for t in known(id, event)]  # type: ignore[union-attr]

    monkeypatch.setattr(timers.process, "timers", asked)


class Faulty(CommandBus):
    """Answers with these faults first."""

    def __init__(self, database_url: str, *faults: Exception) -> None:
        super().__init__(database_url)
        self.faults = list(faults)

    def submit(self, request: Request) -> Future[Outcome]:
        if not self.faults:
            return super().submit(request)
        answer: Future[Outcome] = Future()
        answer.set_exception(self.faults.pop(0))
        return answer


def test_a_timer_that_fails_is_shown_and_tried_again_and_does_not_keep_the_others(
    bus: CommandBus, conn: psycopg.Connection, database_url: str, clock: Clock, placed: UUID
) -> None:
    place(bus, datetime.now(UTC))
    clock.now += 2 * DAY
    with Faulty(database_url, ZeroDivisionError("oops"), Unavailable()) as faulty:
        assert ticking(conn, faulty, clock) == 0
        assert ["oops" in (timer.error or "") for timer in waiting(conn, 10)].count(True) == 1
        clock.now += timers.RETRY_AFTER
        assert ticking(conn, faulty, clock) == 1
        clock.now += timers.REST
        assert ticking(conn, faulty, clock) == 1
    assert waiting(conn, 10) == []
    assert count(conn, EXPIRED) == 2


def test_a_timer_that_would_not_be_set_any_more_is_dropped(
    bus: CommandBus,
    conn: psycopg.Connection,
    clock: Clock,
    placed: UUID,
    monkeypatch: MonkeyPatch,
) -> None:
    timing = TimerRunner(conn, bus, threading.Event(), clock)
    read_all(conn, timing)
    clock.now += 2 * DAY
    monkeypatch.setattr(timers.process, "timers", lambda _id, _event: [])
    assert timing.go_off() == 1
    assert (waiting(conn, 10), count(conn, EXPIRED)) == ([], 0)


RUN = "import sys; from oms_projections.runner import main; main(sys.argv[1])"


def test_another_process_takes_over_from_one_that_was_killed(
    conn: psycopg.Connection, database_url: str, placed: UUID
) -> None:
    command = [sys.executable, "-c", RUN, database_url]
    with subprocess.Popen(command) as first:
        while not waiting(conn, 1):
            time.sleep(0.02)
        with subprocess.Popen(command) as second:
            first.kill()
            with psycopg.connect(database_url, autocommit=True) as owner:
                owner.execute("UPDATE oms.clock SET ahead = '2 days'")
            while waiting(conn, 1):
                time.sleep(0.02)
            second.terminate()
    assert second.returncode == 0
    assert count(conn, EXPIRED) == 1


def test_the_application_can_not_move_the_clock(database_url: str) -> None:
    with (
        connect(database_url, name="test") as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute("UPDATE oms.clock SET ahead = '1 day'")
