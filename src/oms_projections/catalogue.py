"""Which products and locations are there? One row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.catalogue.events import ProductRegistered
from oms_core.catalogue.product import ProductView
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.money import Money
from oms_core.locations.events import LocationEvent
from oms_core.locations.location import Location
from oms_projections.locations import LOCATIONS, location_row
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

PRODUCTS = Table(
    "products",
    {
        "id": "uuid NOT NULL",
        "sku": "text NOT NULL",
        "name": "text NOT NULL",
        "price_amount": "numeric NOT NULL",
        "price_currency": "text NOT NULL",
    },
    ("id",),
    ("(sku)",),
)


class Catalogue(Projection):
    """Products as they were registered, and locations exactly as their views."""

    NAME = "catalogue"
    TABLES: ClassVar = (PRODUCTS, LOCATIONS)
    TOPICS: ClassVar = (ProductRegistered, *get_args(LocationEvent))

    def __init__(self) -> None:
        self._locations = Folded(Location)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        products = [
            _product(envelope.originator_id, envelope.event)
            for envelope in events
            if isinstance(envelope.event, ProductRegistered)
        ]
        about_locations = [e for e in events if not isinstance(e.event, ProductRegistered)]
        changed = self._locations.apply(conn, about_locations)
        upsert(conn, PRODUCTS, products)
        upsert(conn, LOCATIONS, (location_row(location.view()) for location in changed))

    def forget(self) -> None:
        self._locations.forget()


def _product(id: UUID, event: ProductRegistered) -> dict[str, object]:
    return {
        "id": id,
        "sku": event.sku,
        "name": event.name,
        "price_amount": event.price.amount,
        "price_currency": event.price.currency,
    }


# ------------------------------------------------------------------------------------- queries


async def products_by_ids(
    conn: AsyncConnection[Any], ids: Sequence[UUID]
) -> dict[UUID, ProductView]:
    """Read products by id; unknown ones are missing."""
    query = "SELECT id, sku, name, price_amount, price_currency FROM read.products"
    cursor = await conn.execute(f"{query} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {
        id: ProductView(id, sku, name, Money(amount, currency))
        for id, sku, name, amount, currency in await cursor.fetchall()
    }
