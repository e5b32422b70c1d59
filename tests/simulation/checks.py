"""What must be true after every command: checked at once for what the command touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.domain.invariants import Installation, check_stock
from tests.domain.kit import History, inner, restored
from tests.domain.order_invariants import check_order

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.snapshot import LongLived
from oms_core.orders.events import LinesReserved
from oms_core.orders.order import Order
from oms_core.stock.events import (
    StockAdjusted,
    StockConditionChanged,
    StockCounted,
    StockScrapped,
)
from oms_core.stock.stock_item import StockItem, stock_item_id

FINDS_LESS = (StockAdjusted, StockCounted, StockConditionChanged, StockScrapped)
"""Reality may take what was promised already. Nothing else does."""


class Live(Installation):
    """Everything there is, followed event by event."""

    def store(self, envelope: Envelope) -> Aggregate[Any]:
        """Follow what was stored."""
        aggregate = self.apply(envelope.originator_id, envelope.event)
        assert aggregate.version == envelope.originator_version
        return aggregate


class Checks:
    """Follows what is stored and checks it, a command's worth at a time."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.installation = Live(History())
        self.live: dict[UUID, Aggregate[Any]] = {}
        self.orders: list[Order] = []
        self._statuses: dict[UUID, str] = {}
        self.moves: Counter[tuple[str, str]] = Counter()
        """How often orders went from one status to another."""

    def after(self, envelopes: Sequence[Envelope]) -> None:
        """Apply what was stored, then check everything that it changed."""
        unpromised = {
            id: item.sellable - item.reserved
            for id in {e.originator_id for e in envelopes}
            if isinstance(item := self.live.get(id), StockItem)
        }
        touched: dict[UUID, Aggregate[Any]] = {}
        for envelope in envelopes:
            aggregate = self.installation.store(envelope)
            touched[aggregate.id] = self.live[aggregate.id] = aggregate
            match aggregate, envelope.event:
                case Order(), LinesReserved(from_backorder=True) as filled:  # no person's choice
                    places = {part.location for part in filled.lines}
                    assert not places & aggregate.declined_by, "asked again who had said no"
            if aggregate.version == 1 and isinstance(aggregate, Order):
                self.orders.append(aggregate)
        counted = {e.originator_id for e in envelopes if isinstance(e.event, FINDS_LESS)}
        for aggregate in touched.values():
            if isinstance(aggregate, StockItem):
                self._stock(aggregate, unpromised.get(aggregate.id, 0), aggregate.id in counted)
        changed = [order for each in touched.values() if (order := self._order_of(each))]
        for order in {order.id: order for order in changed}.values():
            self._order(order)

    def _order_of(self, aggregate: Aggregate[Any]) -> Order | None:
        id = aggregate.id if isinstance(aggregate, Order) else getattr(aggregate, "order_id", None)
        return None if id is None else self.installation.orders.get(id)

    def _stock(self, item: StockItem, before: int, counted: bool) -> None:
        """A count may find less than was promised; nothing else takes what is not there."""
        check_stock(item)
        self.installation.check_movements(item)
        assert counted or item.sellable - item.reserved >= min(before, 0)

    def _order(self, order: Order) -> None:
        before, now = self._statuses.get(order.id, "[*]"), str(order.status)
        if before != now:
            self._statuses[order.id] = now
            self.moves[before, now] += 1
        check_order(self.installation, order)
        for line in order.lines.values():
            for location, units in line.reserved.items():
                item = self.live[stock_item_id(line.terms.sku, location)]
                assert isinstance(item, StockItem)
                assert item.reservations.get(line.terms.line_id) == units

    def audit(self) -> None:
        """Fold everything anew; it must say the same, and every invariant must hold."""
        Installation(self._history).check()
        for id, aggregate in self.live.items():
            folded = self._history.fold(type(aggregate), id)
            assert inner(folded) == inner(aggregate), f"{aggregate!r} differs from its events"
            if isinstance(folded, LongLived):
                assert inner(restored(folded)) == inner(folded)
