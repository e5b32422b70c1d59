"""What happens to a product. One stream per SKU."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from oms_core.kernel.message import Event, Message
from oms_core.kernel.money import Money


class DangerousGoods(Message):
    """What carriers must know by the UN's Model Regulations, as ADR, IATA DGR and IMDG have it.

    `un_number` such as UN1263, `hazard_class` such as 3 or 2.1, `packing_group` I, II or III.
    """

    un_number: str
    hazard_class: str
    packing_group: str | None = None


class ShippingFacts(Message):
    """What a shipper needs to know of one unit; None where nobody said.

    Length, width and height are in millimetres. `tax_class` is the shop's own word for it.
    """

    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    origin_country: str | None = None
    commodity_code: str | None = None
    gtin: str | None = None
    tax_class: str | None = None
    dangerous_goods: DangerousGoods | None = None


class ProductRegistered(Event, ShippingFacts):
    """A product can be stocked and sold from now on. `tax_rate` 0.19 means 19 %.

    What `keeps_lots` comes in lots, which may have best-before dates; of what is
    `serial_numbered`, each unit has a number of its own.
    """

    TOPIC: ClassVar[str] = "catalogue.ProductRegistered.v1"
    sku: str
    name: str
    price: Money
    tax_rate: Decimal = Decimal(0)
    keeps_lots: bool = False
    serial_numbered: bool = False


class ProductFactsDeclared(Event, ShippingFacts):
    """These are the facts that a shipper needs from now on: all of them, also what stays."""

    TOPIC: ClassVar[str] = "catalogue.ProductFactsDeclared.v1"


class ProductPriced(Event):
    """A unit costs this from a moment on, until another one if that was said.

    On one channel if it is named, else on all. A price of the same channel, currency and beginning
    is replaced.
    """

    TOPIC: ClassVar[str] = "catalogue.ProductPriced.v1"
    price: Money
    valid_from: datetime
    valid_until: datetime | None = None
    channel: str | None = None


class PriceWithdrawn(Event):
    """The price of this channel, currency and beginning does not hold, as if it had never been."""

    TOPIC: ClassVar[str] = "catalogue.PriceWithdrawn.v1"
    currency: str
    valid_from: datetime
    channel: str | None = None


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


CatalogueEvent = (
    ProductRegistered
    | ProductFactsDeclared
    | ProductPriced
    | PriceWithdrawn
    | ProductStocked
    | ProductBackordered
    | ProductCaughtUp
)
