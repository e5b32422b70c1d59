"""Which products and locations are there? One row each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.catalogue.events import ProductRegistered
from oms_core.catalogue.product import ProductView
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.money import Money
from oms_core.locations.events import LocationRegistered
from oms_core.locations.location import LocationView
from oms_projections.projection import Projection, Table, upsert

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

LOCATIONS = Table(
    "locations",
    {
        "id": "uuid NOT NULL",
        "code": "text NOT NULL",
        "name": "text NOT NULL",
        "country": "text NOT NULL",
    },
    ("id",),
    ("(code)",),
)


class Catalogue(Projection):
    """Products and locations as they were registered."""

    NAME = "catalogue"
    TABLES: ClassVar = (PRODUCTS, LOCATIONS)
    TOPICS: ClassVar = (ProductRegistered, LocationRegistered)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        products: list[dict[str, object]] = []
        locations: list[dict[str, object]] = []
        for envelope in events:
            match envelope.event:
                case ProductRegistered() as product:
                    products.append(_product(envelope.originator_id, product))
                case LocationRegistered() as location:
                    facts = location.model_dump(include={"code", "name", "country"})
                    locations.append({"id": envelope.originator_id, **facts})
                case _:
                    pass
        upsert(conn, PRODUCTS, products)
        upsert(conn, LOCATIONS, locations)


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


async def locations_by_ids(
    conn: AsyncConnection[Any], ids: Sequence[UUID]
) -> dict[UUID, LocationView]:
    """Read locations by id; unknown ones are missing."""
    query = "SELECT id, code, name, country FROM read.locations WHERE id = ANY (%s)"
    cursor = await conn.execute(query, (list(ids),))
    return {row[0]: LocationView(*row) for row in await cursor.fetchall()}
