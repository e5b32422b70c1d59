"""What an order costs: exact sums, with discounts and taxes split over the lines to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from oms_core.kernel.message import maker
from oms_core.orders.events import AppliedDiscount, PricedLine
from oms_core.pricing.discounts import Discount, shares
from oms_core.pricing.policy import PricingPolicy
from oms_core.pricing.taxes import Taxable, taxes

ZERO = Decimal(0)
NO_SHIPPING = Taxable(ZERO, ZERO)
_priced_line = maker(PricedLine)


class Item(NamedTuple):
    """A line before it is priced: so many units at a price, taxed at a rate (0.19 for 19 %)."""

    line_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    tax_rate: Decimal
    discount: Discount | None = None


class Quote(NamedTuple):
    """What an order comes to, before duties. Every sum is exactly that of its parts."""

    lines: tuple[PricedLine, ...]
    discounts: tuple[AppliedDiscount, ...]
    subtotal: Decimal
    discount: Decimal
    shipping_tax: Decimal
    tax: Decimal
    total: Decimal


def quote(
    items: Sequence[Item],
    discounts: Sequence[Discount],
    policy: PricingPolicy,
    currency: str,
    *,
    shipping: Taxable = NO_SHIPPING,
) -> Quote:
    """Price an order: discounts of lines first, then those of the order in turn, then tax.

    Amounts are as the customer sees them: tax is added when prices are net, and contained in them
    when they include it. Raises `DiscountTooLarge`.
    """
    reduced = [_Reduced(item) for item in items]
    applied = _of_lines(reduced, policy, currency)
    applied += [_of_order(discount, reduced, policy, currency) for discount in discounts]
    charges = [Taxable(line.left, line.item.tax_rate) for line in reduced]
    *each, shipping_tax = taxes([*charges, shipping], policy, currency)
    lines = tuple([r.priced(tax, policy) for r, tax in zip(reduced, each, strict=True)])
    return Quote(
        lines=lines,
        discounts=tuple(applied),
        subtotal=sum([line.price for line in reduced], ZERO),
        discount=sum([line.discount for line in lines], ZERO),
        shipping_tax=shipping_tax,
        tax=sum(each, ZERO),
        total=sum([line.total for line in lines], shipping.amount)
        + (ZERO if policy.prices_include_tax else shipping_tax),
    )


class _Reduced:
    """A line, while one discount after the other is taken off the price of its goods."""

    __slots__ = ("by_percent", "item", "left", "price")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.price = self.left = item.quantity * item.unit_price
        self.by_percent = ZERO

    def take(self, share: Decimal, discount: Discount) -> None:
        self.left -= share
        self.by_percent += ZERO if discount.percent is None else share

    def priced(self, tax: Decimal, policy: PricingPolicy) -> PricedLine:
        item = self.item
        return _priced_line(
            {
                "line_id": item.line_id,
                "sku": item.sku,
                "name": item.name,
                "quantity": item.quantity,
                "unit_price": item.unit_price,
                "tax_rate": item.tax_rate,
                "discount": self.price - self.left,
                "tax": tax,
                "total": self.left + (ZERO if policy.prices_include_tax else tax),
                "percent_discount": self.by_percent,
            }
        )


def _of_lines(
    reduced: Sequence[_Reduced], policy: PricingPolicy, currency: str
) -> list[AppliedDiscount]:
    applied = []
    for line in reduced:
        if (discount := line.item.discount) is not None:
            amount = discount.off(line.price, policy, currency)
            line.take(amount, discount)
            applied.append(_applied(discount, amount, line.item.line_id))
    return applied


def _of_order(
    discount: Discount, reduced: Sequence[_Reduced], policy: PricingPolicy, currency: str
) -> AppliedDiscount:
    parts = shares(discount, [line.left for line in reduced], policy, currency)
    for line, share in zip(reduced, parts, strict=True):
        line.take(share, discount)
    return _applied(discount, sum(parts, ZERO), None)


def _applied(discount: Discount, amount: Decimal, line_id: UUID | None) -> AppliedDiscount:
    return AppliedDiscount(
        amount=amount,
        percent=discount.percent,
        code=discount.code,
        reason=discount.reason,
        line_id=line_id,
    )
