"""What must be true of an installation after every command, whatever happened before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from tests.domain.kit import History

from oms_core.backorders.events import BackordersFilled
from oms_core.backorders.queue import BackorderQueue
from oms_core.catalogue.product import Product
from oms_core.claims.claim import Claim
from oms_core.claims.events import ClaimResolution
from oms_core.coupons.coupon import Coupon, coupon_id
from oms_core.gift_cards.gift_card import GiftCard
from oms_core.kernel.money import smallest
from oms_core.orders.amending import amended
from oms_core.orders.events import OrderEdited, OrderPlaced, PricedLine
from oms_core.orders.line import OrderLine
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.orders.view import OrderView
from oms_core.payments.payment import Payment
from oms_core.payments.sums import AMOUNTS, PaymentSums
from oms_core.returns.events import Condition
from oms_core.returns.goods_return import Return
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import UNDECIDED, ParcelStatus, ShipmentStatus
from oms_core.stock.events import StockReceived, StockTransferredOut
from oms_core.stock.movements import movement as moves
from oms_core.stock.stock_item import StockItem
from oms_core.stock.view import UNLIMITED
from oms_core.transfers.transfer import Transfer

ZERO = Decimal(0)
DELIVERED, FAILED = ShipmentStatus.DELIVERED, ShipmentStatus.FAILED


class Installation:
    """Everything there is, folded anew from the first event on."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.orders = {order.id: order for order in history.all(Order)}
        self.items = list(history.all(StockItem))
        self.payments = {payment.id: payment for payment in history.all(Payment)}
        self.shipments = {shipment.id: shipment for shipment in history.all(Shipment)}
        self.coupons = {coupon.id: coupon for coupon in history.all(Coupon)}
        self.queues = list(history.all(BackorderQueue))
        self.returns = {goods.id: goods for goods in history.all(Return)}
        self.claims = {claim.id: claim for claim in history.all(Claim)}

    def check(self) -> None:
        """Check every invariant."""
        for item in self.items:
            self._stock(item)
        self._reservations()
        self._transfers()
        self._coupons()
        self._gift_cards()
        self._backorders()
        for order in self.orders.values():
            self.check_order(order)
        self._restocked()
        self._carried_over()

    def check_order(self, order: Order) -> None:
        """Check what can be seen from one order."""
        for line in order.lines.values():
            _conserved(line)
        view = order.view()
        _adds_up(order, view)
        self._money(order, view)
        self._physical(order)
        self._returns(order)
        self._credits(order)

    def _restocked(self) -> None:
        """What came back for sale is on the shelf that the return says, once."""
        shelved: defaultdict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
        for item in self.items:
            for event in self.history.streams[item.id]:
                if isinstance(event, StockReceived) and event.return_id is not None:
                    shelved[event.return_id][item.sku, item.location] += event.quantity
        for goods in self.returns.values():
            sellable = Counter[tuple[str, str]]()
            for (line_id, location, condition), units in goods.places.items():
                if condition is Condition.RESTOCKED:
                    sellable[goods.sku(line_id), location] += units
            assert sellable == shelved[goods.id]

    def _carried_over(self) -> None:
        """What one order has of another one's credit, that one is short of."""
        lent: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            for origin, amount in order.credits.received.items():
                assert amount >= 0
                lent[origin] += amount
        for order in self.orders.values():
            received = sum(order.credits.received.values(), ZERO)
            assert order.credits.exchanged == received - lent[order.id]

    def _gift_cards(self) -> None:
        """What is not on a card any more is what it pays for, to the cent."""
        for card in self.history.all(GiftCard):
            paid = [p for p in self.payments.values() if p.gift_card_id == card.id]
            kept = sum((p.captured.amount - p.refunded.amount for p in paid), ZERO)
            assert card.balance.amount == card.facts.amount.amount - kept
            assert 0 <= card.balance.amount <= card.facts.amount.amount

    def _backorders(self) -> None:
        """Queues and orders say the same of who waits, and products know whether anybody does."""
        waiting = {
            (queue.sku, line.order_id, id): line.quantity
            for queue in self.queues
            for id, line in queue.waiting.items()
        }
        assert waiting == {
            (line.terms.sku, order.id, id): line.backordered
            for order in self.orders.values()
            for id, line in order.lines.items()
            if line.backordered
        }
        skus = {sku for sku, _, _ in waiting}
        assert {p.facts.sku for p in self.history.all(Product) if p.backordered} == skus
        for queue in self.queues:
            self._fair(queue.id)

    def _fair(self, id: UUID) -> None:
        """Nobody got stock while an earlier one of those who may take the same waited on."""
        queue = BackorderQueue(id)
        for event in self.history.streams[id]:
            if isinstance(event, BackordersFilled):
                got = {part.line_id: part.quantity for part in event.lines}
                order = sorted(queue.waiting.values(), key=lambda line: line.turn)
                for group in queue.wanted:
                    mine = [line for line in order if line.group == group]
                    served = [i for i, line in enumerate(mine) if line.line_id in got]
                    for line in mine[: max(served, default=0)]:
                        assert got[line.line_id] == line.quantity
            queue.apply(event)  # type: ignore[arg-type]

    def _coupons(self) -> None:
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

    @property
    def unpromised(self) -> Mapping[UUID, int]:
        """What is there, sellable, and not promised, by stock item."""
        return {item.id: item.sellable - item.reserved for item in self.items}

    def _stock(self, item: StockItem) -> None:
        check_stock(item)
        check_movements(item, self.history.streams[item.id])

    def _transfers(self) -> None:
        """What left one location is in transit, arrived at the other, or is known to be missing."""
        left: Counter[UUID] = Counter()
        came: Counter[UUID] = Counter()
        for item in self.items:
            for event in self.history.streams[item.id]:
                if isinstance(event, StockTransferredOut):
                    left[event.transfer_id] += event.quantity
                if isinstance(event, StockReceived) and event.transfer_id is not None:
                    came[event.transfer_id] += event.quantity
        announced = {name: s for item in self.items for name, s in item.supplies.items()}
        for transfer in self.history.all(Transfer):
            assert came[transfer.id] == transfer.received.total()
            arrived = came[transfer.id] + transfer.missing.total()
            assert left[transfer.id] == arrived + transfer.in_transit.total()
            assert min(transfer.in_transit.values(), default=1) > 0
            assert (transfer.supply in announced) == bool(transfer.in_transit)

    def _reservations(self) -> None:
        """Orders and stock say the same of every promise, in both directions."""
        promised = {
            (line_id, item.sku, item.location): units
            for item in self.items
            for line_id, units in item.reservations.items()
        }
        booked = {
            (line_id, line.terms.sku, location): units
            for order in self.orders.values()
            for line_id, line in order.lines.items()
            for location, units in line.reserved.items()
        }
        assert promised == booked

    def _money(self, order: Order, view: OrderView) -> None:
        payments, account = [self.payments[id] for id in order.payment_ids], order.account
        assert all(payment.order_id == order.id for payment in payments)
        sums = [payment.sums for payment in payments]
        for payment, comes_to in zip(payments, sums, strict=True):
            _payment(payment, comes_to)
        for name in AMOUNTS:
            assert getattr(account, name) == sum((getattr(each, name) for each in sums), ZERO)
        for line_id, line in order.lines.items():
            refunds = [each.lines.get(line_id, ZERO) for each in sums]
            assert line.refunded == sum(refunds, ZERO)
            assert 0 <= line.refunded <= self._most_for_line(order, line_id)
        kept = view.captured - view.refunded - view.charged_back
        assert view.refund_due == max(kept - order.to_pay, ZERO)
        assert not (view.refund_due and view.balance_due)
        assert account.forgiven >= 0
        if not any(payment.heard for payment in payments):
            assert kept + account.open_authorization <= self._highest_total(order)

    def _most_for_line(self, order: Order, line_id: UUID) -> Decimal:
        """An edit may lower what a line comes to, when more was refunded for it already."""
        line = order.lines[line_id]
        if line.terms is line.first:
            return line.terms.total
        agreed = (
            line.total
            for event in self.history.streams[order.id]
            if isinstance(event, OrderPlaced | OrderEdited)
            for line in _agreed(event)
            if line.line_id == line_id
        )
        return max(agreed, default=ZERO)

    def _highest_total(self, order: Order) -> Decimal:
        """An edit may lower what an order comes to, when more was authorized already."""
        if order.terms is order.placed:
            return order.placed.total
        terms = order.placed
        totals = [terms.total]
        for event in self.history.streams[order.id]:
            if isinstance(event, OrderEdited):
                terms = amended(terms, event)
                totals.append(terms.total)
        return max(totals)

    def _physical(self, order: Order) -> None:
        moving: Counter[UUID] = Counter()
        arrived: Counter[UUID] = Counter()
        for shipment_id, release in order.releases.items():
            shipment = self.shipments[shipment_id]
            assert (shipment.order_id, shipment.location) == (order.id, release.location)
            on_their_way, at_home = _content(shipment)
            moving.update(on_their_way)
            arrived.update(at_home)
            carried = on_their_way + at_home
            if not shipment.under_way and shipment.status is not ShipmentStatus.CANCELLED:
                carried = Counter(shipment.quantities)
            assert carried == +release.lines
            assert min(release.lines.values(), default=0) >= 0
            assert release.shipped == bool(shipment.under_way)
            _prepared(shipment)
        assert sum((r.lines for r in order.arrivals), Counter[UUID]()) == +arrived
        for line_id, line in order.lines.items():
            assert (line.in_transit, line.delivered) == (moving[line_id], arrived[line_id])
        _released_units_are_reserved(order)

    def _returns(self, order: Order) -> None:
        """No unit comes back twice, or to where it never was."""
        arrived: Counter[tuple[UUID, str]] = Counter()
        for release in order.arrivals:
            for line_id, units in release.lines.items():
                arrived[line_id, release.location] += units
        taken: Counter[tuple[UUID, str]] = Counter()
        coming, came, kept = Counter[UUID](), Counter[UUID](), Counter[UUID]()
        for return_id, units in order.returns.items():
            goods = self.returns[return_id]
            assert goods.order_id == order.id
            assert +units == goods.outstanding + goods.received
            for line_id, location, quantity in goods.origins():
                taken[line_id, location] += quantity
            coming += goods.outstanding
            came += goods.received
            kept += goods.kept
            self._return(goods)
        assert all(units <= arrived[key] for key, units in taken.items())
        claimed: Counter[UUID] = Counter()
        for claim_id, units in order.claims.items():
            claim = self.claims[claim_id]
            assert claim.units == units
            if claim.resolved is None:
                claimed += units
            elif claim.resolved.resolution is not ClaimResolution.REJECT:
                kept += units
        for line_id, line in order.lines.items():
            assert line.return_requested == coming[line_id]
            assert line.returned == came[line_id]
            assert line.claimed == claimed[line_id]
            assert line.settled == kept[line_id]

    def _return(self, goods: Return) -> None:
        """No unit is in two conditions, restocked twice, or paid for beyond what was requested."""
        assert all(units > 0 for units in goods.places.values())
        gone = goods.outstanding + goods.received + goods.kept
        assert gone <= goods.requested
        assert goods.credited <= goods.requested

    def _credits(self, order: Order) -> None:
        """What was given up is what the events say, never more than was owed or paid out twice."""
        credits, lines = order.credits, order.lines.values()
        goods = sum((line.credited.amount for line in lines), ZERO)
        net = not order.terms.prices_include_tax
        shipping = credits.shipping_price + net * credits.shipping_tax
        resolved = [each for id in order.returns for each in self.returns[id].resolutions]
        fees = sum((each.fee for each in resolved), ZERO)
        decided = [each for id in order.claims if (each := self.claims[id].resolved)]
        assert credits.granted == sum((each.amount for each in (*resolved, *decided)), ZERO)
        assert credits.granted == goods + shipping - fees
        assert 0 <= credits.shipping_price <= order.shipping_price
        assert all(0 <= line.credited.amount <= line.total for line in lines)
        assert all(0 <= line.credited.units <= line.delivered for line in lines)
        assert 0 <= order.owed <= order.total
        account = order.account
        if not any(self.payments[id].heard for id in order.payment_ids):
            assert account.refunding <= account.kept + min(credits.exchanged, ZERO)


