"""The terms of an order that sends claimed goods again: to the cent what they were sold for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.orders.crediting import Credit
from oms_core.orders.events import AppliedDiscount, CreditedLine, OrderPlaced, PricedLine

ZERO = Decimal(0)


def replacement_terms(
    first: OrderPlaced, credit: Credit, claim_id: UUID, *, number: str, placed_at: datetime
) -> OrderPlaced:
    """Take over customer, addresses, prices, discounts and taxes: nothing is left to pay."""
    lines = tuple(_line(first, line, claim_id) for line in credit.lines)
    return OrderPlaced(
        number=number,
        channel=first.channel,
        currency=first.currency,
        placed_at=placed_at,
        customer=first.customer,
        shipping_address=first.shipping_address,
        billing_address=first.billing_address,
        lines=lines,
        subtotal=sum((line.subtotal for line in credit.lines), ZERO),
        discount=sum((line.discount for line in credit.lines), ZERO),
        tax=sum((line.tax for line in credit.lines), ZERO),
        total=credit.goods,
        prices_include_tax=first.prices_include_tax,
        discounts=tuple(
            AppliedDiscount(
                amount=line.discount, reason=f"as on order {first.number}", line_id=line.line_id
            )
            for line in lines
            if line.discount
        ),
        shipping_method=first.shipping_method,
        rounding_mode=first.rounding_mode,
        rounding_level=first.rounding_level,
        pickup_location=first.pickup_location,
        payments=first.payments,
        sold_before=credit.goods,
    )


def _line(first: OrderPlaced, credited: CreditedLine, claim_id: UUID) -> PricedLine:
    agreed = next(line for line in first.lines if line.line_id == credited.line_id)
    return PricedLine(
        line_id=natural_id("replaced line", str(claim_id), str(credited.line_id)),
        sku=agreed.sku,
        name=agreed.name,
        quantity=credited.quantity,
        unit_price=agreed.unit_price,
        tax_rate=agreed.tax_rate,
        discount=credited.discount,
        tax=credited.tax,
        total=credited.amount,
    )
