"""What becomes of units that their shipment does not bring to the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from oms_core.catalogue.product import Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.sourcing.plan import plan
from oms_core.stock.stock_item import StockItem, stock_item_id


class Rerouting(StrEnum):
    """What becomes of units that are not there, or did not arrive."""

    RESOURCE = "RESOURCE"
    BACKORDER = "BACKORDER"
    CANCEL = "CANCEL"


class Withdrawal(StrEnum):
    """What becomes of the units of a shipment that is not to be sent."""

    RELEASE_AGAIN = "RELEASE_AGAIN"
    RESOURCE = "RESOURCE"
    CANCEL = "CANCEL"


async def stock_of(skus: Collection[str], streams: Streams) -> list[StockItem]:
    """Load the stock of SKUs wherever it is kept."""
    products = await streams.find(Product, [product_id(sku) for sku in sorted(skus)])
    ids = {stock_item_id(p.facts.sku, code) for p in products for code in p.locations}
    return [item for item in await streams.find(StockItem, sorted(ids)) if item.exists]


def at(location: str, items: Iterable[StockItem]) -> list[StockItem]:
    """Choose the stock at one location."""
    return [item for item in items if item.location == location]


def of_item(order: Order, units: Mapping[UUID, int], item: StockItem) -> list[LineQuantity]:
    """Choose those of some units of an order that are of a stock item's SKU."""
    return [
        LineQuantity(line_id=id, quantity=count)
        for id, count in units.items()
        if count and order.lines[id].terms.sku == item.sku
    ]


def free(order: Order, units: Mapping[UUID, int], items: Iterable[StockItem]) -> None:
    """Withdraw the promise of these units at the location of the items."""
    for item in items:
        if lines := of_item(order, units, item):
            item.release(order.id, lines)


def reroute(
    order: Order,
    units: Mapping[UUID, int],
    how: Rerouting,
    reason: str,
    items: Sequence[StockItem],
    *,
    but: str | None = None,
) -> None:
    """Decide about pending units: another source but one, wait for stock, or cancel them.

    What finds no other source waits for stock too.
    """
    match how:
        case Rerouting.RESOURCE:
            usable = [
                i for i in items if i.location != but and order.terms.may_come_from(i.location)
            ]
            _source(order, units, usable)
        case Rerouting.BACKORDER:
            order.backorder(LineQuantity(line_id=id, quantity=n) for id, n in units.items())
        case Rerouting.CANCEL:
            order.cancel(reason, units)


def _source(order: Order, units: Mapping[UUID, int], items: Sequence[StockItem]) -> None:
    wanted = [
        SkuQuantity(line_id=id, sku=order.lines[id].terms.sku, quantity=count)
        for id, count in units.items()
    ]
    channel = order.terms.channel
    found = plan(wanted, {(i.sku, i.location): i.available_to(channel) for i in items})
    for item in items:
        place = (item.sku, item.location)
        if lines := [line.bare() for line in found.sourced if (line.sku, line.location) == place]:
            item.reserve(order.id, lines, channel)
    order.reserve(found.sourced)
    order.backorder(found.unsourced)
