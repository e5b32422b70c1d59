"""The database refuses to promise what is not there, whatever the program or a person asks."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg_pool import ConnectionPool
from tests.runtime.shop import NOW, execute, order, request, stock_up

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import TOPICS
from oms_core.orders.commands import CancelOrder
from oms_core.orders.quantities import LineQuantity
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.mapper import SYSTEM, EnvelopeMapper
from oms_core.runtime.recorder import PostgresRecorder
from oms_core.stock.commands import AdjustStock
from oms_core.stock.events import StockAdjusted, StockEvent, StockReceived, StockReserved
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

ITEM = stock_item_id("A", "L")


@pytest.fixture
def recorder(pool: ConnectionPool) -> PostgresRecorder:
    return PostgresRecorder(pool)


def append(recorder: PostgresRecorder, *events: StockEvent, after: int = 0) -> None:
    """Write events past all rules of the program."""
    mapper = EnvelopeMapper()
    recorder.insert_events(
        [
            mapper.to_stored_event(Envelope(ITEM, after + i, event, NOW, SYSTEM))
            for i, event in enumerate(events, 1)
        ]
    )


def received(quantity: int) -> StockReceived:
    return StockReceived(sku="A", location="L", quantity=quantity)


def adjusted(delta: int) -> StockAdjusted:
    return StockAdjusted(sku="A", location="L", delta=delta, reason="count")


def reserved(quantity: int) -> StockReserved:
    line = LineQuantity(line_id=uuid4(), quantity=quantity)
    return StockReserved(sku="A", location="L", order_id=uuid4(), lines=(line,))


def balance(pool: ConnectionPool, id: UUID = ITEM) -> tuple[int, int]:
    with pool.connection() as conn:
        query = "SELECT on_hand, reserved FROM oms.stock_balances WHERE stream_id = %s"
        row = conn.execute(query, [id]).fetchone()
    assert row is not None
    return row


def test_no_promise_goes_beyond_what_is_there(
    recorder: PostgresRecorder, pool: ConnectionPool
) -> None:
    append(recorder, received(5), reserved(3))
    with pytest.raises(IntegrityError, match="nothing_is_oversold"):
        append(recorder, reserved(3), after=2)
    append(recorder, reserved(2), after=2)
    assert balance(pool) == (5, 5)


def test_a_count_may_find_less_than_was_promised_but_nothing_more_is_promised_then(
    recorder: PostgresRecorder, pool: ConnectionPool
) -> None:
    append(recorder, received(5), reserved(4), adjusted(-3))
    assert balance(pool) == (2, 4)
    with pytest.raises(IntegrityError, match="nothing_is_oversold"):
        append(recorder, reserved(1), after=3)
    append(recorder, received(2), adjusted(1), reserved(1), after=3)
    assert balance(pool) == (5, 5)


@pytest.mark.parametrize(
    "events",
    [
        (received(5), reserved(6), received(5)),
        (received(5), adjusted(-3), reserved(3), adjusted(3)),
        (reserved(1),),
    ],
)
def test_each_promise_of_a_transaction_is_looked_at(
    recorder: PostgresRecorder, events: tuple[StockEvent, ...]
) -> None:
    with pytest.raises(IntegrityError, match="nothing_is_oversold"):
        append(recorder, *events)


def test_no_less_than_nothing_is_there(recorder: PostgresRecorder) -> None:
    append(recorder, received(5))
    with pytest.raises(IntegrityError, match="nothing_leaves_that_is_not_there"):
        append(recorder, adjusted(-6), after=1)


def test_a_bug_in_the_program_is_stopped_and_disturbs_nobody_else(
    database_url: str, pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 5, ("B", "L"): 50})
        monkeypatch.setattr(StockItem, "available", 1000)
        futures: list[Future[Any]] = [
            bus.submit(request(order(f"O-{i}", ("A", 3) if i == 7 else ("B", 1))))
            for i in range(20)
        ]
        oversold = bus.submit(request(order("O-A", ("A", 3))))
        results = [future.exception(timeout=20) for future in futures]
        assert results == [None] * 20
        assert isinstance(oversold.exception(timeout=20), psycopg.errors.CheckViolation)
        monkeypatch.undo()
        with pytest.raises(InsufficientStock):
            execute(bus, order("O-B", ("A", 3)))
    assert balance(pool) == (5, 3)


def test_balances_are_what_the_events_say(database_url: str, pool: ConnectionPool) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10, ("A", "M"): 10, ("B", "L"): 10})
        placed = [execute(bus, order(f"O-{i}", ("A", 3), ("B", 1))) for i in range(5)]
        execute(bus, CancelOrder(order_id=placed[0].stream_id, reason="changed mind"))
        execute(bus, AdjustStock(sku="B", location="L", delta=-8, reason="count"))
    oms = OrderManagement(pool)
    for sku, location in (("A", "L"), ("A", "M"), ("B", "L")):
        id = stock_item_id(sku, location)
        item = oms.fetch(StockItem, id)
        assert item is not None
        assert balance(pool, id) == (item.on_hand, item.reserved)


def test_the_application_cannot_write_balances(pool: ConnectionPool) -> None:
    with pool.connection() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("UPDATE oms.stock_balances SET on_hand = 1000")


def test_every_stock_event_is_known_to_the_database(pool: ConnectionPool) -> None:
    with pool.connection() as conn:
        for topic in (topic for topic in TOPICS if topic.startswith("stock.")):
            conn.execute("SELECT oms.stock_moved(%s, '{}')", [topic])
        with pytest.raises(psycopg.errors.RaiseException, match="Teach it in a migration"):
            conn.execute("SELECT oms.stock_moved('stock.StockVanished.v1', '{}')")
