"""Why is it 47? Every movement of every stock item, with its reason and the balance after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, LiteralString
from uuid import UUID

import psycopg

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
from oms_projections.paging import Listing, Sort, Where
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
    ("(sku, position)", "(sku, occurred_at, position)", "(location, position)"),
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


class StockMovementSortField(StrEnum):
    """What a list of movements is sorted by."""

    POSITION = "POSITION"
    OCCURRED_AT = "OCCURRED_AT"


_CONDITIONS: Mapping[str, LiteralString] = {
    "sku": "sku = %(sku)s",
    "location": "location = ANY (%(location)s)",
    "type": "type = ANY (%(type)s)",
    "reference": "reference = %(reference)s",
    "occurred_from": "occurred_at >= %(occurred_from)s",
    "occurred_to": "occurred_at < %(occurred_to)s",
}


@dataclass(frozen=True, slots=True)
class StockMovementFilter:
    """Which movements: all conditions must hold; a list means any of its values.

    `occurred_to` is exclusive.
    """

    location: Sequence[str] | None = None
    type: Sequence[str] | None = None
    reference: str | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None


def where(sku: str, filter: StockMovementFilter) -> Where:
    """Say in SQL which movements of a SKU a filter asks for."""
    return Where.by(_CONDITIONS, filter, sku=sku)


LIST: Listing[LedgerEntry] = Listing(
    "read.stock_ledger",
    ", ".join(field.name for field in fields(LedgerEntry)),
    lambda row: LedgerEntry(*row),
    {
        StockMovementSortField.POSITION: {"position": "bigint"},
        StockMovementSortField.OCCURRED_AT: {"occurred_at": "timestamptz", "position": "bigint"},
    },
    usual=Sort(StockMovementSortField.POSITION),
)
"""The movements of a SKU."""
