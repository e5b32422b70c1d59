"""Providers are asked until they answer, and what they answer takes effect once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from pytest import MonkeyPatch
from tests.runtime.shop import execute, order, stock_up

from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Refusal
from oms_core.orders.view import OrderView
from oms_core.payments.asking import RequestAuthorization, RequestCapture, RequestRefund
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.manual import Invoice, Manual
from oms_core.payments.outcomes import RecordPaymentOutcome
from oms_core.payments.payment import payment_id
from oms_core.payments.provider import (
    News,
    PaymentProvider,
    ProviderRequest,
    Reply,
    Succeeded,
)
from oms_core.payments.reports import Report
from oms_core.payments.sandbox import Sandbox
from oms_core.payments.view import PaymentState, PaymentView
from oms_core.runtime import payment_providers
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.past import PAST, folded, past
from oms_core.runtime.provider_runner import ProviderRunner, bookmark_of
from oms_core.runtime.refused import refused
from oms_core.runtime.request import Outcome, Request

Ask = Callable[..., PaymentView]
BOOKMARK = bookmark_of("sandbox")


class Crash(BaseException):
    """The process is gone: nothing catches this."""


@pytest.fixture
def placed(bus: CommandBus) -> OrderView:
    stock_up(bus, {("A", "L"): 50})
    view: OrderView = execute(bus, order("1", ("A", 2))).view
    return view


def runner(
    conn: psycopg.Connection,
    bus: CommandBus,
    provider: PaymentProvider,
    name: str = "sandbox",
) -> ProviderRunner:
    return ProviderRunner(name, provider, conn, bus, threading.Event())


def run_to_the_end(conn: psycopg.Connection, running: ProviderRunner) -> None:
    last = "SELECT coalesce(max(position), 0) FROM oms.events"
    while (position_of(conn, running.bookmark) or 0) < (conn.execute(last).fetchone() or (0,))[0]:
        running.step()
    running._news_at = 0
    running.step()


def ask(
    bus: CommandBus, placed: OrderView, reference: str, provider: str = "sandbox", **more: object
) -> UUID:
    command = RequestAuthorization(
        order_id=placed.id,
        request_id=uuid4(),
        method="card",
        provider=provider,
        reference=reference,
        **more,
    )
    return execute(bus, command).stream_id


def view(conn: psycopg.Connection, id: UUID) -> PaymentView:
    found: PaymentView = folded(conn.execute(PAST, past([id])).fetchall())[id].view()
    return found


def requests_of(conn: psycopg.Connection, id: UUID) -> list[tuple[str, str]]:
    return [(request.kind, request.state) for request in view(conn, id).requests]


@pytest.mark.parametrize(
    ("reference", "states"),
    [
        ("p-1", ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]),
        ("p-1 twice twice-capture twice-refund", ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]),
        ("p-1 delay delay-capture delay-refund", ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]),
        ("p-1 decline-refund", ["SUCCEEDED", "SUCCEEDED", "DECLINED"]),
        ("p-1 decline-capture", ["SUCCEEDED", "DECLINED"]),
        ("p-1 decline", ["DECLINED"]),
    ],
)
def test_the_sandbox_does_as_the_reference_says(
    bus: CommandBus,
    conn: psycopg.Connection,
    placed: OrderView,
    reference: str,
    states: list[str],
) -> None:
    running = runner(conn, bus, Sandbox())
    id = ask(bus, placed, reference)
    run_to_the_end(conn, running)
    if len(states) > 1:
        execute(bus, RequestCapture(payment_id=id, request_id=uuid4()))
        run_to_the_end(conn, running)
    if len(states) > 2:
        execute(bus, RequestRefund(payment_id=id, request_id=uuid4()))
        run_to_the_end(conn, running)
    run_to_the_end(conn, running)
    assert [state for _, state in requests_of(conn, id)] == states
    found = view(conn, id)
    ended = [state for state in states if state == "SUCCEEDED"]
    sums = [found.authorized.amount, found.captured.amount, found.refunded.amount]
    assert sums == [placed.total] * len(ended) + [0] * (3 - len(ended))


def test_an_authorization_tells_when_it_expires(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView
) -> None:
    id = ask(bus, placed, "p-1 expires-2026-04-01")
    run_to_the_end(conn, runner(conn, bus, Sandbox()))
    assert str(view(conn, id).expires_at) == "2026-04-01 00:00:00+00:00"


class Counting(Sandbox):
    """Counts how often it is asked, and how often it moves money."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[UUID] = Counter()

    def authorize(self, request: ProviderRequest) -> Reply:
        self.asked[request.request_id] += 1
        return super().authorize(request)


class Dying(CommandBus):
    """The process dies before or after the outcome of its first request is stored."""

    def __init__(self, database_url: str, *, stored: bool) -> None:
        super().__init__(database_url)
        self.stored = stored

    def submit(self, request: Request) -> Future[Outcome]:
        if isinstance(request.command, RecordPaymentOutcome):
            if self.stored:
                super().submit(request).result(timeout=20)
            raise Crash
        return super().submit(request)


@pytest.mark.parametrize("stored", [False, True])
def test_after_a_crash_it_is_asked_again_under_the_same_id_and_counts_once(
    bus: CommandBus,
    conn: psycopg.Connection,
    placed: OrderView,
    database_url: str,
    stored: bool,
) -> None:
    provider = Counting()
    id = ask(bus, placed, "p-1")
    with Dying(database_url, stored=stored) as dying, pytest.raises(Crash):
        run_to_the_end(conn, runner(conn, dying, provider))
    assert view(conn, id).authorized.amount == (placed.total if stored else 0)
    run_to_the_end(conn, runner(conn, bus, provider))
    [(_, asked)] = provider.asked.items()
    assert asked == (1 if stored else 2)
    assert view(conn, id).authorized.amount == placed.total
    [(count,)] = conn.execute(
        "SELECT count(*) FROM oms.events WHERE topic = 'payments.PaymentAuthorized.v1'"
    ).fetchall()
    assert count == 1


