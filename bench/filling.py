"""Fills a store with orders in bulk: every event comes from the real handlers, none from SQL.

Lives of orders are decided in memory, one command after the other, and told again as those of
other orders (`retelling`). What is left out is only the way to the store: the events are copied in,
thousands to a transaction, and the indexes that no trigger needs are made when all are there. The
database checks and hashes each event as it always does. Several processes share the work; each has
SKUs of its own, so that no two write the same stock.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from bench import lives
from bench.measure import Rate
from bench.retelling import COPY, CUSTOMER, ORDER, Hero, Told, written
from oms_core.fulfillment import process
from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.runtime.connections import connect
from oms_core.runtime.garbage import look_less_often

A = TypeVar("A", bound=Aggregate[Any])

EVENTS_AT_ONCE = 50_000
LIVES = 2_000
"""So many lives each process decides at most; any of its orders leads one of them."""

END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 90
"""All orders are placed evenly in so many days before the end, however many they are."""

BEGIN = END - timedelta(days=DAYS)

_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE (schemaname, tablename) = ('oms', 'events') AND indexname <> 'events_pkey'
"""


class Memory(Streams):
    """The streams of one process, and what was recorded in them."""

    def __init__(self) -> None:
        self._known: dict[UUID, Aggregate[Any]] = {}
        self._touched: list[Aggregate[Any]] = []
        self.recorded: list[Envelope] = []

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
        self.recorded += recorded
        for envelope in recorded:
            for step in process.next_steps(envelope.originator_id, envelope.event):
                self.handle(step, at, Cause(process.NAME, cause.correlation_id, envelope.event_id))
        return answer

    def do(self, commands: Iterable[Command]) -> list[Envelope]:
        """Carry out commands that no order needs; gives what was recorded."""
        self.recorded = []
        for command in commands:
            self.handle(command, BEGIN, Cause("bench", natural_id("start")))
        return self.recorded

    def lead(self, rng: random.Random, life: lives.Life) -> list[Envelope]:
        """Place an order, lead it as far as it comes, and forget it; gives what was recorded."""
        self.recorded = []
        cause = Cause("bench", natural_id("life", life.placing.number))
        order: Order = self.handle(life.placing, life.placing.placed_at, cause)
        for at, command in lives.after_placing(rng, life, order):
            self.handle(command, at, cause)
        for id in (order.id, *order.releases, *order.returns, *order.payment_ids):
            self._known.pop(id, None)
        return self.recorded


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


class Store:
    """Where a process copies events to, in transactions of some thousand."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._versions: dict[str, int] = {}
        self._waiting: list[tuple[Told, Hero]] = []
        self._events = 0

    def begin(self, recorded: Sequence[Envelope]) -> None:
        """Store what streams begin with."""
        self._copy(lambda first: [written(e, first + i) for i, e in enumerate(recorded)])
        self._versions |= {str(e.originator_id): e.originator_version for e in recorded}

    def add(self, told: Told, hero: Hero) -> None:
        """Have an order lead a life."""
        self._waiting.append((told, hero))
        self._events += told.events
        if self._events >= EVENTS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Store what has piled up."""
        self._copy(self._told)
        self._waiting, self._events = [], 0

    def _told(self, position: int) -> Iterator[str]:
        for told, hero in self._waiting:
            yield told.retold(hero, position, self._versions)
            position += told.events

    def _copy(self, rows: Callable[[int], Iterable[str]]) -> None:
        with self._conn.transaction(), self._conn.cursor() as cursor:
            found = cursor.execute("SELECT oms.position_of(0)").fetchone()
            assert found is not None
            with cursor.copy(COPY) as copy:
                for row in rows(found[0]):
                    copy.write(row)


def _lives(memory: Memory, rng: random.Random, skus: range, count: int) -> list[Told]:
    """Decide so many lives, from the same moment on."""
    hero = Hero(ORDER, CUSTOMER, BEGIN)
    drawn = (lives.life(rng, ORDER, BEGIN, skus, CUSTOMER) for _ in range(count))
    return [Told(memory.lead(rng, life), hero) for life in drawn]


def _fill_share(database_url: str, orders: int, share: int, shares: int, told: Any) -> None:
    """Write every `shares`-th order; tells how many more are done every now and then."""
    look_less_often()
    rng = random.Random(share)
    skus = range(share * lives.SKUS // shares, (share + 1) * lives.SKUS // shares)
    customers = max(orders // lives.ORDERS_A_CUSTOMER, 1)
    memory = Memory()
    memory.do(lives.locations())
    with connect(database_url, name="bench filling") as conn:
        store = Store(conn)
        store.begin(memory.do(lives.assortment(skus)))
        known = _lives(memory, rng, skus, min(LIVES, orders // shares + 1))
        for i, number in enumerate(range(share, orders, shares), 1):
            placed_at = BEGIN + timedelta(seconds=number * DAYS * 86_400 // orders)
            store.add(rng.choice(known), Hero(number, rng.randrange(customers), placed_at))
            if i % 1_000 == 0:
                told.put(1_000)
        store.flush()
        told.put((orders - share + shares - 1) // shares % 1_000)


@contextlib.contextmanager
def _without_indexes(owner_url: str) -> Iterator[None]:
    """Drop the indexes that no trigger needs, and make them when the rows are there."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        indexes = conn.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            conn.execute(f"DROP INDEX oms.{name}".encode())
        yield
        conn.execute("SET maintenance_work_mem = '512MB'")
        for _, made in indexes:
            conn.execute(made.encode())


def fill(
    database_url: str, orders: int, *, shares: int = 2, advance: Callable[[float], object]
) -> Rate:
    """Write so many orders with all that became of them. `advance` is told of each thousand."""
    rate = Rate(f"generator: {orders:,} orders and their lives", shares, 0)
    rate.answers["orders"] = orders
    began = time.perf_counter()
    with connect(database_url, name="bench filling") as conn:
        Store(conn).begin(Memory().do(lives.locations()))
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    given = [(database_url, orders, share, shares, told) for share in range(shares)]
    processes = [context.Process(target=_fill_share, args=one, daemon=True) for one in given]
    with _without_indexes(database_url):
        for one in processes:
            one.start()
        while any(one.is_alive() for one in processes) or not told.empty():
            with contextlib.suppress(queue.Empty):
                advance(told.get(timeout=1))
        if any(one.exitcode for one in processes):
            raise RuntimeError("a process that fills the store has failed; its error is above")
    rate.seconds = time.perf_counter() - began
    return rate
