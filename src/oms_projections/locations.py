"""Which locations are there, and how does each work? One row each, kept by the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from oms_core.kernel.calendar import Calendar
from oms_core.locations.location import LocationView
from oms_core.locations.traits import LocationKind
from oms_projections.projection import Table

LOCATIONS = Table(
    "locations",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "code": "text NOT NULL",
        "name": "text NOT NULL",
        "country": "text NOT NULL",
        "postal_code": "text",
        "latitude": "double precision",
        "longitude": "double precision",
        "kind": "text NOT NULL",
        "is_open": "boolean NOT NULL",
        "calendar": "json NOT NULL",
        "capacity_per_day": "integer",
        "traits": "text[] NOT NULL",
    },
    ("id",),
    ("(code)",),
)


def location_row(view: LocationView) -> Mapping[str, object]:
    """Give the row of a location."""
    row: dict[str, object] = {name: getattr(view, name) for name in LocationView.__slots__}
    return row | {"calendar": orjson.Fragment(view.calendar.model_dump_json())}


# ------------------------------------------------------------------------------------- queries

_LOCATIONS = f"SELECT {', '.join(LOCATIONS.columns)} FROM read.locations"  # noqa: S608


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, LocationView]:
    """Read locations by id; unknown ones are missing."""
    return {view.id: view for view in await _read(conn, "WHERE id = ANY (%s)", list(ids))}


async def all_of_them(conn: AsyncConnection[Any]) -> list[LocationView]:
    """Read every location, by code."""
    return await _read(conn, "ORDER BY code")


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[LocationView]:
    cursor = await conn.execute(f"{_LOCATIONS} {rest}".encode(), given)
    return [_view(row) for row in await cursor.fetchall()]


def _view(row: Sequence[Any]) -> LocationView:
    values = dict(zip(LOCATIONS.columns, row, strict=True))
    own = {
        "kind": LocationKind(values["kind"]),
        "calendar": Calendar.model_validate(values["calendar"]),
        "traits": tuple(values["traits"]),
    }
    return LocationView(**values | own)
