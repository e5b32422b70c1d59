"""What customs is told of a shipment."""

from __future__ import annotations

from typing import Any

import strawberry

from oms_api.context import Info
from oms_api.money import Money
from oms_api.sources import SourcedShipment
from oms_core.catalogue.product import Product, product_id
from oms_core.duties.customs import CustomsDeclaration, declaration
from oms_core.duties.schedule import DUTIES, DutySchedule
from oms_core.locations.location import Location, location_id
from oms_core.shipments.status import ShipmentKind


@strawberry.type(description="So many units of a product as customs is told of them.")
class CustomsItem:
    """So many units; resolved from `CustomsItem` of the domain."""

    sku: str = strawberry.field(description="What is sent.")
    name: str = strawberry.field(description="What it is called.")
    quantity: int = strawberry.field(description="How many units.")
    value: Money = strawberry.field(
        description="What is paid for all of them, without tax, after discounts."
    )
    weight_grams: int | None = strawberry.field(description="Net weight of all of them.")
    commodity_code: str | None = strawberry.field(description="Customs tariff number.")
    origin_country: str | None = strawberry.field(
        description="Where it was made, ISO 3166-1 alpha-2."
    )


@strawberry.type(description="What customs is told of a shipment, as on a form CN 23.")
class Customs:
    """A declaration; resolved from `CustomsDeclaration`."""

    sent_from: str = strawberry.field(description="Country of the location, ISO 3166-1 alpha-2.")
    sent_to: str = strawberry.field(description="Country of the customer, ISO 3166-1 alpha-2.")
    items: list[CustomsItem] = strawberry.field(description="What is in it.")
    value: Money = strawberry.field(description="Sum of the items.")
    weight_grams: int | None = strawberry.field(
        description="Net weight; null when that of an item is unknown."
    )
    complete: bool = strawberry.field(
        description="Whether weight, commodity code and origin of every item are known."
    )


async def customs_of(root: Any, info: Info) -> CustomsDeclaration | None:
    """Declare a shipment, by the facts of its products as they were known when it left."""
    shipment: SourcedShipment = root
    view = shipment.view
    order = await shipment.source.order(view.order_id)
    if order is None or view.kind is ShipmentKind.PICKUP:
        return None
    skus = sorted({line.sku for line in view.lines})
    ids = [location_id(view.location), DUTIES, *map(product_id, skus)]
    location, schedule, *found = await info.context.moments.aggregates(ids, view.dispatched_at)
    assert isinstance(location, Location)
    schedule = schedule if isinstance(schedule, DutySchedule) else DutySchedule(DUTIES)
    sent_from, sent_to = location.facts.country, order.view.shipping_address.country
    if not schedule.crosses(sent_from, sent_to):
        return None
    facts = {product.facts.sku: product.facts for product in found if isinstance(product, Product)}
    return declaration(view, order.view, sent_from, facts)
