"""What becomes of units that their shipment does not bring to the customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from oms_core.assignments.anew import ByRules, by_rules
from oms_core.assignments.deciding import booked_days, leave_days
from oms_core.assignments.events import Occasion
from oms_core.backorders.waiting import Waiting, waiting_for
from oms_core.catalogue.product import Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.kernel.aggregate import Streams
from oms_core.locations.location import closed_among
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.shipments.policy import Rerouting
from oms_core.sourcing.plan import SourcingPlan, plan
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.workdays.workday import WorkDay


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock of some SKUs wherever it is kept, and who waits for more of it."""

    items: Sequence[StockItem]
    waiting: Waiting
    closed: frozenset[str] = frozenset()
    if_short: Rerouting = Rerouting.RESOURCE
    """What becomes of units that were not found, as the order's channel has it."""
    waits_until: datetime | None = None
    """Until when units wait that find none, as the order's channel has it; None: for ever."""
    rules: ByRules | None = None
    """What the sourcing rules need to know of the order; None when there are no rules."""
    days: Sequence[WorkDay] = ()
    """The days on which locations were to send the order."""
    besides: Sequence[StockItem] = ()
    """Stock of other SKUs that was asked for along with it."""


async def stock_of(
    skus: Collection[str],
    order: Order,
    streams: Streams,
    moment: datetime | None,
    *,
    but: str | None = None,
    besides: Collection[UUID] = (),
) -> Stock:
    """Load the stock of SKUs wherever it is kept, for units that need another source now.

    It is not to be the location `but`. All stock is asked for at once, that of `besides`, too.
    """
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    found = await streams.find(Product, [product_id(sku) for sku in sorted(skus)])
    products = {product.facts.sku: product for product in found}
    waiting = await waiting_for(products, streams, may_wait=True)
    rules = await by_rules(
        [order], products, streams, moment, excluded=() if but is None else (but,)
    )
    days = await booked_days(order.id, streams)
    kept = {(sku, code) for sku, p in products.items() for code in p.locations}
    closed = await closed_among(sorted({code for _, code in kept}), streams)
    wanted = {stock_item_id(*place) for place in kept}
    items = await streams.find(StockItem, sorted(wanted.union(besides)))
    there = [item for item in items if item.exists and item.id in wanted]
    along = [item for item in items if item.exists and item.id in besides]
    until = channel.backorders_wait_until(moment)
    return Stock(
        there, waiting, closed, channel.short_picks, until, rules.get(order.id), days, along
    )


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
    stock: Stock,
    *,
    but: str | None = None,
) -> None:
    """Decide about pending units: another source but one, wait for stock, or cancel them.

    By the sourcing rules if there are any. What finds no other source waits for stock too.
    """
    match how:
        case Rerouting.RESOURCE:
            _source(order, units, stock, but)
        case Rerouting.BACKORDER:
            _wait(order, [LineQuantity(line_id=id, quantity=n) for id, n in units.items()], stock)
        case Rerouting.CANCEL:
            order.cancel(reason, units)
    if but is not None:  # what left the location was sent on its day all the same
        leave_days(order, [day for day in stock.days if day.location == but])


def _source(order: Order, units: Mapping[UUID, int], stock: Stock, but: str | None) -> None:
    wanted = [
        SkuQuantity(line_id=id, sku=order.lines[id].terms.sku, quantity=count)
        for id, count in units.items()
    ]
    channel = order.terms.channel
    usable = [
        item
        for item in stock.items
        if item.location not in {but, *stock.closed} and order.may_come_from(item.location)
    ]
    found = _found(wanted, stock, stock.waiting.behind(usable, channel))
    for item in stock.items:
        place = (item.sku, item.location)
        if lines := [line.bare() for line in found.sourced if (line.sku, line.location) == place]:
            item.reserve(order.id, lines, channel)
    order.reserve(found.sourced)
    _wait(order, found.unsourced, stock)


def _found(
    wanted: Sequence[SkuQuantity], stock: Stock, left: Mapping[tuple[str, str], int]
) -> SourcingPlan:
    if stock.rules is None:
        return plan(wanted, left)
    decision = stock.rules.decide(wanted, left)
    stock.rules.keep(decision, Occasion.REROUTED)
    return decision.plan


def _wait(order: Order, lines: Sequence[LineQuantity], stock: Stock) -> None:
    lines = [line for line in lines if line.quantity]
    order.wait_again(lines, stock.waits_until)
    stock.waiting.enter(order, lines)
