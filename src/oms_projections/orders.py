"""Where does each order stand? Orders by id, by number and in lists, exactly as their views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import TypeAdapter

from oms_core.delivery.promise import DeliveryPromise
from oms_core.orders.events import AppliedDiscount, CustomerDetails, OrderLinked, PostalAddress
from oms_core.orders.holds import Hold
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus
from oms_core.orders.view import OrderLineView, OrderView
from oms_core.runtime.past import CLOCK_TOLERANCE
from oms_projections.order_rows import ORDERS, words
from oms_projections.paging import Listing, Sort, Where, containing

Key = tuple[datetime, UUID]
"""Where an order stands in a list: by the time it was placed, then by id."""

_CHOSEN = ", ".join(
    f"{name}::text AS {name}" if kind.startswith("json") else name
    for name, kind in ORDERS.columns.items()
)
_ORDERS = f"SELECT {_CHOSEN} FROM read.orders AS o"  # noqa: S608
_LINES = ", ".join(f"array_agg({name} ORDER BY line)" for name in OrderLineView._fields)

_WITH_LINES = f"""
SELECT chosen.*, lines.* FROM ({{page}}) AS chosen
CROSS JOIN LATERAL (SELECT {_LINES} FROM read.order_lines WHERE order_id = chosen.id) AS lines
ORDER BY {{order}}
"""  # noqa: S608


class OrderSortField(StrEnum):
    """What a list of orders is sorted by."""

    PLACED_AT = "PLACED_AT"
    NUMBER = "NUMBER"
    TOTAL = "TOTAL"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: all conditions must hold; a list means any of its values.

    `placed_to` is exclusive. `search` is a part of the number, the customer or an SKU.
    """

    status: Sequence[str] | None = None
    payment_status: Sequence[str] | None = None
    fulfillment_status: Sequence[str] | None = None
    channel: Sequence[str] | None = None
    customer: str | None = None
    sku: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    hold_kind: Sequence[str] | None = None
    escalated: bool | None = None
    search: str | None = None
    tag: Sequence[str] | None = None
    currency: str | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "status": "o.status = ANY (%(status)s)",
    "payment_status": "o.payment_status = ANY (%(payment_status)s)",
    "fulfillment_status": "o.fulfillment_status = ANY (%(fulfillment_status)s)",
    "channel": "o.channel = ANY (%(channel)s)",
    "customer": "o.customer_reference = %(customer)s",
    "sku": "o.id IN (SELECT order_id FROM read.order_lines WHERE sku = %(sku)s)",
    "placed_from": "o.placed_at >= %(placed_from)s",
    "placed_to": "o.placed_at < %(placed_to)s",
    "hold_kind": "o.status = 'ON_HOLD' AND EXISTS (SELECT FROM jsonb_array_elements(o.holds) AS h"
    " WHERE h ->> 'kind' = ANY (%(hold_kind)s))",
    "escalated": "(o.status = 'ON_HOLD' AND o.holds @> '[{\"escalated\": true}]') = %(escalated)s",
    "currency": "o.currency = %(currency)s",
    "tag": "o.tags && %(tag)s::text[]",
    "search": "o.id IN (SELECT order_id FROM read.order_search WHERE words LIKE %(search)s)",
}


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, OrderView]:
    """Read orders by id; unknown ones are missing."""
    found = await _read(conn, f"{_ORDERS} WHERE o.id = ANY (%(ids)s)", {"ids": list(ids)})
    return {view.id: view for view in found}


def where(filter: OrderFilter) -> Where:
    """Say in SQL which orders a filter asks for."""
    search = None if filter.search is None else containing(filter.search)
    return Where.by(_CONDITIONS, filter, search=search)


_LASTING = ("channel", "currency", "customer", "placed_from", "placed_to")
"""What an edit or a shipment never changes of an order."""

_PLACED = """
SELECT o.placed_at, o.id FROM read.orders AS o
WHERE {conditions} AND EXISTS (
  SELECT FROM oms.events AS placed WHERE placed.stream_id = o.id AND placed.version = 1
    AND (%(as_of)s::timestamptz IS NULL OR placed.recorded_at <= %(as_of)s))
ORDER BY o.placed_at {way}, o.id {way} LIMIT %(limit)s
"""


