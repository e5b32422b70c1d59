"""What must be true of every order, its payments, shipments and returns, after every command."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from tests.domain.followed import ZERO, Followed

from oms_core.claims.events import ClaimResolution
from oms_core.kernel.money import smallest
from oms_core.orders.line import OrderLine
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.orders.view import OrderView
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequestKind, PaymentRequestState
from oms_core.payments.sums import AMOUNTS
from oms_core.payments.view import ContestState
from oms_core.returns.goods_return import Return
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import UNDECIDED, ParcelStatus, ShipmentStatus

DELIVERED, FAILED = ShipmentStatus.DELIVERED, ShipmentStatus.FAILED


def check_order(there: Followed, order: Order) -> None:
    """Check what can be seen from one order."""
    for line in order.lines.values():
        _conserved(line)
    view = order.view()
    _adds_up(order, view)
    _money(there, order, view)
    _physical(there, order)
    _returns(there, order)
    _credits(there, order)


def _conserved(line: OrderLine) -> None:
    buckets = (
        line.pending,
        line.backordered,
        sum(line.reserved.values()),
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


def _money(there: Followed, order: Order, view: OrderView) -> None:
    payments, account = [there.payments[id] for id in order.payment_ids], order.account
    assert all(payment.order_id == order.id for payment in payments)
    for payment in payments:
        _payment(payment, bounded=not _told_beyond(there, payment))
    each = [payment.sums for payment in payments]
    for name in AMOUNTS:
        assert getattr(account, name) == sum((getattr(sums, name) for sums in each), ZERO)
    for line_id, line in order.lines.items():
        assert line.refunded == sum((sums.lines.get(line_id, ZERO) for sums in each), ZERO)
        assert 0 <= line.refunded <= there.highest[order.id, line_id]
    kept = view.captured - view.refunded - view.charged_back
    assert view.refund_due == max(kept - order.to_pay, ZERO)
    assert not (view.refund_due and view.balance_due)
    assert account.forgiven >= 0
    if not any(_told_beyond(there, payment) for payment in payments):
        assert kept + account.open_authorization <= there.highest[order.id, None]


def _told_beyond(there: Followed, payment: Payment) -> bool:
    """What is decided here is within bounds; what a provider tells of may be beyond them."""
    return bool(payment.heard) or payment.id in there.changed_mind


def _payment(payment: Payment, *, bounded: bool) -> None:
    """Nothing is collected without being authorized, and nothing goes back to a bank twice."""
    sums = payment.sums
    assert sums.charged_back <= sums.captured <= sums.authorized
    assert min(sums.authorized, sums.captured, sums.charged_back) >= 0
    assert min(sums.authorizing, sums.capturing, sums.refunding) >= 0
    refunds_are_within = sums.refunded <= sums.captured
    accepted = any(each.state is ContestState.ACCEPTED for each in payment.contested.values())
    taken_back = any(
        each.state is PaymentRequestState.DECLINED
        for each in payment.of_kind(PaymentRequestKind.CAPTURE)
    )
    assert refunds_are_within or accepted or taken_back
    _contested(payment)
    if bounded:
        assert 0 <= sums.refunded + sums.refunding + sums.charged_back <= sums.captured
        assert sums.captured + sums.capturing <= sums.authorized


def _contested(payment: Payment) -> None:
    """What is contested is in no sum until a person says so, and is not refunded meanwhile."""
    refunds = list(payment.of_kind(PaymentRequestKind.REFUND))
    done = [each.amount for each in refunds if each.state is PaymentRequestState.SUCCEEDED]
    noted = any(each.reference is not None and not each.asked for each in refunds)
    if not noted:  # or else one may be meant twice, and is one request all the same
        assert payment.refunded.amount == sum((amount.amount for amount in done), ZERO)
    perhaps_gone = ZERO
    for told in payment.contested.values():
        request = payment.requests.get(told.request_id)
        if told.state is not ContestState.ACCEPTED:
            assert request is None or request.state is not PaymentRequestState.SUCCEEDED
        perhaps_gone += told.amount.amount if told.state is ContestState.OPEN else ZERO
    here = payment.captured.amount - payment.refunded.amount - payment.charged_back.amount
    assert payment.refundable.amount <= max(here - perhaps_gone, ZERO)


def _physical(there: Followed, order: Order) -> None:
    moving: Counter[UUID] = Counter()
    arrived: Counter[UUID] = Counter()
    for shipment_id, release in order.releases.items():
        shipment = there.shipments[shipment_id]
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


def _released_units_are_reserved(order: Order) -> None:
    asked: Counter[tuple[UUID, str]] = Counter()
    for release in order.releases.values():
        if not release.shipped:
            for line_id, units in release.lines.items():
                asked[line_id, release.location] += units
    for (line_id, location), units in asked.items():
        assert units <= order.lines[line_id].reserved.get(location, 0)


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


def _returns(there: Followed, order: Order) -> None:
    """No unit comes back twice, or to where it never was."""
    arrived: Counter[tuple[UUID, str]] = Counter()
    for release in order.arrivals:
        for line_id, units in release.lines.items():
            arrived[line_id, release.location] += units
    taken: Counter[tuple[UUID, str]] = Counter()
    coming, came, kept = Counter[UUID](), Counter[UUID](), Counter[UUID]()
    for return_id, units in order.returns.items():
        goods = there.returns[return_id]
        assert goods.order_id == order.id
        assert +units == goods.outstanding + goods.received
        for line_id, location, quantity in goods.origins():
            taken[line_id, location] += quantity
        coming += goods.outstanding
        came += goods.received
        kept += goods.kept
        _return(goods)
    assert all(units <= arrived[key] for key, units in taken.items())
    claimed: Counter[UUID] = Counter()
    for claim_id, units in order.claims.items():
        claim = there.claims[claim_id]
        assert claim.units == units
        if claim.resolved is None:
            claimed += units
        elif (return_id := claim.resolved.return_id) is not None:
            assert there.returns[return_id].facts.claim_id == claim_id
        elif claim.resolved.resolution is not ClaimResolution.REJECT:
            kept += units
    for line_id, line in order.lines.items():
        assert line.return_requested == coming[line_id]
        assert line.returned == came[line_id]
        assert line.claimed == claimed[line_id]
        assert line.settled == kept[line_id]


def _return(goods: Return) -> None:
    """No unit is in two conditions, restocked twice, or paid for beyond what was requested."""
    assert all(units > 0 for units in goods.places.values())
    gone = goods.outstanding + goods.received + goods.kept
    assert gone <= goods.requested
    assert goods.credited <= goods.requested


def _credits(there: Followed, order: Order) -> None:
    """What was given up is what the events say, never more than was owed or paid out twice."""
    credits, lines = order.credits, order.lines.values()
    goods = sum((line.credited.amount for line in lines), ZERO)
    net = not order.terms.prices_include_tax
    shipping = credits.shipping_price + net * credits.shipping_tax
    resolved = [each for id in order.returns for each in there.returns[id].resolutions]
    fees = sum((each.fee for each in resolved), ZERO)
    decided = [each for id in order.claims if (each := there.claims[id].resolved)]
    assert credits.granted == sum((each.amount for each in (*resolved, *decided)), ZERO)
    assert credits.granted == goods + shipping - fees
    assert 0 <= credits.shipping_price <= order.shipping_price
    assert all(0 <= line.credited.amount <= line.total for line in lines)
    assert all(0 <= line.credited.units <= line.delivered for line in lines)
    assert 0 <= order.owed <= order.total
    account = order.account
    if not any(_told_beyond(there, there.payments[id]) for id in order.payment_ids):
        assert account.refunding <= account.kept + min(credits.exchanged, ZERO)