def test_a_lost_answer_is_asked_for_again(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView, monkeypatch: MonkeyPatch
) -> None:
    provider = Counting()
    lost, fine = ask(bus, placed, "p-1 lose", amount=eur(5)), ask(bus, placed, "p-2", amount=eur(5))
    running = runner(conn, bus, provider)
    while not view(conn, fine).authorized.amount:
        running.step()
    assert view(conn, lost).status is PaymentState.PENDING
    [(sentence,)] = conn.execute(
        "SELECT error FROM oms.failures WHERE name = %s", (BOOKMARK,)
    ).fetchall()
    assert sentence == "sandbox could not be asked: AnswerLost(). It is asked again."
    assert not running.step()  # it rests
    monkeypatch.setattr(running, "_retry_at", 0)
    run_to_the_end(conn, running)
    assert view(conn, lost).authorized == view(conn, fine).authorized == eur(5)
    assert sorted(provider.asked.values()) == [1, 2]
    assert conn.execute("SELECT FROM oms.failures").rowcount == 0


def eur(amount: int) -> Money:
    return Money(Decimal(amount), "EUR")


class Babbling(Sandbox):
    """Answers with something that can't be recorded."""

    def authorize(self, request: ProviderRequest) -> Reply:
        return Succeeded(transaction="t" * 500)


def test_an_answer_that_can_not_be_recorded_is_shown_and_holds_nothing_else(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView
) -> None:
    id = ask(bus, placed, "p-1")
    running = runner(conn, bus, Babbling())
    while not conn.execute("SELECT FROM oms.failures WHERE name = %s", (BOOKMARK,)).rowcount:
        running.step()
    assert requests_of(conn, id) == [("AUTHORIZATION", "REQUESTED")]


def test_people_and_promises(bus: CommandBus, conn: psycopg.Connection, placed: OrderView) -> None:
    by_hand = ask(bus, placed, "transfer", "manual", amount=eur(5))
    on_account = ask(bus, placed, "invoice-1", "invoice", amount=eur(5))
    run_to_the_end(conn, runner(conn, bus, Manual(), "manual"))
    run_to_the_end(conn, runner(conn, bus, Invoice(), "invoice"))
    assert requests_of(conn, by_hand) == [("AUTHORIZATION", "PENDING")]
    assert requests_of(conn, on_account) == [("AUTHORIZATION", "SUCCEEDED")]


def test_each_provider_is_asked_for_its_own_payments_only(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView
) -> None:
    id = ask(bus, placed, "p-1", "stripe")
    run_to_the_end(conn, runner(conn, bus, Sandbox()))
    assert requests_of(conn, id) == [("AUTHORIZATION", "REQUESTED")]


def test_two_captures_at_once_collect_no_more_than_is_set_aside(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView, database_url: str
) -> None:
    """Two processes, each of which sees all of it free."""
    id = ask(bus, placed, "p-1")
    run_to_the_end(conn, runner(conn, bus, Sandbox()))
    amount = Money(placed.total, "EUR")
    done: Counter[str] = Counter()
    with CommandBus(database_url) as other, ThreadPoolExecutor(8) as pool:

        def capture(one: CommandBus) -> str:
            try:
                execute(one, RequestCapture(payment_id=id, request_id=uuid4(), amount=amount))
            except Refusal as refusal:
                return type(refusal).__name__
            return "asked"

        done.update(pool.map(capture, [bus, other] * 8))
    assert done == {"asked": 1, "CaptureExceedsAuthorization": 15}
    run_to_the_end(conn, runner(conn, bus, Sandbox()))
    assert view(conn, id).captured == amount


def test_ours_are_found_by_entry_point() -> None:
    assert set(payment_providers.installed()) >= {"invoice", "manual", "sandbox"}
    assert isinstance(payment_providers.provider("sandbox"), Sandbox)
    with pytest.raises(KeyError):
        payment_providers.provider("strype")
    assert payment_id("sandbox", "p-1") != payment_id("manual", "p-1")


class Gossip(Sandbox):
    """Tells news of a payment that nobody here knows, again and again."""

    def __init__(self, *told: News) -> None:
        super().__init__()
        self.told = told

    def news(self) -> Iterable[News]:
        return self.told


def of(reference: str, event_id: str = "evt-1", amount: str = "5") -> News:
    money = Money(Decimal(amount), "EUR")
    return News(reference, Report(event_id, PaymentReportKind.CAPTURED, money))


def test_news_that_is_refused_is_recorded_until_it_is_taken(
    bus: CommandBus, conn: psycopg.Connection, placed: OrderView
) -> None:
    running = runner(conn, bus, Gossip(of("p-9"), of("p-9", "evt-2", "-1")))
    run_to_the_end(conn, running)
    run_to_the_end(conn, running)
    nonsense, unknown = sorted(refused(conn, 10), key=lambda one: one.code)
    assert (unknown.process, unknown.command, unknown.code) == (
        BOOKMARK,
        "ReportPaymentEvent",
        "NOT_FOUND",
    )
    assert unknown.about == "CAPTURED of p-9, event evt-1"
    assert "Nothing is known of the reference p-9 of sandbox" in unknown.message
    assert nonsense.code == "INVALID"
    ask(bus, placed, "p-9")
    run_to_the_end(conn, running)
    assert [one.about for one in refused(conn, 10)] == ["CAPTURED of p-9, event evt-2"]
