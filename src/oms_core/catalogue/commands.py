"""Commands on the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from oms_core.catalogue.events import ProductRegistered
from oms_core.catalogue.product import Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Gtin, Number, Price, Quantity, Rate, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command


class RegisterProduct(Command):
    """Enter a product into the catalogue. `tax_rate` 0.19 means 19 %."""

    sku: Number
    name: Text
    price: Price
    tax_rate: Rate = Decimal(0)
    weight_grams: Quantity | None = None
    origin_country: Country | None = None
    commodity_code: Code | None = None
    gtin: Gtin | None = None

    def touches(self) -> Iterable[UUID]:
        return (product_id(self.sku),)


@handles(RegisterProduct)
async def register_product(command: RegisterProduct, streams: Streams) -> Product:
    """Record the product; refused when the SKU is taken."""
    [product] = await streams.find(Product, [product_id(command.sku)])
    product.register(ProductRegistered(**command.model_dump()))
    return product
