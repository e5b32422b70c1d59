"""What a line costs after it was edited: a function of its first terms, and of nothing between.

So whoever edits and edits back is where he began, to the cent. Units that are taken away take
their share of every discount with them; units that are added get the percentages, and no part of
an amount that was agreed for others. What an edit changes is taxed line by line, also where tax
was rounded per document: the other lines keep what was agreed on them.
"""

from __future__ import annotations

from decimal import Decimal

from oms_core.orders.events import AppliedDiscount, OrderPlaced, PricedLine
from oms_core.orders.pricing import Item, Quote, quote
from oms_core.pricing.discounts import Discount
from oms_core.pricing.policy import PricingPolicy
from oms_core.pricing.taxes import Taxable, tax

ZERO = Decimal(0)


def policy_of(terms: OrderPlaced) -> PricingPolicy:
    """Tell how changes of an order are priced: as it was, each line by itself."""
    return PricingPolicy(terms.prices_include_tax, terms.rounding_mode)


def repriced(
    first: PricedLine,
    quantity: int,
    unit_price: Decimal,
    policy: PricingPolicy,
    currency: str,
    *,
    tax_rate: Decimal,
) -> PricedLine:
    """Price a line anew at another quantity, price or tax rate."""
    if (quantity, unit_price, tax_rate) == (first.quantity, first.unit_price, first.tax_rate):
        return first
    price = quantity * unit_price
    by_percent = _by_percent(first, price, policy, currency)
    discount = by_percent + min(_fixed(first, quantity, policy, currency), price - by_percent)
    taxed = tax(Taxable(price - discount, tax_rate), policy, currency)
    return first.model_copy(
        update={
            "quantity": quantity,
            "unit_price": unit_price,
            "tax_rate": tax_rate,
            "discount": discount,
            "percent_discount": by_percent,
            "tax": taxed,
            "total": price - discount + (ZERO if policy.prices_include_tax else taxed),
        }
    )


def _by_percent(first: PricedLine, price: Decimal, policy: PricingPolicy, currency: str) -> Decimal:
    if not first.percent_discount:
        return ZERO
    whole = first.quantity * first.unit_price
    return policy.rounded(first.percent_discount * price / whole, currency)


def _fixed(first: PricedLine, quantity: int, policy: PricingPolicy, currency: str) -> Decimal:
    fixed = first.discount - first.percent_discount
    kept = min(quantity, first.quantity)
    return policy.rounded(fixed * kept / first.quantity, currency)


def added(item: Item, terms: OrderPlaced) -> Quote:
    """Price a line that is added: the percentages of the order hold for it too."""
    of_order = [
        Discount(percent=discount.percent)
        for discount in terms.discounts
        if discount.percent is not None and discount.line_id is None
    ]
    return quote([item], of_order, policy_of(terms), terms.currency)


def own_discounts(quoted: Quote) -> tuple[AppliedDiscount, ...]:
    """Tell the discounts of the added line itself."""
    return tuple(discount for discount in quoted.discounts if discount.line_id is not None)


def shipping_tax(placed: OrderPlaced, price: Decimal, rate: Decimal) -> Decimal:
    """Tax shipping anew at another price or rate."""
    if (price, rate) == (placed.shipping_price, placed.shipping_tax_rate):
        return placed.shipping_tax
    return tax(Taxable(price, rate), policy_of(placed), placed.currency)
