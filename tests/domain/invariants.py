"""What must be true of an installation after every command, whatever happened before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tests.domain.followed import FIGURES, ZERO, Followed
from tests.domain.order_invariants import check_order

from oms_core.backorders.events import BackordersFilled
from oms_core.backorders.queue import BackorderQueue
from oms_core.catalogue.product import Product
from oms_core.coupons.coupon import Coupon, coupon_id
from oms_core.gift_cards.gift_card import GiftCard
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Event
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.payments.payment import Payment
from oms_core.returns.events import Condition
from oms_core.returns.goods_return import Return
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.stock.events import StockCondition, StockReserved
from oms_core.stock.stock_item import StockItem
from oms_core.stock.view import UNLIMITED
from oms_core.transfers.transfer import Transfer


class Installation(Followed):
    """Everything there is, and whether it fits together."""

    def apply(self, id: UUID, event: Event) -> Aggregate[Any]:
        if isinstance(event, BackordersFilled) and self.follows and not self.by_rules:
            check_fair(self.queues[id], event)
        return super().apply(id, event)

    @property
    def by_rules(self) -> bool:
        """Tell whether rules say who may be served from where: then a turn may be passed over."""
        policy = self.by_id.get(POLICY)
        return isinstance(policy, SourcingPolicy) and policy.surveyor is not None

    def check(self) -> None:
        """Check every invariant."""
        self.check_touched(self.by_id)

    def check_touched(self, ids: Iterable[UUID]) -> None:
        """Check every invariant that these streams have a part in."""
        touched = [self.by_id[id] for id in ids]
        for item in touched:
            if isinstance(item, StockItem):
                check_stock(item)
                self.check_movements(item)
        orders = {one.id if isinstance(one, Order) else _order_id(one) for one in touched}
        for id in orders & self.orders.keys():
            check_order(self, self.orders[id])
        kinds = {type(one) for one in touched}
        for check, looked_at in BETWEEN:
            if kinds & looked_at:
                check(self)

    def restocked(self) -> None:
        """What came back for sale is on the shelf that the return says, once."""
        for goods in self.returns.values():
            sellable = Counter[tuple[str, str]]()
            for (line_id, location, condition), units in goods.places.items():
                if condition is Condition.RESTOCKED:
                    sellable[goods.sku(line_id), location] += units
            assert sellable == self.shelved[goods.id]

    def carried_over(self) -> None:
        """What one order has of another one's credit, that one is short of."""
        lent = dict.fromkeys(self.orders, ZERO)
        for order in self.orders.values():
            for origin, amount in order.credits.received.items():
                assert amount >= 0
                lent[origin] += amount
        for order in self.orders.values():
            received = sum(order.credits.received.values(), ZERO)
            assert order.credits.exchanged == received - lent[order.id]

    def gift_cards(self) -> None:
        """What is not on a card any more is what it pays for, to the cent."""
        for card in self.of(GiftCard).values():
            paid = [p for p in self.payments.values() if p.gift_card_id == card.id]
            kept = sum((p.captured.amount - p.refunded.amount for p in paid), ZERO)
            assert card.balance.amount == card.facts.amount.amount - kept
            assert 0 <= card.balance.amount <= card.facts.amount.amount

    def backorders(self) -> None:
        """Queues and orders say the same of who waits, and products know whether anybody does."""
        waiting = {
            (queue.sku, line.order_id, id): line.quantity
            for queue in self.queues.values()
            for id, line in queue.waiting.items()
        }
        assert waiting == {
            (line.terms.sku, order.id, id): line.backordered
            for order in self.orders.values()
            for id, line in order.lines.items()
            if line.backordered
        }
        skus = {sku for sku, _, _ in waiting}
        assert {p.facts.sku for p in self.of(Product).values() if p.backordered} == skus

    def used_coupons(self) -> None:
        """None is used too often, and each is used by exactly the orders that say so."""
        uses: dict[UUID, set[UUID]] = {id: set() for id in self.coupons}
        for order in self.orders.values():
            for discount in order.terms.discounts:
                if discount.code is not None:
                    uses[coupon_id(discount.code)].add(order.id)
        for coupon in self.coupons.values():
            limit, own = coupon.facts.usage_limit, coupon.facts.usage_limit_per_customer
            assert len(coupon.users) <= (limit or len(coupon.users))
            assert max(Counter(coupon.users.values()).values(), default=0) <= (own or 10**9)
            given_back = uses[coupon.id] - coupon.users.keys()
            assert coupon.users.keys() <= uses[coupon.id]
            assert all(self.orders[id].status is OrderStatus.CANCELLED for id in given_back)

    def unpromised(self, id: UUID) -> int:
        """What is there, sellable, and not promised, of a stock item."""
        item = self.items.get(id)
        return 0 if item is None else item.sellable - item.reserved

    def check_movements(self, item: StockItem) -> None:
        """Check that each figure is the sum of all movements."""
        made = sum(item.made_to_order.values())
        figures = [getattr(item, name) for name in FIGURES if name != "made_to_order"]
        assert [*figures, made] == [self.moved[item.id][name] for name in FIGURES]

    def transfers(self) -> None:
        """What left one location is in transit, arrived at the other, or is known to be missing."""
        announced = {name for item in self.items.values() for name in item.supplies}
        for transfer in self.of(Transfer).values():
            came = self.came[transfer.id]
            assert came == transfer.received.total()
            arrived = came + transfer.missing.total()
            assert self.left[transfer.id] == arrived + transfer.in_transit.total()
            assert min(transfer.in_transit.values(), default=1) > 0
            assert (transfer.supply in announced) == bool(transfer.in_transit)

    def reservations(self) -> None:
        """Orders and stock say the same of every promise, in both directions."""
        promised = {
            (line_id, item.sku, item.location): units
            for item in self.items.values()
            for line_id, units in item.reservations.items()
        }
        booked = {
            (line_id, line.terms.sku, location): units
            for order in self.orders.values()
            for line_id, line in order.lines.items()
            for location, units in line.reserved.items()
        }
        assert promised == booked


