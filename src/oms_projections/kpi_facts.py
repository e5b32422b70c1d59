"""What is known of each order that key figures count: one row an order, one a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.orders import events
from oms_projections.projection import Table

KPI_ORDERS = Table(
    "kpi_orders",
    {
        "order_id": "uuid NOT NULL",
        "placed_at": "timestamptz NOT NULL",
        "channel": "text NOT NULL",
        "currency": "text NOT NULL",
        "total": "numeric NOT NULL",
        "prices_include_tax": "boolean NOT NULL",
        "units": "integer NOT NULL",
        "shipped": "integer NOT NULL",
        "delivered": "integer NOT NULL",
        "cancelled": "integer NOT NULL",
        "locations": "text[] NOT NULL",
        "backordered": "boolean NOT NULL",
        "returned": "boolean NOT NULL",
        "dispatched_at": "timestamptz",  # the first dispatch
        "last_delivery_at": "timestamptz",
        "delivered_at": "timestamptz",  # the last delivery, once nothing is left to arrive
        "cancelled_at": "timestamptz",  # when the last unit was cancelled and none was shipped
        "late_from": "timestamptz",  # when the day is over by which all was promised to arrive
        "known_at": "timestamptz",  # when the last of it was recorded
        "happened_at": "timestamptz",  # when the last of it happened
        "worth": "numeric NOT NULL",  # what it comes to by now
        "sold_before": "numeric NOT NULL",  # what of that was sold with another order already
    },
    ("order_id",),
    (
        "(placed_at)",
        "(dispatched_at) WHERE dispatched_at IS NOT NULL",
        "(delivered_at) WHERE delivered_at IS NOT NULL",
        "(cancelled_at) WHERE cancelled_at IS NOT NULL",
        "(late_from) WHERE late_from IS NOT NULL",
    ),
)

KPI_CHANGES = Table(
    "kpi_changes",
    {
        "position": "bigint NOT NULL",
        "order_id": "uuid NOT NULL",
        "occurred_at": "timestamptz NOT NULL",
        "currency": "text NOT NULL",
        "amount": "numeric NOT NULL",
    },
    ("order_id", "position"),
    ("(occurred_at)",),
)


ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Change:
    """So much less is earned with an order from a moment on; after an edit it may be more.

    Goods that replace others are sold once, whether the first order was paid or not. Of orders
    that do not say yet what was sold before, it is what another order's credit paid for.
    """

    position: int
    order_id: UUID
    occurred_at: datetime
    currency: str
    amount: Decimal


@dataclass(slots=True)
class OrderFacts:
    """One row of `kpi_orders` while events are applied to it."""

    order_id: UUID
    placed_at: datetime
    channel: str
    currency: str
    total: Decimal
    prices_include_tax: bool
    units: int
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    locations: list[str] = field(default_factory=list)
    backordered: bool = False
    returned: bool = False
    dispatched_at: datetime | None = None
    last_delivery_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    late_from: datetime | None = None
    known_at: datetime | None = None
    happened_at: datetime | None = None
    worth: Decimal = ZERO
    sold_before: Decimal = ZERO

    @property
    def earned_elsewhere(self) -> Decimal:
        """What of it was sold with another order, as far as it is not cancelled."""
        return min(self.sold_before, max(self.worth, ZERO))

    def lessen(self, amount: Decimal) -> Decimal:
        """Let it come to less, and tell how much less is earned with it."""
        before = self.earned_elsewhere
        self.worth -= amount
        return amount - before + self.earned_elsewhere

    def note(self, envelope: Envelope) -> None:
        """Take in one recorded event."""
        recorded_at, occurred_at = envelope.recorded_at, envelope.occurred_at
        assert recorded_at is not None
        self.apply(envelope.event, occurred_at)
        self.known_at = max(recorded_at, self.known_at or recorded_at)
        self.happened_at = max(occurred_at, self.happened_at or occurred_at)

    def apply(self, event: object, at: datetime) -> None:
        """Take in one event that happened at a moment."""
        match event:
            case events.OrderPlaced():
                pass  # it is what they begin with
            case events.LinesReserved():
                self.locations = sorted({*self.locations, *(ln.location for ln in event.lines)})
            case events.OrderEdited():
                self.units += sum(part.quantity for part in event.added)
                self.units -= sum(units.quantity for units in event.removed)
                if self.late_from is not None and at < self.late_from:
                    self.late_from = None  # other terms were agreed on in time
            case events.LinesBackordered():
                self.backordered = True
            case events.LinesShipped():
                self.shipped += sum(line.quantity for line in event.lines)
                self.dispatched_at = min(at, self.dispatched_at or at)
            case events.LinesUndelivered():
                self.shipped -= sum(line.quantity for line in event.lines)
            case events.LinesDelivered():
                self.delivered += sum(line.quantity for line in event.lines)
                self.last_delivery_at = max(at, self.last_delivery_at or at)
            case events.LinesReturned():
                self.returned = True
            case events.LinesCancelled():
                self.cancelled += sum(units.quantity for units in event.units)
                self.cancelled_at = at if self.cancelled == self.units else None
            case _:
                pass
        if self.delivered and self.delivered + self.cancelled == self.units:
            self.delivered_at = self.last_delivery_at


def placed(batch: Sequence[Envelope]) -> dict[UUID, OrderFacts]:
    """Begin the facts of the orders that a batch places."""
    return {
        e.originator_id: _begun(e, event)
        for e in batch
        if isinstance(event := e.event, events.OrderPlaced)
    }


def _begun(envelope: Envelope, event: events.OrderPlaced) -> OrderFacts:
    return OrderFacts(
        order_id=envelope.originator_id,
        placed_at=event.placed_at,
        channel=event.channel,
        currency=event.currency,
        total=(total := event.total),
        prices_include_tax=event.prices_include_tax,
        units=sum([line.quantity for line in event.lines]),
        late_from=None if (promise := event.promise) is None else _after(promise.latest),
        worth=total,
        sold_before=event.sold_before,
    )


def _after(day: date) -> datetime:
    """Give when a day is over, by UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def stored(conn: psycopg.Connection[Any], ids: set[UUID]) -> dict[UUID, OrderFacts]:
    """Read the facts of orders that were placed earlier."""
    if not ids:
        return {}
    query = f"SELECT {', '.join(KPI_ORDERS.columns)} FROM kpi_orders WHERE order_id = ANY (%s)"  # noqa: S608
    return {row[0]: OrderFacts(*row) for row in conn.execute(query.encode(), (list(ids),))}


row_of = attrgetter(*KPI_ORDERS.columns)
"""Gives the row of an order, in the order of the columns."""


def change(envelope: Envelope, order: OrderFacts) -> Change | None:
    """Tell by how much less is earned after an event; None when it is as much as before."""
    at = envelope.occurred_at
    match envelope.event:
        case events.OrderPlaced() as event:
            if not event.sold_before:
                return None
            amount, at = event.sold_before, event.placed_at
        case events.LinesReserved():
            return None
        case events.LinesCancelled() as event:
            amount = order.lessen(_cancelled(event, order))
        case events.OrderEdited() as event:
            amount = order.lessen(-event.difference)
        case events.ExchangeCreditPosted(origin_id=UUID()) as event if not order.sold_before:
            amount = event.amount  # the order that it came from was counted in full
        case _:
            return None
    return Change(envelope.position, order.order_id, at, order.currency, amount)


def _cancelled(event: events.LinesCancelled, order: OrderFacts) -> Decimal:
    others = event.shipping_price + event.duties
    amount = sum((part.subtotal - part.discount for part in event.amounts), others)
    if not order.prices_include_tax:
        amount += sum((part.tax for part in event.amounts), event.shipping_tax)
    return amount
