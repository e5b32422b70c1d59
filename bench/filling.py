"""Fills a store with orders in bulk: every event comes from the real handlers, none from SQL.

What is left out is only the way to the store: commands are handled in memory, one order after the
other through its whole life, and the events are copied in, thousands to a transaction. Several
processes share the work; each has SKUs of its own, so that no two write the same stock.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import random
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from bench import lives
from bench.measure import Rate
from oms_core.fulfillment import process
from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.runtime.connections import connect
from oms_core.runtime.garbage import look_less_often
from oms_core.runtime.mapper import write_event

A = TypeVar("A", bound=Aggregate[Any])

EVENTS_AT_ONCE = 50_000
END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 90
"""All orders are placed evenly in so many days before the end, however many they are."""

BEGIN = END - timedelta(days=DAYS)

_COPY = """
COPY oms.events (stream_id, version, position, topic, body, occurred_at, actor, correlation_id,
                 causation_id) FROM STDIN
"""


class Memory(Streams):
    """The streams of one process, and what was recorded in them and is not stored yet."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._known: dict[UUID, Aggregate[Any]] = {}
        self._touched: list[Aggregate[Any]] = []
        self._unstored: list[Envelope] = []

    async def get(self, kind: type[A], id: UUID) -> A:
        [found] = await self.find(kind, [id])
        if not found.exists:
            raise kind.MISSING(what=kind.__name__.lower())
        return found

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        found: list[Any] = []
        for id in ids:
            if id not in self._known:
                self._known[id] = kind(id)
            found.append(self._known[id])
        self._touched += found
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        self._known[aggregate.id] = aggregate
        self._touched.append(aggregate)

    def handle(self, command: Command, at: datetime, cause: Cause) -> Any:
        """Carry out a command, and what the process asks for because of it; gives its answer."""
        self._touched = []
        answer = _run(HANDLERS[type(command)](command, self))
        recorded = [e for aggregate in self._touched for e in _recorded(aggregate, at, cause)]
        self._unstored += recorded
        for envelope in recorded:
            for step in process.next_steps(envelope.originator_id, envelope.event):
                self.handle(step, at, Cause(process.NAME, cause.correlation_id, envelope.event_id))
        return answer

    def know(self, commands: Iterable[Command], cause: Cause) -> None:
        """Take in what another process has stored."""
        for command in commands:
            self.handle(command, BEGIN, cause)
        self._unstored = []

    def finish(self, life: set[UUID]) -> None:
        """Forget the streams of a life that is over, and store what has piled up."""
        for id in life:
            self._known.pop(id, None)
        if len(self._unstored) >= EVENTS_AT_ONCE:
            self.store()

    def store(self) -> None:
        """Copy the events in, in one transaction."""
        with self._conn.transaction(), self._conn.cursor() as cursor:
            found = cursor.execute("SELECT oms.position_of(0)").fetchone()
            assert found is not None
            with cursor.copy(_COPY) as copy:
                for position, e in enumerate(self._unstored, found[0]):
                    copy.write_row(_row(e, position))
        self._unstored = []

    def lead(self, rng: random.Random, life: lives.Life) -> None:
        """Place an order and lead it as far as it comes."""
        cause = Cause("bench", natural_id("life", life.placing.number))
        order: Order = self.handle(life.placing, life.placing.placed_at, cause)
        for at, command in lives.after_placing(rng, life, order):
            self.handle(command, at, cause)
        self.finish({order.id, *order.releases, *order.returns, *order.payment_ids})


def _run(handler: Any) -> Any:
    try:
        handler.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("nothing to wait for: all streams are in memory")


def _recorded(aggregate: Aggregate[Any], at: datetime, cause: Cause) -> list[Envelope]:
    events, aggregate.pending = aggregate.pending, []
    first = aggregate.version - len(events) + 1
    return [Envelope(aggregate.id, first + i, e, at, cause) for i, e in enumerate(events)]


def _row(envelope: Envelope, position: int) -> tuple[object, ...]:
    return (
        envelope.originator_id,
        envelope.originator_version,
        position,
        envelope.event.TOPIC,
        write_event(envelope.event).decode(),
        envelope.occurred_at,
        envelope.cause.actor,
        envelope.cause.correlation_id,
        envelope.cause.causation_id,
    )


def _fill_share(database_url: str, orders: int, share: int, shares: int, told: Any) -> None:
    """Write every `shares`-th order; tells how many more are done every now and then."""
    look_less_often()
    rng = random.Random(share)
    skus = range(share * lives.SKUS // shares, (share + 1) * lives.SKUS // shares)
    customers = max(orders // lives.ORDERS_A_CUSTOMER, 1)
    cause = Cause("bench", natural_id("assortment", str(share)))
    pace = timedelta(days=DAYS) / orders
    with connect(database_url, name="bench filling") as conn:
        memory = Memory(conn)
        memory.know(lives.locations(), cause)
        for command in lives.assortment(skus):
            memory.handle(command, BEGIN, cause)
        for i, number in enumerate(range(share, orders, shares), 1):
            placed_at = BEGIN + number * pace
            memory.lead(rng, lives.life(rng, number, placed_at, skus, customers))
            if i % 1_000 == 0:
                told.put(1_000)
        memory.store()


def fill(
    database_url: str, orders: int, *, shares: int = 2, advance: Callable[[float], object]
) -> Rate:
    """Write so many orders with all that became of them. `advance` is told of each thousand."""
    rate = Rate(f"generator: {orders:,} orders and their lives", shares, 0)
    rate.answers["orders"] = orders
    began = time.perf_counter()
    with connect(database_url, name="bench filling") as conn:
        memory = Memory(conn)
        for command in lives.locations():
            memory.handle(command, BEGIN, Cause("bench", natural_id("start")))
        memory.store()
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    given = [(database_url, orders, share, shares, told) for share in range(shares)]
    processes = [context.Process(target=_fill_share, args=one, daemon=True) for one in given]
    for one in processes:
        one.start()
    while any(one.is_alive() for one in processes) or not told.empty():
        with contextlib.suppress(queue.Empty):
            advance(told.get(timeout=1))
    if any(one.exitcode for one in processes):
        raise RuntimeError("a process that fills the store has failed; its error is above")
    rate.seconds = time.perf_counter() - began
    return rate
