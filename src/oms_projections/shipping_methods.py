"""Which shipping methods are there? One row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection

from oms_core.delivery.events import DeliveryEvent, ShippingMethodConfigured
from oms_core.delivery.shipping_method import ShippingMethod, ShippingMethodView
from oms_core.kernel.envelope import Envelope
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

SHIPPING_METHODS = Table(
    "shipping_methods",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "facts": "json NOT NULL",
        "withdrawn": "boolean NOT NULL",
    },
    ("id",),
)


class ShippingMethods(Projection):
    """Rows exactly as the method's view."""

    NAME = "shipping_methods"
    TABLES: ClassVar = (SHIPPING_METHODS,)
    TOPICS: ClassVar = get_args(DeliveryEvent)

    def __init__(self) -> None:
        self._methods = Folded(ShippingMethod)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._methods.apply(conn, events)
        upsert(conn, SHIPPING_METHODS, (_row(method.view()) for method in changed))

    def forget(self) -> None:
        self._methods.forget()


def _row(view: ShippingMethodView) -> Mapping[str, object]:
    return {
        "id": view.id,
        "version": view.version,
        "facts": orjson.Fragment(view.facts.model_dump_json()),
        "withdrawn": view.withdrawn,
    }


# ------------------------------------------------------------------------------------- queries


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ShippingMethodView]:
    """Read shipping methods by id; unknown ones are missing."""
    return {view.id: view for view in await _read(conn, "WHERE id = ANY (%s)", list(ids))}


async def all_of_them(conn: AsyncConnection[Any]) -> list[ShippingMethodView]:
    """Read every shipping method, by code."""
    return sorted(await _read(conn, ""), key=lambda view: view.facts.code)


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[ShippingMethodView]:
    query = f"SELECT id, version, facts, withdrawn FROM read.shipping_methods {rest}"  # noqa: S608
    cursor = await conn.execute(query.encode(), given)
    return [
        ShippingMethodView(id, version, ShippingMethodConfigured.model_validate(facts), withdrawn)
        for id, version, facts, withdrawn in await cursor.fetchall()
    ]
