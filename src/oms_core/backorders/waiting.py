"""What commands on orders need to know and to note of those who wait for the same SKUs.

A product says whether anybody waits for it, so that orders of all other products need not ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from oms_core.backorders.events import BackordersQueued, FilledLine
from oms_core.backorders.queue import BackorderQueue, queue_id
from oms_core.catalogue.product import Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.orders.events import CancelledUnits
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity
from oms_core.stock.stock_item import StockItem

Place = tuple[str, str]
"""A SKU at a location."""


class Waiting:
    """The queues of some products."""

    def __init__(self, products: Mapping[str, Product], queues: Mapping[str, BackorderQueue]):
        self._products = products
        self._queues = queues

    def behind(
        self, items: Iterable[StockItem], channel: str, *, but: Collection[UUID] = ()
    ) -> dict[Place, int]:
        """Tell what is there for whoever comes now, once those who wait have got theirs.

        What is set aside for a channel is not held back for those of another one. Nothing is held
        back for the orders `but`.
        """
        if not any(queue.waiting for queue in self._queues.values()):  # as it mostly is
            return {(i.sku, i.location): max(i.available_to(channel), 0) for i in items}
        shelves = [_Shelf(item) for item in items]
        for sku, queue in self._queues.items():
            there = [shelf for shelf in shelves if shelf.item.sku == sku]
            for (other, only, excluded), units in queue.wanted_but(but).items():
                places = [(shelf, shelf.item.location) for shelf in there]
                usable = [s for s, at in places if only in (None, at) and at not in excluded]
                _hold_back(units, other, usable)
        return {(s.item.sku, s.item.location): s.left(channel) for s in shelves}

    def enter(self, order: Order, lines: Iterable[LineQuantity]) -> None:
        """Let units of an order wait."""
        terms = order.terms
        for sku, parts in _by_sku(order, lines).items():
            self._queues[sku].enter(
                BackordersQueued(
                    sku=sku,
                    order_id=order.id,
                    placed_at=terms.placed_at,
                    priority=terms.priority,
                    channel=terms.channel,
                    pickup_location=terms.pickup_location,
                    lines=tuple(parts),
                    excluded=_excluded(order),
                )
            )
            self._products[sku].note_backorders(waiting=True)

    def enter_anew(self, order: Order, *, moved: bool = False) -> None:
        """Let all that waits of an order wait for what it may take by now, each at its turn.

        An order that `moved` to another address may be served from elsewhere than before.
        """
        waiting = [
            LineQuantity(line_id=id, quantity=line.backordered)
            for id, line in order.lines.items()
            if line.backordered
            and line.terms.sku in self._queues
            and (moved or self._queues[line.terms.sku].waiting[id].excluded != _excluded(order))
        ]
        for sku, parts in _by_sku(order, waiting).items():
            self._queues[sku].drop(sku, order.id, parts)
        self.enter(order, waiting)

    def fill(self, order: Order, parts: Iterable[LineQuantity]) -> None:
        """Take units of an order out that got their stock."""
        for sku, filled in _by_sku(order, parts).items():
            queue: BackorderQueue = self._queues[sku]
            lines = (
                FilledLine(order_id=order.id, line_id=part.line_id, quantity=part.quantity)
                for part in filled
            )
            queue.fill(lines, more=False)
            self._products[sku].note_backorders(waiting=bool(queue.waiting))

    def leave(self, order: Order, units: Iterable[CancelledUnits]) -> None:
        """Take units of an order out that are not wanted any more."""
        gone = [
            LineQuantity(line_id=part.line_id, quantity=part.quantity)
            for part in units
            if part.bucket == "backordered"
        ]
        for sku, parts in _by_sku(order, gone).items():
            queue = self._queues[sku]
            queue.drop(sku, order.id, parts)
            self._products[sku].note_backorders(waiting=bool(queue.waiting))


class _Shelf:
    """What of an item is there for channels: set aside for one, and for anybody."""

    def __init__(self, item: StockItem) -> None:
        self.item = item
        self.free = self._all_free = max(item.available_to(None), 0)
        self._own: dict[str, int] = {}

    def own(self, channel: str) -> int:
        """Units set aside for a channel; when negative, so many free ones are kept back from it."""
        if channel not in self._own:
            self._own[channel] = max(self.item.available_to(channel), 0) - self._all_free
        return self._own[channel]

    def left(self, channel: str) -> int:
        """Units for whoever of a channel comes now."""
        own = self.own(channel)
        return max(own, 0) + max(self.free + min(own, 0), 0)

    def hold_back(self, units: int, channel: str) -> int:
        """Keep units for somebody of a channel; returns how many are still to be kept elsewhere."""
        own = self.own(channel)
        aside = min(units, max(own, 0))
        self._own[channel] -= aside
        taken = min(units - aside, max(self.free + min(own, 0), 0))
        self.free -= taken
        return units - aside - taken


def _excluded(order: Order) -> tuple[str, ...]:
    return tuple(sorted(order.declined_by))


def _hold_back(units: int, channel: str, shelves: Iterable[_Shelf]) -> None:
    for shelf in shelves:
        units = shelf.hold_back(units, channel)


def _by_sku(order: Order, lines: Iterable[LineQuantity]) -> dict[str, list[LineQuantity]]:
    found: dict[str, list[LineQuantity]] = {}
    for part in lines:
        found.setdefault(order.lines[part.line_id].terms.sku, []).append(part)
    return found


async def waiting_for(
    products: Mapping[str, Product], streams: Streams, *, may_wait: bool
) -> Waiting:
    """Ask for the queues that count: where somebody waits, and where this order may have to."""
    skus = [sku for sku, product in products.items() if may_wait or product.backordered]
    queues = await streams.find(BackorderQueue, [queue_id(sku) for sku in skus]) if skus else ()
    return Waiting(products, dict(zip(skus, queues, strict=True)))


async def waiting_of(order: Order, streams: Streams) -> Waiting:
    """Ask for the queues that units of an order are in."""
    skus = sorted({line.terms.sku for line in order.lines.values() if line.backordered})
    if not skus:
        return Waiting({}, {})
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    return await waiting_for(dict(zip(skus, found, strict=True)), streams, may_wait=True)
