"""How much is where, and what of it may be promised to whom? One row per SKU and location."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.locations.events import (
    LocationClosed,
    LocationMerged,
    LocationRegistered,
    LocationReopened,
)
from oms_core.stock.events import StockEvent, StockPolicySet, StockReserved
from oms_core.stock.view import UNLIMITED, StockItemView
from oms_projections import stock_lots, stock_safety, stock_shares, stock_supplies, stock_units
from oms_projections.paging import Listing, Part, Sort, Where
from oms_projections.projection import Projection, Table, upsert, write
from oms_projections.stock_lots import STOCK_LOTS
from oms_projections.stock_safety import STOCK_SAFETY
from oms_projections.stock_shares import STOCK_SHARES
from oms_projections.stock_supplies import STOCK_SUPPLIES
from oms_projections.stock_units import STOCK_LEVELS

STOCK_LOCATIONS = Table(
    "stock_locations",
    {
        "id": "uuid NOT NULL",
        "code": "text NOT NULL",
        "country": "text NOT NULL",
        "is_open": "boolean NOT NULL",
    },
    ("id",),
    ("(code) WHERE NOT is_open",),
)

_SET_POLICIES: LiteralString = """
UPDATE stock_levels AS level
SET available = level.available + level.safety_stock - policy.safety_stock,
    safety_stock = policy.safety_stock,
    unlimited = policy.unlimited
FROM json_to_recordset(%s::json) AS policy (id uuid, safety_stock int, unlimited boolean)
WHERE level.id = policy.id
"""

_OPEN_OR_CLOSE: LiteralString = """
UPDATE stock_locations AS place SET is_open = now.is_open
FROM json_to_recordset(%s::json) AS now (id uuid, is_open boolean) WHERE place.id = now.id
"""


class StockLevels(Projection):
    """Sums of movements. Beside them is which country a location is in, and whether it is open."""

    NAME = "stock_levels"
    VERSION = 3
    TABLES: ClassVar = (
        STOCK_LEVELS,
        STOCK_SHARES,
        STOCK_SAFETY,
        STOCK_SUPPLIES,
        STOCK_LOTS,
        STOCK_LOCATIONS,
    )
    TOPICS: ClassVar = (
        *get_args(StockEvent),
        *(LocationRegistered, LocationClosed, LocationReopened, LocationMerged),
    )

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        # Nearly all events are reservations, which only move units, of shares too.
        others = [envelope for envelope in events if type(envelope.event) is not StockReserved]
        _note_locations(conn, others)
        stock_units.apply(conn, events)
        write(conn, _SET_POLICIES, _policies(others).values())
        stock_shares.apply(conn, events)
        stock_safety.apply(conn, others)
        stock_lots.apply(conn, others)
        for envelope in others:
            stock_supplies.apply(conn, envelope)


def _policies(events: Iterable[Envelope]) -> dict[UUID, dict[str, object]]:
    found: dict[UUID, dict[str, object]] = {}
    for envelope in events:
        if isinstance(event := envelope.event, StockPolicySet):
            facts = event.model_dump(include={"safety_stock", "unlimited"})
            found[envelope.originator_id] = {"id": envelope.originator_id, **facts}
    return found


def _note_locations(conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
    places: dict[UUID, dict[str, object]] = {}
    opened: dict[UUID, bool] = {}
    for envelope in events:
        id = envelope.originator_id
        match envelope.event:
            case LocationRegistered() as event:
                country = event.country
                places[id] = {"id": id, "code": event.code, "country": country, "is_open": True}
            case LocationReopened():
                opened[id] = True
            case LocationClosed() | LocationMerged():
                opened[id] = False
            case _:
                pass
    upsert(conn, STOCK_LOCATIONS, places.values())
    write(conn, _OPEN_OR_CLOSE, ({"id": id, "is_open": now} for id, now in opened.items()))


# ------------------------------------------------------------------------------------- queries

_VALUES: LiteralString = f"""
id, version, sku, location, on_hand, reserved,
       CASE WHEN unlimited THEN {UNLIMITED} ELSE available END, quality_hold, damaged, safety_stock,
       coalesce((SELECT sum(greatest(quantity - received, 0)) FROM read.stock_supplies AS supply
                 WHERE supply.id = level.id AND NOT closed), 0)::int,
       made_to_order, unlimited
