"""Why is it 47? Every movement of every stock item, with its reason and the balance after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import event_type
from oms_core.stock.events import (
    StockAdjusted,
    StockConditionChanged,
    StockCounted,
    StockEvent,
    StockReceived,
    StockScrapped,
    StockShipped,
    StockTransferredOut,
)
from oms_core.stock.movements import movement
from oms_projections.projection import Projection, Table, write

STOCK_LEDGER = Table(
    "stock_ledger",
    {
        "position": "bigint NOT NULL",
        "item_id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "sku": "text NOT NULL",
        "location": "text NOT NULL",
        "occurred_at": "timestamptz NOT NULL",
        "type": "text NOT NULL",
        "quantity": "integer NOT NULL",
        "quality_hold": "integer NOT NULL",
        "damaged": "integer NOT NULL",
        "balance": "integer NOT NULL",
        "reason": "text",
        "reference": "text",
    },
    ("item_id", "version"),
    ("(sku, position)", "(location, position)"),
)

_BALANCES: LiteralString = """
SELECT item_id, balance FROM unnest(%s::uuid[]) AS asked (id) CROSS JOIN LATERAL (
  SELECT item_id, balance FROM stock_ledger WHERE item_id = id ORDER BY version DESC LIMIT 1
) AS latest
"""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement. `quantity` is what it added to what is there, `balance` what is there then."""

    position: int
    item_id: UUID
    version: int
    sku: str
    location: str
    occurred_at: datetime
    type: str
    quantity: int
    quality_hold: int
    damaged: int
    balance: int
    reason: str | None
    reference: str | None


class StockLedger(Projection):
    """One row for each event that moves units, or changes their condition."""

    NAME = "stock_ledger"
    TABLES: ClassVar = (STOCK_LEDGER,)
    TOPICS: ClassVar = (
        StockReceived,
        StockAdjusted,
        StockCounted,
        StockConditionChanged,
        StockScrapped,
        StockShipped,
        StockTransferredOut,
    )

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        ids = list({envelope.originator_id for envelope in events})
        balances = dict(conn.execute(_BALANCES, (ids,)).fetchall())
        write(conn, STOCK_LEDGER.insert, _rows(events, balances))


def _rows(events: Iterable[Envelope], balances: dict[UUID, int]) -> Iterable[dict[str, object]]:
    for envelope in events:
        event: Any = envelope.event
        moved = movement(event)
        id = envelope.originator_id
        balances[id] = balances.get(id, 0) + moved.on_hand
        yield {
            "position": envelope.position,
            "item_id": id,
            "version": envelope.originator_version,
            "sku": event.sku,
            "location": event.location,
            "occurred_at": envelope.occurred_at,
            "type": event_type(event.TOPIC),
            "quantity": moved.on_hand,
            "quality_hold": moved.quality_hold,
            "damaged": moved.damaged,
            "balance": balances[id],
            "reason": getattr(event, "reason", None),
            "reference": _reference(event),
        }


def _reference(event: StockEvent) -> str | None:
    match event:
        case StockShipped():
            return str(event.shipment_id)
        case StockTransferredOut():
            return str(event.transfer_id)
        case _:
            reference: str | None = getattr(event, "reference", None)
            return reference


# ------------------------------------------------------------------------------------- queries

_SELECT = f"SELECT {', '.join(f.name for f in fields(LedgerEntry))} FROM read.stock_ledger"  # noqa: S608


async def page(
    conn: AsyncConnection[Any],
    sku: str,
    location: str | None,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[LedgerEntry]:
    """Read movements of a SKU, at one location or at all, in the order of the log."""
    way = "DESC" if backward else "ASC"
    query = f"""{_SELECT}
        WHERE sku = %(sku)s
          AND (%(location)s::text IS NULL OR location = %(location)s)
          AND (%(after)s::bigint IS NULL OR position > %(after)s)
          AND (%(before)s::bigint IS NULL OR position < %(before)s)
        ORDER BY position {way} LIMIT %(limit)s"""
    given = {"sku": sku, "location": location, "after": after, "before": before, "limit": limit}
    found = [LedgerEntry(*r) for r in await (await conn.execute(query.encode(), given)).fetchall()]
    return found[::-1] if backward else found
