"""Commands on those who wait for stock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from oms_core.assignments.anew import by_rules
from oms_core.backorders.events import Turn
from oms_core.backorders.filling import Filling, versions
from oms_core.backorders.queue import BackorderQueue, queue_id
from oms_core.backorders.waiting import waiting_of
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import closed_among
from oms_core.orders.order import Order
from oms_core.stock.stock_item import StockItem, stock_item_id

LINES_AT_ONCE = 50
"""Lines that one command fills at most; while stock is left, the process asks again."""


class FillBackorders(Command):
    """Give what is there to those whose turn it is, at whichever location it is.

    By the sourcing rules if there are any: where locations are full by them, room is waited for.
    Where nobody waits, or nothing is there that may serve them, nothing happens: the process may
    ask at any time. With `after`, those up to that turn could not take what is there.
    """

    sku: Code
    asked_at: Moment | None = None
    after: Turn | None = None

    def asked(self, moment: datetime) -> Self:
        return self.model_copy(update={"asked_at": self.asked_at or moment})

    def touches(self) -> Iterable[UUID]:
        return (product_id(self.sku),)

    def before(self, postponed_until: datetime | None) -> datetime | None:
        """Tell until when those wait for room who are not looked at now; the first look forgets."""
        if self.after is None or self.asked_at is None or postponed_until is None:
            return None
        return postponed_until if postponed_until > self.asked_at else None


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
    page = queue.page(LINES_AT_ONCE, command.after)
    ids = list(dict.fromkeys(line.order_id for line in page.first))
    orders = dict(zip(ids, await streams.find(Order, ids), strict=True))
    rules = await by_rules(list(orders.values()), {command.sku: product}, streams, command.asked_at)
    seen = await versions(product, streams)
    closed = await closed_among(product.locations, streams)
    codes = [code for code in product.locations if code not in closed]
    places = sorted(stock_item_id(command.sku, code) for code in codes)
    items = [item for item in await streams.find(StockItem, places) if item.exists]
    seen += sum(item.version for item in items)
    filling = Filling(command.sku, items, rules)
    for line in page.first:
        filling.serve(line, orders[line.order_id])
    filling.note(queue, page, seen, command.before(queue.postponed_until))
    if filling.filled:
        for id, order in orders.items():
            order.fill(part for line, part in filling.filled if line.order_id == id)
        product.note_backorders(waiting=bool(queue.waiting))
    return queue
