"""What customs is told of a shipment that leaves a customs territory: the facts of a CN 23."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from oms_core.catalogue.events import ProductRegistered
from oms_core.kernel.money import Money, rounded
from oms_core.orders.view import OrderLineView, OrderView
from oms_core.shipments.view import ShipmentView

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CustomsItem:
    """So many units of a product. `value` and `weight_grams` are of all of them; None is unknown.

    The value is what the customer pays without tax, after discounts.
    """

    sku: str
    name: str
    quantity: int
    value: Money
    weight_grams: int | None
    commodity_code: str | None
    origin_country: str | None

    @property
    def complete(self) -> bool:
        """Tell whether all is known that customs asks for."""
        return None not in (self.weight_grams, self.commodity_code, self.origin_country)


@dataclass(frozen=True, slots=True)
class CustomsDeclaration:
    """What is sent from one country to another, the packing not weighed."""

    sent_from: str
    sent_to: str
    items: tuple[CustomsItem, ...]
    value: Money
    weight_grams: int | None
    complete: bool


def declaration(
    shipment: ShipmentView,
    order: OrderView,
    sent_from: str,
    products: Mapping[str, ProductRegistered],
) -> CustomsDeclaration:
    """Say what a shipment brings over the border."""
    agreed = {line.line_id: line for line in order.lines}
    items = tuple(
        _item(agreed[line.line_id], line.quantity, products[line.sku], order.currency)
        for line in shipment.lines
    )
    weights = [item.weight_grams for item in items]
    known = [weight for weight in weights if weight is not None]
    return CustomsDeclaration(
        sent_from=sent_from,
        sent_to=order.shipping_address.country,
        items=items,
        value=Money(sum((item.value.amount for item in items), ZERO), order.currency),
        weight_grams=sum(known) if len(known) == len(weights) else None,
        complete=all(item.complete for item in items),
    )


def _item(
    line: OrderLineView, quantity: int, facts: ProductRegistered, currency: str
) -> CustomsItem:
    owed_for = max(line.quantity - line.cancelled, 1)
    value = rounded((line.total - line.tax) * quantity / owed_for, currency)
    grams = facts.weight_grams
    return CustomsItem(
        sku=line.sku,
        name=line.name,
        quantity=quantity,
        value=Money(value, currency),
        weight_grams=None if grams is None else grams * quantity,
        commodity_code=facts.commodity_code,
        origin_country=facts.origin_country,
    )
