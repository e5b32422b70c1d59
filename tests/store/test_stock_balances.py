"""The database refuses to promise what is not there, whatever the program or a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, get_args
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import CheckViolation
from psycopg_pool import ConnectionPool
from tests.domain.facts import fact
from tests.runtime.shop import NOW, execute, order, request, stock_up

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import TOPICS
from oms_core.orders.commands import CancelOrder
from oms_core.orders.quantities import LineQuantity
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import SYSTEM, EnvelopeMapper
from oms_core.runtime.recorder import PostgresRecorder
from oms_core.stock.commands import AdjustStock
from oms_core.stock.events import (
    StockAdjusted,
    StockCondition,
    StockConditionChanged,
    StockEvent,
    StockReceived,
    StockReserved,
    StockTransferredOut,
)
from oms_core.stock.movements import movement
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

ITEM = stock_item_id("A", "L")
PLACE = {"sku": "A", "location": "L"}


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


def changed(quantity: int, before: StockCondition, after: StockCondition) -> StockConditionChanged:
    return StockConditionChanged(
        **PLACE, quantity=quantity, before=before, after=after, reason="wet"
    )


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


def test_what_is_on_hold_or_damaged_is_not_promised_either(
    recorder: PostgresRecorder, pool: ConnectionPool
) -> None:
    append(recorder, received(5), changed(2, StockCondition.AVAILABLE, StockCondition.DAMAGED))
    with pytest.raises(IntegrityError, match="nothing_is_oversold"):
        append(recorder, reserved(4), after=2)
    append(recorder, reserved(3), after=2)
    with pytest.raises(IntegrityError, match="nothing_is_oversold"):
        append(recorder, StockTransferredOut(**PLACE, transfer_id=uuid4(), quantity=1), after=3)
    freed = changed(1, StockCondition.DAMAGED, StockCondition.AVAILABLE)
    append(recorder, freed, StockTransferredOut(**PLACE, transfer_id=uuid4(), quantity=1), after=3)
    assert balance(pool) == (4, 3)


def test_no_more_is_on_hold_than_is_there(recorder: PostgresRecorder) -> None:
    append(recorder, received(5))
    with pytest.raises(IntegrityError, match="what_is_unsellable_is_there"):
        append(
            recorder,
            changed(6, StockCondition.AVAILABLE, StockCondition.QUALITY_HOLD),
            after=1,
        )
    with pytest.raises(IntegrityError, match="what_is_unsellable_is_there"):
        append(recorder, changed(1, StockCondition.DAMAGED, StockCondition.AVAILABLE), after=1)


def test_raw_sql_cannot_oversell_either(recorder: PostgresRecorder, pool: ConnectionPool) -> None:
    append(recorder, received(3), changed(1, StockCondition.AVAILABLE, StockCondition.DAMAGED))
    body = reserved(3).model_dump_json()
    statement = """
        INSERT INTO oms.events (stream_id, position, version, occurred_at, correlation_id, topic,
                                actor, body)
        VALUES (%s, oms.position_of(0), 3, now(), %s, 'stock.StockReserved.v1', 'me', %s::json)
    """
    with pool.connection() as conn, pytest.raises(CheckViolation, match="nothing_is_oversold"):
        conn.execute(statement, [ITEM, uuid4(), body])
    assert balance(pool) == (3, 0)


@pytest.fixture
def alone(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection without a pool's threads, which draw random numbers of their own."""
    with connect(database_url, name="test") as conn:
        yield conn


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.sampled_from(get_args(StockEvent)).flatmap(fact))
def test_the_database_moves_what_the_program_moves(
    alone: psycopg.Connection[Any], event: StockEvent
) -> None:
    moved = movement(event)
    query = "SELECT on_hand, reserved, unsellable FROM oms.stock_moved(%s, %s::json)"
    found = alone.execute(query, [event.TOPIC, sql_text(event)]).fetchone()
    assert found == (moved.on_hand, moved.reserved, moved.quality_hold + moved.damaged)


def sql_text(event: StockEvent) -> str:
    """JSON that Postgres takes: it knows no NUL characters."""
    return event.model_dump_json().replace("\\u0000", "")


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
