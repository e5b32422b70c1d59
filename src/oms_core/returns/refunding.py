"""What a customer gets for goods that came back, less a restocking fee. The money itself is a
refund of a payment: here it becomes due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Price
from oms_core.kernel.handling import handles
from oms_core.orders import crediting
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.crediting import Credit
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity
from oms_core.orders.repricing import policy_of
from oms_core.orders.terms import amount_of
from oms_core.returns.commands import OnReturn, with_order
from oms_core.returns.events import ReturnResolved
from oms_core.returns.goods_return import Return
from oms_core.returns.policy import THE_SHOP_IS_AT_FAULT
from oms_core.returns.refusals import (
    FeeExceedsRefund,
    NoSuchReturnLine,
    NothingToRefund,
    ReturnNotApproved,
    TooFewUnitsToRefund,
)

ZERO = Decimal(0)


class OutstandingUnits(StrEnum):
    """What becomes of units that did not come back yet."""

    WAIT = "WAIT"
    ADVANCE = "ADVANCE"
    KEEP = "KEEP"


class Compensation(OnReturn):
    """What the customer gets for units of a return: all that came back, or those named.

    `outstanding` tells whether units that did not come back are compensated too: in advance, or
    because the customer keeps them. The fee is the policy's unless one is given.
    """

    credit_id: UUID
    lines: WantedQuantities | None = None
    outstanding: OutstandingUnits = OutstandingUnits.WAIT
    fee: Price | None = None
    fee_percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    refund_shipping: bool = False


class RefundReturn(Compensation):
    """Let the customer owe less for units of a return, so that a refund is due."""


@handles(RefundReturn)
async def refund_return(command: RefundReturn, streams: Streams) -> Return:
    """Grant the credit on the order and note it on the return, in one transaction."""
    goods, order = await with_order(command, streams)
    granted = decide(command, goods, order)
    granted.grant(goods, order)
    return goods


@dataclass(frozen=True, slots=True)
class Granted:
    """A decided compensation, not recorded yet."""

    credit_id: UUID
    currency: str
    credit: Credit
    fee: Decimal
    kept: Mapping[UUID, int]

    @property
    def amount(self) -> Decimal:
        """What the customer owes less."""
        return self.credit.goods + self.credit.shipping - self.fee

    def grant(
        self,
        goods: Return,
        order: Order,
        replacement_id: UUID | None = None,
        carried_over: Decimal = ZERO,
    ) -> None:
        """Note it on the return and on its order."""
        kept = [LineQuantity(line_id=id, quantity=units) for id, units in self.kept.items()]
        order.grant_credit(
            self.credit.granted(
                self.credit_id, fee=self.fee, return_id=goods.id, claim_id=goods.facts.claim_id
            )
        )
        goods.resolve(
            ReturnResolved(
                credit_id=self.credit_id,
                currency=self.currency,
                lines=self.credit.lines,
                kept=tuple(kept),
                shipping_price=self.credit.shipping_price,
                shipping_tax=self.credit.shipping_tax,
                fee=self.fee,
                amount=self.amount,
                replacement_id=replacement_id,
                carried_over=carried_over,
            )
        )
        order.withdraw_return(goods.id, self.kept, kept=True)


def decide(command: Compensation, goods: Return, order: Order) -> Granted:
    """Decide a compensation.

    Raises `ReturnIsOver`, `ReturnNotApproved`, `NoSuchReturnLine`, `TooFewUnitsToRefund`,
    `NothingToRefund`, `ShippingAlreadyCredited`, `CurrencyMismatch`, `FeeExceedsRefund`.
    """
    goods.refuse_if_over()
    if goods.facts.policy.needs_approval and not goods.approved:
        raise ReturnNotApproved()
    order.refuse_credit_again(command.credit_id)
    units = _units(command, goods)
    credit = crediting.decide(order, units, shipping=command.refund_shipping)
    fee = _fee(command, goods, order, credit)
    if fee > credit.goods:
        raise FeeExceedsRefund(
            fee=fee, refund=credit.goods, currency=order.terms.currency, field=("fee",)
        )
    kept: Counter[UUID] = Counter()
    if command.outstanding is OutstandingUnits.KEEP:
        kept = Counter(units) + goods.credited - goods.received - goods.kept
    return Granted(command.credit_id, order.terms.currency, credit, fee, kept & goods.outstanding)


def _units(command: Compensation, goods: Return) -> dict[UUID, int]:
    """Tell which units are compensated, and refuse more than those that may be."""
    may = goods.received + goods.kept
    if command.outstanding is not OutstandingUnits.WAIT:
        may += goods.outstanding
    may -= goods.credited
    if command.lines is None:
        if not may and not command.refund_shipping:
            raise NothingToRefund()
        return dict(may)
    wanted = summed(command.lines)
    for line_id, quantity in wanted.items():
        if line_id not in goods.requested:
            raise NoSuchReturnLine(line_id=line_id, field=("lines",))
        if quantity > may[line_id]:
            raise TooFewUnitsToRefund(
                wanted=quantity,
                sku=goods.sku(line_id),
                refundable=may[line_id],
                field=("lines",),
            )
    return wanted


def _fee(command: Compensation, goods: Return, order: Order, credit: Credit) -> Decimal:
    """The fee that is given; else what the policy takes for all of the return so far, less what
    was taken: refunding one by one and all at once come to the same.
    """
    currency, policy = order.terms.currency, policy_of(order.terms)
    if command.fee is not None:
        return amount_of(command.fee, currency, "fee")
    if command.fee_percent is not None:
        return policy.rounded(credit.goods * command.fee_percent / 100, currency)
    charged = {ln.line_id for ln in goods.facts.lines if ln.reason not in THE_SHOP_IS_AT_FAULT}
    lines = [line for resolved in goods.resolutions for line in resolved.lines] + [*credit.lines]
    base = sum((line.amount for line in lines if line.line_id in charged), ZERO)
    rules = goods.facts.policy
    whole = policy.rounded(base * rules.fee_percent / 100, currency)
    if rules.fee_amount is not None and rules.fee_amount.currency == currency:
        whole += rules.fee_amount.amount
    taken = sum((resolved.fee for resolved in goods.resolutions), ZERO)
    added = sum((line.amount for line in credit.lines if line.line_id in charged), ZERO)
    return min(max(min(whole, base) - taken, ZERO), added)
