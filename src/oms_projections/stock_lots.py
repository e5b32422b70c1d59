"""Which lots are where, in which condition? One row per stock item and lot that is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.stock.movements import lot_movements
from oms_projections.projection import Table, write

STOCK_LOTS = Table(
    "stock_lots",
    {
        "id": "uuid NOT NULL",
        "lot": "text NOT NULL",
        "best_before": "date",
        "available": "integer NOT NULL",
        "quality_hold": "integer NOT NULL",
        "damaged": "integer NOT NULL",
    },
    ("id", "lot"),
)

_MOVE: LiteralString = f"""
{STOCK_LOTS.insert} ON CONFLICT (id, lot) DO UPDATE
SET available = stock_lots.available + excluded.available,
    quality_hold = stock_lots.quality_hold + excluded.quality_hold,
    damaged = stock_lots.damaged + excluded.damaged
"""
_FORGET: LiteralString = """
DELETE FROM stock_lots WHERE id = ANY (%s) AND available = 0 AND quality_hold = 0 AND damaged = 0
"""


def apply(conn: psycopg.Connection[Any], events: Iterable[Envelope]) -> None:
    """Apply what a batch moved of lots."""
    rows: dict[tuple[UUID, str], dict[str, Any]] = {}
    for envelope in events:
        event: Any = envelope.event
        for part, condition, units in lot_movements(event):
            key = envelope.originator_id, part.lot
            fresh = {"id": key[0], "lot": part.lot, "best_before": part.best_before}
            row = rows.setdefault(key, fresh | {"available": 0, "quality_hold": 0, "damaged": 0})
            row[condition.lower()] += units
    write(conn, _MOVE, rows.values())
    if rows:
        conn.execute(_FORGET, (sorted({id for id, _ in rows}),))


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot at a location: units in each condition."""

    lot: str
    best_before: date | None
    available: int
    quality_hold: int
    damaged: int


async def of_items(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, list[LotView]]:
    """Read the lots of stock items, those that expire first before the others."""
    query = (
        "SELECT id, lot, best_before, available, quality_hold, damaged FROM read.stock_lots"
        " WHERE id = ANY (%s) ORDER BY best_before NULLS LAST, lot"
    )
    found: dict[UUID, list[LotView]] = {}
    for id, *row in await (await conn.execute(query, (list(ids),))).fetchall():
        found.setdefault(id, []).append(LotView(*row))
    return found
