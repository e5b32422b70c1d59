"""What is known of each order that key figures count: one row an order, one a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.orders import events
from oms_projections.projection import Projection, Table, upsert

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
    },
    ("order_id",),
    (
        "(placed_at)",
        "(dispatched_at) WHERE dispatched_at IS NOT NULL",
        "(delivered_at) WHERE delivered_at IS NOT NULL",
        "(cancelled_at) WHERE cancelled_at IS NOT NULL",
    ),
)

KPI_CANCELLATIONS = Table(
    "kpi_cancellations",
    {
        "position": "bigint NOT NULL",
        "order_id": "uuid NOT NULL",
        "occurred_at": "timestamptz NOT NULL",
        "currency": "text NOT NULL",
        "amount": "numeric NOT NULL",
    },
    ("position",),
    ("(occurred_at)",),
)


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

    def apply(self, event: object, at: datetime) -> None:
        """Take in one event that happened at a moment."""
        match event:
            case events.LinesReserved():
                self.locations = sorted({*self.locations, *(ln.location for ln in event.lines)})
            case events.OrderEdited():
                self.units += sum(part.quantity for part in event.added)
                self.units -= sum(units.quantity for units in event.removed)
            case events.LinesBackordered():
                self.backordered = True
            case events.LinesShipped():
                self.shipped += sum(line.quantity for line in event.lines)
                self.dispatched_at = min(at, self.dispatched_at or at)
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


class Kpis(Projection):
    """Applies events to the rows of their orders; the figures are computed when asked for."""

    NAME = "kpis"
    TABLES: ClassVar = (KPI_ORDERS, KPI_CANCELLATIONS)
    TOPICS: ClassVar = (
        events.OrderPlaced,
        events.LinesReserved,
        events.LinesBackordered,
        events.LinesShipped,
        events.LinesDelivered,
        events.LinesCancelled,
        events.OrderEdited,
        events.LinesReturned,
    )

    def handle(self, conn: psycopg.Connection[Any], events_: Sequence[Envelope]) -> None:
        facts = _placed(events_)
        facts |= _stored(conn, {e.originator_id for e in events_} - facts.keys())
        cancellations: list[dict[str, object]] = []
        for envelope in events_:
            order = facts[envelope.originator_id]
            order.apply(envelope.event, envelope.occurred_at)
            if isinstance(envelope.event, events.LinesCancelled):
                cancellations.append(_cancellation(envelope, envelope.event, order))
            if isinstance(envelope.event, events.OrderEdited):
                cancellations.append(_less(envelope, order, -envelope.event.difference))
        upsert(conn, KPI_ORDERS, map(_row, facts.values()))
        upsert(conn, KPI_CANCELLATIONS, cancellations)


def _placed(batch: Sequence[Envelope]) -> dict[UUID, OrderFacts]:
    return {
        e.originator_id: OrderFacts(
            order_id=e.originator_id,
            placed_at=e.event.placed_at,
            channel=e.event.channel,
            currency=e.event.currency,
            total=e.event.total,
            prices_include_tax=e.event.prices_include_tax,
            units=sum(line.quantity for line in e.event.lines),
        )
        for e in batch
        if isinstance(e.event, events.OrderPlaced)
    }


def _stored(conn: psycopg.Connection[Any], ids: set[UUID]) -> dict[UUID, OrderFacts]:
    if not ids:
        return {}
    query = f"SELECT {', '.join(KPI_ORDERS.columns)} FROM kpi_orders WHERE order_id = ANY (%s)"  # noqa: S608
    return {row[0]: OrderFacts(*row) for row in conn.execute(query.encode(), (list(ids),))}


def _row(facts: OrderFacts) -> Mapping[str, object]:
    return {name: getattr(facts, name) for name in OrderFacts.__slots__}


def _cancellation(
    envelope: Envelope, event: events.LinesCancelled, order: OrderFacts
) -> dict[str, object]:
    others = event.shipping_price + event.duties
    amount = sum((part.subtotal - part.discount for part in event.amounts), others)
    if not order.prices_include_tax:
        amount += sum((part.tax for part in event.amounts), event.shipping_tax)
    return _less(envelope, order, amount)


def _less(envelope: Envelope, order: OrderFacts, amount: Decimal) -> dict[str, object]:
    """So much less is owed from this moment on; an edit may make it more."""
    return {
        "position": envelope.position,
        "order_id": order.order_id,
        "occurred_at": envelope.occurred_at,
        "currency": order.currency,
        "amount": amount,
    }
