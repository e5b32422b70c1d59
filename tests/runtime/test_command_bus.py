"""Commands under fire: races, repeats, lost connections. Nothing oversold, lost or doubled."""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from psycopg_pool import ConnectionPool
from tests.runtime.shop import execute, order, request, stock_up

from oms_core.kernel.refusal import (
    IdempotencyConflict,
    IdempotencyKeyExpired,
    NotAllowedInState,
    Refusal,
    VersionConflict,
)
from oms_core.orders.commands import CancelOrder, HoldOrder
from oms_core.orders.order import Order, order_id
from oms_core.orders.refusals import OrderNumberTaken
from oms_core.runtime import command_bus
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus, StoreUnreachable
from oms_core.runtime.command_group import CommandGroup
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id


@pytest.fixture(params=[128, 3])
def buses(
    database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[CommandBus]]:
    """Two buses, as two processes would have. With small groups they are decided one after another
    while those before are committed.
    """
    monkeypatch.setattr(command_bus, "LARGEST_GROUP", request.param)
    with CommandBus(database_url) as one, CommandBus(database_url) as two:
        yield [one, two]


@pytest.fixture
def bus(buses: list[CommandBus]) -> CommandBus:
    return buses[0]


def answers(buses: list[CommandBus], requests: list[Any]) -> list[Any]:
    """Send all at the same instant, in turn to each bus; return outcomes and exceptions."""
    start = threading.Barrier(len(requests))

    def send(i: int) -> Any:
        start.wait()
        try:
            return buses[i % len(buses)].submit(requests[i]).result(timeout=30)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, range(len(requests))))


def test_many_buyers_of_one_sku_never_get_more_than_there_is(
    buses: list[CommandBus], pool: ConnectionPool
) -> None:
    """Vendure 3.7.3 sold 50 of 10 in such a race, Saleor 11."""
    stock_up(buses[0], {("HOT", "A"): 7, ("HOT", "B"): 3})
    got = answers(buses, [request(order(f"R-{i}", ("HOT", 1))) for i in range(50)])
    refused = [answer for answer in got if isinstance(answer, InsufficientStock)]
    assert len(refused) == 40
    assert len([answer for answer in got if not isinstance(answer, Exception)]) == 10
    oms = OrderManagement(pool)
    for location, there in (("A", 7), ("B", 3)):
        item = oms.fetch(StockItem, stock_item_id("HOT", location))
        assert item is not None
        assert (item.on_hand, item.reserved, item.available) == (there, there, 0)


def test_orders_that_cross_each_other_do_not_deadlock(buses: list[CommandBus]) -> None:
    stock_up(buses[0], {(sku, "A"): 1000 for sku in "XYZ"})
    wishes = [("X", "Y", "Z"), ("Z", "Y", "X"), ("Y", "Z", "X")]
    requests = [request(order(f"D-{i}", *((sku, 1) for sku in wishes[i % 3]))) for i in range(60)]
    assert not [answer for answer in answers(buses, requests) if isinstance(answer, Exception)]


def test_a_key_answers_the_same_again_and_does_nothing_twice(bus: CommandBus) -> None:
    stock_up(bus, {("A", "L"): 5})
    first = execute(bus, AdjustStock(sku="A", location="L", delta=1, reason="found"), key="k")
    execute(bus, AdjustStock(sku="A", location="L", delta=1, reason="found"), key="other")
    again = execute(bus, AdjustStock(sku="A", location="L", delta=1, reason="found"), key="k")
    assert (again.view, again.version, again.position) == (
        first.view,
        first.version,
        first.position,
    )
    assert again.replayed
    assert not first.replayed
    with pytest.raises(IdempotencyConflict):
        execute(bus, AdjustStock(sku="A", location="L", delta=2, reason="found"), key="k")


