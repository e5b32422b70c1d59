"""Exchanges: other goods for those that came back. What they are worth is carried over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Number, Price
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Message
from oms_core.kernel.refusal import Refusal
from oms_core.orders.exchange_credit import carry_over
from oms_core.orders.links import LinkKind
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import (
    Address,
    Customer,
    Placement,
    PlaceOrder,
    WantedLine,
    prepared,
    told_apart,
)
from oms_core.orders.quantities import MOST_LINES
from oms_core.orders.refusals import OrderNumberTaken
from oms_core.returns.commands import with_order
from oms_core.returns.goods_return import Return
from oms_core.returns.refunding import Compensation, decide

ZERO = Decimal(0)


class Replacement(Message):
    """What the customer gets instead: an order of its own, for the same customer."""

    lines: Annotated[
        tuple[WantedLine, ...],
        Field(min_length=1, max_length=MOST_LINES),
        AfterValidator(told_apart),
    ]
    shipping_address: Address | None = None
    shipping_price: Price | None = None
    shipping_method: Code | None = None
    allow_backorder: bool = False


class ExchangeReturn(Compensation):
    """Place an order for other goods, paid with what those that came back were sold for.

    What it costs more is to be paid; what it costs less is due for a refund of the first order.
    """

    number: Number
    placed_at: Moment
    replacement: Replacement

    def touches(self) -> Iterable[UUID]:
        return self.return_id, order_id(self.number)


@handles(ExchangeReturn)
async def exchange_return(command: ExchangeReturn, streams: Streams) -> Return:
    """Credit, carry over, place and reserve, in one transaction; or nothing of it."""
    goods, order = await with_order(command, streams)
    placement = await _placement(command, order, streams)
    granted = decide(command, goods, order)
    due = order.refund_due_after(granted.amount)
    sold_before = min(granted.amount, placement.terms.total)
    carried_over = min(due, sold_before)
    terms = placement.terms.model_copy(update={"sold_before": sold_before})
    placement = replace(placement, terms=terms)
    placement.carry_out()
    granted.grant(goods, order, placement.order.id, carried_over)
    carry_over(order, placement.order, command.credit_id, carried_over)
    order.link(LinkKind.EXCHANGED_FOR, placement.order)
    placement.order.link(LinkKind.EXCHANGE_FOR, order)
    return goods


async def _placement(command: ExchangeReturn, order: Order, streams: Streams) -> Placement:
    wanted, terms = command.replacement, order.terms
    place = PlaceOrder.model_construct(
        number=command.number,
        channel=terms.channel,
        currency=terms.currency,
        placed_at=command.placed_at,
        customer=Customer.model_construct(**dict(terms.customer)),
        shipping_address=wanted.shipping_address
        or Address.model_construct(**dict(terms.shipping_address)),
        billing_address=Address.model_construct(**dict(terms.billing_address)),
        lines=wanted.lines,
        shipping_price=wanted.shipping_price,
        shipping_method=wanted.shipping_method,
        allow_backorder=wanted.allow_backorder,
    )
    try:
        return await prepared(place, streams)
    except OrderNumberTaken:
        raise
    except Refusal as refusal:
        raise refusal.under("replacement") from None
