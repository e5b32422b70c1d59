"""What would become of a basket that nobody has ordered yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Latitude, Longitude, Number, Quantity
from oms_core.kernel.message import Message
from oms_core.locations.location import Location, location_id
from oms_core.orders.quantities import MOST_LINES, SkuQuantity
from oms_core.sourcing.asking import Sourced, goods_of, source
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.survey import Basket

Place = tuple[str, str]
"""A SKU at a location."""


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


class Destination(Message):
    """Where something is to go, checked."""

    country: Country


async def served(
    skus: Iterable[str],
    channel: str | None,
    destination: Destination,
    at: datetime,
    streams: Streams,
) -> frozenset[Place] | None:
    """Tell which locations may send which SKUs to a country now, by the sourcing rules.

    None where there are none: then all may. How many orders a location can send is not asked.
    """
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    if policy.surveyor is None:
        return None
    skus = list(dict.fromkeys(skus))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    products = {sku: one for sku, one in zip(skus, found, strict=True) if one.exists}
    codes = sorted({code for product in products.values() for code in product.locations})
    locations = await streams.find(Location, [location_id(code) for code in codes])
    basket = Basket(
        channel=channel or "",
        country=destination.country,
        postal_code=None,
        point=None,
        at=at,
        lines=(),
        goods={sku: goods_of(product) for sku, product in products.items()},
    )
    sites = policy.surveyor.survey(basket, locations).sites
    return frozenset((sku, site.code) for site in sites for sku in site.skus)


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
