"""A product: what can be sold, at which prices, and which locations keep it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from oms_core.catalogue.events import (
    CatalogueEvent,
    DangerousGoods,
    PriceWithdrawn,
    ProductBackordered,
    ProductCaughtUp,
    ProductFactsDeclared,
    ProductPriced,
    ProductRegistered,
    ProductStocked,
    ShippingFacts,
)
from oms_core.catalogue.prices import (
    Market,
    NoPriceValid,
    NoSuchPrice,
    PriceKey,
    PriceNeverValid,
    key_of,
    valid_price,
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
    """A product as an answer shows it. `price` is the list price, `prices` are all others."""

    id: UUID
    version: int
    sku: str
    name: str
    price: Money
    tax_rate: Decimal
    keeps_lots: bool
    serial_numbered: bool
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    origin_country: str | None
    commodity_code: str | None
    gtin: str | None
    tax_class: str | None
    dangerous_goods: DangerousGoods | None
    prices: tuple[ProductPriced, ...]


def product_view(
    id: UUID, version: int, facts: ProductRegistered, prices: Iterable[ProductPriced]
) -> ProductView:
    """Show a product with these facts."""
    told = {name: getattr(facts, name) for name in ProductRegistered.model_fields}
    by_beginning = sorted(prices, key=lambda each: (each.channel or "", each.valid_from))
    return ProductView(id, version, **told, prices=tuple(by_beginning))


class Product(Aggregate[CatalogueEvent]):
    """One SKU of the catalogue."""

    facts: ProductRegistered

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.locations: list[str] = []
        self.prices: dict[PriceKey, ProductPriced] = {}
        self.backordered = False

    def register(self, facts: ProductRegistered) -> None:
        """Enter the product into the catalogue, once."""
        if self.exists:
            raise ProductAlreadyRegistered(sku=facts.sku, field=("sku",))
        self.record(facts)

    def declare(self, facts: ProductFactsDeclared) -> None:
        """Say what a shipper needs to know; nothing happens when that is known."""
        known = self.facts.model_dump(include=set(ShippingFacts.model_fields))
        if facts.model_dump() != known:
            self.record(facts)

    def set_price(self, price: ProductPriced) -> None:
        """Let a price hold for a time; nothing happens when it does already."""
        if price.valid_until is not None and price.valid_until <= price.valid_from:
            raise PriceNeverValid(
                until=price.valid_until.isoformat(),
                begins=price.valid_from.isoformat(),
                field=("valid_until",),
            )
        if self.prices.get(key_of(price)) != price:
            self.record(price)

    def withdraw_price(self, price: PriceWithdrawn) -> None:
        """Take a price back."""
        if key_of(price) not in self.prices:
            where = "all channels" if price.channel is None else f"channel {price.channel}"
            raise NoSuchPrice(
                sku=self.facts.sku,
                currency=price.currency,
                begins=price.valid_from.isoformat(),
                where=where,
                field=("valid_from",),
            )
        self.record(price)

    def price_on(self, market: Market, *field: str) -> Money:
        """Find the price that holds, else the list price. Raises `NoPriceValid`."""
        found = valid_price(self.prices.values(), market) if self.prices else None
        if found is None and self.facts.price.currency == market.currency:
            found = self.facts.price
        if found is None:
            raise NoPriceValid(
                sku=self.facts.sku,
                currency=market.currency,
                channel=market.channel,
                moment=market.moment.isoformat(),
                field=field,
            )
        return found

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
            case ProductFactsDeclared():
                declared = {name: getattr(event, name) for name in ShippingFacts.model_fields}
                self.facts = self.facts.model_copy(update=declared)
            case ProductPriced():
                self.prices[key_of(event)] = event
            case PriceWithdrawn():
                del self.prices[key_of(event)]
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
        return product_view(self.id, self.version, self.facts, self.prices.values())
