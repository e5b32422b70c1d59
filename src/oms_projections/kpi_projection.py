"""Keeps the facts of each order and, by what changed in them, the key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.orders import events
from oms_projections.copying import insert
from oms_projections.kpi_cells import KPI_FIGURES, Cells, rolled_up
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

    def handle(self, conn: psycopg.Connection[Any], events_: Sequence[Envelope]) -> None:
        new = placed(events_)
        known = stored(conn, {e.originator_id for e in events_} - new.keys())
        then = {id: Counted.of(facts) for id, facts in known.items()}
        facts = known | new
        changes: list[Change] = []
        for envelope in events_:
            order = facts[envelope.originator_id]
            order.note(envelope)
            if (less := change(envelope, order)) is not None:
                changes.append(less)
        now = {id: Counted.of(order) for id, order in facts.items()}
        insert(conn, KPI_ORDERS, map(row_of, new.values()))
        write(conn, KPI_ORDERS.update, map(_named, known.values()))
        moves = Moves()
        for id, counted in now.items():
            moves.order(then.get(id), counted)
        for less in (moving := _moving(conn, then, now)):
            moves.change(less, then[less.order_id], -1)
        for less in (*changes, *moving):
            moves.change(less, now[less.order_id], 1)
        self._cells.add(conn, rolled_up(moves.by_place))
        insert(conn, KPI_CHANGES, map(_row, changes))

    def forget(self) -> None:
        self._cells.forget()


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
