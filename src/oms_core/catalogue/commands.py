"""Commands on the catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.events import (
    DangerousGoods,
    PriceWithdrawn,
    ProductFactsDeclared,
    ProductPriced,
    ProductRegistered,
    ShippingFacts,
)
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import (
    Code,
    CommodityCode,
    Country,
    Currency,
    Gtin,
    Moment,
    Number,
    Price,
    Quantity,
    Rate,
    Text,
)
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command

Millimetres = Annotated[int, Field(ge=1, le=100_000)]
UnNumber = Annotated[str, Field(pattern=r"^UN[0-9]{4}$")]
HazardClass = Annotated[
    str, Field(pattern=r"^(1(\.[1-6])?|2(\.[1-3])?|3|4\.[1-3]|5\.[12]|6\.[12]|7|8|9)$")
]
"""A class of ADR 2.1.1.1, with its division where there is one."""
PackingGroup = Annotated[str, Field(pattern=r"^I{1,3}$")]


class _DangerousGoods(DangerousGoods):
    un_number: UnNumber
    hazard_class: HazardClass
    packing_group: PackingGroup | None = None


class _Facts(ShippingFacts):
    weight_grams: Quantity | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    origin_country: Country | None = None
    commodity_code: CommodityCode | None = None
    gtin: Gtin | None = None
    tax_class: Code | None = None
    dangerous_goods: _DangerousGoods | None = None


class _OnProduct(Command):
    sku: Number

    def target(self) -> UUID:
        return product_id(self.sku)


class RegisterProduct(_OnProduct, _Facts):
    """Enter a product into the catalogue. `tax_rate` 0.19 means 19 %.

    What `keeps_lots` can only be received with the name of a lot, and what is `serial_numbered`
    only with a serial number for each unit. That stays so.
    """

    name: Text
    price: Price
    tax_rate: Rate = Decimal(0)
    keeps_lots: bool = False
    serial_numbered: bool = False


class DeclareProductFacts(_OnProduct, _Facts):
    """Say what a shipper needs to know, all of it: what is not given is not known."""


class SetPrice(_OnProduct):
    """Let a unit cost this from a moment on: on one channel, or on all if none is named.

    A price of the same channel, currency and beginning is replaced, also to let it end.
    """

    price: Price
    valid_from: Moment
    valid_until: Moment | None = None
    channel: Code | None = None


class WithdrawPrice(_OnProduct):
    """Take a price back, as if it had never been set."""

    currency: Currency
    valid_from: Moment
    channel: Code | None = None


@handles(RegisterProduct)
async def register_product(command: RegisterProduct, streams: Streams) -> Product:
    """Record the product; refused when the SKU is taken."""
    [product] = await streams.find(Product, [product_id(command.sku)])
    product.register(ProductRegistered(**command.model_dump()))
    return product


@handles(DeclareProductFacts)
async def declare_product_facts(command: DeclareProductFacts, streams: Streams) -> Product:
    """Record the facts. They hold for what is sourced, rated and declared from then on."""
    product = await _known(command, streams)
    product.declare(ProductFactsDeclared(**command.model_dump(exclude={"sku"})))
    return product


@handles(SetPrice)
async def set_price(command: SetPrice, streams: Streams) -> Product:
    """Record the price. What was ordered keeps the price that it was ordered at."""
    product = await _known(command, streams)
    product.set_price(ProductPriced(**command.model_dump(exclude={"sku"})))
    return product


@handles(WithdrawPrice)
async def withdraw_price(command: WithdrawPrice, streams: Streams) -> Product:
    """Record that a price does not hold."""
    product = await _known(command, streams)
    product.withdraw_price(PriceWithdrawn(**command.model_dump(exclude={"sku"})))
    return product


async def _known(command: _OnProduct, streams: Streams) -> Product:
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    return product