def _agreed(event: OrderPlaced | OrderEdited) -> Iterator[PricedLine]:
    """The lines that an event sets the terms of."""
    if isinstance(event, OrderPlaced):
        return iter(event.lines)
    return (edited.terms for edited in event.lines)


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


def _content(shipment: Shipment) -> tuple[Counter[UUID], Counter[UUID]]:
    """Units on their way, and those that arrived; what came back or is lost is in neither."""
    moving: Counter[UUID] = Counter()
    arrived: Counter[UUID] = Counter()
    for leg in shipment.under_way.values():
        if leg.status in UNDECIDED:
            moving.update(leg.lines)
        if leg.status is ParcelStatus.DELIVERED:
            arrived.update(leg.lines)
    return moving, arrived


def _prepared(shipment: Shipment) -> None:
    """No unit is picked twice, and each is in exactly one parcel, if there are parcels."""
    for line_id, units in shipment.picked.items():
        assert 0 < units <= shipment.quantities[line_id]
    legs: Counter[UUID] = Counter()
    for leg in shipment.under_way.values():
        legs.update(leg.lines)
    assert not shipment.under_way or legs == Counter(shipment.quantities)
    packed: Counter[UUID] = Counter()
    for parcel in shipment.parcels.values():
        packed.update({part.line_id: part.quantity for part in parcel.lines})
    assert not shipment.parcels or packed == Counter(shipment.quantities)
    assert shipment.delivered_at is None or shipment.status in (DELIVERED, FAILED)


