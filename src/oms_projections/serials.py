"""Where is each unit with a serial number, and with which order did it leave? One row a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.serials.events import SerialEvent
from oms_core.serials.serial import Serial, SerialStatus, SerialView
from oms_core.stock.events import StockCondition
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

SERIALS = Table(
    "serials",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "sku": "text NOT NULL",
        "serial": "text NOT NULL",
        "status": "text NOT NULL",
        "location": "text NOT NULL",
        "condition": "text",
        "order_id": "uuid",
        "shipment_id": "uuid",
        "transfer_id": "uuid",
        "received": "bigint NOT NULL",  # the position of its first event
    },
    ("id",),
    (
        "(received)",
        "(serial, id)",
        "(sku, received)",
        "(location, status, received)",
        "(order_id, received)",
        "(sku, location, status)",
    ),
    once=("received",),
)


class Serials(Projection):
    """Rows exactly as the unit's view."""

    NAME = "serials"
    VERSION = 2
    TABLES: ClassVar = (SERIALS,)
    TOPICS: ClassVar = get_args(SerialEvent)

    def __init__(self) -> None:
        self._serials = Folded(Serial)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        first = {e.originator_id: e.position for e in reversed(events)}
        changed = self._serials.apply(conn, events)
        upsert(conn, SERIALS, (_row(one.view(), first[one.id]) for one in changed))

    def forget(self) -> None:
        self._serials.forget()


def _row(view: SerialView, received: int) -> Mapping[str, object]:
    return {name: getattr(view, name) for name in SerialView.__slots__} | {"received": received}


# ------------------------------------------------------------------------------------- queries

_COLUMNS = ", ".join(SerialView.__slots__)

Place = tuple[str, str]
"""A SKU at a location."""


class SerialSortField(StrEnum):
    """What a list of units is sorted by."""

    RECEIVED = "RECEIVED"
    SERIAL = "SERIAL"


@dataclass(frozen=True, slots=True)
class SerialFilter:
    """Which units: all conditions must hold; a list means any of its values."""

    sku: str | None = None
    serial: str | None = None
    location: Sequence[str] | None = None
    status: Sequence[str] | None = None
    order_id: str | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "sku": "sku = %(sku)s",
    "serial": "serial = %(serial)s",
    "location": "location = ANY (%(location)s)",
    "status": "status = ANY (%(status)s)",
    "order_id": "order_id = %(order_id)s",
}


def where(filter: SerialFilter) -> Where:
    """Say in SQL which units a filter asks for."""
    return Where.by(_CONDITIONS, filter)


async def left_behind(conn: AsyncConnection[Any], location: str, most: int) -> dict[str, list[str]]:
    """Find units that are on hand at a location that has no stock of them any more, by SKU."""
    query = """
        SELECT sku, serial FROM read.serials AS unit
        WHERE location = %s AND status = 'ON_HAND' AND NOT EXISTS (
          SELECT 1 FROM read.stock_levels AS level
          WHERE level.sku = unit.sku AND level.location = unit.location AND on_hand > 0)
        ORDER BY sku, received LIMIT %s"""
    found: dict[str, list[str]] = {}
    for sku, serial in await (await conn.execute(query, (location, most))).fetchall():
        found.setdefault(sku, []).append(serial)
    return found


async def on_hand(conn: AsyncConnection[Any], places: Sequence[Place]) -> dict[Place, int]:
    """Count the units that are known to be at these places, each a SKU and a location."""
    query = """
        SELECT sku, location, count(unit.id)
        FROM unnest(%s::text[], %s::text[]) AS wanted (sku, location)
        JOIN read.serials AS unit USING (sku, location)
        WHERE status = 'ON_HAND' GROUP BY sku, location"""
    skus, locations = [sku for sku, _ in places], [location for _, location in places]
    rows = await (await conn.execute(query, (skus, locations))).fetchall()
    return {(sku, location): units for sku, location, units in rows}


def _view(row: Sequence[Any]) -> SerialView:
    values = dict(zip(SerialView.__slots__, row, strict=True))
    values["status"] = SerialStatus(values["status"])
    if values["condition"] is not None:
        values["condition"] = StockCondition(values["condition"])
    return SerialView(**values)


LIST = Listing(
    "read.serials",
    _COLUMNS,
    _view,
    {
        SerialSortField.RECEIVED: {"received": "bigint"},
        SerialSortField.SERIAL: {"serial": "text", "id": "uuid"},
    },
    Sort(SerialSortField.RECEIVED),
)
"""Units; in the order in which they came in first, unless they are sorted otherwise."""
