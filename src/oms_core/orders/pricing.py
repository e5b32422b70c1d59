"""What an order costs: exact sums, with the discount split over the lines to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms_core.kernel.money import rounded, split
from oms_core.orders.events import PricedLine
from oms_core.orders.refusals import DiscountTooLarge


@dataclass(frozen=True, slots=True)
class Item:
    """A line before it is priced: so many units at a price, taxed at a rate (0.19 for 19 %)."""

    line_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    tax_rate: Decimal


def priced(items: Sequence[Item], discount: Decimal, currency: str) -> tuple[PricedLine, ...]:
    """Price the lines. Prices are net; tax is added per line on the discounted amount.

    The discount is split by line amount, so that the shares sum to it exactly. Raises
    `DiscountTooLarge` when it is more than the goods cost.
    """
    amounts = [item.quantity * item.unit_price for item in items]
    if discount > sum(amounts):
        raise DiscountTooLarge(discount=discount, subtotal=sum(amounts), field=("discount",))
    shares = split(discount, amounts, currency)
    return tuple(
        _line(item, amount, share, currency)
        for item, amount, share in zip(items, amounts, shares, strict=True)
    )


def _line(item: Item, amount: Decimal, discount: Decimal, currency: str) -> PricedLine:
    tax = rounded((amount - discount) * item.tax_rate, currency)
    return PricedLine(
        line_id=item.line_id,
        sku=item.sku,
        name=item.name,
        quantity=item.quantity,
        unit_price=item.unit_price,
        tax_rate=item.tax_rate,
        discount=discount,
        tax=tax,
        total=amount - discount + tax,
    )
