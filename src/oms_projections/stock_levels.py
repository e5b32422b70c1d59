"""How much is where, and what of it may be promised? One row per SKU and location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, assert_never, get_args
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.locations.events import LocationRegistered
from oms_core.stock.events import (
    ReservationReleased,
    StockAdjusted,
    StockEvent,
    StockReceived,
    StockReserved,
    StockShipped,
)
from oms_core.stock.stock_item import StockItemView
from oms_projections.projection import Projection, Table, upsert

STOCK_LEVELS = Table(
    "stock_levels",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "sku": "text NOT NULL",
        "location": "text NOT NULL",
        "on_hand": "integer NOT NULL",
        "reserved": "integer NOT NULL",
        "available": "integer NOT NULL",
    },
    ("id",),
    ("(sku, location)", "(location, sku)"),
)

STOCK_LOCATIONS = Table(
    "stock_locations", {"code": "text NOT NULL", "country": "text NOT NULL"}, ("code",)
)

# Adds what a batch moved; the row's own numbers stay in the database, so nothing is read first.
_MOVE = """
INSERT INTO stock_levels AS level (id, version, sku, location, on_hand, reserved, available)
SELECT id, version, sku, location, on_hand, reserved, on_hand - reserved
FROM json_to_recordset(%s::json) AS moved
     (id uuid, version int, sku text, location text, on_hand int, reserved int)
ON CONFLICT (id) DO UPDATE
SET version = excluded.version,
    on_hand = level.on_hand + excluded.on_hand,
    reserved = level.reserved + excluded.reserved,
    available = level.available + excluded.available
"""


class StockLevels(Projection):
    """Sums of movements. A location's country is kept beside, for the question by country."""

    NAME = "stock_levels"
    TABLES: ClassVar = (STOCK_LEVELS, STOCK_LOCATIONS)
    TOPICS: ClassVar = (*get_args(StockEvent), LocationRegistered)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        moved: dict[UUID, dict[str, Any]] = {}
        places: dict[str, dict[str, object]] = {}
        for envelope in events:
            match envelope.event:
                case LocationRegistered() as opened:
                    places[opened.code] = {"code": opened.code, "country": opened.country}
                case StockReceived() | StockAdjusted() | StockReserved() as event:
                    _add(moved, envelope, event)
                case ReservationReleased() | StockShipped() as event:
                    _add(moved, envelope, event)
                case _:
                    pass
        upsert(conn, STOCK_LOCATIONS, places.values())
        if moved:
            conn.execute(_MOVE, (orjson.dumps(list(moved.values())).decode(),))


def _add(moved: dict[UUID, dict[str, Any]], envelope: Envelope, event: StockEvent) -> None:
    id = envelope.originator_id
    fresh = {"id": id, "sku": event.sku, "location": event.location, "on_hand": 0, "reserved": 0}
    row = moved.setdefault(id, fresh)
    on_hand, reserved = _movement(event)
    row["version"] = envelope.originator_version
    row["on_hand"] += on_hand
    row["reserved"] += reserved


def _movement(event: StockEvent) -> tuple[int, int]:
    """Tell what an event adds to what is there, and to what is promised."""
    match event:
        case StockReceived():
            return event.quantity, 0
        case StockAdjusted():
            return event.delta, 0
        case StockReserved():
            return 0, sum(line.quantity for line in event.lines)
        case ReservationReleased():
            return 0, -sum(line.quantity for line in event.lines)
        case StockShipped():
            gone = sum(line.quantity for line in event.lines)
            return -gone, -gone
        case _:
            assert_never(event)


# ------------------------------------------------------------------------------------- queries

_SELECT = f"SELECT {', '.join(STOCK_LEVELS.columns)} FROM read.stock_levels"  # noqa: S608
_OF_SKUS = """
WHERE sku = ANY (%(skus)s)
  AND (%(country)s::text IS NULL
       OR location IN (SELECT code FROM read.stock_locations WHERE country = %(country)s))
ORDER BY sku, location
"""


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, StockItemView]:
    """Read stock items by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: StockItemView(*row) for row in await cursor.fetchall()}


async def of_skus(
    conn: AsyncConnection[Any], skus: Sequence[str], country: str | None = None
) -> dict[str, list[StockItemView]]:
    """Read where SKUs are, by location code; `country` counts only the locations in it."""
    given = {"skus": list(skus), "country": country}
    found: dict[str, list[StockItemView]] = {}
    for row in await (await conn.execute((_SELECT + _OF_SKUS).encode(), given)).fetchall():
        view = StockItemView(*row)
        found.setdefault(view.sku, []).append(view)
    return found
