"""A product: what can be sold, at which list price, and which locations keep it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.catalogue.events import (
    CatalogueEvent,
    ProductBackordered,
    ProductCaughtUp,
    ProductRegistered,
    ProductStocked,
)
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import AlreadyExists, NotFound


class NoSuchProduct(NotFound):
    """There is no product {sku}. Register it first, or check the SKU."""


class ProductAlreadyRegistered(AlreadyExists):
    """Product {sku} is registered already. Choose another SKU, or use the one that is there."""


def product_id(sku: str) -> UUID:
    """Give the stream of a SKU."""
    return natural_id("product", sku)


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as an answer shows it."""

    id: UUID
    sku: str
    name: str
    price: Money


class Product(Aggregate[CatalogueEvent]):
    """One SKU of the catalogue."""

    facts: ProductRegistered

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.locations: list[str] = []
        self.backordered = False

    def register(self, facts: ProductRegistered) -> None:
        """Enter the product into the catalogue, once."""
        if self.exists:
            raise ProductAlreadyRegistered(sku=facts.sku, field=("sku",))
        self.record(facts)

    def stocked_at(self, location: str) -> None:
        """Note that a location keeps this product; nothing happens when that is known."""
        if location not in self.locations:
            self.record(ProductStocked(location=location))

    def note_backorders(self, *, waiting: bool) -> None:
        """Note whether orders wait for this product; nothing happens when that is known."""
        if waiting != self.backordered:
            self.record(ProductBackordered() if waiting else ProductCaughtUp())

    def evolve(self, event: CatalogueEvent) -> None:
        match event:
            case ProductRegistered():
                self.facts = event
            case ProductStocked():
                self.locations.append(event.location)
            case ProductBackordered():
                self.backordered = True
            case ProductCaughtUp():
                self.backordered = False
            case _:
                assert_never(event)

    def view(self) -> ProductView:
        """Show the product as it is now."""
        return ProductView(self.id, self.facts.sku, self.facts.name, self.facts.price)
