"""Keeps the facts of each order and, by what changed in them, the key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, ClassVar
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.orders import events
from oms_projections.copying import insert
from oms_projections.kpi_cells import KPI_FIGURES, Cells, Figures, Place, rolled_up
from oms_projections.kpi_days import Days
from oms_projections.kpi_facts import (
    KPI_CHANGES,
    KPI_ORDERS,
    Change,
    OrderFacts,
    change,
    placed,
    row_of,
    stored,
)
from oms_projections.kpi_figures import Counted, Moves
from oms_projections.projection import Projection, write

ORDERS_KEPT = 50_000
"""How many orders a rebuild keeps unwritten; each takes some 2 kB."""


@dataclass(slots=True)
class Unwritten:
    """An order whose row does not say all that is known of it."""

    facts: OrderFacts
    then: Counted | None = None
    """What it counts for by its row, if it has one."""
    changes: list[Change] = field(default_factory=list)


class Kpis(Projection):
    """Applies events to the facts of their orders; the difference moves the figures."""

    NAME = "kpis"
    VERSION = 6
    TABLES: ClassVar = (KPI_ORDERS, KPI_CHANGES, KPI_FIGURES)
    TOPICS: ClassVar = (
        events.OrderPlaced,
        events.LinesReserved,
        events.LinesBackordered,
        events.LinesShipped,
        events.LinesDelivered,
        events.LinesUndelivered,
        events.LinesCancelled,
        events.OrderEdited,
        events.ExchangeCreditPosted,
        events.LinesReturned,
    )

    def __init__(self) -> None:
        self._cells = Cells()
        self._unwritten: dict[UUID, Unwritten] = {}
        self._days: Days | None = None

    def handle(self, conn: psycopg.Connection[Any], events_: Sequence[Envelope]) -> None:
        self._note(conn, events_)
        if self._days is None:
            moved: dict[Place, Figures] = {}
            self._write(conn, len(self._unwritten), moved)
            self._cells.add(conn, rolled_up(moved))
        else:
            self._write(conn, len(self._unwritten) - ORDERS_KEPT, self._days.kept)
            self._days.relieve(conn, self._cells)

    def gather(self) -> None:
        self._days = Days()

    def settle(self, conn: psycopg.Connection[Any]) -> None:
        if self._days is not None:
            self._write(conn, len(self._unwritten), self._days.kept)
            self._days.write(conn, self._cells)
            self._days = None

    def forget(self) -> None:
        self._cells.forget()
        self._unwritten.clear()
        self._days = None

    def _note(self, conn: psycopg.Connection[Any], events_: Sequence[Envelope]) -> None:
        """Apply events to the facts of their orders."""
        orders = self._unwritten
        orders |= {id: Unwritten(facts) for id, facts in placed(events_).items()}
        for facts in stored(conn, {e.originator_id for e in events_} - orders.keys()).values():
            orders[facts.order_id] = Unwritten(facts, Counted.of(facts))
        for envelope in events_:
            order = orders[envelope.originator_id]
            order.facts.note(envelope)
            if (less := change(envelope, order.facts)) is not None:
                order.changes.append(less)

    def _write(
        self, conn: psycopg.Connection[Any], count: int, moved: dict[Place, Figures]
    ) -> None:
        """Write the first orders, so many, and add to what was moved."""
        ids = list(islice(self._unwritten, max(count, 0)))
        orders = [self._unwritten.pop(id) for id in ids]
        changes = [less for order in orders for less in order.changes]
        then = {order.facts.order_id: order.then for order in orders if order.then is not None}
        now = {order.facts.order_id: Counted.of(order.facts) for order in orders}
        insert(conn, KPI_ORDERS, (row_of(order.facts) for order in orders if order.then is None))
        write(conn, KPI_ORDERS.update, (_named(o.facts) for o in orders if o.then is not None))
        moves = Moves(moved)
        for id, counted in now.items():
            moves.order(then.get(id), counted)
        for less in (moving := _moving(conn, then, now)):
            moves.change(less, then[less.order_id], -1)
        for less in (*changes, *moving):
            moves.change(less, now[less.order_id], 1)
        insert(conn, KPI_CHANGES, map(_row, changes))


_row = attrgetter(*KPI_CHANGES.columns)


def _named(facts: OrderFacts) -> Mapping[str, object]:
    return dict(zip(KPI_ORDERS.columns, row_of(facts), strict=True))


def _moving(
    conn: psycopg.Connection[Any], then: Mapping[UUID, Counted], now: Mapping[UUID, Counted]
) -> list[Change]:
    """Read the earlier changes of orders that have units from other locations now."""
    ids = [id for id, counted in then.items() if counted.locations != now[id].locations]
    if not ids:
        return []
    query = "SELECT position, order_id, occurred_at, currency, amount FROM kpi_changes"
    return [Change(*row) for row in conn.execute(f"{query} WHERE order_id = ANY (%s)", [ids])]