def check_movements(item: StockItem, events: Iterable[Any]) -> None:
    """Check that each figure is the sum of all movements."""
    moved = [moves(event) for event in events]
    for figure in ("on_hand", "reserved", "quality_hold", "damaged"):
        assert getattr(item, figure) == sum(getattr(each, figure) for each in moved)
    made = sum(item.made_to_order.values())
    assert made == sum(each.made_to_order for each in moved)


def _payment(payment: Payment, sums: PaymentSums) -> None:
    """What is decided here is within bounds; what a provider tells of may be beyond them."""
    assert min(sums.authorized, sums.captured, sums.charged_back) >= 0
    assert min(sums.authorizing, sums.capturing, sums.refunding) >= 0
    if not payment.heard:
        assert 0 <= sums.refunded + sums.refunding + sums.charged_back <= sums.captured
        assert sums.captured + sums.capturing <= sums.authorized


def movement(event: Any) -> int:
    """Tell by how much an event changes what is on hand."""
    return moves(event).on_hand


def _conserved(line: OrderLine) -> None:
    buckets = (
        line.pending,
        line.backordered,
        line.reserved.total(),
        line.in_transit,
        line.delivered,
        line.cancelled,
    )
    assert min(buckets) >= 0
    assert sum(buckets) == line.terms.quantity
    assert all(units > 0 for units in line.reserved.values())
    afterwards = (line.return_requested, line.returned, line.claimed, line.settled)
    assert min(afterwards) >= 0
    assert sum(afterwards) <= line.delivered


