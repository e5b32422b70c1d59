"""What did each provider set aside, collect and give back, and what is it still asked for?

One row a payment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection
from pydantic import TypeAdapter

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.money import Money
from oms_core.payments.events import PaymentEvent
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequest
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import (
    Chargeback,
    ContestedRefund,
    ContestState,
    PaymentState,
    PaymentView,
)
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

PAYMENTS = Table(
    "payments",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "order_id": "uuid NOT NULL",
        "method": "text NOT NULL",
        "provider": "text NOT NULL",
        "reference": "text NOT NULL",
        "terms": "text NOT NULL",
        "status": "text NOT NULL",
        "currency": "text NOT NULL",
        "authorized": "numeric NOT NULL",
        "captured": "numeric NOT NULL",
        "refunded": "numeric NOT NULL",
        "charged_back": "numeric NOT NULL",
        "expires_at": "timestamptz",
        "requests": "json NOT NULL",
        "chargebacks": "json NOT NULL",
        "contested": "json NOT NULL",
        "is_contested": "boolean NOT NULL",  # a person is to decide about a refund
        "opened": "bigint NOT NULL",  # the position of its first event
    },
    ("id",),
    (
        "(order_id, opened)",
        "(provider, reference)",
        "(opened)",
        "(coalesce(expires_at, 'infinity'), opened)",
        "(opened) WHERE is_contested",
    ),
    once=("order_id", "method", "provider", "reference", "terms", "currency", "opened"),
)
_AMOUNTS = ("authorized", "captured", "refunded", "charged_back")
_REQUESTS = TypeAdapter(tuple[PaymentRequest, ...])
_CHARGEBACKS = TypeAdapter(tuple[Chargeback, ...])
_CONTESTED = TypeAdapter(tuple[ContestedRefund, ...])


class Payments(Projection):
    """Rows exactly as the payment's view."""

    NAME = "payments"
    TABLES: ClassVar = (PAYMENTS,)
    TOPICS: ClassVar = get_args(PaymentEvent)

    def __init__(self) -> None:
        self._payments = Folded(Payment)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        first = {e.originator_id: e.position for e in reversed(events)}
        changed = self._payments.apply(conn, events)
        upsert(conn, PAYMENTS, (_row(p.view(), first[p.id]) for p in changed))

    def forget(self) -> None:
        self._payments.forget()


def _row(view: PaymentView, opened: int) -> Mapping[str, object]:
    row: dict[str, object] = {name: getattr(view, name) for name in PaymentView.__slots__}
    row |= {name: getattr(view, name).amount for name in _AMOUNTS}
    return row | {
        "currency": view.authorized.currency,
        "requests": orjson.Fragment(_REQUESTS.dump_json(view.requests)),
        "chargebacks": orjson.Fragment(_CHARGEBACKS.dump_json(view.chargebacks)),
        "contested": orjson.Fragment(_CONTESTED.dump_json(view.contested)),
        "is_contested": any(each.state is ContestState.OPEN for each in view.contested),
        "opened": opened,
    }


# ------------------------------------------------------------------------------------- queries

_COLUMNS = tuple(name for name in PAYMENTS.columns if name not in ("opened", "is_contested"))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM read.payments"  # noqa: S608


class PaymentSortField(StrEnum):
    """What a list of payments is sorted by."""

    OPENED = "OPENED"
    EXPIRES_AT = "EXPIRES_AT"


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, PaymentView]:
    """Read payments by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


async def by_orders(
    conn: AsyncConnection[Any], order_ids: Sequence[UUID]
) -> dict[UUID, list[PaymentView]]:
    """Read the payments of orders, each order's as they were opened."""
    query = f"{_SELECT} WHERE order_id = ANY (%s) ORDER BY order_id, opened"
    found: dict[UUID, list[PaymentView]] = {}
    cursor = await conn.execute(query.encode(), (list(order_ids),))
    for row in await cursor.fetchall():
        view = _view(row)
        found.setdefault(view.order_id, []).append(view)
    return found


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments: all conditions must hold; a list means any of its values."""

    status: Sequence[str] | None = None
    provider: Sequence[str] | None = None
    method: Sequence[str] | None = None
    reference: str | None = None
    contested: bool | None = None
    expires_before: datetime | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "status": "status = ANY (%(status)s)",
    "provider": "provider = ANY (%(provider)s)",
    "method": "method = ANY (%(method)s)",
    "reference": "reference = %(reference)s",
    "contested": "is_contested = %(contested)s",
    "expires_before": "coalesce(expires_at, 'infinity') < %(expires_before)s",
}


def where(filter: PaymentFilter) -> Where:
    """Say in SQL which payments a filter asks for."""
    return Where.by(_CONDITIONS, filter)


def _view(row: Sequence[Any]) -> PaymentView:
    values = dict(zip(_COLUMNS, row, strict=True))
    currency = values.pop("currency")
    values |= {name: Money(values[name], currency) for name in _AMOUNTS}
    values["terms"] = PaymentTerms(values["terms"])
    values["status"] = PaymentState(values["status"])
    values["requests"] = _REQUESTS.validate_python(values["requests"])
    values["chargebacks"] = _CHARGEBACKS.validate_python(values["chargebacks"])
    values["contested"] = _CONTESTED.validate_python(values["contested"])
    return PaymentView(**values)


LIST: Listing[PaymentView] = Listing(
    "read.payments",
    ", ".join(_COLUMNS),
    _view,
    {
        PaymentSortField.OPENED: {"opened": "bigint"},
        PaymentSortField.EXPIRES_AT: {
            "coalesce(expires_at, 'infinity')": "timestamptz",
            "opened": "bigint",
        },
    },
    usual=Sort(PaymentSortField.OPENED, descending=True),
)
"""All payments, the newest first; what does not lapse comes after all that does."""