def test_after_its_time_a_key_does_nothing_any_more(bus: CommandBus, database_url: str) -> None:
    """Those of processes and timers have no such time: they are known for ever."""
    stock_up(bus, {("A", "L"): 5})
    receive = request(ReceiveStock(sku="A", location="L", quantity=3), key="k")
    assert receive.key is not None
    timed = receive._replace(key=receive.key._replace(days=30))
    other = receive._replace(key=receive.key._replace(days=30, input_hash=b"other"))
    first = bus.submit(timed).result()
    for days, answered in ((29, True), (2, False), (9_999, False)):
        older = f"recorded_at = recorded_at - interval '{days} days' WHERE key = 'k'"
        with psycopg.connect(database_url, options="-c session_replication_role=replica") as conn:
            conn.execute(f"UPDATE oms.command_keys SET {older}".encode())
        if answered:
            assert bus.submit(timed).result().replayed
        else:
            for late in (timed, other):
                with pytest.raises(IdempotencyKeyExpired, match=r"used at \d{4}-.* 30 days"):
                    bus.submit(late).result()
        again = bus.submit(receive).result()
        assert (again.replayed, again.position) == (True, first.position)


def test_the_same_key_at_the_same_instant_takes_effect_once(
    buses: list[CommandBus], pool: ConnectionPool
) -> None:
    stock_up(buses[0], {("A", "L"): 5})
    receive = ReceiveStock(sku="A", location="L", quantity=3)
    got = answers(buses, [request(receive, key="k") for _ in range(16)])
    assert Counter(answer.replayed for answer in got) == {True: 15, False: 1}
    assert {answer.view.on_hand for answer in got} == {8}
    item = OrderManagement(pool).fetch(StockItem, stock_item_id("A", "L"))
    assert item is not None
    assert item.on_hand == 8


def test_keys_belong_to_their_actor_and_command(bus: CommandBus) -> None:
    stock_up(bus, {("A", "L"): 5})
    receive = ReceiveStock(sku="A", location="L", quantity=1)
    for actor in ("one", "two"):
        outcome = bus.submit(request(receive, key="k", actor=actor)).result()
        assert not outcome.replayed


def test_a_refusal_is_not_remembered(bus: CommandBus) -> None:
    stock_up(bus, {("A", "L"): 1})
    wanted = order("1", ("A", 2))
    with pytest.raises(InsufficientStock):
        execute(bus, wanted, key="k")
    execute(bus, ReceiveStock(sku="A", location="L", quantity=1))
    assert not execute(bus, wanted, key="k").replayed


def test_placing_the_same_number_twice_at_once_places_one(buses: list[CommandBus]) -> None:
    stock_up(buses[0], {("A", "L"): 50})
    got = answers(buses, [request(order("SAME", ("A", 1))) for _ in range(12)])
    assert Counter(type(answer).__name__ for answer in got) == {
        "Outcome": 1,
        OrderNumberTaken.__name__: 11,
    }


def test_cancelling_twice_at_once_frees_the_stock_once(
    buses: list[CommandBus], pool: ConnectionPool
) -> None:
    stock_up(buses[0], {("A", "L"): 5})
    execute(buses[0], order("1", ("A", 4)))
    cancel = CancelOrder(order_id=order_id("1"), reason="changed my mind")
    got = answers(buses, [request(cancel) for _ in range(8)])
    assert len([answer for answer in got if isinstance(answer, NotAllowedInState)]) == 7
    item = OrderManagement(pool).fetch(StockItem, stock_item_id("A", "L"))
    assert item is not None
    assert (item.on_hand, item.reserved) == (5, 0)


def test_an_expected_version_lets_one_of_two_writers_win(buses: list[CommandBus]) -> None:
    stock_up(buses[0], {("A", "L"): 5})
    placed = execute(buses[0], order("1", ("A", 1)))
    holds = [
        request(
            HoldOrder(order_id=order_id("1"), hold_id=UUID(int=i), reason="check"),
            expected_version=placed.version,
        )
        for i in range(8)
    ]
    got = answers(buses, holds)
    assert len([answer for answer in got if isinstance(answer, VersionConflict)]) == 7


