"""Short words for tests that edit an order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.domain.kit import Story
from tests.domain.shop import ORDER, eur, place, stocked, uid

from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.orders.view import OrderView


def story(*lines: tuple[str, int], **terms: Any) -> Story:
    """Caps and mugs at 10 EUR and 19 %, nine of each in Hamburg; an order of three caps, or else
    of these lines."""
    stock = stocked({("CAP", "HAM"): 9, ("MUG", "HAM"): 9})
    return Story().after(*stock, place(*(lines or (("CAP", 3),)), **terms))


def edit(
    quantities: Mapping[UUID, int] | None = None,
    *,
    prices: Mapping[UUID, str] | None = None,
    rates: Mapping[UUID, str] | None = None,
    **terms: Any,
) -> EditOrder:
    """Change these quantities, prices, tax rates, and whatever else is named."""
    changes = [LineChange(line_id=id, quantity=n) for id, n in (quantities or {}).items()]
    changes += [LineChange(line_id=id, unit_price=eur(p)) for id, p in (prices or {}).items()]
    changes += [LineChange(line_id=id, tax_rate=Decimal(r)) for id, r in (rates or {}).items()]
    return EditOrder(order_id=ORDER, lines=tuple(changes), **terms)


def new(line: int, sku: str, quantity: int, **terms: Any) -> tuple[WantedLine, ...]:
    return (WantedLine(line_id=uid(line), sku=sku, quantity=quantity, **terms),)


def view(story: Story) -> OrderView:
    return story.history.fold(Order, ORDER).view()


def sums(story: Story) -> tuple[Any, ...]:
    """Every amount of the order, and of each line that is not empty."""
    now = view(story)
    whole = ("subtotal", "discount", "shipping_price", "shipping_tax", "duties", "tax", "total")
    part = ("line_id", "quantity", "unit_price", "discount", "tax", "total")
    return (
        [getattr(now, name) for name in whole],
        [[getattr(line, name) for name in part] for line in now.lines if line.quantity],
    )
