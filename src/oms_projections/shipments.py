"""What is each location sending, and how far has it come? One row a shipment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.privacy.looking import shown_of
from oms_core.shipments.events import ShipmentEvent
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import BEING_PREPARED, ShipmentKind, ShipmentStatus
from oms_core.shipments.view import CarriedLine, ShipmentView, ShippedParcel, TrackingNote
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import FORGETTING, Folded, retold

SHIPMENTS = Table(
    "shipments",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "order_id": "uuid NOT NULL",
        "kind": "text NOT NULL",
        "location": "text NOT NULL",
        "status": "text NOT NULL",
        "carrier": "text",
        "tracking_number": "text",
        "tracking_numbers": "text[] NOT NULL",  # its own and those of its parcels
        "ready_at": "timestamptz",
        "collect_by": "timestamptz",
        "dispatched_at": "timestamptz",
        "delivered_at": "timestamptz",
        "lines": "json NOT NULL",
        "parcels": "json NOT NULL",
        "tracking": "json NOT NULL",
        "planned": "bigint NOT NULL",  # the position of its first event
    },
    ("id",),
    (
        "(order_id, planned)",
        "(planned)",
        "(location, status, planned)",
        "(coalesce(dispatched_at, 'infinity'), planned)",
        "USING gin (tracking_numbers)",
    ),
    once=("planned",),
)


class Shipments(Projection):
    """Rows exactly as the shipment's view."""

    NAME = "shipments"
    TABLES: ClassVar = (SHIPMENTS,)
    TOPICS: ClassVar = (*get_args(ShipmentEvent), *FORGETTING)

    def __init__(self) -> None:
        self._shipments = Folded(Shipment)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        events = retold(conn, Shipment, events)
        first = {e.originator_id: e.position for e in reversed(events)}
        changed = self._shipments.apply(conn, events)
        upsert(conn, SHIPMENTS, (_row(s.view(), first[s.id]) for s in changed))

    def forget(self) -> None:
        self._shipments.forget()


def _row(view: ShipmentView, planned: int) -> Mapping[str, object]:
    row: dict[str, object] = {name: getattr(view, name) for name in ShipmentView.__slots__}
    for name in ("lines", "parcels", "tracking"):
        row[name] = [each.model_dump(mode="json") for each in getattr(view, name)]
    numbers = {view.tracking_number, *(parcel.tracking_number for parcel in view.parcels)}
    return row | {"planned": planned, "tracking_numbers": sorted(filter(None, numbers))}


# ------------------------------------------------------------------------------------- queries

_COLUMNS = ", ".join(ShipmentView.__slots__)
_SELECT = f"SELECT {_COLUMNS} FROM read.shipments"  # noqa: S608


class ShipmentSortField(StrEnum):
    """What a list of shipments is sorted by."""

    PLANNED = "PLANNED"
    DISPATCHED_AT = "DISPATCHED_AT"


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ShipmentView]:
    """Read shipments by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


async def by_orders(
    conn: AsyncConnection[Any], order_ids: Sequence[UUID]
) -> dict[UUID, list[ShipmentView]]:
    """Read the shipments of orders, each order's as they were planned."""
    query = f"{_SELECT} WHERE order_id = ANY (%s) ORDER BY order_id, planned"
    found: dict[UUID, list[ShipmentView]] = {}
    cursor = await conn.execute(query.encode(), (list(order_ids),))
    for row in await cursor.fetchall():
        view = _view(row)
        found.setdefault(view.order_id, []).append(view)
    return found


Place = tuple[str, str]
"""A SKU at a location."""

_PICKED: LiteralString = """
SELECT line->>'sku', location, sum((line->>'picked')::int)::int
FROM read.shipments CROSS JOIN json_array_elements(lines) AS line
WHERE location = ANY (%s) AND status = ANY (%s) AND line->>'sku' = ANY (%s)
GROUP BY 1, 2
"""


async def picked(conn: AsyncConnection[Any], places: Sequence[Place]) -> dict[Place, int]:
    """Count units that are taken from the shelves and have not left; none where it is missing."""
    skus, locations = (sorted(set(each)) for each in zip(*places, strict=True))
    cursor = await conn.execute(_PICKED, (locations, sorted(BEING_PREPARED), skus))
    return {(sku, location): units for sku, location, units in await cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """Which shipments: all conditions must hold; a list means any of its values."""

    location: Sequence[str] | None = None
    status: Sequence[str] | None = None
    kind: Sequence[str] | None = None
    tracking_number: str | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "location": "location = ANY (%(location)s)",
    "status": "status = ANY (%(status)s)",
    "kind": "kind = ANY (%(kind)s)",
    "tracking_number": "tracking_numbers @> ARRAY[%(tracking_number)s]",
}


def where(filter: ShipmentFilter) -> Where:
    """Say in SQL which shipments a filter asks for."""
    return Where.by(_CONDITIONS, filter)


def _view(row: Sequence[Any]) -> ShipmentView:
    values = dict(zip(ShipmentView.__slots__, row, strict=True))
    shown_of(values["order_id"])
    values["kind"] = ShipmentKind(values["kind"])
    values["status"] = ShipmentStatus(values["status"])
    values["lines"] = tuple(map(CarriedLine.model_validate, values["lines"]))
    values["parcels"] = tuple(map(ShippedParcel.model_validate, values["parcels"]))
    values["tracking"] = tuple(map(TrackingNote.model_validate, values["tracking"]))
    return ShipmentView(**values)


LIST: Listing[ShipmentView] = Listing(
    "read.shipments",
    _COLUMNS,
    _view,
    {
        ShipmentSortField.PLANNED: {"planned": "bigint"},
        ShipmentSortField.DISPATCHED_AT: {
            "coalesce(dispatched_at, 'infinity')": "timestamptz",
            "planned": "bigint",
        },
    },
    usual=Sort(ShipmentSortField.PLANNED),
)
"""All shipments; what has not left yet comes after all that has."""
