"""What is given up of an order's price when goods come back, or never came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms_core.orders.events import CreditedLine, CreditGranted
from oms_core.orders.refusals import ShippingAlreadyCredited, TooFewUnitsToCredit
from oms_core.orders.state import OrderState

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Credit:
    """What the customer would owe less for, before any fee."""

    lines: tuple[CreditedLine, ...]
    shipping_price: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    shipping: Decimal = ZERO
    """Of the shipping: its price, with tax."""

    @property
    def goods(self) -> Decimal:
        """What is given up of the price of goods."""
        return sum((line.amount for line in self.lines), ZERO)

    def granted(
        self,
        credit_id: UUID,
        *,
        fee: Decimal = ZERO,
        reason: str | None = None,
        return_id: UUID | None = None,
        claim_id: UUID | None = None,
    ) -> CreditGranted:
        """Grant it, less a fee that the shop keeps."""
        return CreditGranted(
            credit_id=credit_id,
            return_id=return_id,
            claim_id=claim_id,
            reason=reason,
            lines=self.lines,
            shipping_price=self.shipping_price,
            shipping_tax=self.shipping_tax,
            fee=fee,
            amount=self.goods + self.shipping - fee,
        )


def decide(order: OrderState, units: Mapping[UUID, int], *, shipping: bool = False) -> Credit:
    """Tell what units that arrived were sold for, and what of the shipping is not credited yet.

    Raises `NoSuchOrderLine`, `TooFewUnitsToCredit` when more is wanted than arrived and is not
    credited yet, and `ShippingAlreadyCredited`.
    """
    lines = tuple(_line(order, line_id, quantity) for line_id, quantity in units.items())
    if not shipping:
        return Credit(lines)
    price = order.shipping_price - order.credits.shipping_price
    tax = order.shipping_tax - order.credits.shipping_tax
    if not price and order.credits.shipping_price:
        raise ShippingAlreadyCredited(field=("refund_shipping",))
    on_top = ZERO if order.terms.prices_include_tax else tax
    return Credit(lines, price, tax, price + on_top)


def _line(order: OrderState, line_id: UUID, quantity: int) -> CreditedLine:
    line = order.line(line_id)
    if quantity > line.creditable:
        raise TooFewUnitsToCredit(
            wanted=quantity,
            sku=line.terms.sku,
            creditable=line.creditable,
            field=("lines",),
        )
    return line.amounts_credited(quantity)