def test_the_key_is_looked_at_before_the_version(bus: CommandBus) -> None:
    """Else the retry of a success would be told that the version has moved on: by itself."""
    stock_up(bus, {("A", "L"): 5})
    execute(bus, order("1", ("A", 1)))
    hold = request(
        HoldOrder(order_id=order_id("1"), hold_id=UUID(int=1), reason="check"),
        key="k",
        expected_version=2,
    )
    first = bus.submit(hold).result()
    again = bus.submit(hold).result()
    assert (again.replayed, again.version) == (True, first.version)


def test_one_bad_command_of_an_instant_fails_alone(buses: list[CommandBus]) -> None:
    stock_up(buses[0], {("A", "L"): 100})
    good = [request(order(f"G-{i}", ("A", 1))) for i in range(10)]
    unstorable = request(order("BAD", ("A", 1)), actor="nul \x00 byte")
    got = answers(buses[:1], [*good, unstorable])
    assert not [answer for answer in got[:-1] if isinstance(answer, Exception)]
    assert isinstance(got[-1], psycopg.Error)


def test_commands_in_one_group_see_each_other(bus: CommandBus, pool: ConnectionPool) -> None:
    stock_up(bus, {("A", "L"): 3})
    futures = [bus.submit(request(order(f"S-{i}", ("A", 2)))) for i in range(3)]
    errors = [future.exception(timeout=20) for future in futures]
    assert [type(error) for error in errors].count(InsufficientStock) == 2
    assert isinstance(next(error for error in errors if error), Refusal)


def test_a_group_takes_no_more_commands_once_they_name_many_streams(
    bus: CommandBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock_up(bus, {("A", "L"): 20})
    monkeypatch.setattr(command_bus, "MOST_STREAMS", 10)
    sizes: list[int] = []
    submitted = threading.Event()

    class Counted(CommandGroup):
        def send(self, *args: Any) -> None:
            submitted.wait(20)
            sizes.append(len(self._all))
            super().send(*args)

    monkeypatch.setattr(command_bus, "CommandGroup", Counted)
    futures = [bus.submit(request(order(f"S-{i}", ("A", 1)))) for i in range(9)]
    submitted.set()
    assert all(future.result(20).version for future in futures)
    assert sum(sizes) == 9
    assert max(sizes) == 2, "an order of one line names five streams"


@pytest.mark.parametrize("log_works", [True, False])
def test_a_lost_connection_loses_and_doubles_nothing(
    bus: CommandBus, database_url: str, monkeypatch: pytest.MonkeyPatch, *, log_works: bool
) -> None:
    """The command in flight succeeds once or is told to come again; the next one goes through."""
    stock_up(bus, {("A", "L"): 5})
    if not log_works:
        closed = io.StringIO()
        closed.close()
        monkeypatch.setattr(
            command_bus, "log", structlog.wrap_logger(structlog.PrintLogger(closed))
        )
    receive = ReceiveStock(sku="A", location="L", quantity=1)
    told_to_come_again = 0
    for round_ in range(5):
        time.sleep(0.05)  # no wake-up is due that would notice the loss first
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE application_name LIKE 'oms command bus%' AND datname = current_database()"
            )
        try:
            execute(bus, receive, key=f"k{round_}")
        except StoreUnreachable:
            told_to_come_again += 1
        assert execute(bus, receive, key=f"k{round_}").view.on_hand == 6 + round_
    assert told_to_come_again


def test_every_event_tells_who_asked_and_when_it_happened(
    bus: CommandBus, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 5})
    asked = request(order("1", ("A", 1)))
    outcome = bus.submit(asked).result()
    events = list(OrderManagement(pool).events.get(outcome.stream_id))
    assert [event.type for event in events] == ["OrderPlaced", "LinesReserved"]
    assert {event.cause for event in events} == {asked.cause}
    assert {event.occurred_at for event in events} == {asked.occurred_at}
    assert events[-1].position <= outcome.position
    early = OrderManagement(pool).fetch(Order, outcome.stream_id, version=1)
    assert early is not None
    assert early.view().lines[0].pending == 1
