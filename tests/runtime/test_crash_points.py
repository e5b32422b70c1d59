"""A process may die between any two SQL statements. Whoever comes after does everything once.

The same life of some orders is led again and again, and each time the process dies one statement
later: in the command store, or in the runner of a process, a payment provider or the timers. A new
process is then sent all requests anew, with their keys; what is stored in the end must be what a
life without a crash has stored.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from tests.domain import shop
from tests.runtime.crashing import Boundaries, Crash, Process, Reset
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
from oms_core.runtime.processes import PROCESSES, ProcessRunner, bookmark_of
from oms_core.runtime.provider_runner import ProviderRunner
from oms_core.runtime.request import Request
from oms_core.runtime.timers import TimerRunner
from oms_core.stock.commands import ReceiveStock

STORED = """SELECT stream_id, version, topic, body::text, actor, causation_id
            FROM oms.events ORDER BY stream_id, version"""
KEYS = """SELECT actor, command, key, stream_id, version FROM oms.command_keys ORDER BY 1, 2, 3"""
LAST = "SELECT coalesce(max(position), 0) FROM oms.events"
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


def lead(process: Process, observer: psycopg.Connection[Any], sandbox: Sandbox) -> None:
    """Lead the whole life. What was done already is answered again, and not done twice."""
    bus, stop = process.bus, threading.Event()
    runners: list[LogFollower] = [
        ProcessRunner(each, process.connect(), bus, stop) for each in PROCESSES
    ]
    runners.append(ProviderRunner("sandbox", sandbox, process.connect(), bus, stop))
    clock = [shop.NOW]
    waiting = TimerRunner(process.connect(), bus, stop, lambda: clock[0])
    for group in life():
        for answer in bus.submit_together(group):
            answer.result()
        run_to_the_end([*runners, waiting], observer)
    clock[0] = shop.NOW + timedelta(days=10_000)
    while waiting.go_off():
        run_to_the_end([*runners, waiting], observer)


def run_to_the_end(runners: Sequence[LogFollower], observer: psycopg.Connection[Any]) -> None:
    """Run until everybody has seen the last event; a step may have recorded another one."""
    reached, last = [0], 1
    while min(reached) < last:
        for runner in runners:
            runner.follow() if isinstance(runner, TimerRunner) else runner.step()
        [[last]] = observer.execute(LAST).fetchall()
        reached = [position_of(observer, runner.bookmark) or 0 for runner in runners]


def stored(url: str) -> list[Any]:
    """Tell everything that must be the same, however often somebody died."""
    with psycopg.connect(url) as conn:
        return [conn.execute(query).fetchall() for query in (STORED, KEYS, REFUSED)]


@pytest.fixture
def opened(database_url: str) -> str:
    """Give a database where everything is there that the life begins with."""
    with pytest.MonkeyPatch.context() as patch:
        process = Process(database_url, Boundaries(), patch)
        for command in opening():
            process.bus.submit(request(command)).result()
        process.end()
    return database_url


def lives(url: str, crash_at: int) -> int:
    """Die once, and have somebody else do it all again; give how many statements were passed."""
    first, sandbox = Boundaries(crash_at), Sandbox()  # a provider outlives those who ask it
    with psycopg.connect(url, autocommit=True) as observer:
        for boundaries in (first, Boundaries()) if crash_at else (first,):
            with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Crash):
                process = Process(url, boundaries, patch)
                lead(process, observer, sandbox)
                process.end()
    assert first.dead == bool(crash_at)
    return first.passed


@pytest.mark.parametrize("half", [0, 1])  # for two testers at once
def test_dying_between_any_two_statements_changes_nothing(
    opened: str, monkeypatch: pytest.MonkeyPatch, half: int
) -> None:
    monkeypatch.setattr(snapshot, "SNAPSHOT_EVERY", 2)
    with Reset(opened) as reset:
        boundaries = lives(opened, 0)
        expected = stored(opened)
        assert expected[-1] == []
        actors = {"tester", "payments:sandbox", timers.BOOKMARK, *map(bookmark_of, PROCESSES)}
        assert {actor for actor, *_ in expected[1]} == actors
        for crash_at in range(1 + half, boundaries + 1, 2):
            reset.back()
            lives(opened, crash_at)
            assert stored(opened) == expected, f"after dying behind statement {crash_at}"
    assert boundaries > 100
