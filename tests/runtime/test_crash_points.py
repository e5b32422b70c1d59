"""A process may die between any two SQL statements. Whoever comes after does everything once.

Some orders lead a life in stages. Each stage is led again and again, and each time the process dies
one statement later: in the command store, or in the runner of a process, a payment provider or the
timers. A new process is then sent the requests anew, with their keys; what is stored in the end
must be what a stage without a crash has stored. The process that dies, and the one that comes
after, lead the stage before as well: it is warm when it dies, and what was answered is asked again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from tests.domain import shop
from tests.runtime.crashing import Boundaries, Crash, Moments, Mortal, Process, close
from tests.runtime.shop import request

from oms_core.channels.commands import ConfigureChannel
from oms_core.coupons.commands import IssueCoupon
from oms_core.kernel import snapshot
from oms_core.kernel.message import Command
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.order import order_id
from oms_core.orders.placing import WantedLine
from oms_core.payments.asking import RequestAuthorization, RequestCapture
from oms_core.payments.payment import payment_id
from oms_core.payments.sandbox import Sandbox
from oms_core.returns.receiving import ReceiveReturn
from oms_core.runtime import timers
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.followers import LogFollower
from oms_core.runtime.mapper import read_event
from oms_core.runtime.privacy.sealing import READABLE
from oms_core.runtime.processes import PROCESSES, ProcessRunner, bookmark_of
from oms_core.runtime.provider_runner import ProviderRunner
from oms_core.runtime.request import Request
from oms_core.runtime.timers import TimerRunner
from oms_core.stock.commands import ReceiveStock

STORED = f"""SELECT topic, {READABLE}, stream_id, version, actor, causation_id
            FROM oms.events ORDER BY stream_id, version"""
KEYS = """SELECT actor, command, key, stream_id, version FROM oms.command_keys ORDER BY 1, 2, 3"""
LAST = "SELECT coalesce(max(position), 0) FROM oms.events"
STILL_THERE = "SELECT FROM pg_stat_activity WHERE pid = ANY(%s)"
REFUSED = "SELECT command, code FROM oms.refused_steps"
OTHER, ASKED = order_id("1002"), order_id("1004")


def opening() -> list[Command]:
    """What is there before: it does not happen in the life that is interrupted."""
    hour = timedelta(hours=1)
    web = ConfigureChannel(code="web", unpaid_expires_after=hour, holds_escalate_after=hour)
    stock = shop.stocked({("CAP", "HAM"): 3, ("CAP", "MUC"): 3, ("MUG", "HAM"): 9}, PEN="1")
    return [web, *stock, IssueCoupon(code="TENTH", percent=Decimal(10), usage_limit=1)]


def life() -> Iterator[list[Request]]:
    """Groups of requests, each of one instant. The processes run after each of them."""
    other = WantedLine(line_id=shop.uid(9), sku="MUG", quantity=1)
    yield _named(
        shop.place(("CAP", 4), ("MUG", 2), coupon_code="TENTH"),
        shop.place(number="1002", lines=(other,)),
    )
    never_paid = WantedLine(line_id=shop.uid(8), sku="MUG", quantity=3)
    yield _named(
        HoldOrder(order_id=shop.ORDER, hold_id=shop.HOLD, reason="fraud", placed_at=shop.NOW),
        shop.place(number="1003", lines=(never_paid,)),
    )
    no_mugs = LineChange(line_id=shop.LINE_2, quantity=0)
    waits = WantedLine(line_id=shop.uid(6), sku="PEN", quantity=2)
    yield _named(
        EditOrder(order_id=shop.ORDER, lines=(no_mugs,)),
        CancelOrder(order_id=OTHER, reason="changed my mind"),
        shop.place(number="1005", lines=(waits,), allow_backorder=True),
    )
    yield _named(shop.authorize("42.84"), ReleaseOrder(order_id=shop.ORDER, reason="checked"))
    asked = RequestAuthorization(
        order_id=ASKED, request_id=shop.uid(91), method="card", provider="sandbox", reference="s"
    )
    one_more = WantedLine(line_id=shop.uid(7), sku="MUG", quantity=1)
    yield _named(shop.capture("42.84"), shop.place(number="1004", lines=(one_more,)))
    yield _named(asked, ReceiveStock(sku="PEN", location="HAM", quantity=1))
    payment = payment_id("sandbox", "s")
    yield _named(RequestCapture(payment_id=payment, request_id=shop.uid(92)))
    yield _named(shop.dispatch(1), shop.dispatch(2))
    yield _named(shop.deliver(1))
    yield _named(shop.send_back({shop.LINE_1: 1}))
    yield _named(ReceiveReturn(return_id=shop.RETURN, restock=True), shop.refund("10.71"))


def _named(*commands: Command) -> list[Request]:
    return [request(command, key=repr(command)[:200]) for command in commands]


@dataclass(frozen=True)
class Stage:
    """What is asked for at a time, and what that leads to."""

    asked: Sequence[Request]
    at: datetime = shop.NOW


STAGES = [*(Stage(group) for group in life()), Stage([], shop.NOW + timedelta(days=10_000))]
"""At the end, whatever waits for its time goes off."""


def lead(
    process: Process,
    observer: psycopg.Connection[Any],
    sandbox: Sandbox,
    stages: Sequence[Stage],
) -> Iterator[int]:
    """Lead some stages. What was done already is answered again, and not done twice."""
    bus, stop = process.bus, threading.Event()
    runners: list[LogFollower] = [
        ProcessRunner(each, process.connect(), bus, stop) for each in PROCESSES
    ]
    runners.append(ProviderRunner("sandbox", sandbox, process.connect(), bus, stop))
    clock = [shop.NOW]
    waiting = TimerRunner(process.connect(), bus, stop, lambda: clock[0])
    for stage in stages:
        clock[0] = stage.at
        for answer in bus.submit_together(stage.asked):
            answer.result()
        run_to_the_end([*runners, waiting], observer)
        while waiting.go_off():
            run_to_the_end([*runners, waiting], observer)
        yield process.boundaries.passed


def run_to_the_end(runners: Sequence[LogFollower], observer: psycopg.Connection[Any]) -> None:
    """Run until everybody has seen the last event; a step may have recorded another one."""
    reached, last = [0], 1
    while min(reached) < last:
        for runner in runners:
            runner.follow() if isinstance(runner, TimerRunner) else runner.step()
        [[last]] = observer.execute(LAST).fetchall()
        reached = [position_of(observer, runner.bookmark) or 0 for runner in runners]


@pytest.fixture
def opened(database_url: str) -> str:
    """Give a database where everything is there that the life begins with."""
    with pytest.MonkeyPatch.context() as patch:
        process = Process(database_url, boundaries := Boundaries(), patch)
        for command in opening():
            process.bus.submit(request(command)).result()
        close(boundaries.connections)
    return database_url


class Lives:
    """Leads parts of the life on one database, with one provider, from any moment that was kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._observer = psycopg.connect(url, autocommit=True)
        self._moments = Moments(url)
        self._sandbox = Sandbox()  # a provider outlives those who ask it
        self._sandboxes: list[Sandbox] = []
        self._spare: list[Mortal] = []

    def close(self) -> None:
        """Let go of the database."""
        close([self._observer, *self._spare])
        self._moments.close()

    def keep(self) -> None:
        """Keep this moment: the first one is number 0."""
        self._moments.keep(len(self._sandboxes))
        self._sandboxes.append(deepcopy(self._sandbox))

    def back_to(self, moment: int) -> None:
        """Forget everything since."""
        self._moments.back_to(moment)
        self._sandbox = deepcopy(self._sandboxes[moment])

    def lead(self, stages: Sequence[Stage]) -> list[int]:
        """Lead some stages in peace; give how many statements were passed after each."""
        return self._until(Boundaries(), stages)

    def die(self, stages: Sequence[Stage], crash_at: int) -> bool:
        """Die once, and have somebody else do it all again.

        False when the life was over before: a reader that has to wait asks a few times more.
        """
        boundaries = Boundaries(crash_at)
        with contextlib.suppress(Crash):
            self._until(boundaries, stages)
        while self._observer.execute(STILL_THERE, [boundaries.backends]).fetchall():
            pass  # what was sent last takes effect yet, or not
        self.lead(stages)
        return boundaries.dead

    def stored(self) -> list[Any]:
        """Tell everything that must be the same, however often somebody died."""
        events = self._observer.execute(STORED)
        facts = [(read_event(topic, body), *rest) for topic, body, *rest in events]
        return [facts, *[self._observer.execute(query).fetchall() for query in (KEYS, REFUSED)]]

    def _until(self, boundaries: Boundaries, stages: Sequence[Stage]) -> list[int]:
        with pytest.MonkeyPatch.context() as patch:
            process = Process(self._url, boundaries, patch, self._spare)
            passed = list(lead(process, self._observer, self._sandbox, stages))
            process.end()
        return passed


@pytest.mark.parametrize("half", [0, 1])  # for two testers at once
def test_dying_between_any_two_statements_changes_nothing(
    opened: str, monkeypatch: pytest.MonkeyPatch, half: int
) -> None:
    monkeypatch.setattr(snapshot, "SNAPSHOT_EVERY", 2)
    statements, died, expected = 0, 0, []
    with closing(Lives(opened)) as lives:
        lives.keep()
        for number in range(len(STAGES)):
            warm = max(number - 1, 0)
            stages = STAGES[warm : number + 1]
            lives.back_to(warm)
            first, last = [0, *lives.lead(stages)][-2:]
            expected = lives.stored()
            lives.keep()
            for crash_at in range(first + 1 + half, last + 1, 2):
                lives.back_to(warm)
                died += lives.die(stages, crash_at)
                assert lives.stored() == expected, f"in stage {number}, behind {crash_at}"
            statements += last - first
    assert expected[-1] == []
    actors = {"tester", "payments:sandbox", timers.BOOKMARK, *map(bookmark_of, PROCESSES)}
    assert {actor for actor, *_ in expected[1]} == actors
    assert statements > 400
    assert died > 0.45 * statements
