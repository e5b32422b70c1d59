"""What happens to a coupon. One stream per code, whichever way its letters are written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.money import Money


class CouponIssued(Event):
    """A code gives a discount: an amount, or `percent` (10 is 10 %) of the goods.

    Valid from `valid_from` up to, not including, `valid_until`; without a limit, as often as one
    likes.
    """

    TOPIC: ClassVar[str] = "coupons.CouponIssued.v1"
    code: str
    percent: Decimal | None = None
    amount: Money | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    minimum_subtotal: Money | None = None
    usage_limit: int | None = None
    usage_limit_per_customer: int | None = None


class CouponRedeemed(Event):
    """An order used it, recorded together with the order."""

    TOPIC: ClassVar[str] = "coupons.CouponRedeemed.v1"
    order_id: UUID
    customer: str


class CouponGivenBack(Event):
    """The order that used it was cancelled, so that it may be used once more."""

    TOPIC: ClassVar[str] = "coupons.CouponGivenBack.v1"
    order_id: UUID


class CouponWithdrawn(Event):
    """No new order may use it."""

    TOPIC: ClassVar[str] = "coupons.CouponWithdrawn.v1"
    reason: str


CouponEvent = CouponIssued | CouponRedeemed | CouponGivenBack | CouponWithdrawn
