"""The state of an order, folded from its events.

Conserved for every line: `quantity = pending + reserved + backordered + shipped + cancelled`.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.orders import events
from oms_core.orders.account import Account
from oms_core.orders.aftercare import Aftercare
from oms_core.orders.amending import amended
from oms_core.orders.credits import Credits
from oms_core.orders.events import OrderEvent, OrderPlaced
from oms_core.orders.holds import Hold
from oms_core.orders.line import OrderLine, Release, units_of
from oms_core.orders.refusals import NoSuchOrder, NoSuchOrderLine
from oms_core.orders.releases import carry
from oms_core.orders.status import (
    OrderStatus,
    Units,
    fulfillment_status,
    order_status,
    payment_status,
)
from oms_core.orders.view import OrderView
from oms_core.payments.policy import PaymentPolicy

ZERO = Decimal(0)


class OrderState(Aggregate[OrderEvent]):
    """What became of an order so far, and the questions that decisions ask of it."""

    MISSING = NoSuchOrder
    placed: OrderPlaced
    terms: OrderPlaced
    """What is agreed now: the order as it was placed, with every edit."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.lines: dict[UUID, OrderLine] = {}
        self.releases: dict[UUID, Release] = {}
        self.arrivals: list[Release] = []
        self.aftercare = Aftercare()
        self.holds: dict[UUID, Hold] = {}
        self.account = Account()
        self.shipping_price = self.shipping_tax = self.duties = ZERO
        self.credits = Credits()
        self.links: list[events.OrderLinked] = []
        self.tags: tuple[str, ...] = ()
        self.declined_by: frozenset[str] = frozenset()
        """Locations that said they can't send it: they are not asked again."""

    @property
    def returns(self) -> dict[UUID, Counter[UUID]]:
        """The units of each return that came back or still may."""
        return self.aftercare.returns

    @property
    def claims(self) -> dict[UUID, Counter[UUID]]:
        """The units of each claim."""
        return self.aftercare.claims

    @property
    def payment_policy(self) -> PaymentPolicy:
        """What its channel had decided about payments when it was placed."""
        return self.terms.payments or PaymentPolicy()

    @property
    def units(self) -> Units:
        """The exclusive buckets, units_of over all lines."""
        return units_of(self.lines.values())

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        return order_status(self.units, on_hold=bool(self.holds))

    @property
    def subtotal(self) -> Decimal:
        """Price of all goods still owed."""
        return sum([line.subtotal for line in self.lines.values()], ZERO)

    @property
    def discount(self) -> Decimal:
        """Discount on the goods still owed."""
        return sum([line.discount for line in self.lines.values()], ZERO)

    @property
    def tax(self) -> Decimal:
        """Tax on goods and shipping still owed."""
        return sum([line.tax for line in self.lines.values()], self.shipping_tax)

    @property
    def total(self) -> Decimal:
        """What the customer owes for this order, before any payment."""
        return self._total(self.subtotal, self.discount, self.tax)

    def _total(self, subtotal: Decimal, discount: Decimal, tax: Decimal) -> Decimal:
        taxes = ZERO if self.terms.prices_include_tax else tax
        return subtotal - discount + self.shipping_price + self.duties + taxes

    @property
    def owed(self) -> Decimal:
        """What the customer has to pay in the end: the total less what was credited."""
        return self.total - self.credits.granted

    @property
    def to_pay(self) -> Decimal:
        """What the payments of this order have to come to, with what other orders paid of it."""
        return self.owed - self.credits.exchanged

    @property
    def paid(self) -> Decimal:
        """What was captured, with the credit that came from other orders or went to them."""
        return self.account.captured + self.credits.exchanged

    @property
    def refundable(self) -> Decimal:
        """What is here, not about to be given back, and not carried over to another order."""
        here = self.account.kept - self.account.refunding
        return here + min(self.credits.exchanged, ZERO)

    @property
    def refund_due(self) -> Decimal:
        """What the customer is to get back."""
        return self.refund_due_after(ZERO)

    def refund_due_after(self, credit: Decimal) -> Decimal:
        """What the customer would be to get back if so much more were credited."""
        due = self.account.refund_due(self.to_pay - credit)
        return max(due - self.account.refunding, ZERO)

    @property
    def is_secured(self) -> bool:
        """Goods may leave: what is owed was paid, or is trusted to come."""
        return self.account.is_secured(self.to_pay)

    @property
    def payment_ids(self) -> tuple[UUID, ...]:
        """Its payments, in their order."""
        return tuple(self.account.payments)

    @property
    def unsent_ids(self) -> list[UUID]:
        """Shipments that were handed to a location and have not left it."""
        return [id for id, release in self.releases.items() if not release.shipped]

    @property
    def possible(self) -> bool:
        buckets = (count for line in self.lines.values() for count in line.buckets)
        return all(count >= 0 for count in buckets)

    def may_come_from(self, location: str) -> bool:
        """Tell whether a location may be asked to send it, or hand it over."""
        return location not in self.declined_by and self.terms.may_come_from(location)

    def line(self, line_id: UUID) -> OrderLine:
        """Return a line, or refuse with `NoSuchOrderLine`."""
        if line_id not in self.lines:
            raise NoSuchOrderLine(line_id=line_id, field=("lines",))
        return self.lines[line_id]

    def unreleased(self) -> dict[str, Counter[UUID]]:
        """Reserved units that no warehouse was asked to send yet, by location and line."""
        units: dict[str, Counter[UUID]] = {}
        for line in self.lines.values():
            for location, quantity in line.reserved.items():
                units.setdefault(location, Counter())[line.terms.line_id] = quantity
        for release in self.releases.values():
            if not release.shipped and release.location in units:
                units[release.location] -= release.lines  # keeps positive counts only
        return {location: lines for location, lines in units.items() if lines}

    def evolve(self, event: OrderEvent) -> None:
        match event:
            case events.OrderPlaced():
                self.placed = self.terms = event
                self.lines = {
                    t.line_id: OrderLine(
                        t, event.currency, prices_include_tax=event.prices_include_tax
                    )
                    for t in event.lines
                }
                self.shipping_price = event.shipping_price
                self.shipping_tax = event.shipping_tax
                self.duties = event.duties
            case events.LinesReserved():
                self._reserved(event)
            case events.LinesBackordered() | events.PromiseMade() | events.PromiseRevised():
                self._waits(event)
            case events.LinesUnassigned():
                self._unassigned(event)
            case events.LinesDelivered():
                lines = Counter({part.line_id: part.quantity for part in event.lines})
                self.arrivals.append(Release(self.releases[event.shipment_id].location, lines))
                carry(event, self.lines, self.releases)
            case (
                events.LinesReleased()
                | events.LinesShipped()
                | events.LinesUnreserved()
                | events.LinesRecalled()
                | events.LinesRegrouped()
                | events.LinesUndelivered()
            ):
                carry(event, self.lines, self.releases)
            case events.LinesCancelled():
                self._cancelled(event)
            case events.OrderEdited():
                self._edited(event)
            case (
                events.LinesReturnRequested()
                | events.LinesReturned()
                | events.LinesReturnWithdrawn()
                | events.LinesClaimed()
                | events.ClaimEnded()
            ):
                self.aftercare.apply(event, self.lines)
            case events.PaymentPosted():
                self._paid(event)
            case events.CreditGranted() | events.ExchangeCreditPosted():
                self.credits.apply(event, self.lines)
            case events.OrderTagged():
                kept = [tag for tag in self.tags if tag not in event.removed]
                self.tags = tuple(dict.fromkeys([*kept, *event.added]))
            case events.OrderLinked():
                self.links.append(event)
            case events.OrderUnlinked():
                self.links.remove(events.OrderLinked(**event.model_dump()))
            case events.HoldPlaced() | events.HoldEscalated() | events.HoldReleased():
                self._held(event)
            case _:
                assert_never(event)

    def _held(self, event: events.HoldPlaced | events.HoldEscalated | events.HoldReleased) -> None:
        match event:
            case events.HoldPlaced():
                self.holds[event.hold_id] = Hold(**event.model_dump())
            case events.HoldEscalated():
                self.holds[event.hold_id] = self.holds[event.hold_id].escalate()
            case events.HoldReleased():
                self.holds.pop(event.hold_id, None)

    def _waits(
        self, event: events.LinesBackordered | events.PromiseMade | events.PromiseRevised
    ) -> None:
        if isinstance(event, events.LinesBackordered):
            for part in event.lines:
                self.lines[part.line_id].pending -= part.quantity
                self.lines[part.line_id].backordered += part.quantity
        else:
            for promise in event.promises:
                self.lines[promise.line_id].promise(promise)

    def _reserved(self, event: events.LinesReserved) -> None:
        for part in event.lines:
            line = self.lines[part.line_id]
            if event.from_backorder:
                line.backordered -= part.quantity
            else:
                line.pending -= part.quantity
            line.reserve(part.location, part.quantity)

    def _unassigned(self, event: events.LinesUnassigned) -> None:
        if event.declined:
            self.declined_by |= {event.location}
        for units in event.units:
            self.lines[units.line_id].take(units)
            self.lines[units.line_id].pending += units.quantity
            if units.shipment_id is not None:
                self.releases[units.shipment_id].lines[units.line_id] -= units.quantity

    def _cancelled(self, event: events.LinesCancelled) -> None:
        for units in event.units:
            self.lines[units.line_id].cancel(units)
            if units.shipment_id is not None:
                self.releases[units.shipment_id].lines[units.line_id] -= units.quantity
        for amounts in event.amounts:
            self.lines[amounts.line_id].disown(amounts)
        self.shipping_price -= event.shipping_price
        self.shipping_tax -= event.shipping_tax
        self.duties -= event.duties

    def _edited(self, event: events.OrderEdited) -> None:
        for edited in event.lines:
            if edited.terms.line_id not in self.lines:
                self._add(edited.terms)
            self.lines[edited.terms.line_id].edit(edited)
        for units in event.removed:
            self.lines[units.line_id].take(units)
            if units.shipment_id is not None:
                self.releases[units.shipment_id].lines[units.line_id] -= units.quantity
        for part in event.added:
            self.lines[part.line_id].pending += part.quantity
        self.shipping_price = event.shipping_price
        self.shipping_tax = event.shipping_tax
        self.terms = amended(self.terms, event)

    def _add(self, terms: events.PricedLine) -> None:
        line = OrderLine(
            terms, self.terms.currency, prices_include_tax=self.terms.prices_include_tax
        )
        line.pending = 0
        self.lines[terms.line_id] = line

    def _paid(self, event: events.PaymentPosted) -> None:
        if event.refunded > 0:
            to_come = self.units.unshipped > 0
            self.account.forgive(event.refunded, self.to_pay, goods_to_come=to_come)
        elif event.refunded < 0:
            self.account.charge_again(-event.refunded)
        self.account.book(event)
        for part in event.lines:
            self.lines[part.line_id].refunded += part.amount

    def view(self) -> OrderView:
        """Show the order as it is now."""
        terms, units, account = self.terms, self.units, self.account
        status = order_status(units, on_hold=bool(self.holds))
        subtotal, discount, tax = self.subtotal, self.discount, self.tax
        total = self._total(subtotal, discount, tax)
        owed = total - self.credits.granted
        to_pay = owed - self.credits.exchanged
        return OrderView(
            id=self.id,
            version=self.version,
            number=terms.number,
            channel=terms.channel,
            currency=terms.currency,
            placed_at=terms.placed_at,
            status=status,
            payment_status=payment_status(
                total=owed,
                authorized=account.authorized,
                captured=self.paid,
                refunded=account.refunded,
                charged_back=account.charged_back,
                cancelled=status is OrderStatus.CANCELLED,
            ),
            fulfillment_status=fulfillment_status(units),
            customer=terms.customer,
            shipping_address=terms.shipping_address,
            billing_address=terms.billing_address,
            lines=tuple([line.view() for line in self.lines.values()]),
            subtotal=subtotal,
            discount=discount,
            discounts=terms.discounts,
            shipping_price=self.shipping_price,
            shipping_method=terms.shipping_method,
            pickup_location=terms.pickup_location,
            promise=terms.promise,
            shipping_tax=self.shipping_tax,
            duties=self.duties,
            tax=tax,
            prices_include_tax=terms.prices_include_tax,
            total=total,
            authorized=account.authorized,
            captured=account.captured,
            refunded=account.refunded,
            credited=self.credits.granted,
            exchange_credit=self.credits.exchanged,
            charged_back=account.charged_back,
            balance_due=account.balance_due(to_pay),
            refund_due=account.refund_due(to_pay),
            shipment_ids=tuple(self.releases),
            return_ids=tuple(self.returns),
            claim_ids=tuple(self.claims),
            payment_ids=self.payment_ids,
            payment_due_at=terms.payment_due_at,
            priority=terms.priority,
            holds=tuple(self.holds.values()),
            links=tuple(self.links),
            tags=self.tags,
        )