def _adds_up(order: Order, view: OrderView) -> None:
    first = order.terms
    for line in order.lines.values():
        left, credited = line.terms.quantity - line.cancelled - line.credited.units, line.credited
        assert line.kept == left
        assert line.subtotal - credited.subtotal == left * line.terms.unit_price
        assert 0 <= line.discount <= line.subtotal
        assert line.discount - credited.discount == _share(line.terms.discount, left, line)
        assert line.tax - credited.tax == _share(line.terms.tax, left, line)
    net = not first.prices_include_tax
    others = view.shipping_price + view.duties
    assert view.total == view.subtotal - view.discount + others + net * view.tax
    assert view.total == sum(line.total for line in view.lines) + others + net * view.shipping_tax
    assert view.tax == sum(line.tax for line in view.lines) + view.shipping_tax
    assert 0 <= view.total <= first.total
    all_cancelled = view.status is OrderStatus.CANCELLED
    assert view.shipping_price == (ZERO if all_cancelled else first.shipping_price)
    assert view.duties == (ZERO if all_cancelled else first.duties)
    assert view.total == 0 or not all_cancelled
    once = first.shipping_price + first.duties + net * first.shipping_tax
    assert first.total == sum(line.total for line in first.lines) + once
    assert first.discount == sum(line.discount for line in first.lines)
    placed = order.placed
    assert placed.discount == sum(discount.amount for discount in placed.discounts)


def _share(whole: Decimal, left: int, line: OrderLine) -> Decimal:
    """The rest of a frozen amount, whichever way the other units were cancelled."""
    exact = whole * left / line.terms.quantity if left else ZERO
    return exact.quantize(smallest(line.currency), ROUND_HALF_UP)


def _released_units_are_reserved(order: Order) -> None:
    asked: Counter[tuple[UUID, str]] = Counter()
    for release in order.releases.values():
        if not release.shipped:
            for line_id, units in release.lines.items():
                asked[line_id, release.location] += units
    for (line_id, location), units in asked.items():
        assert units <= order.lines[line_id].reserved[location]
