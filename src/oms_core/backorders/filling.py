"""Hands out what is there of one product, to one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from oms_core.assignments.anew import ByRules, FullDay
from oms_core.assignments.events import Occasion
from oms_core.backorders.events import FilledLine
from oms_core.backorders.queue import BackorderQueue, Page, WaitingLine
from oms_core.catalogue.product import Product
from oms_core.kernel.aggregate import Streams
from oms_core.locations.location import Location, location_id
from oms_core.orders.order import Order
from oms_core.orders.quantities import SkuQuantity, SourcedQuantity
from oms_core.sourcing.plan import Stock, plan
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.stock.stock_item import StockItem


class Filling:
    """What is there of a product, and who of those whose turn it is got what of it."""

    def __init__(self, sku: str, items: Sequence[StockItem], rules: Mapping[UUID, ByRules]) -> None:
        self._sku = sku
        self._items = items
        self._rules = rules
        self.filled: list[tuple[WaitingLine, SourcedQuantity]] = []
        self._short: list[WaitingLine] = []

    def serve(self, line: WaitingLine, order: Order) -> None:
        """Reserve for one line as far as it goes: by the rules, or from as few places as can be."""
        usable = {i.location: i for i in self._items if order.may_come_from(i.location)}
        there = {(self._sku, at): item.available_to(line.channel) for at, item in usable.items()}
        if not any(units > 0 for units in there.values()):
            return  # whatever the rules say
        wanted = SkuQuantity(line_id=line.line_id, sku=self._sku, quantity=line.quantity)
        found = _found(wanted, there, self._rules.get(order.id))
        for part in found:
            usable[part.location].reserve(order.id, [part.bare()], line.channel)
        self.filled += ((line, part) for part in found)
        if sum(part.quantity for part in found) < line.quantity:
            self._short.append(line)

    def note(self, queue: BackorderQueue, page: Page, seen: int, soonest: datetime | None) -> None:
        """Note who got stock, who waits for room, and whether others are to be looked at.

        Until `soonest` some wait for room who were looked at before.
        """
        full = {day.location: day for rules in self._rules.values() for day in rules.full_days()}
        awaited = self._awaited(full, page.behind) if full else {}
        moments = [soonest, *(day.until for day in awaited.values())]
        queue.postpone(min(filter(None, moments), default=None))
        for day in awaited.values():
            day.await_room(self._sku)
        if self.filled:
            units = sum(part.quantity for _, part in self.filled)
            left = any(item.available > 0 for item in self._items)
            queue.fill(self._summed(), more=left and queue.units > units)
        elif page.until is not None and any(
            _has_room(full.get(at), line) for line in page.behind for at in self._places(line)
        ):
            queue.pass_over(page.until, seen)

    def _places(self, line: WaitingLine) -> list[str]:
        """Tell which locations have some that may be this line's."""
        return [
            item.location
            for item in self._items
            if item.available_to(line.channel) > 0 and line.may_come_from(item.location)
        ]

    def _awaited(
        self, full: Mapping[str, FullDay], behind: Sequence[WaitingLine]
    ) -> dict[str, FullDay]:
        """Give the full days of locations that have some for those who got less than they want."""
        short = ((line, at) for line in self._short for at in self._places(line))
        wanted = [(line, at) for line, at in short if self._may_send(line, at)]
        wanted += ((line, at) for line in behind for at in self._places(line))
        return {at: full[at] for line, at in wanted if not _has_room(full.get(at), line)}

    def _may_send(self, line: WaitingLine, location: str) -> bool:
        rules = self._rules.get(line.order_id)
        sites = () if rules is None else rules.survey.sites
        return any(site.code == location and self._sku in site.skus for site in sites)

    def _summed(self) -> Iterator[FilledLine]:
        units: Counter[tuple[UUID, UUID]] = Counter()
        for line, part in self.filled:
            units[line.order_id, line.line_id] += part.quantity
        for (order_id, line_id), quantity in units.items():
            yield FilledLine(order_id=order_id, line_id=line_id, quantity=quantity)


def _has_room(day: FullDay | None, line: WaitingLine) -> bool:
    return day is None or day.has_room_for(line.order_id)


def _found(wanted: SkuQuantity, there: Stock, rules: ByRules | None) -> list[SourcedQuantity]:
    if rules is None:
        return plan([wanted], there).sourced
    decision = rules.decide([wanted], there)
    if decision.plan.sourced:
        rules.keep(decision, Occasion.RESTOCKED)
    return decision.plan.sourced


async def versions(product: Product, streams: Streams) -> int:
    """Add up the versions of what says where a product may come from, but for the stock."""
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    ids = [location_id(code) for code in product.locations]
    locations = await streams.find(Location, ids)
    return product.version + policy.version + sum(each.version for each in locations)
