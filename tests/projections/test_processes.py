"""The fulfillment process: asked for after the fact, as often as may be, effective once."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool
from pytest import MonkeyPatch
from tests.runtime.shop import execute, order, stock_up

from oms_core.fulfillment import process as fulfillment
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.orders.commands import HoldOrder, ReleaseOrder
from oms_core.orders.order import Order
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect_async
from oms_core.runtime.processes import Process, ProcessRunner, bookmark_of
from oms_core.runtime.request import Outcome, Request, Unavailable
from oms_projections import engine

BOOKMARK = bookmark_of(fulfillment)


def pay(bus: CommandBus, placed: Outcome) -> Outcome:
    amount = Money(placed.view.total, "EUR")
    facts = {
        "order_id": placed.stream_id,
        "amount": amount,
        "method": "card",
        "provider": "p",
        "reference": str(placed.stream_id),
    }
    execute(bus, AuthorizePayment(request_id=uuid4(), **facts))
    return execute(bus, CapturePayment(request_id=uuid4(), **facts))


def shipments_of(pool: ConnectionPool, id: UUID) -> int:
    found = OrderManagement(pool).fetch(Order, id)
    assert found is not None
    return len(found.releases)


def run_to_the_end(
    conn: psycopg.Connection, bus: CommandBus, process: Process = fulfillment
) -> None:
    runner = ProcessRunner(process, conn, bus, threading.Event())
    last = "SELECT coalesce(max(position), 0) FROM oms.events"
    while (position_of(conn, BOOKMARK) or 0) < (conn.execute(last).fetchone() or (0,))[0]:
        runner.step()


def test_a_paid_order_gets_a_shipment_per_location_even_if_asked_twice(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 5, ("A", "M"): 5})
    placed = execute(bus, order("1", ("A", 8)))
    run_to_the_end(conn, bus)
    assert shipments_of(pool, placed.stream_id) == 0
    pay(bus, placed)
    for _ in range(3):
        run_to_the_end(conn, bus)
        conn.execute("DELETE FROM oms.bookmarks")  # as if it had crashed before it noted anything
    assert shipments_of(pool, placed.stream_id) == 2


def test_a_held_order_is_sent_to_the_warehouse_when_it_is_released(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 5})
    placed = execute(bus, order("1", ("A", 1)))
    execute(bus, HoldOrder(order_id=placed.stream_id, hold_id=uuid4(), reason="fraud?"))
    pay(bus, placed)
    run_to_the_end(conn, bus)
    assert shipments_of(pool, placed.stream_id) == 0
    execute(bus, ReleaseOrder(order_id=placed.stream_id, reason="no fraud"))
    run_to_the_end(conn, bus)
    assert shipments_of(pool, placed.stream_id) == 1


def test_a_free_order_needs_no_payment(
    bus: CommandBus, conn: psycopg.Connection, pool: ConnectionPool
) -> None:
    stock_up(bus, {("A", "L"): 5})
    wanted = order("1", ("A", 1)).model_copy(update={"discount": Money(Decimal(10), "EUR")})
    placed = execute(bus, wanted)
    run_to_the_end(conn, bus)
    assert shipments_of(pool, placed.stream_id) == 1


def test_steps_carry_their_cause(bus: CommandBus, conn: psycopg.Connection) -> None:
    stock_up(bus, {("A", "L"): 5})
    paid = pay(bus, execute(bus, order("1", ("A", 1))))
    run_to_the_end(conn, bus)
    [(actor, correlation, causation)] = conn.execute(
        "SELECT actor, correlation_id, causation_id FROM oms.events"
        " WHERE topic = 'shipments.ShipmentPlanned.v1'"
    ).fetchall()
    [(origin,)] = conn.execute(
        "SELECT correlation_id FROM oms.events WHERE topic = 'payments.PaymentCaptured.v1'"
    ).fetchall()
    assert (actor, correlation) == (BOOKMARK, origin)
    assert causation == f"{paid.stream_id}/{paid.version}"


async def test_a_refused_step_is_recorded_and_the_process_goes_on(
    bus: CommandBus, conn: psycopg.Connection, database_url: str
) -> None:
    stock_up(bus, {("A", "L"): 5})
    placed = execute(bus, order("1", ("A", 1)))
    hold = HoldOrder(order_id=placed.stream_id, hold_id=UUID(int=1), reason="x")
    release = ReleaseOrder(order_id=placed.stream_id, reason="not held")

    class Clumsy:
        """A process that asks for what can't be."""

        NAME, LISTENS_TO = fulfillment.NAME, fulfillment.LISTENS_TO

        def next_steps(self, stream_id: UUID, event: object) -> list[Command]:
            return [release, hold] if type(event).__name__ == "OrderPlaced" else []

    run_to_the_end(conn, bus, Clumsy())
    [(command, code, message)] = conn.execute(
        "SELECT command, code, message FROM oms.refused_steps"
    ).fetchall()
    assert (command, code) == ("ReleaseOrder", NotAllowedInState.CODE)
    async with await connect_async(database_url, name="test") as reading:
        [status] = [s for s in await engine.status(reading) if s.name == BOOKMARK]
    assert (status.refused_steps, status.failure) == (1, None)
    assert "not on hold" in message
    assert execute(bus, release).view.status == "OPEN"


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


async def test_a_fault_stops_the_process_for_all_to_see_until_the_step_succeeds(
    bus: CommandBus,
    conn: psycopg.Connection,
    pool: ConnectionPool,
    monkeypatch: MonkeyPatch,
    database_url: str,
) -> None:
    stock_up(bus, {("A", "L"): 5})
    wanted = order("1", ("A", 1)).model_copy(update={"discount": Money(Decimal(10), "EUR")})
    placed = execute(bus, wanted)
    async with await connect_async(database_url, name="test") as reading:
        with Faulty(database_url, Unavailable(), ZeroDivisionError("oops")) as faulty:
            runner = ProcessRunner(fulfillment, conn, faulty, threading.Event())
            while faulty.faults:
                runner.step()
            [stopped] = [s for s in await engine.status(reading) if s.name == BOOKMARK]
            assert "ZeroDivisionError('oops')" in (stopped.failure or "")
            assert shipments_of(pool, placed.stream_id) == 0
            assert not runner.step()  # it rests
            monkeypatch.setattr(runner, "_retry_at", 0)
            assert runner.step()
        [going] = [s for s in await engine.status(reading) if s.name == BOOKMARK]
    assert (going.failure, going.lag_events > 0) == (None, True)
    assert shipments_of(pool, placed.stream_id) == 1
