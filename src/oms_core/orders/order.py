"""An order: the promise to the customer. Here is what may be decided about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.orders import cancelling, events
from oms_core.orders.holds import Hold
from oms_core.orders.links import LinkKind
from oms_core.orders.quantities import LineQuantity, SourcedQuantity, line_quantities
from oms_core.orders.refusals import (
    ClaimAlreadyOpened,
    CreditAlreadyGranted,
    CreditWasCarriedOver,
    HoldAlreadyPlaced,
    HoldNotOpen,
    HoldNotYours,
    NothingBackordered,
    OrderCancelled,
    OrderCompleted,
    OrderNotOnHold,
    OrderNumberTaken,
    OrderOnHold,
    PaymentExceedsTotal,
    RefundExceedsLine,
    ReturnAlreadyRequested,
    TooFewUnitsToReturn,
    TooManyTags,
)
from oms_core.orders.state import OrderState
from oms_core.orders.status import OrderStatus

MOST_TAGS = 50


def order_id(number: str) -> UUID:
    """Give the stream of an order number. Numbers are unique in an installation."""
    return natural_id("order", number)


class Order(OrderState):
    """The commercial promise."""

    def place(self, terms: events.OrderPlaced) -> None:
        """Accept the order at these terms."""
        self.refuse_if_placed(terms.number)
        self.record(terms)

    def refuse_if_placed(self, number: str) -> None:
        """Refuse when the number was given to an order already."""
        if self.exists:
            raise OrderNumberTaken(number=number, field=("number",))

    def reserve(self, lines: Iterable[SourcedQuantity]) -> None:
        """Note where pending units are reserved."""
        if lines := tuple(lines):
            self.record(events.LinesReserved(lines=lines))

    def backorder(self, lines: Iterable[LineQuantity]) -> None:
        """Note which pending units wait for stock."""
        if lines := tuple(lines):
            self.record(events.LinesBackordered(lines=lines))

    def wait_again(self, lines: Iterable[LineQuantity], until: datetime | None) -> None:
        """Let units wait for stock that had a source, until a moment if there is one.

        A line that waits already waits as long as it was told before.
        """
        lines = tuple(lines)
        new = [part.line_id for part in lines if not self.lines[part.line_id].backordered]
        self.backorder(lines)
        if until is not None:
            told = {id: self.lines[id].promised_by for id in new}
            self.promise(
                events.Promise(line_id=id, promised_by=day, waits_until=until)
                for id, day in told.items()
            )

    def unassign(self, event: events.LinesUnassigned) -> None:
        """Note that a location does not send units that are reserved there."""
        self.refuse_unless_open()
        self.record(event)

    def fill(self, lines: Iterable[SourcedQuantity]) -> None:
        """Note where units are reserved that waited for stock."""
        if lines := tuple(lines):
            self.record(events.LinesReserved(lines=lines, from_backorder=True))

    def promise(self, promises: Iterable[events.Promise]) -> None:
        """Tell how long units that wait may have to."""
        told = tuple([p for p in promises if p.promised_by or p.waits_until])
        if told:
            self.record(events.PromiseMade(promises=told))

    def revise_promise(self, line_id: UUID, promised_by: datetime, reason: str) -> None:
        """Tell another day; who was promised a later one is not given up before it."""
        line = self.line(line_id)
        if not line.backordered:
            raise NothingBackordered(sku=line.terms.sku, field=("line_id",))
        until = line.waits_until and max(line.waits_until, promised_by)
        promise = events.Promise(line_id=line_id, promised_by=promised_by, waits_until=until)
        if (promised_by, until) != (line.promised_by, line.waits_until):
            self.record(events.PromiseRevised(promises=(promise,), reason=reason))

    def hold(self, placed: events.HoldPlaced) -> None:
        """Stop the order from going to a warehouse; a hold is placed once."""
        self.refuse_unless_open()
        if placed.hold_id in self.holds:
            raise HoldAlreadyPlaced(hold_id=placed.hold_id)
        self.record(placed)

    def release_holds(self, reason: str, *, by: str | None = None) -> None:
        """Let the order go on: every hold is released, or none."""
        if not self.holds:
            raise OrderNotOnHold()
        for hold in self.holds.values():
            _refuse_unless_theirs(hold, by)
        for hold_id in list(self.holds):
            self.record(events.HoldReleased(hold_id=hold_id, reason=reason))

    def release_hold(self, hold_id: UUID, reason: str, *, by: str | None = None) -> None:
        """Release one hold; the order goes on when it was the last one."""
        hold = self.holds.get(hold_id)
        if hold is None:
            raise HoldNotOpen(hold_id=hold_id, field=("hold_id",))
        _refuse_unless_theirs(hold, by)
        self.record(events.HoldReleased(hold_id=hold_id, reason=reason))

    def escalate_hold(self, hold_id: UUID) -> None:
        """Note that a hold waits too long, once; nothing happens when nothing waits for it."""
        hold = self.holds.get(hold_id)
        if hold is not None and not hold.escalated and self.status is OrderStatus.ON_HOLD:
            self.record(events.HoldEscalated(hold_id=hold_id))

    def edit(self, edited: events.OrderEdited) -> None:
        """Change the terms as `editing.decide` has it."""
        self.refuse_unless_open()
        self.record(edited)

    def cancel(self, reason: str, quantities: Mapping[UUID, int] | None) -> events.LinesCancelled:
        """Cancel units that have not left a warehouse: those named, or all of the order."""
        self.refuse_if_cancelled()
        event = cancelling.decide(self, reason, quantities)
        self.record(event)
        return event

    def release_to_warehouse(self, location: str, lines: Mapping[UUID, int]) -> UUID:
        """Hand reserved units to a location; returns the id of the shipment that carries them.

        The id follows from the order and its count of shipments: asked twice at once, both ask
        for the same shipment and only one is recorded.
        """
        shipment_id = self._next_shipment_id
        self.record(
            events.LinesReleased(
                shipment_id=shipment_id, location=location, lines=line_quantities(lines)
            )
        )
        return shipment_id

    @property
    def _next_shipment_id(self) -> UUID:
        return natural_id("shipment", str(self.id), str(len(self.releases) + 1))

    def ship(self, shipment_id: UUID) -> tuple[LineQuantity, ...]:
        """Note that a shipment left, unless the order is on hold; returns its lines."""
        self.refuse_if_on_hold()
        release = self.releases[shipment_id]
        lines = line_quantities(release.lines)
        self.record(
            events.LinesShipped(shipment_id=shipment_id, location=release.location, lines=lines)
        )
        return lines

    def deliver(self, shipment_id: UUID, lines: Mapping[UUID, int]) -> None:
        """Note that a shipment, or a part of it, arrived."""
        self.record(events.LinesDelivered(shipment_id=shipment_id, lines=line_quantities(lines)))

    def unreserve(self, shipment_id: UUID, lines: Mapping[UUID, int], reason: str) -> None:
        """Note that a shipment can't or shall not carry these units, which need another source."""
        self.record(
            events.LinesUnreserved(
                location=self.releases[shipment_id].location,
                shipment_id=shipment_id,
                lines=line_quantities(lines),
                reason=reason,
            )
        )

    def recall(self, shipment_id: UUID) -> None:
        """Note that all units of a shipment wait for another one."""
        lines = line_quantities(self.releases[shipment_id].lines)
        self.record(events.LinesRecalled(shipment_id=shipment_id, lines=lines))

    def regroup(
        self, shipment_id: UUID, lines: Mapping[UUID, int], into: UUID | None = None
    ) -> UUID:
        """Have another shipment carry these units; returns its id, a new one unless it is given."""
        into = into or self._next_shipment_id
        self.record(
            events.LinesRegrouped(
                from_shipment_id=shipment_id, shipment_id=into, lines=line_quantities(lines)
            )
        )
        return into

    def undeliver(self, shipment_id: UUID, lines: Mapping[UUID, int], reason: str) -> None:
        """Note that shipped units will not arrive."""
        self.record(
            events.LinesUndelivered(
                shipment_id=shipment_id, lines=line_quantities(lines), reason=reason
            )
        )

    def request_return(self, return_id: UUID, quantities: Mapping[UUID, int]) -> None:
        """Open a return of units that arrived, once; refused when more than those."""
        self.refuse_return_again(return_id)
        self._refuse_unreturnable(quantities)
        self.record(
            events.LinesReturnRequested(return_id=return_id, lines=line_quantities(quantities))
        )

    def refuse_return_again(self, return_id: UUID) -> None:
        """Refuse to open a return twice."""
        if return_id in self.returns:
            raise ReturnAlreadyRequested(return_id=return_id)

    def receive_return(self, return_id: UUID, units: Mapping[UUID, int]) -> None:
        """Note that units of a return came back."""
        self.record(events.LinesReturned(return_id=return_id, lines=line_quantities(units)))

    def withdraw_return(
        self, return_id: UUID, units: Mapping[UUID, int], *, kept: bool = False
    ) -> None:
        """Note that units of a return, if any, will not come back."""
        if lines := line_quantities(units):
            self.record(events.LinesReturnWithdrawn(return_id=return_id, lines=lines, kept=kept))

    def claim(self, claim_id: UUID, quantities: Mapping[UUID, int]) -> None:
        """Open a claim on units that arrived or should have, once; refused beyond those."""
        if claim_id in self.claims:
            raise ClaimAlreadyOpened(claim_id=claim_id)
        self._refuse_unreturnable(quantities)
        self.record(events.LinesClaimed(claim_id=claim_id, lines=line_quantities(quantities)))

    def end_claim(self, claim_id: UUID, *, settled: bool) -> None:
        """Note that a claim was decided: for the customer when it is settled."""
        self.record(events.ClaimEnded(claim_id=claim_id, settled=settled))

    def _refuse_unreturnable(self, quantities: Mapping[UUID, int]) -> None:
        for line_id, quantity in quantities.items():
            line = self.line(line_id)
            if quantity > line.returnable:
                raise TooFewUnitsToReturn(
                    wanted=quantity,
                    sku=line.terms.sku,
                    returnable=line.returnable,
                    field=("lines",),
                )

    def post_payment(self, posted: events.PaymentPosted) -> None:
        """Note what a payment added. What a provider tells of is noted whatever the total is."""
        nothing = events.PaymentPosted(payment_id=posted.payment_id, terms=posted.terms)
        if posted != nothing or posted.payment_id not in self.account.payments:
            self.record(posted)

    def grant_credit(self, credit: events.CreditGranted) -> None:
        """Let the customer owe less, as `crediting.decide` has it, once."""
        self.refuse_credit_again(credit.credit_id)
        self.record(credit)

    @property
    def expires_unpaid(self) -> bool:
        """Tell whether it may be given up: nothing was paid, secured or shipped, and something
        is owed.
        """
        account = self.account
        secured = self.paid or account.captured or account.authorized or account.authorizing
        return not (secured or self.units.shipped) and self.total > 0

    def carry_over(self, posted: events.ExchangeCreditPosted) -> None:
        """Note credit that came from another order, or went to it."""
        self.record(posted)

    def link(self, kind: LinkKind, other: OrderState) -> None:
        """Note what this order is to another one; nothing happens when that is known."""
        linked = events.OrderLinked(kind=kind, order_id=other.id, number=other.terms.number)
        if linked not in self.links:
            self.record(linked)

    def unlink(self, kind: LinkKind, other: OrderState) -> None:
        """Note that this order is not that to the other one; nothing happens when it was not."""
        linked = events.OrderLinked(kind=kind, order_id=other.id, number=other.terms.number)
        if linked in self.links:
            self.record(events.OrderUnlinked(**linked.model_dump()))

    def tag(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Put tags on and take tags off; nothing happens when that is so already.

        What is put on and taken off at once stays on, so that asking twice comes to the same.
        """
        added = tuple(added)
        off = tuple(tag for tag in removed if tag in self.tags and tag not in added)
        new = tuple(tag for tag in added if tag not in self.tags)
        if len(self.tags) + len(new) - len(off) > MOST_TAGS:
            raise TooManyTags(most=MOST_TAGS, field=("add",))
        if off or new:
            self.record(events.OrderTagged(added=new, removed=off))

    def refuse_credit_again(self, credit_id: UUID) -> None:
        """Refuse when the credit was granted already; ask before anything is recorded."""
        if credit_id in self.credits.ids:
            raise CreditAlreadyGranted(credit_id=credit_id)

    def refuse_unless_open(self) -> None:
        """Refuse when nothing of the order is left to be done."""
        self.refuse_if_cancelled()
        if self.status is OrderStatus.COMPLETED:
            raise OrderCompleted()

    def refuse_if_cancelled(self) -> None:
        """Refuse when every unit was cancelled."""
        if self.status is OrderStatus.CANCELLED:
            raise OrderCancelled()

    def refuse_if_on_hold(self) -> None:
        """Refuse while any hold is open."""
        if self.holds:
            raise OrderOnHold(reasons=", ".join(hold.reason for hold in self.holds.values()))

    def refuse_authorization_of(self, amount: Decimal) -> None:
        """Refuse beyond what the order comes to; ask before anything is recorded."""
        self.refuse_if_cancelled()
        account = self.account
        set_aside = account.kept + account.open_authorization + account.authorizing
        self._refuse_over_total(set_aside + amount, "authorized")

    def refuse_capture_of(self, amount: Decimal) -> None:
        """Refuse beyond what the order comes to; ask before anything is recorded."""
        self.refuse_if_cancelled()
        self._refuse_over_total(self.account.kept + self.account.capturing + amount, "captured")

    def refuse_refund_of_lines(self, lines: Mapping[UUID, Decimal]) -> None:
        """Refuse more for a line than it came to; ask before anything is recorded."""
        for line_id, amount in lines.items():
            line = self.line(line_id)
            if line.refunded + amount > line.most_refundable:
                raise RefundExceedsLine(
                    wanted=line.refunded + amount,
                    currency=self.terms.currency,
                    sku=line.terms.sku,
                    paid=line.most_refundable,
                    field=("lines",),
                )

    def refuse_refund_of(self, amount: Decimal) -> None:
        """Refuse to give back what pays for a replacement; ask before anything is recorded."""
        if self.credits.exchanged < 0 and amount > self.refundable:
            raise CreditWasCarriedOver(
                wanted=amount,
                carried_over=-self.credits.exchanged,
                refundable=self.refundable,
                currency=self.terms.currency,
                field=("amount",),
            )

    def _refuse_over_total(self, posted: Decimal, verb: str) -> None:
        owed = self.account.owed(self.to_pay)
        if posted > owed:
            raise PaymentExceedsTotal(
                posted=posted,
                verb=verb,
                total=max(owed, Decimal(0)),
                currency=self.terms.currency,
                field=("amount",),
            )


def _refuse_unless_theirs(hold: Hold, by: str | None) -> None:
    if not hold.may_be_released_by(by):
        raise HoldNotYours(names=" or ".join(hold.only_by), reason=hold.reason)