BETWEEN: tuple[tuple[Callable[[Installation], None], set[type[Any]]], ...] = (
    (Installation.reservations, {Order, StockItem}),
    (Installation.transfers, {StockItem, Transfer}),
    (Installation.used_coupons, {Coupon, Order}),
    (Installation.gift_cards, {GiftCard, Payment}),
    (Installation.backorders, {BackorderQueue, Order, Product}),
    (Installation.restocked, {Return, StockItem}),
    (Installation.carried_over, {Order}),
)
"""What must fit between aggregates of these kinds: checked when one of them was touched."""


def check_stock(item: StockItem) -> None:
    """Check what can be seen from the stock of one SKU at one location."""
    assert min(item.on_hand, item.quality_hold, item.damaged, item.sellable) >= 0
    unsellable = item.quality_hold + item.damaged
    free = item.on_hand - unsellable - item.reserved - item.safety_stock
    assert item.available == (UNLIMITED if item.unlimited else free)
    assert all(units > 0 for units in item.reservations.values())
    made = sum(item.made_to_order.values())
    assert item.reserved + made == sum(item.reservations.values())
    for line_id, units in item.made_to_order.items():
        assert 0 < units <= item.reservations[line_id]
    assert all(units > 0 for units in item.shares.values())
    for line_id, drawn in item.drawn.items():
        assert 0 < drawn.quantity <= item.reservations[line_id]
    assert all(supply.incoming > 0 for supply in item.supplies.values())
    assert all(units > 0 for lot in item.lots.values() for units in lot.units.values())
    for condition in StockCondition:
        known = sum(lot.units.get(condition, 0) for lot in item.lots.values())
        assert known <= item.in_condition(condition)


def check_kept_back(
    there: Installation, channel: str, recorded: Mapping[UUID, Sequence[Event]]
) -> None:
    """No order of a channel took of the last units that are kept back from it."""
    for id, events in recorded.items():
        if any(isinstance(event, StockReserved) and not event.made_to_order for event in events):
            item = there.items[id]
            last = max(item.safety_stock, item.kept_from.get(channel, 0))
            assert item.sellable - item.reserved >= last


def check_fair(queue: BackorderQueue, event: BackordersFilled) -> None:
    """Nobody gets stock while an earlier one of those who may take the same waits on."""
    got = {part.line_id: part.quantity for part in event.lines}
    order = sorted(queue.waiting.values(), key=lambda line: line.place)
    for group in queue.wanted:
        mine = [line for line in order if line.group == group]
        served = [i for i, line in enumerate(mine) if line.line_id in got]
        for line in mine[: max(served, default=0)]:
            assert got[line.line_id] == line.quantity


def _order_id(one: Aggregate[Any]) -> UUID | None:
    """The order that a payment, a shipment, a return or a claim is of."""
    return getattr(one, "order_id", None)
