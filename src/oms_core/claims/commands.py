"""Commands on claims."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.product import Product, product_id
from oms_core.channels.channel import Channel, channel_id
from oms_core.claims.claim import Claim
from oms_core.claims.events import (
    ClaimedQuantity,
    ClaimOpened,
    ClaimProblem,
    ClaimResolution,
    ClaimResolved,
)
from oms_core.claims.replacement import replacement_terms
from oms_core.claims.taking_back import told
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import LongText, Moment, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders import crediting
from oms_core.orders.commands import WantedQuantity, summed
from oms_core.orders.crediting import Credit
from oms_core.orders.exchange_credit import carry_over
from oms_core.orders.links import LinkKind
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import Placement, at_terms
from oms_core.orders.quantities import MOST_LINES
from oms_core.returns.commands import origins
from oms_core.returns.events import ReturnRequested
from oms_core.returns.goods_return import Return

ZERO = Decimal(0)
CLAIMED = "claimed"
"""Why goods come back when nobody said more."""


class ClaimedLine(WantedQuantity):
    """Units of a line, and what is wrong with them."""

    problem: ClaimProblem
    comment: LongText | None = None


class OpenClaim(Command):
    """Note that units arrived damaged, wrong or not at all."""

    claim_id: UUID
    order_id: UUID
    lines: Annotated[tuple[ClaimedLine, ...], Field(min_length=1, max_length=MOST_LINES)]
    description: LongText | None = None

    def target(self) -> UUID:
        return self.order_id


class ResolveClaim(Command):
    """Decide a claim: refund what the units were sold for, send them again for it, have them come
    back first, or reject it.

    `number` and `placed_at` are those of the order that replaces them, `return_id` is that of the
    return by which they come back.
    """

    claim_id: UUID
    credit_id: UUID
    resolution: ClaimResolution
    reason: Text | None = None
    number: Number
    placed_at: Moment
    allow_backorder: bool = False
    return_id: UUID

    def target(self) -> UUID:
        return self.claim_id


@handles(OpenClaim)
async def open_claim(command: OpenClaim, streams: Streams) -> Claim:
    """Open a claim; refused beyond what arrived and is in no return or claim yet."""
    order = await streams.get(Order, command.order_id)
    order.claim(command.claim_id, summed(command.lines))
    claim = Claim(command.claim_id)
    claim.begin(
        ClaimOpened(
            order_id=order.id,
            lines=tuple(
                ClaimedQuantity(**line.model_dump(), sku=order.line(line.line_id).terms.sku)
                for line in command.lines
            ),
            description=command.description,
        )
    )
    streams.add(claim)
    return claim


@handles(ResolveClaim)
async def resolve_claim(command: ResolveClaim, streams: Streams) -> Claim:
    """Decide a claim and do what that means for the order, in one transaction."""
    claim = await streams.get(Claim, command.claim_id)
    order = await streams.get(Order, claim.order_id)
    claim.refuse_if_resolved()
    if command.resolution is ClaimResolution.REJECT:
        claim.resolve(_resolved(command, order))
        order.end_claim(claim.id, settled=False)
        return claim
    if command.resolution is ClaimResolution.TAKE_BACK:
        return await _take_back(command, claim, order, streams)
    order.refuse_credit_again(command.credit_id)
    credit = crediting.decide(order, claim.units)
    if command.resolution is ClaimResolution.REPLACE:
        placement = await _replacement(command, claim, order, credit, streams)
        _replace(command, claim, order, credit, placement)
    else:
        claim.resolve(_resolved(command, order, credit))
    order.grant_credit(credit.granted(command.credit_id, claim_id=claim.id, reason=command.reason))
    order.end_claim(claim.id, settled=True)
    return claim


async def _take_back(command: ResolveClaim, claim: Claim, order: Order, streams: Streams) -> Claim:
    """Open a return of the claimed units; what the customer gets is decided there."""
    claim.refuse_unless_it_arrived()
    order.refuse_return_again(command.return_id)
    earlier = await streams.find(Return, order.returns)
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    goods = Return(command.return_id)
    claim.resolve(_resolved(command, order).model_copy(update={"return_id": goods.id}))
    order.end_claim(claim.id, settled=False)
    order.request_return(goods.id, claim.units)
    lines = origins(order, earlier, claim.units)
    goods.request(
        ReturnRequested(
            order_id=order.id,
            lines=tuple(told(claim, line) for line in lines),
            reason=command.reason or CLAIMED,
            policy=channel.return_policy,
            claim_id=claim.id,
        )
    )
    if channel.return_policy.needs_approval:
        goods.approve(command.reason)
    streams.add(goods)
    return claim


async def _replacement(
    command: ResolveClaim, claim: Claim, order: Order, credit: Credit, streams: Streams
) -> Placement:
    [another] = await streams.find(Order, [order_id(command.number)])
    skus = sorted({line.sku for line in claim.facts.lines})
    products = await streams.find(Product, [product_id(sku) for sku in skus])
    terms = replacement_terms(
        order.terms, credit, claim.id, number=command.number, placed_at=command.placed_at
    )
    known = dict(zip(skus, products, strict=True))
    return await at_terms(terms, another, known, streams, allow_backorder=command.allow_backorder)


def _replace(
    command: ResolveClaim, claim: Claim, order: Order, credit: Credit, placement: Placement
) -> None:
    """Place the replacement, paid with the credit as far as the first order was paid."""
    due = order.refund_due_after(credit.goods)
    carried = min(credit.goods, due, placement.terms.total)
    placement.carry_out()
    claim.resolve(_resolved(command, order, credit, placement.order.id, carried))
    carry_over(order, placement.order, command.credit_id, carried)
    order.link(LinkKind.REPLACED_BY, placement.order)
    placement.order.link(LinkKind.REPLACEMENT_FOR, order)


def _resolved(
    command: ResolveClaim,
    order: Order,
    credit: Credit | None = None,
    replacement_id: UUID | None = None,
    carried_over: Decimal = ZERO,
) -> ClaimResolved:
    return ClaimResolved(
        resolution=command.resolution,
        currency=order.terms.currency,
        reason=command.reason,
        lines=() if credit is None else credit.lines,
        amount=ZERO if credit is None else credit.goods,
        replacement_id=replacement_id,
        carried_over=carried_over,
    )
