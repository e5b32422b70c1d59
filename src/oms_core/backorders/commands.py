"""Commands on those who wait for stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from oms_core.assignments.anew import ByRules, by_rules
from oms_core.assignments.events import Occasion
from oms_core.backorders.events import FilledLine
from oms_core.backorders.queue import BackorderQueue, WaitingLine, queue_id
from oms_core.backorders.waiting import waiting_of
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import closed_among
from oms_core.orders.order import Order
from oms_core.orders.quantities import SkuQuantity, SourcedQuantity
from oms_core.sourcing.plan import Stock, plan
from oms_core.stock.stock_item import StockItem, stock_item_id

LINES_AT_ONCE = 50
"""Lines that one command fills at most; while stock is left, the process asks again."""


class FillBackorders(Command):
    """Give what is there to those whose turn it is, at whichever location it is.

    By the sourcing rules if there are any: where locations are full by them, the next day is
    waited for. Where nobody waits, or nothing is there that may serve
    them, nothing happens: the process may ask at any time.
    """

    sku: Code
    asked_at: Moment | None = None

    def asked(self, moment: datetime) -> Self:
        return self.model_copy(update={"asked_at": self.asked_at or moment})

    def touches(self) -> Iterable[UUID]:
        return (product_id(self.sku),)


class _OnLine(Command):
    order_id: UUID
    line_id: UUID

    def target(self) -> UUID:
        return self.order_id


class RevisePromise(_OnLine):
    """Tell the customer another day for units that wait for stock."""

    promised_by: Moment
    reason: Text


class CancelBackorder(_OnLine):
    """Cancel units of a line that have waited for stock until the day that was agreed.

    A line that got its stock, or may wait longer by now, is left as it is.
    """

    waits_until: Moment


@handles(RevisePromise)
async def revise_promise(command: RevisePromise, streams: Streams) -> Order:
    """Note the day on the order."""
    order = await streams.get(Order, command.order_id)
    order.revise_promise(command.line_id, command.promised_by, command.reason)
    return order


@handles(CancelBackorder)
async def cancel_backorder(command: CancelBackorder, streams: Streams) -> Order:
    """Give up what waits too long, and nothing else of the order."""
    order = await streams.get(Order, command.order_id)
    waiting = await waiting_of(order, streams)
    line = order.lines.get(command.line_id)
    if line is None or not line.backordered or line.waits_until != command.waits_until:
        return order
    cancelled = order.cancel("waited too long for stock", {command.line_id: line.backordered})
    waiting.leave(order, cancelled.units)
    return order


@handles(FillBackorders)
async def fill_backorders(command: FillBackorders, streams: Streams) -> Product | BackorderQueue:
    """Reserve in fair order: queue, orders and stock say the same, in one transaction."""
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    if not product.backordered:
        return product
    [queue] = await streams.find(BackorderQueue, [queue_id(command.sku)])
    first = queue.first(LINES_AT_ONCE)
    ids = list(dict.fromkeys(line.order_id for line in first))
    orders = dict(zip(ids, await streams.find(Order, ids), strict=True))
    about = list(orders.values())
    rules = await by_rules(about, {command.sku: product}, streams, command.asked_at)
    closed = await closed_among(product.locations, streams)
    codes = [code for code in product.locations if code not in closed]
    places = sorted(stock_item_id(command.sku, code) for code in codes)
    items = await streams.find(StockItem, places)
    filled: list[Filled] = []
    full: list[datetime] = []
    for line in first:
        parts, until = _serve(line, orders[line.order_id], items, rules.get(line.order_id))
        filled += ((line, part) for part in parts)
        full += () if until is None else (until,)
    queue.postpone(min(full, default=None))
    if not filled:
        return queue
    for id, order in orders.items():
        order.fill(part for line, part in filled if line.order_id == id)
    units = sum(part.quantity for _, part in filled)
    left = any(item.available > 0 for item in items)
    queue.fill(_summed(filled), more=left and queue.units > units)
    product.note_backorders(waiting=bool(queue.waiting))
    return queue


Filled = tuple[WaitingLine, SourcedQuantity]


def _serve(
    line: WaitingLine, order: Order, items: Sequence[StockItem], rules: ByRules | None
) -> tuple[list[SourcedQuantity], datetime | None]:
    """Reserve for one line as far as it goes: by the rules, or from as few locations as can be.

    Gives the moment, too, when more could be sent from a location that is full now.
    """
    sku, channel = order.lines[line.line_id].terms.sku, order.terms.channel
    usable = [i for i in items if i.exists and order.may_come_from(i.location)]
    wanted = SkuQuantity(line_id=line.line_id, sku=sku, quantity=line.quantity)
    there = {(sku, item.location): item.available_to(channel) for item in usable}
    if not any(units > 0 for units in there.values()):
        return [], None  # whatever the rules say
    found = _found(wanted, there, rules)
    for part in found:
        [item] = [item for item in usable if item.location == part.location]
        item.reserve(order.id, [part.bare()], channel)
    if rules is None or sum(part.quantity for part in found) == line.quantity:
        return found, None
    return found, rules.full_until(wanted, there)


def _found(wanted: SkuQuantity, there: Stock, rules: ByRules | None) -> list[SourcedQuantity]:
    if rules is None:
        return plan([wanted], there).sourced
    decision = rules.decide([wanted], there)
    if decision.plan.sourced:
        rules.keep(decision, Occasion.RESTOCKED)
    return decision.plan.sourced


def _summed(filled: Sequence[Filled]) -> Iterator[FilledLine]:
    units: Counter[tuple[UUID, UUID]] = Counter()
    for line, part in filled:
        units[line.order_id, line.line_id] += part.quantity
    for (order_id, line_id), quantity in units.items():
        yield FilledLine(order_id=order_id, line_id=line_id, quantity=quantity)
