"""Which location serves which line: as few locations as possible, from stock that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oms_core.orders.quantities import LineQuantity, SkuQuantity, SourcedQuantity

Stock = Mapping[tuple[str, str], int]
"""Units that may be promised, by SKU and location."""


@dataclass(slots=True)
class SourcingPlan:
    """What is reserved where, and which units found no stock."""

    sourced: list[SourcedQuantity] = field(default_factory=list)
    unsourced: list[LineQuantity] = field(default_factory=list)


def plan(lines: Sequence[SkuQuantity], available: Stock) -> SourcingPlan:
    """Source an order: from one location if one has it all, else greedily from as few as possible.

    Each step takes the location that can serve the most units still open; of equal ones the one
    with the most stock left, then the first code. Deterministic: same input, same plan.
    """
    left = {key: units for key, units in available.items() if units > 0}
    open_units = {line.line_id: line for line in lines}
    result = SourcingPlan()
    while open_units and (location := _best(list(open_units.values()), left)) is not None:
        for line in list(open_units.values()):
            taken = min(line.quantity, left.get((line.sku, location), 0))
            if not taken:
                continue
            left[line.sku, location] -= taken
            result.sourced.append(
                SourcedQuantity(
                    line_id=line.line_id, sku=line.sku, quantity=taken, location=location
                )
            )
            del open_units[line.line_id]
            if taken < line.quantity:
                rest = line.model_copy(update={"quantity": line.quantity - taken})
                open_units[line.line_id] = rest
    result.unsourced = [
        LineQuantity(line_id=line.line_id, quantity=line.quantity) for line in open_units.values()
    ]
    return result


def _best(lines: Sequence[SkuQuantity], left: Stock) -> str | None:
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    served: dict[str, int] = {}
    stock: dict[str, int] = {}
    for (sku, location), units in left.items():
        if sku in wanted and units:
            served[location] = served.get(location, 0) + min(units, wanted[sku])
            stock[location] = stock.get(location, 0) + units
    return min(served, key=lambda code: (-served[code], -stock[code], code), default=None)
