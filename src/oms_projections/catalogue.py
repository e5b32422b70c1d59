"""Which products and locations are there? One row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
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
from oms_projections.paging import Listing, Sort, Where, containing
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
    (
        "(sku)",
        "((facts ->> 'name'), sku)",
        "USING gin (lower(sku || ' ' || (facts ->> 'name')) public.gin_trgm_ops)",
    ),
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


class ProductSortField(StrEnum):
    """What a list of products is sorted by."""

    SKU = "SKU"
    NAME = "NAME"


_CONDITIONS: Mapping[str, LiteralString] = {
    "sku": "sku = ANY (%(sku)s)",
    "search": "lower(sku || ' ' || (facts ->> 'name')) LIKE %(search)s",
}


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products: all conditions must hold. `search` is a part of the SKU or the name."""

    sku: Sequence[str] | None = None
    search: str | None = None


def where(filter: ProductFilter) -> Where:
    """Say in SQL which products a filter asks for."""
    search = None if filter.search is None else containing(filter.search)
    return Where.by(_CONDITIONS, filter, search=search)


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[ProductView]:
    query = f"SELECT {_COLUMNS} FROM read.products {rest}"  # noqa: S608
    cursor = await conn.execute(query.encode(), given)
    return [_view(row) for row in await cursor.fetchall()]


def _view(row: Sequence[Any]) -> ProductView:
    id, version, facts, prices = row
    return product_view(
        id,
        version,
        ProductRegistered.model_validate(facts),
        [ProductPriced.model_validate(price) for price in prices],
    )


_COLUMNS = "id, version, facts, prices"
LIST: Listing[ProductView] = Listing(
    "read.products",
    _COLUMNS,
    _view,
    {
        ProductSortField.SKU: {"sku": "text"},
        ProductSortField.NAME: {"(facts ->> 'name')": "text", "sku": "text"},
    },
    usual=Sort(ProductSortField.SKU),
)
"""All products."""
