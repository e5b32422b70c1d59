"""What was announced, what came of it, and what is still to come? One row per supply of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.stock.events import StockReceived, SupplyCancelled, SupplyExpected, SupplyRevised
from oms_projections.projection import Table

STOCK_SUPPLIES = Table(
    "stock_supplies",
    {
        "id": "uuid NOT NULL",
        "supply": "text NOT NULL",
        "expected_on": "date NOT NULL",
        "quantity": "integer NOT NULL",
        "received": "integer NOT NULL",
        "closed": "boolean NOT NULL",  # nothing more of it will come
    },
    ("id", "supply"),
)

_EXPECT: LiteralString = """
INSERT INTO stock_supplies (id, supply, expected_on, quantity, received, closed)
VALUES (%s, %s, %s, %s, 0, false)
ON CONFLICT (id, supply) DO UPDATE
SET expected_on = excluded.expected_on, quantity = excluded.quantity, received = 0, closed = false
"""
_REVISE: LiteralString = """
UPDATE stock_supplies SET expected_on = %s, quantity = %s, closed = received >= %s
WHERE id = %s AND supply = %s
"""
_RECEIVE: LiteralString = """
UPDATE stock_supplies SET received = received + %s, closed = %s OR received + %s >= quantity
WHERE id = %s AND supply = %s
"""
_CLOSE: LiteralString = "UPDATE stock_supplies SET closed = true WHERE id = %s AND supply = %s"


def apply(conn: psycopg.Connection[Any], envelope: Envelope) -> None:
    """Apply an event that announces supply, or is a receipt of it."""
    id = envelope.originator_id
    match envelope.event:
        case SupplyExpected() as event:
            conn.execute(_EXPECT, (id, event.supply, event.expected_on, event.quantity))
        case SupplyRevised() as event:
            units = event.quantity
            conn.execute(_REVISE, (event.expected_on, units, units, id, event.supply))
        case SupplyCancelled() as event:
            conn.execute(_CLOSE, (id, event.supply))
        case StockReceived(supply=str(supply)) as event:
            units = event.quantity
            conn.execute(_RECEIVE, (units, event.supply_complete, units, id, supply))
        case _:
            pass


@dataclass(frozen=True, slots=True)
class SupplyView:
    """A supply as an answer shows it. `delta` is what came less what was announced."""

    supply: str
    expected_on: date
    quantity: int
    received: int
    closed: bool

    @property
    def incoming(self) -> int:
        """Units that are still to come."""
        return 0 if self.closed else self.quantity - self.received

    @property
    def delta(self) -> int | None:
        """Over-delivery, or under-delivery when negative; None while more may come."""
        return self.received - self.quantity if self.closed else None


async def of_items(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, list[SupplyView]]:
    """Read the supplies of stock items, the open ones first, then by day."""
    query = (
        "SELECT id, supply, expected_on, quantity, received, closed FROM read.stock_supplies"
        " WHERE id = ANY (%s) ORDER BY closed, expected_on, supply"
    )
    found: dict[UUID, list[SupplyView]] = {}
    for id, *row in await (await conn.execute(query, (list(ids),))).fetchall():
        found.setdefault(id, []).append(SupplyView(*row))
    return found
