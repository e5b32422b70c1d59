"""Which coupons are there, and how often was each used? One row a coupon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.coupons.coupon import Coupon, CouponView
from oms_core.coupons.events import CouponEvent
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.money import Money
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

COUPONS = Table(
    "coupons",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "code": "text NOT NULL",
        "percent": "numeric",
        "amount": "json",
        "valid_from": "timestamptz",
        "valid_until": "timestamptz",
        "minimum_subtotal": "json",
        "usage_limit": "integer",
        "usage_limit_per_customer": "integer",
        "times_used": "integer NOT NULL",
        "withdrawn": "boolean NOT NULL",
    },
    ("id",),
    once=(
        "code",
        "percent",
        "amount",
        "valid_from",
        "valid_until",
        "minimum_subtotal",
        "usage_limit",
        "usage_limit_per_customer",
    ),
)


class Coupons(Projection):
    """Rows exactly as the coupon's view."""

    NAME = "coupons"
    TABLES: ClassVar = (COUPONS,)
    TOPICS: ClassVar = get_args(CouponEvent)

    def __init__(self) -> None:
        self._coupons = Folded(Coupon)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._coupons.apply(conn, events)
        upsert(conn, COUPONS, (_row(coupon.view()) for coupon in changed))

    def forget(self) -> None:
        self._coupons.forget()


def _row(view: CouponView) -> Mapping[str, object]:
    return {name: getattr(view, name) for name in CouponView.__slots__}


# ------------------------------------------------------------------------------------- queries


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, CouponView]:
    """Read coupons by id; unknown ones are missing."""
    query = f"SELECT {', '.join(COUPONS.columns)} FROM read.coupons WHERE id = ANY (%s)"  # noqa: S608
    cursor = await conn.execute(query.encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


def _view(row: Sequence[Any]) -> CouponView:
    values = dict(zip(COUPONS.columns, row, strict=True))
    money = {name: _money(values[name]) for name in ("amount", "minimum_subtotal")}
    return CouponView(**values | money)


def _money(stored: Mapping[str, Any] | None) -> Money | None:
    return None if stored is None else Money(**stored)
