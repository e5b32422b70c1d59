"""How many units are there, promised, and not to be sold? One row per stock item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, LiteralString, get_args
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.arrays import integers, uuids
from oms_core.stock.events import StockEvent
from oms_core.stock.movements import Movement, movement
from oms_projections.copying import insert
from oms_projections.projection import Table

STOCK_LEVELS = Table(
    "stock_levels",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "sku": "text NOT NULL",
        "location": "text NOT NULL",
        "on_hand": "integer NOT NULL",
        "reserved": "integer NOT NULL",
        "available": "integer NOT NULL",  # as if it were not unlimited
        "quality_hold": "integer NOT NULL",
        "damaged": "integer NOT NULL",
        "made_to_order": "integer NOT NULL",
        "safety_stock": "integer NOT NULL DEFAULT 0",
        "unlimited": "boolean NOT NULL DEFAULT false",
    },
    ("id",),
    ("(sku, location)", "(location, sku)"),
)

# Adds what a batch moved; the row's own numbers stay in the database, so nothing is read first.
_MOVE: LiteralString = """
UPDATE stock_levels AS level
SET version = moved.version,
    on_hand = level.on_hand + moved.on_hand,
    reserved = level.reserved + moved.reserved,
    available = level.available
              + moved.on_hand - moved.reserved - moved.quality_hold - moved.damaged,
    quality_hold = level.quality_hold + moved.quality_hold,
    damaged = level.damaged + moved.damaged,
    made_to_order = level.made_to_order + moved.made_to_order
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
     AS moved (id, version, on_hand, reserved, quality_hold, damaged, made_to_order)
WHERE level.id = moved.id
"""

_STOCK_EVENTS = frozenset(get_args(StockEvent))


@dataclass(slots=True)
class _Moved:
    """By how much a batch moves a row of `stock_levels`; the row itself if it is new."""

    id: UUID
    first: Any
    """The event of a batch that moves it first."""
    version: int = 0
    on_hand: int = 0
    reserved: int = 0
    quality_hold: int = 0
    damaged: int = 0
    made_to_order: int = 0
    safety_stock: int = 0
    unlimited: bool = False

    def add(self, version: int, movement: Movement) -> None:
        """Take in what one event moves."""
        self.version = version
        on_hand, reserved, quality_hold, damaged, made_to_order = movement
        self.on_hand += on_hand
        self.reserved += reserved
        self.quality_hold += quality_hold
        self.damaged += damaged
        self.made_to_order += made_to_order

    @property
    def sku(self) -> str:
        """Of what there are units."""
        sku: str = self.first.sku
        return sku

    @property
    def location(self) -> str:
        """Where they are."""
        location: str = self.first.location
        return location

    @property
    def available(self) -> int:
        """By how much what may be promised moves."""
        return self.on_hand - self.reserved - self.quality_hold - self.damaged


_row = attrgetter(*STOCK_LEVELS.columns)
_figures = attrgetter(
    *("id", "version", "on_hand", "reserved", "quality_hold", "damaged", "made_to_order")
)


def apply(conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
    """Apply what a batch moved. A row comes with the first event of its stream."""
    moved = _moved(events)
    new = [moved.pop(e.originator_id, None) for e in events if e.originator_version == 1]
    insert(conn, STOCK_LEVELS, map(_row, filter(None, new)))
    _move(conn, list(moved.values()))


def _moved(events: Iterable[Envelope]) -> dict[UUID, _Moved]:
    moved: dict[UUID, _Moved] = {}
    for envelope in events:
        event: Any = envelope.event
        if type(event) not in _STOCK_EVENTS:
            continue
        id = envelope.originator_id
        if (row := moved.get(id)) is None:
            row = moved[id] = _Moved(id, event)
        row.add(envelope.originator_version, movement(event))
    return moved


def _move(conn: psycopg.Connection[Any], moved: Sequence[_Moved]) -> None:
    if moved:
        ids, *figures = zip(*map(_figures, moved), strict=True)
        conn.execute(_MOVE, (uuids(ids), *map(integers, figures)), prepare=True)
