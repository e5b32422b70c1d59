"""A shop whose orders are sourced by published rules: what tests of sourcing begin with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.domain.kit import Story
from tests.domain.shop import ADDRESS, ORDER, place, stocked

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.events import SourcingDecided
from oms_core.kernel.message import Command
from oms_core.locations.commands import ConfigureLocation
from oms_core.orders.order import Order
from oms_core.sourcing.commands import PublishSourcingRules

PLACES = {"HAM": (53.55, 9.99), "MUC": (48.14, 11.58), "LEJ": (51.34, 12.37)}
HOME = ADDRESS.model_copy(update={"latitude": 53.55, "longitude": 9.99})
TARIFF = {"name": "parcel", "steps": [{"up_to_grams": 31_500, "price": Decimal("4.90")}]}


def rules(**changed: Any) -> PublishSourcingRules:
    usual = {"currency": "EUR", "split_cost": Decimal(2), "cost_per_km": Decimal("0.01")}
    return PublishSourcingRules.model_validate(usual | {"tariffs": [TARIFF]} | changed)


def story(stock: dict[tuple[str, str], int], *commands: Command, **changed: Any) -> Story:
    """A shop with three warehouses, an address in Hamburg, and rules."""
    moved = [
        ConfigureLocation(
            code=code,
            calendar={"working_days": [1, 2, 3, 4, 5, 6, 7]},  # type: ignore[arg-type]
            latitude=point[0],
            longitude=point[1],
        )
        for code, point in PLACES.items()
    ]
    everywhere = {("CAP", code): 0 for code in PLACES} | stock
    return Story().after(*stocked(everywhere), *moved, rules(**changed), *commands)


def sourced(begun: Story, *lines: tuple[str, int], **terms: Any) -> dict[tuple[str, str], int]:
    """Place an order, and tell where how many units of each SKU are reserved."""
    begun.after(place(*lines, shipping_address=HOME, **terms))
    order = begun.history.fold(Order, ORDER)
    return {
        (line.terms.sku, code): quantity
        for line in order.lines.values()
        for code, quantity in line.reserved.items()
    }


def decisions(begun: Story) -> list[SourcingDecided]:
    return begun.history.fold(Assignment, assignment_id(ORDER)).decisions