"""  # noqa: S608 - the number is ours
_COLUMNS: LiteralString = f"SELECT {_VALUES}"
_BY_IDS: LiteralString = f"{_COLUMNS} FROM read.stock_levels AS level WHERE id = ANY (%s)"

# Of what is available, what is set aside for other channels is not free, nor the last units that
# are kept back from this one, nor what those wait for who collect it there; what is announced up to
# a day is. Who waits and takes it from anywhere is counted beside. Nothing is promised from a
# location that is closed.
_OF_SKUS: LiteralString = f"""{_COLUMNS},
       CASE WHEN location = ANY (ARRAY(SELECT code FROM read.stock_locations WHERE NOT is_open))
            THEN 0
            WHEN unlimited THEN {UNLIMITED} ELSE available
         - coalesce((SELECT sum(units) FROM read.stock_shares AS share
                     WHERE share.id = level.id
                       AND %(for_channel)s AND channel IS DISTINCT FROM %(channel)s), 0)
         - coalesce((SELECT greatest(units - level.safety_stock, 0)
                     FROM read.stock_safety AS safety
                     WHERE safety.id = level.id AND channel = %(channel)s), 0)
         + coalesce((SELECT sum(greatest(quantity - received, 0))
                     FROM read.stock_supplies AS supply
                     WHERE supply.id = level.id AND NOT closed AND expected_on <= %(on)s), 0)
         - coalesce((SELECT sum(quantity) FROM read.backorders AS waiting
                     WHERE waiting.sku = level.sku AND pickup_location = level.location), 0)
       END::int,
       coalesce((SELECT sum(quantity) FROM read.backorders AS waiting
                 WHERE waiting.sku = level.sku AND pickup_location IS NULL), 0)::int
FROM read.stock_levels AS level
WHERE sku = ANY (%(skus)s)
  AND (%(country)s::text IS NULL
       OR location IN (SELECT code FROM read.stock_locations WHERE country = %(country)s))
ORDER BY sku, location
"""  # noqa: S608 - the number is ours

_CHANGED: LiteralString = """
SELECT id, newest.position FROM read.stock_levels AS level CROSS JOIN LATERAL (
    SELECT position FROM oms.events WHERE stream_id = level.id AND position <= %(until)s
    ORDER BY version DESC LIMIT 1) AS newest
WHERE sku = ANY (%(skus)s) AND newest.position > %(after)s
  AND (%(locations)s::text[] IS NULL OR location = ANY (%(locations)s))
ORDER BY newest.position LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class StockOffer:
    """Stock, and what of it may be promised to who asks, by the day that they ask for.

    `waiting` units of the SKU, wherever they are, belong to orders that came before.
    """

    item: StockItemView
    free: int
    waiting: int


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, StockItemView]:
    """Read stock items by id; unknown ones are missing."""
    cursor = await conn.execute(_BY_IDS, (list(ids),))
    return {row[0]: StockItemView(*row) for row in await cursor.fetchall()}


async def of_skus(
    conn: AsyncConnection[Any],
    skus: Sequence[str],
    country: str | None = None,
    channel: str | None = None,
    on: date | None = None,
) -> dict[str, list[StockOffer]]:
    """Read where SKUs are, by location code; `country` counts only the locations in it.

    For a `channel`, what is set aside for others is not free, nor the last units that are kept back
    from it. By a day, what was announced up to
    then is free as well. Whoever waits for stock may take it first, whatever the channel.
    """
    given = {
        "skus": list(skus),
        "country": country,
        "channel": channel,
        "for_channel": channel is not None,
        "on": on,
    }
    found: dict[str, list[StockOffer]] = {}
    for *row, free, waiting in await (await conn.execute(_OF_SKUS, given)).fetchall():
        view = StockItemView(*row)
        found.setdefault(view.sku, []).append(StockOffer(view, free, waiting))
    return found


