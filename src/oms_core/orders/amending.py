"""The terms of an order after an edit."""

from __future__ import annotations

from decimal import Decimal

from oms_core.orders.events import OrderEdited, OrderPlaced

ZERO = Decimal(0)


def amended(terms: OrderPlaced, edited: OrderEdited) -> OrderPlaced:
    """Give the terms that hold after an edit, as if the order had been placed so."""
    changed = {line.terms.line_id: line.terms for line in edited.lines}
    kept = [changed.pop(line.line_id, line) for line in terms.lines]
    lines = (*kept, *changed.values())
    taxes = ZERO if terms.prices_include_tax else edited.shipping_tax
    others = edited.shipping_price + terms.duties + taxes
    same_way = (edited.shipping_method, edited.shipping_address) == (
        terms.shipping_method,
        terms.shipping_address,
    )
    contact = {} if edited.contact is None else edited.contact.model_dump()
    return terms.model_copy(
        update={
            "customer": terms.customer.model_copy(update=contact),
            "promise": terms.promise if same_way and not edited.added else None,
            "lines": lines,
            "subtotal": sum((line.quantity * line.unit_price for line in lines), ZERO),
            "discount": sum((line.discount for line in lines), ZERO),
            "tax": sum((line.tax for line in lines), ZERO),
            "total": sum((line.total for line in lines), others),
            "discounts": (*terms.discounts, *edited.discounts),
            "shipping_address": edited.shipping_address,
            "billing_address": edited.billing_address,
            "shipping_method": edited.shipping_method,
            "shipping_price": edited.shipping_price,
            "shipping_tax": edited.shipping_tax,
            "shipping_tax_rate": edited.shipping_tax_rate,
        }
    )