async def placed_by(
    conn: AsyncConnection[Any],
    filter: OrderFilter,
    *,
    as_of: datetime | None,
    valid_at: datetime | None,
    limit: int,
    beyond: Key | None = None,
    backward: bool = False,
) -> list[Key]:
    """Find orders that had been placed by then, from a key on, the newest first.

    Of the filter only what never changes is looked at; `backward` goes from the oldest on.
    """
    lasting = Where.of(_CONDITIONS, {name: getattr(filter, name) for name in _LASTING})
    conditions, given = [*lasting.conditions], {**(lasting.given or {})}
    newest = min(each for each in (as_of and as_of + CLOCK_TOLERANCE, valid_at) if each)
    conditions.append("o.placed_at <= %(newest)s")
    if beyond is not None:
        sign = ">" if backward else "<"
        conditions.append(f"(o.placed_at, o.id) {sign} (%(beyond_at)s, %(beyond_id)s)")
        given |= {"beyond_at": beyond[0], "beyond_id": beyond[1]}
    way = "" if backward else "DESC"
    query = _PLACED.format(conditions=" AND ".join(conditions), way=way)
    given |= {"as_of": as_of, "newest": newest, "limit": limit}
    return await (await conn.execute(query.encode(), given)).fetchall()


def matches(view: OrderView, filter: OrderFilter) -> bool:
    """Tell whether an order as it is shown is what the filter asks for."""
    on_hold = view.status is OrderStatus.ON_HOLD
    return (
        _any_of(filter.status, view.status)
        and _any_of(filter.payment_status, view.payment_status)
        and _any_of(filter.fulfillment_status, view.fulfillment_status)
        and (filter.sku is None or any(line.sku == filter.sku for line in view.lines))
        and (
            filter.hold_kind is None
            or (on_hold and any(_any_of(filter.hold_kind, hold.kind) for hold in view.holds))
        )
        and filter.escalated in (None, on_hold and any(hold.escalated for hold in view.holds))
        and (filter.tag is None or not set(filter.tag).isdisjoint(view.tags))
        and (filter.search is None or filter.search.lower() in words(view))
    )


def _any_of(wanted: Sequence[str] | None, found: str) -> bool:
    return wanted is None or found in wanted


async def _read(
    conn: AsyncConnection[Any], query: str, arguments: Mapping[str, object]
) -> list[OrderView]:
    query = _WITH_LINES.format(page=query, order="placed_at DESC, id DESC")
    cursor = await conn.execute(query.encode(), arguments)
    return [_view(row) for row in await cursor.fetchall()]


def _promise(stored: str | None) -> DeliveryPromise | None:
    return None if stored is None else DeliveryPromise.model_validate_json(stored)


_READERS: Mapping[str, Callable[[Any], object]] = {
    "status": OrderStatus,
    "payment_status": PaymentStatus,
    "fulfillment_status": FulfillmentStatus,
    "customer": CustomerDetails.model_validate_json,
    "shipping_address": PostalAddress.model_validate_json,
    "billing_address": PostalAddress.model_validate_json,
    "promise": _promise,
    "discounts": TypeAdapter(tuple[AppliedDiscount, ...]).validate_json,
    "shipment_ids": tuple,
    "return_ids": tuple,
    "claim_ids": tuple,
    "payment_ids": tuple,
    "tags": tuple,
    "holds": TypeAdapter(tuple[Hold, ...]).validate_json,
    "links": TypeAdapter(tuple[OrderLinked, ...]).validate_json,
}


def _view(row: Sequence[Any]) -> OrderView:
    width = len(ORDERS.columns)
    values = dict(zip(ORDERS.columns, row, strict=False))
    del values["customer_reference"]
    read = {name: reader(values[name]) for name, reader in _READERS.items()}
    lines = tuple(map(OrderLineView._make, zip(*row[width:], strict=True)))
    return OrderView(**values | read, lines=lines)


LIST: Listing[OrderView] = Listing(
    "read.orders AS o",
    _CHOSEN,
    _view,
    {
        OrderSortField.PLACED_AT: {"placed_at": "timestamptz", "id": "uuid"},
        OrderSortField.NUMBER: {"number": "text"},
        OrderSortField.TOTAL: {"total": "numeric", "id": "uuid"},
    },
    usual=Sort(OrderSortField.PLACED_AT, descending=True),
    around=_WITH_LINES,
)
"""All orders. Totals can be compared within a currency: the filter has to name one."""


async def of_lines(
    conn: AsyncConnection[Any], skus: Sequence[str], lines: Sequence[UUID], most: int
) -> list[UUID]:
    """Find the orders that have these lines, of these SKUs."""
    query = (
        "SELECT DISTINCT order_id FROM read.order_lines WHERE sku = ANY (%s) AND line_id = ANY (%s)"
        " ORDER BY order_id LIMIT %s"
    )
    cursor = await conn.execute(query, (list(skus), list(lines), most))
    return [id for (id,) in await cursor.fetchall()]
