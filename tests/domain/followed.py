"""Everything there is, followed event by event, with the sums that invariants compare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from tests.domain.kit import History

from oms_core.backorders.queue import BackorderQueue
from oms_core.claims.claim import Claim
from oms_core.coupons.coupon import Coupon
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Event
from oms_core.orders.order import Order
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequestState
from oms_core.returns.goods_return import Return
from oms_core.runtime.kinds import kind_of
from oms_core.shipments.shipment import Shipment
from oms_core.stock.events import StockReceived, StockTransferredOut
from oms_core.stock.movements import movement
from oms_core.stock.stock_item import StockItem

A = TypeVar("A", bound=Aggregate[Any])

ZERO = Decimal(0)
FIGURES = ("on_hand", "reserved", "quality_hold", "damaged", "made_to_order")


class Followed:
    """Every aggregate as its events say, each event read once. Nobody else changes them."""

    follows = False
    """Events come in the order in which they happened; before, they came stream by stream."""

    def __init__(self, history: History) -> None:
        self.by_kind: dict[type[Aggregate[Any]], dict[UUID, Any]] = {}
        self.by_id: dict[UUID, Aggregate[Any]] = {}
        self.orders = self.of(Order)
        self.items = self.of(StockItem)
        self.payments = self.of(Payment)
        self.shipments = self.of(Shipment)
        self.coupons = self.of(Coupon)
        self.queues = self.of(BackorderQueue)
        self.returns = self.of(Return)
        self.claims = self.of(Claim)
        self.moved: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
        """By stock item: the sum of all movements of each figure."""
        self.left: Counter[UUID] = Counter()
        self.came: Counter[UUID] = Counter()
        """By transfer: units that left a location, and that arrived at the other."""
        self.shelved: defaultdict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
        """By return: units that came back for sale, by SKU and location."""
        self.highest: defaultdict[tuple[UUID, UUID | None], Decimal] = defaultdict(Decimal)
        """By order and line: the most it ever came to; None is the order. An edit may lower it."""
        self.changed_mind: set[UUID] = set()
        """Payments whose provider did after all what it had declined."""
        for id, events in history.streams.items():
            for event in events:
                self.apply(id, event)
        self.follows = True

    def of(self, kind: type[A]) -> dict[UUID, A]:
        """Give the aggregates of a kind, by id."""
        return self.by_kind.setdefault(kind, {})

    def apply(self, id: UUID, event: Event) -> Aggregate[Any]:
        """Follow one event."""
        aggregate = self.by_id.get(id)
        if aggregate is None:
            kind = kind_of(event.TOPIC)
            aggregate = self.by_id[id] = self.of(kind)[id] = kind(id)
        if isinstance(aggregate, Payment) and _was_declined(aggregate, event):
            self.changed_mind.add(id)
        aggregate.apply(event)
        if isinstance(aggregate, StockItem):
            self._move(aggregate, event)
        if isinstance(aggregate, Order):
            self._agree(aggregate)
        return aggregate

    def follow(self, recorded: Mapping[UUID, list[Event]]) -> None:
        """Follow what a command recorded."""
        for id, events in recorded.items():
            for event in events:
                self.apply(id, event)

    def _move(self, item: StockItem, event: Any) -> None:
        moves, sums = movement(event), self.moved[item.id]
        for figure in FIGURES:
            sums[figure] += getattr(moves, figure)
        if isinstance(event, StockTransferredOut):
            self.left[event.transfer_id] += event.quantity
        if isinstance(event, StockReceived) and event.transfer_id is not None:
            self.came[event.transfer_id] += event.quantity
        if isinstance(event, StockReceived) and event.return_id is not None:
            self.shelved[event.return_id][item.sku, item.location] += event.quantity

    def _agree(self, order: Order) -> None:
        totals = {id: line.terms.total for id, line in order.lines.items()}
        for id, total in (totals | {None: order.terms.total}).items():
            self.highest[order.id, id] = max(self.highest[order.id, id], total)


def _was_declined(payment: Payment, event: Event) -> bool:
    request = payment.requests.get(getattr(event, "request_id", None) or payment.id)
    return request is not None and request.state is PaymentRequestState.DECLINED
