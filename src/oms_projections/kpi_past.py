"""What key figures were: by how much those of now differ from what was known, or true, at a moment.

Only orders of which more became known, or more happened, since then can differ. What such an order
counts for now is taken out, and what it counted for then, folded from its events, is put in: the
cost is that of the orders that changed since, not of all that were counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.mapper import COLUMNS, envelope
from oms_projections.kpi_cells import ALL, Value
from oms_projections.kpi_facts import KPI_ORDERS, Change, OrderFacts, change, placed
from oms_projections.kpi_figures import Entry, entries
from oms_projections.kpi_projection import Kpis

MOST_CHANGED = 20_000
AT_ONCE = 500


class TooMuchSince(Exception):
    """More than 20,000 orders of that time changed since. Ask for less time, or a later moment."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


_CHANGED = f"""
SELECT {", ".join(KPI_ORDERS.columns)} FROM read.kpi_orders
WHERE placed_at < %(end)s AND (happened_at >= %(start)s OR late_from >= %(start)s)
  AND (known_at > %(as_of)s OR happened_at > %(valid_at)s)
  AND (%(channel)s = '' OR channel = %(channel)s)
LIMIT %(most)s
"""  # noqa: S608 - the columns are ours

_CHANGES = "SELECT * FROM read.kpi_changes WHERE order_id = ANY (%(ids)s)"

_EVENTS = f"""
SELECT event.* FROM unnest(%(ids)s::uuid[]) AS asked (id) CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM oms.events
  WHERE stream_id = id AND topic = ANY (%(topics)s)
    AND (%(as_of)s::timestamptz IS NULL OR recorded_at <= %(as_of)s)
    AND (%(valid_at)s::timestamptz IS NULL OR occurred_at <= %(valid_at)s)
  ORDER BY version
) AS event
"""  # noqa: S608

Counting = Iterator[tuple[Entry, Value]]


async def since(
    conn: AsyncConnection[Any],
    given: Mapping[str, Any],
    as_of: datetime | None,
    valid_at: datetime | None,
) -> AsyncIterator[tuple[Entry, Value]]:
    """Give what has to be added to the figures of now. Raises `TooMuchSince`."""
    asked = {**given, "as_of": as_of, "valid_at": valid_at, "most": MOST_CHANGED + 1}
    asked["topics"] = Kpis().topics
    changed = [OrderFacts(*row) for row in await _rows(conn, _CHANGED, asked)]
    if len(changed) > MOST_CHANGED:
        raise TooMuchSince()
    for first in range(0, len(changed), AT_ONCE):
        some = changed[first : first + AT_ONCE]
        asked["ids"] = [facts.order_id for facts in some]
        less = [Change(*row) for row in await _rows(conn, _CHANGES, asked)]
        then = _then([envelope(row) for row in await _rows(conn, _EVENTS, asked)])
        for entry, value in _counted(some, less, given):
            yield entry, -value
        for entry, value in _counted(*then, given):
            yield entry, value


def _then(events: Sequence[Envelope]) -> tuple[list[OrderFacts], list[Change]]:
    """Fold what was known of orders; one that had not been placed is missing."""
    facts = placed(events)
    less: list[Change] = []
    for one in events:
        if (order := facts.get(one.originator_id)) is not None:
            order.note(one)
            if (by := change(one, order)) is not None:
                less.append(by)
    return list(facts.values()), less


def _counted(
    facts: Iterable[OrderFacts], changes: Iterable[Change], given: Mapping[str, Any]
) -> Counting:
    """Give what orders count for at the location that is asked for."""
    counting: set[UUID] = set()
    for order in facts:
        if given["location"] == ALL or given["location"] in order.locations:
            counting.add(order.order_id)
            yield from entries(order).items()
    for less in changes:
        if less.order_id in counting:
            yield (less.occurred_at, "less", less.currency), less.amount


async def _rows(conn: AsyncConnection[Any], query: str, given: Mapping[str, Any]) -> list[Any]:
    return await (await conn.execute(query.encode(), given)).fetchall()
