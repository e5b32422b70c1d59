"""What happens to a product. One stream per SKU."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from oms_core.kernel.message import Event
from oms_core.kernel.money import Money


class ProductRegistered(Event):
    """A product can be stocked and sold from now on. `tax_rate` 0.19 means 19 %."""

    TOPIC: ClassVar[str] = "catalogue.ProductRegistered.v1"
    sku: str
    name: str
    price: Money
    tax_rate: Decimal = Decimal(0)
    weight_grams: int | None = None
    origin_country: str | None = None
    commodity_code: str | None = None
    gtin: str | None = None


class ProductStocked(Event):
    """A location keeps this product for the first time: from now on it is asked for stock."""

    TOPIC: ClassVar[str] = "catalogue.ProductStocked.v1"
    location: str


class ProductBackordered(Event):
    """Orders wait for this product: what arrives is theirs first."""

    TOPIC: ClassVar[str] = "catalogue.ProductBackordered.v1"


class ProductCaughtUp(Event):
    """Nobody waits for this product any more."""

    TOPIC: ClassVar[str] = "catalogue.ProductCaughtUp.v1"


CatalogueEvent = ProductRegistered | ProductStocked | ProductBackordered | ProductCaughtUp
