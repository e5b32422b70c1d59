"""Coupons: codes that give a discount. One is redeemed by placing an order with its code."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.money import Money, MoneyInput
from oms_api.nodes import Node, id_of
from oms_core.coupons.commands import IssueCoupon, WithdrawCoupon
from oms_core.coupons.coupon import CouponView, coupon_id
from oms_projections import coupons


@strawberry.type(description="A code that gives a discount.")
class Coupon(Node):
    """A coupon; resolved from `CouponView`."""

    id: strawberry.ID = resolved(id_of("Coupon"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each use.")
    code: str = strawberry.field(description="Its code; upper and lower case are the same.")
    percent: Decimal | None = strawberry.field(description="What it takes off: 10 is 10 %.")
    amount: Money | None = strawberry.field(description="What it takes off, if not a percentage.")
    valid_from: datetime | None = strawberry.field(description="Orders from then on may use it.")
    valid_until: datetime | None = strawberry.field(description="Orders before then may use it.")
    minimum_subtotal: Money | None = strawberry.field(
        description="Orders of goods worth as much, before discounts, may use it."
    )
    usage_limit: int | None = strawberry.field(description="How many orders may use it in all.")
    usage_limit_per_customer: int | None = strawberry.field(
        description="How many orders of one customer may use it."
    )
    times_used: int = strawberry.field(
        description="How many orders use it; those that were cancelled gave it back."
    )
    withdrawn: bool = strawberry.field(description="Whether no new order may use it.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a coupon."""
        return isinstance(value, CouponView)


@strawberry.input(description="Offer a discount to whoever knows a code.")
class IssueCouponInput(DatedInput):
    """Offer a discount to whoever knows a code."""

    code: str = strawberry.field(description="Its code; upper and lower case are the same.")
    percent: Decimal | None = strawberry.field(
        default=None, description='What it takes off, over 0 up to 100: "10" is 10 %.'
    )
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="What it takes off instead; all that is left of the goods' price when that is"
        " less.",
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="Orders placed from then on may use it; any when missing."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="Orders placed before then may use it; any when missing."
    )
    minimum_subtotal: MoneyInput | None = strawberry.field(
        default=None, description="Only for orders of goods worth as much, before discounts."
    )
    usage_limit: int | None = strawberry.field(
        default=None, description="How many orders may use it in all; any number when missing."
    )
    usage_limit_per_customer: int | None = strawberry.field(
        default=None,
        description="How many orders of one customer may use it; any number when missing.",
    )


@strawberry.input(description="Let no new order use a coupon.")
class WithdrawCouponInput(VersionedInput):
    """Let no new order use a coupon."""

    code: str = strawberry.field(description="The coupon's code.")
    reason: str = strawberry.field(description="Why it is over.")


@strawberry.type(description="What became of a command on a coupon.")
class CouponPayload(Payload):
    """What became of a command on a coupon."""

    coupon: Coupon | None = resolved(
        the_view, Coupon | None, "The coupon right after the command; null when it was refused."
    )


@strawberry.type
class CouponMutations:
    """Commands on coupons."""

    @mutation(CouponPayload, "Offer a discount to whoever knows a code.")
    async def issue_coupon(self, info: Info, input: IssueCouponInput) -> Answer:
        """Issue a coupon."""
        return await info.context.gateway.carry_out(info.context.cause, input, IssueCoupon)

    @mutation(
        CouponPayload, "Let no new order use a coupon; orders that used it keep their discount."
    )
    async def withdraw_coupon(self, info: Info, input: WithdrawCouponInput) -> Answer:
        """Withdraw a coupon."""
        return await info.context.gateway.carry_out(info.context.cause, input, WithdrawCoupon)


@strawberry.type
class CouponQueries:
    """Queries on coupons."""

    @query(Coupon | None, "A coupon by its code.")
    async def coupon(
        self,
        info: Info,
        *,
        code: Annotated[str, strawberry.argument(description="Its code, in any case.")],
        min_position: MinPosition = None,
    ) -> CouponView | None:
        """Find one coupon."""
        await info.context.reached(min_position, "coupons")
        id = coupon_id(code)
        async with info.context.pool.connection() as connection:
            return (await coupons.by_ids(connection, [id])).get(id)
