"""Who waits for a SKU, in which order? One row a line that waits, none once it got its stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.backorders.events import BackorderEvent, BackordersQueued
from oms_core.kernel.envelope import Envelope
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

Key = tuple[datetime, int, UUID]
"""When it is a line's turn: by its order's time and priority, then by its id."""

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
    TOPICS: ClassVar = get_args(BackorderEvent)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        rows: dict[UUID, dict[str, object]] = {}
        moved: dict[UUID, int] = {}
        for envelope in events:
            event = envelope.event
            assert isinstance(event, BackorderEvent)
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


_SELECT = f"SELECT {', '.join(BACKORDERS.columns)} FROM read.backorders"  # noqa: S608
_TURN = "(placed_at, -priority, line_id)"


async def page(
    conn: AsyncConnection[Any],
    sku: str,
    *,
    limit: int,
    after: Key | None = None,
    before: Key | None = None,
    backward: bool = False,
) -> list[Backorder]:
    """Read who waits for a SKU, the next ones first, within two exclusive ends."""
    given: Mapping[str, object] = {"sku": sku, "limit": limit}
    conditions = ["sku = %(sku)s"]
    if after is not None:
        conditions.append(f"{_TURN} > (%(after_at)s, %(after_priority)s, %(after_id)s)")
        given = {**given, **_named("after", after)}
    if before is not None:
        conditions.append(f"{_TURN} < (%(before_at)s, %(before_priority)s, %(before_id)s)")
        given = {**given, **_named("before", before)}
    way = "DESC" if backward else "ASC"
    order = f"placed_at {way}, -priority {way}, line_id {way}"
    query = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT %(limit)s"
    cursor = await conn.execute(query.encode(), given)
    found = [Backorder(*row) for row in await cursor.fetchall()]
    return found[::-1] if backward else found


def _named(end: str, key: Key) -> Mapping[str, object]:
    return {f"{end}_at": key[0], f"{end}_priority": key[1], f"{end}_id": key[2]}
