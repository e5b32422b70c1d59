"""One order line: its frozen terms, and in which bucket each of its units is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from oms_core.kernel.money import rounded
from oms_core.orders.events import (
    CancelledAmounts,
    CancelledUnits,
    CreditedLine,
    EditedLine,
    PricedLine,
    Promise,
)
from oms_core.orders.status import Units
from oms_core.orders.view import OrderLineView

ZERO = Decimal(0)


class LineCredit(NamedTuple):
    """What was given up of a line's price, for how many of its units."""

    units: int = 0
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    amount: Decimal = ZERO

    def and_also(self, credited: CreditedLine) -> LineCredit:
        """Add one more credit."""
        return LineCredit(
            units=self.units + credited.quantity,
            subtotal=self.subtotal + credited.subtotal,
            discount=self.discount + credited.discount,
            tax=self.tax + credited.tax,
            amount=self.amount + credited.amount,
        )


NOTHING_CREDITED = LineCredit()


class OrderLine:
    """The state of one line. `reserved` is by location; the other buckets are plain counts.

    Of the delivered units, `settled` are those that the customer was compensated for and keeps, or
    never got.
    """

    def __init__(
        self, terms: PricedLine, currency: str, *, prices_include_tax: bool = False
    ) -> None:
        self.terms = self.first = terms
        self.currency = currency
        self.prices_include_tax = prices_include_tax
        self.pending = terms.quantity
        self.backordered = 0
        self.reserved: dict[str, int] = {}
        self.in_transit = 0
        self.delivered = 0
        self.cancelled = 0
        self.return_requested = 0
        self.returned = 0
        self.claimed = 0
        self.settled = 0
        self.refunded = ZERO
        self.subtotal = terms.quantity * terms.unit_price
        self.discount = terms.discount
        self.tax = terms.tax
        self.credited = NOTHING_CREDITED
        self.promised_by: datetime | None = None
        self.waits_until: datetime | None = None

    @property
    def units(self) -> Units:
        """The exclusive buckets."""
        return units_of((self,))

    @property
    def buckets(self) -> tuple[int, ...]:
        """How many units are in each of the exclusive buckets, by location where they have one."""
        counts = self.pending, self.backordered, self.in_transit, self.delivered, self.cancelled
        return *counts, *self.reserved.values()

    @property
    def total(self) -> Decimal:
        """What is owed for the line: its tax is contained in the price, or comes on top."""
        return self.subtotal - self.discount + (0 if self.prices_include_tax else self.tax)

    @property
    def most_refundable(self) -> Decimal:
        """What the line came to before anything was cancelled; no more is refunded for it."""
        return max(self.first.total, self.terms.total)

    @property
    def cancellable(self) -> int:
        """Units that have not left a warehouse."""
        return self.pending + self.backordered + sum(self.reserved.values())

    @property
    def returnable(self) -> int:
        """Units that arrived and are in no return or claim yet."""
        elsewhere = self.return_requested + self.returned + self.claimed + self.settled
        return self.delivered - elsewhere

    @property
    def creditable(self) -> int:
        """Units that arrived and are not credited yet."""
        return self.delivered - self.credited.units

    @property
    def kept(self) -> int:
        """Units that are neither cancelled nor credited."""
        return self.terms.quantity - self.cancelled - self.credited.units

    def amounts_cancelled(self, quantity: int) -> CancelledAmounts:
        """Tell what is no longer owed when so many more units are cancelled."""
        subtotal, discount, tax = self._given_up(quantity)
        return CancelledAmounts(
            line_id=self.terms.line_id, subtotal=subtotal, discount=discount, tax=tax
        )

    def amounts_credited(self, quantity: int) -> CreditedLine:
        """Tell what is given up of the price when so many more units are credited."""
        subtotal, discount, tax = self._given_up(quantity)
        return CreditedLine(
            line_id=self.terms.line_id,
            quantity=quantity,
            subtotal=subtotal,
            discount=discount,
            tax=tax,
            amount=subtotal - discount + (ZERO if self.prices_include_tax else tax),
        )

    def _given_up(self, quantity: int) -> tuple[Decimal, Decimal, Decimal]:
        """Tell how much less is due when so many fewer units are kept.

        What stays due depends on the units kept, not on the way there: cancelling or crediting
        one by one and all at once give the same amounts, and the last unit takes all that is left.
        """
        left = self.kept - quantity
        return (
            self.subtotal - self.credited.subtotal - left * self.terms.unit_price,
            self.discount - self.credited.discount - self._share(self.terms.discount, left),
            self.tax - self.credited.tax - self._share(self.terms.tax, left),
        )

    def _share(self, whole: Decimal, units: int) -> Decimal:
        return rounded(whole * units / self.terms.quantity, self.currency)

    def promise(self, promise: Promise) -> None:
        """Apply what the customer was told."""
        self.promised_by, self.waits_until = promise.promised_by, promise.waits_until

    def cancel(self, units: CancelledUnits) -> None:
        """Apply a cancellation from one bucket."""
        self.take(units)
        self.cancelled += units.quantity

    def take(self, units: CancelledUnits) -> None:
        """Apply that units left one bucket."""
        match units.bucket:
            case "pending":
                self.pending -= units.quantity
            case "backordered":
                self.backordered -= units.quantity
            case "reserved":
                self.unreserve(units.location or "", units.quantity)

    def edit(self, edited: EditedLine) -> None:
        """Apply new terms."""
        self.terms = edited.terms
        self.subtotal, self.discount = edited.subtotal, edited.discount
        self.tax = edited.tax

    def reserved_at(self, location: str) -> int:
        """Count the units that are promised from a location's shelf."""
        return self.reserved.get(location, 0)

    def reserve(self, location: str, quantity: int) -> None:
        """Apply that units are promised from a location's shelf."""
        self.reserved[location] = self.reserved_at(location) + quantity

    def unreserve(self, location: str, quantity: int) -> None:
        """Apply that reserved units left a location's shelf or are no longer promised."""
        self.reserve(location, -quantity)
        if not self.reserved[location]:
            del self.reserved[location]

    def credit(self, credited: CreditedLine) -> None:
        """Apply that a part of the price was given up."""
        self.credited = self.credited.and_also(credited)

    def disown(self, amounts: CancelledAmounts) -> None:
        """Apply that a part of the amounts is no longer owed."""
        self.subtotal -= amounts.subtotal
        self.discount -= amounts.discount
        self.tax -= amounts.tax

    def view(self) -> OrderLineView:
        """Show the line as it is now: by position, which takes half as long as by name."""
        terms = self.terms
        return OrderLineView(
            terms.line_id,
            terms.sku,
            terms.name,
            terms.quantity,
            terms.unit_price,
            terms.tax_rate,
            self.discount,
            self.tax,
            self.total,
            self.pending,
            sum(self.reserved.values()),
            self.backordered,
            self.in_transit + self.delivered,
            self.delivered,
            self.cancelled,
            self.returned,
            self.credited.amount,
            self.refunded,
            self.promised_by,
            self.waits_until,
        )


def units_of(lines: Iterable[OrderLine]) -> Units:
    """Sum the exclusive buckets of lines."""
    pending = reserved = backordered = in_transit = delivered = cancelled = 0
    for line in lines:
        pending += line.pending
        reserved += sum(line.reserved.values())
        backordered += line.backordered
        in_transit += line.in_transit
        delivered += line.delivered
        cancelled += line.cancelled
    return Units(pending, reserved, backordered, in_transit, delivered, cancelled)


class Release:
    """The part of an order that one shipment carries."""

    def __init__(self, location: str, lines: Counter[UUID]) -> None:
        self.location = location
        self.lines = lines
        self.shipped = False
