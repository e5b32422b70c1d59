"""What must be true after every command: checked at once for what the command touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.domain.invariants import Installation, check_stock, movement
from tests.domain.kit import History, inner, restored

from oms_core.claims.claim import Claim
from oms_core.coupons.coupon import Coupon
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.snapshot import LongLived
from oms_core.orders.order import Order
from oms_core.payments.payment import Payment
from oms_core.returns.goods_return import Return
from oms_core.runtime.kinds import kind_of
from oms_core.shipments.shipment import Shipment
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

    def __init__(self, history: History) -> None:
        self.history = history
        self.by_kind: dict[type[Aggregate[Any]], dict[UUID, Any]] = {}
        self.orders = self.of(Order)
        self.payments = self.of(Payment)
        self.shipments = self.of(Shipment)
        self.coupons = self.of(Coupon)
        self.returns = self.of(Return)
        self.claims = self.of(Claim)

    def of(self, kind: type[Aggregate[Any]]) -> dict[UUID, Any]:
        """Give the aggregates of a kind, by id."""
        return self.by_kind.setdefault(kind, {})

    def apply(self, envelope: Envelope) -> Aggregate[Any]:
        """Follow one event."""
        kind, id = kind_of(envelope.event.TOPIC), envelope.originator_id
        found = self.of(kind).get(id)
        if found is None:
            found = self.of(kind)[id] = kind(id)
        found.apply(envelope.event)
        assert found.version == envelope.originator_version
        aggregate: Aggregate[Any] = found
        return aggregate


class Checks:
    """Follows what is stored and checks it, a command's worth at a time."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.installation = Live(history)
        self.live: dict[UUID, Aggregate[Any]] = {}
        self._on_hand: Counter[UUID] = Counter()
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
            aggregate = self.installation.apply(envelope)
            touched[aggregate.id] = self.live[aggregate.id] = aggregate
            if aggregate.version == 1 and isinstance(aggregate, Order):
                self.orders.append(aggregate)
            if isinstance(aggregate, StockItem):
                self._on_hand[aggregate.id] += movement(envelope.event)
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
        assert item.on_hand == self._on_hand[item.id]
        assert counted or item.sellable - item.reserved >= min(before, 0)

    def _order(self, order: Order) -> None:
        before, now = self._statuses.get(order.id, "[*]"), str(order.status)
        if before != now:
            self._statuses[order.id] = now
            self.moves[before, now] += 1
        self.installation.check_order(order)
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
