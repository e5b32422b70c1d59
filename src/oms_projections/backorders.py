"""Who waits for a SKU, in which order? One row a line that waits, none once it got its stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, LiteralString
from uuid import UUID

import psycopg

from oms_core.backorders.events import BackordersDropped, BackordersFilled, BackordersQueued
from oms_core.kernel.envelope import Envelope
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, write

BACKORDERS = Table(
    "backorders",
    {
        "line_id": "uuid NOT NULL",
        "order_id": "uuid NOT NULL",
        "sku": "text NOT NULL",
        "quantity": "integer NOT NULL",
        "placed_at": "timestamptz NOT NULL",
        "priority": "integer NOT NULL",
        "pickup_location": "text",
    },
    ("line_id",),
    ("(sku, placed_at, (-priority), line_id)", "(order_id)"),
)

_ADD = f"""
{BACKORDERS.insert} ON CONFLICT (line_id) DO UPDATE
SET quantity = backorders.quantity + excluded.quantity
"""

_MOVE = """
UPDATE backorders SET quantity = backorders.quantity + moved.quantity
FROM json_to_recordset(%s::json) AS moved (line_id uuid, quantity integer)
WHERE backorders.line_id = moved.line_id
"""


class Backorders(Projection):
    """Sums, moved by what each event adds, like those of stock."""

    NAME = "backorders"
    TABLES: ClassVar = (BACKORDERS,)
    TOPICS: ClassVar = (BackordersQueued, BackordersDropped, BackordersFilled)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        rows: dict[UUID, dict[str, object]] = {}
        moved: dict[UUID, int] = {}
        for envelope in events:
            event = envelope.event
            assert isinstance(event, BackordersQueued | BackordersDropped | BackordersFilled)
            sign = +1 if isinstance(event, BackordersQueued) else -1
            for part in event.lines:
                moved[part.line_id] = moved.get(part.line_id, 0) + sign * part.quantity
                if isinstance(event, BackordersQueued):
                    rows[part.line_id] = _row(event, part.line_id)
        write(conn, _ADD, (row | {"quantity": moved[id]} for id, row in rows.items()))
        others = ((id, units) for id, units in moved.items() if id not in rows)
        write(conn, _MOVE, ({"line_id": id, "quantity": units} for id, units in others))
        _forget_served(conn, moved)


def _row(event: BackordersQueued, line_id: UUID) -> dict[str, object]:
    return {"line_id": line_id, **event.model_dump(exclude={"lines", "excluded"})}


def _forget_served(conn: psycopg.Connection[Any], ids: Iterable[UUID]) -> None:
    query = "DELETE FROM backorders WHERE quantity = 0 AND line_id = ANY (%s)"
    conn.execute(query, (list(ids),))


# ------------------------------------------------------------------------------------- queries


@dataclass(frozen=True, slots=True)
class Backorder:
    """Units of an order line that wait."""

    line_id: UUID
    order_id: UUID
    sku: str
    quantity: int
    placed_at: datetime
    priority: int
    pickup_location: str | None


class BackorderSortField(StrEnum):
    """What a list of lines that wait is sorted by."""

    TURN = "TURN"


_CONDITIONS: Mapping[str, LiteralString] = {
    "sku": "sku = %(sku)s",
    "pickup_location": "pickup_location = ANY (%(pickup_location)s)",
    "placed_from": "placed_at >= %(placed_from)s",
    "placed_to": "placed_at < %(placed_to)s",
}


@dataclass(frozen=True, slots=True)
class BackorderFilter:
    """Which lines: all conditions must hold. `placed_to` is exclusive."""

    pickup_location: Sequence[str] | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


def where(sku: str, filter: BackorderFilter) -> Where:
    """Say in SQL which of those that wait for a SKU a filter asks for."""
    return Where.by(_CONDITIONS, filter, sku=sku)


LIST: Listing[Backorder] = Listing(
    "read.backorders",
    ", ".join(BACKORDERS.columns),
    lambda row: Backorder(*row),
    {
        BackorderSortField.TURN: {
            "placed_at": "timestamptz",
            "(-priority)": "integer",
            "line_id": "uuid",
        }
    },
    usual=Sort(BackorderSortField.TURN),
)
"""Who waits for a SKU, in the order in which it is their turn."""