async def changed(
    conn: AsyncConnection[Any],
    skus: Sequence[str],
    locations: Sequence[str] | None,
    *,
    after: int,
    until: int,
    most: int,
) -> dict[UUID, int]:
    """Find the stock items with an event after a position and up to another, and the last such.

    The order is that of these positions.
    """
    given = {
        "skus": list(skus),
        "locations": None if locations is None else list(locations),
        "after": after,
        "until": until,
        "most": most,
    }
    return dict(await (await conn.execute(_CHANGED, given)).fetchall())


async def free_at(conn: AsyncConnection[Any], location: str, most: int) -> dict[str, int]:
    """Tell what is at a location that is neither promised nor unsellable: units by SKU."""
    free = "on_hand - reserved - quality_hold - damaged"
    query = (
        f"SELECT sku, {free} FROM read.stock_levels"  # noqa: S608 - ours
        f" WHERE location = %s AND {free} > 0 ORDER BY sku LIMIT %s"
    )
    return dict(await (await conn.execute(query.encode(), (location, most))).fetchall())


async def promised_at(conn: AsyncConnection[Any], location: str, most: int) -> list[UUID]:
    """Find the stock items of a location that have promised units."""
    query = (
        "SELECT id FROM read.stock_levels WHERE location = %s"
        " AND (reserved > 0 OR made_to_order > 0) ORDER BY sku LIMIT %s"
    )
    return [id for (id,) in await (await conn.execute(query, (location, most))).fetchall()]


async def unlisted(
    conn: AsyncConnection[Any], locations: Sequence[str], listed: Sequence[UUID], most: int
) -> list[StockItemView]:
    """Read what some locations have on hand besides the items of a list, by location and SKU."""
    query = (
        f"{_COLUMNS} FROM read.stock_levels AS level WHERE location = ANY (%s) AND on_hand > 0"
        " AND id <> ALL (%s) ORDER BY location, sku LIMIT %s"
    )
    cursor = await conn.execute(query.encode(), (list(locations), list(listed), most))
    return [StockItemView(*row) for row in await cursor.fetchall()]


class StockItemSortField(StrEnum):
    """What a list of stock items is sorted by."""

    SKU = "SKU"


_CONDITIONS: Mapping[str, LiteralString] = {
    "location": "location = %(location)s",
    "sku": "sku = ANY (%(sku)s)",
    "available_from": "(unlimited OR available >= %(available_from)s)",
    "available_to": "(NOT unlimited AND available < %(available_to)s)",
    "serials_differ": """%(serials_differ)s = (
       on_hand <> (SELECT count(*) FROM read.serials AS unit
                   WHERE unit.sku = level.sku AND unit.location = level.location
                     AND unit.status = 'ON_HAND')
       AND EXISTS (SELECT 1 FROM read.serials AS unit WHERE unit.sku = level.sku))""",
}


@dataclass(frozen=True, slots=True)
class StockItemFilter:
    """Which stock items: all conditions must hold. `available_to` is exclusive.

    `serials_differ` where other serial numbers are known than there are units.
    """

    sku: Sequence[str] | None = None
    available_from: int | None = None
    available_to: int | None = None
    serials_differ: bool | None = None


def where(location: str, filter: StockItemFilter) -> Where:
    """Say in SQL which of what a location keeps or has promised a filter asks for."""
    asked = Where.by(_CONDITIONS, filter, location=location)
    kept: LiteralString = "(on_hand > 0 OR reserved > 0 OR made_to_order > 0)"
    return Where([*asked.conditions, kept], asked.given)


async def at(conn: AsyncConnection[Any], location: str, *, limit: int) -> list[StockItemView]:
    """Read what a location keeps or has promised, by SKU."""
    found = await LIST.page(conn, where(location, StockItemFilter()), Part(limit))
    return [placed.row for placed in found]


LIST: Listing[StockItemView] = Listing(
    "read.stock_levels AS level",
    _VALUES,
    lambda row: StockItemView(*row),
    {StockItemSortField.SKU: {"sku": "text"}},
    usual=Sort(StockItemSortField.SKU),
)
"""What a location keeps or has promised."""
