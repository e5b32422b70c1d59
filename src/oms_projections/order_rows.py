"""Each order's rows: one an order, one a line, and what it can be found by."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.orders.events import OrderEdited, OrderEvent
from oms_core.orders.order import Order
from oms_core.orders.view import OrderLineView, OrderView
from oms_projections.copying import insert
from oms_projections.projection import Projection, Table, write
from oms_projections.views import CAPACITY, FORGETTING, Folded, forgotten, retold

ORDERS = Table(
    "orders",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "number": "text NOT NULL",
        "channel": "text NOT NULL",
        "currency": "text NOT NULL",
        "placed_at": "timestamptz NOT NULL",
        "status": "text NOT NULL",
        "payment_status": "text NOT NULL",
        "fulfillment_status": "text NOT NULL",
        "customer_reference": "text NOT NULL",
        "customer": "json NOT NULL",
        "shipping_address": "json NOT NULL",
        "billing_address": "json NOT NULL",
        "subtotal": "numeric NOT NULL",
        "discount": "numeric NOT NULL",
        "discounts": "json NOT NULL",
        "shipping_price": "numeric NOT NULL",
        "shipping_method": "text",
        "pickup_location": "text",
        "promise": "json",
        "shipping_tax": "numeric NOT NULL",
        "duties": "numeric NOT NULL",
        "tax": "numeric NOT NULL",
        "prices_include_tax": "boolean NOT NULL",
        "total": "numeric NOT NULL",
        "authorized": "numeric NOT NULL",
        "captured": "numeric NOT NULL",
        "refunded": "numeric NOT NULL",
        "credited": "numeric NOT NULL",
        "exchange_credit": "numeric NOT NULL",
        "charged_back": "numeric NOT NULL",
        "balance_due": "numeric NOT NULL",
        "refund_due": "numeric NOT NULL",
        "shipment_ids": "uuid[] NOT NULL",
        "return_ids": "uuid[] NOT NULL",
        "claim_ids": "uuid[] NOT NULL",
        "payment_ids": "uuid[] NOT NULL",
        "payment_due_at": "timestamptz",
        "priority": "integer NOT NULL",
        "holds": "jsonb NOT NULL",
        "links": "json NOT NULL",
        "tags": "text[] NOT NULL",
    },
    ("id",),
    indexes=(
        "(number)",
        "(placed_at, id)",
        "(status, placed_at, id)",
        "(payment_status, placed_at, id)",
        "(fulfillment_status, placed_at, id)",
        "(channel, placed_at, id)",
        "(customer_reference, placed_at, id)",
        "(currency, total, id)",
        "USING gin (tags)",
    ),
    once=(
        "number",
        "channel",
        "currency",
        "placed_at",
        "customer_reference",
        "customer",
        "shipping_address",
        "billing_address",
        "discounts",
        "shipping_method",
        "pickup_location",
        "promise",
        "prices_include_tax",
        "payment_due_at",
        "priority",
    ),
)

ORDER_LINES = Table(
    "order_lines",
    {
        "order_id": "uuid NOT NULL",
        "line": "integer NOT NULL",
        "line_id": "uuid NOT NULL",
        "sku": "text NOT NULL",
        "name": "text NOT NULL",
        "quantity": "integer NOT NULL",
        "unit_price": "numeric NOT NULL",
        "tax_rate": "numeric NOT NULL",
        "discount": "numeric NOT NULL",
        "tax": "numeric NOT NULL",
        "total": "numeric NOT NULL",
        "pending": "integer NOT NULL",
        "reserved": "integer NOT NULL",
        "backordered": "integer NOT NULL",
        "shipped": "integer NOT NULL",
        "delivered": "integer NOT NULL",
        "cancelled": "integer NOT NULL",
        "returned": "integer NOT NULL",
        "credited": "numeric NOT NULL",
        "refunded": "numeric NOT NULL",
        "promised_by": "timestamptz",
        "waits_until": "timestamptz",
    },
    ("order_id", "line"),
    indexes=("(sku, order_id)",),
    once=("line_id", "sku", "name", "quantity", "unit_price", "tax_rate"),
)

# Apart from the orders, so that the costly index is written once an order and not at each step.
ORDER_SEARCH = Table(
    "order_search",
    {"order_id": "uuid NOT NULL", "words": "text NOT NULL"},
    ("order_id",),
    ("USING gin (words public.gin_trgm_ops)",),
)


class Orders(Projection):
    """Keeps the orders that it saw last, with their lines as they were written."""

    NAME = "orders"
    TABLES: ClassVar = (ORDERS, ORDER_LINES, ORDER_SEARCH)
    TOPICS: ClassVar = (*get_args(OrderEvent), *FORGETTING)

    def __init__(self) -> None:
        self._orders = Folded(Order)
        self._written: OrderedDict[UUID, tuple[OrderLineView, ...]] = OrderedDict()

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        again = forgotten(events)
        events = retold(conn, Order, events)
        new = {e.originator_id for e in events if e.originator_version == 1}
        edited = {e.originator_id for e in events if type(e.event) is OrderEdited}
        _forget_rows(conn, (edited - new) | again)
        new |= edited
        views = [order.view() for order in self._orders.apply(conn, events)]
        placed = [view for view in views if view.id in new]
        known = [view for view in views if view.id not in new]
        insert(conn, ORDERS, map(_order_row, placed))
        insert(conn, ORDER_LINES, (row for view in placed for row in _line_rows(view)))
        insert(conn, ORDER_SEARCH, ((view.id, words(view)) for view in placed))
        write(conn, ORDERS.update, map(_changing, known))
        write(conn, ORDER_LINES.update, (row for view in known for row in self._changed(view)))
        self._remember(views)

    def forget(self) -> None:
        self._orders.forget()
        self._written.clear()

    def _changed(self, view: OrderView) -> Iterator[Mapping[str, object]]:
        written = self._written.get(view.id)
        for i, line in enumerate(view.lines):
            if written is None or written[i] != line:
                values = zip(_LINE_CHANGING, _line_changing(line), strict=True)
                yield {"order_id": view.id, "line": i, **dict(values)}

    def _remember(self, views: Sequence[OrderView]) -> None:
        for view in views:
            self._written[view.id] = view.lines
            self._written.move_to_end(view.id)
        while len(self._written) > CAPACITY:
            self._written.popitem(last=False)


_ORDER_CHANGING = ("id", *ORDERS.changing)
_LINE_CHANGING = ORDER_LINES.changing
_order_changing = attrgetter(*_ORDER_CHANGING)
_line_changing = attrgetter(*_LINE_CHANGING)
_order_row = attrgetter(
    *("customer.reference" if name == "customer_reference" else name for name in ORDERS.columns)
)


def _changing(view: OrderView) -> Mapping[str, object]:
    return dict(zip(_ORDER_CHANGING, _order_changing(view), strict=True))


def _forget_rows(conn: psycopg.Connection[Any], ids: Collection[UUID]) -> None:
    """Delete the rows of orders that were edited, or whose customer was erased.

    They are then written anew: all of it may differ.
    """
    for table, key in (("orders", "id"), ("order_lines", "order_id"), ("order_search", "order_id")):
        if ids:
            conn.execute(f"DELETE FROM {table} WHERE {key} = ANY (%s)".encode(), (list(ids),))  # noqa: S608


def _line_rows(view: OrderView) -> Iterator[Sequence[object]]:
    for i, line in enumerate(view.lines):
        yield view.id, i, *line


def words(view: OrderView) -> str:
    """Give what an order can be found by: its number, its customer, and its SKUs."""
    customer = view.customer
    found = [view.number, customer.reference, customer.name, customer.email]
    found += dict.fromkeys(line.sku for line in view.lines)
    return " ".join(filter(None, found)).lower()
