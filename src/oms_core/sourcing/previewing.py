"""What would become of a basket that nobody has ordered yet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Latitude, Longitude, Number, Quantity
from oms_core.kernel.message import Message
from oms_core.orders.quantities import MOST_LINES, SkuQuantity
from oms_core.sourcing.asking import Sourced, goods_of, source
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.survey import Basket


class PreviewedLine(SkuQuantity):
    """So many units of a SKU, checked."""

    sku: Number
    quantity: Quantity


class PreviewedBasket(Message):
    """A basket, and where it is to go, checked."""

    channel: Code
    country: Country
    postal_code: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    lines: Annotated[tuple[PreviewedLine, ...], Field(min_length=1, max_length=MOST_LINES)]


async def preview(
    basket: PreviewedBasket, at: datetime, streams: Streams
) -> tuple[Sourced, Basket]:
    """Source a basket as if it were ordered now. Refused when a product is unknown."""
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    skus = list(dict.fromkeys(line.sku for line in basket.lines))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    products = dict(zip(skus, found, strict=True))
    for i, line in enumerate(basket.lines):
        if not products[line.sku].exists:
            raise NoSuchProduct(sku=line.sku, field=("lines", str(i), "sku"))
    latitude, longitude = basket.latitude, basket.longitude
    wanted = Basket(
        channel=basket.channel,
        country=basket.country,
        postal_code=basket.postal_code,
        point=None if latitude is None or longitude is None else (latitude, longitude),
        at=at,
        lines=basket.lines,
        goods={sku: goods_of(product) for sku, product in products.items()},
    )
    return await source(wanted, products, policy, streams), wanted
