"""Which products and locations are there? One row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection

from oms_core.catalogue.events import CatalogueEvent, ProductPriced, ProductRegistered
from oms_core.catalogue.product import Product, ProductView, product_view
from oms_core.kernel.envelope import Envelope
from oms_core.locations.events import LocationEvent
from oms_core.locations.location import Location
from oms_projections.locations import LOCATIONS, location_row
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

PRODUCTS = Table(
    "products",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "sku": "text NOT NULL",
        "facts": "json NOT NULL",
        "prices": "json NOT NULL",
    },
    ("id",),
    ("(sku)",),
)


class Catalogue(Projection):
    """Products and locations exactly as their views."""

    NAME = "catalogue"
    TABLES: ClassVar = (PRODUCTS, LOCATIONS)
    TOPICS: ClassVar = (*get_args(CatalogueEvent), *get_args(LocationEvent))

    def __init__(self) -> None:
        self._products = Folded(Product)
        self._locations = Folded(Location)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        of_products = [e for e in events if isinstance(e.event, CatalogueEvent)]
        of_locations = [e for e in events if not isinstance(e.event, CatalogueEvent)]
        products = self._products.apply(conn, of_products)
        locations = self._locations.apply(conn, of_locations)
        upsert(conn, PRODUCTS, map(_row, products))
        upsert(conn, LOCATIONS, (location_row(location.view()) for location in locations))

    def forget(self) -> None:
        self._products.forget()
        self._locations.forget()


def _row(product: Product) -> Mapping[str, object]:
    prices = [orjson.Fragment(price.model_dump_json()) for price in product.view().prices]
    return {
        "id": product.id,
        "version": product.version,
        "sku": product.facts.sku,
        "facts": orjson.Fragment(product.facts.model_dump_json()),
        "prices": prices,
    }


# ------------------------------------------------------------------------------------- queries


async def products_by_ids(
    conn: AsyncConnection[Any], ids: Sequence[UUID]
) -> dict[UUID, ProductView]:
    """Read products by id; unknown ones are missing."""
    return {view.id: view for view in await _read(conn, "WHERE id = ANY (%s)", list(ids))}


async def products(
    conn: AsyncConnection[Any], *, limit: int, after: str | None = None
) -> list[ProductView]:
    """Read products by SKU, after one if it is given."""
    where = "" if after is None else "WHERE sku > %s"
    given = () if after is None else (after,)
    return await _read(conn, f"{where} ORDER BY sku LIMIT %s", *given, limit)


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[ProductView]:
    query = f"SELECT id, version, facts, prices FROM read.products {rest}"  # noqa: S608
    cursor = await conn.execute(query.encode(), given)
    return [
        product_view(
            id,
            version,
            ProductRegistered.model_validate(facts),
            [ProductPriced.model_validate(price) for price in prices],
        )
        for id, version, facts, prices in await cursor.fetchall()
    ]
