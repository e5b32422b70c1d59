"""Commands on coupons. One is redeemed by placing an order with its code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from pydantic import model_validator

from oms_core.coupons.coupon import Coupon, coupon_id
from oms_core.coupons.events import CouponIssued
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Percent, PositivePrice, Price, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus


class IssueCoupon(Command):
    """Offer a discount to whoever knows the code: an amount, or a percentage of the goods."""

    code: Code
    percent: Percent | None = None
    amount: PositivePrice | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    minimum_subtotal: Price | None = None
    usage_limit: Quantity | None = None
    usage_limit_per_customer: Quantity | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("must have either an amount or a percent")
        return self

    def touches(self) -> Iterable[UUID]:
        return (coupon_id(self.code),)


class WithdrawCoupon(Command):
    """Let no new order use a coupon. Orders that used it keep their discount."""

    code: Code
    reason: Text

    def target(self) -> UUID:
        return coupon_id(self.code)


class GiveCouponBack(Command):
    """Let a coupon be used once more whose order was cancelled as a whole.

    An order that is not cancelled, or used none, is left as it is: the fulfillment process may
    ask as often as it likes.
    """

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


@handles(IssueCoupon)
async def issue_coupon(command: IssueCoupon, streams: Streams) -> Coupon:
    """Record the coupon; refused when the code is taken."""
    [coupon] = await streams.find(Coupon, [coupon_id(command.code)])
    coupon.issue(CouponIssued(**dict(command)))
    return coupon


@handles(WithdrawCoupon)
async def withdraw_coupon(command: WithdrawCoupon, streams: Streams) -> Coupon:
    """Record that it is over."""
    coupon = await streams.get(Coupon, coupon_id(command.code))
    coupon.withdraw(command.reason)
    return coupon


@handles(GiveCouponBack)
async def give_coupon_back(command: GiveCouponBack, streams: Streams) -> Order:
    """Note on the coupon that the order does not use it any more."""
    order = await streams.get(Order, command.order_id)
    codes = {d.code for d in order.terms.discounts if d.code is not None}
    coupons = await streams.find(Coupon, [coupon_id(code) for code in sorted(codes)])
    if order.status is OrderStatus.CANCELLED:
        for coupon in coupons:
            coupon.give_back(order.id)
    return order
