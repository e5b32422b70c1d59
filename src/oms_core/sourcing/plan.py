"""Which location serves which line: as few locations as possible, from stock that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oms_core.kernel.message import maker
from oms_core.orders.quantities import LineQuantity, SourcedQuantity, WantedUnits

Stock = Mapping[tuple[str, str], int]
"""Units that may be promised, by SKU and location."""
_Open = tuple[WantedUnits, int]
"""A line, and how many of its units have no source yet."""
_sourced_quantity = maker(SourcedQuantity)


@dataclass(slots=True)
class SourcingPlan:
    """What is reserved where, and which units found no stock."""

    sourced: list[SourcedQuantity] = field(default_factory=list)
    unsourced: list[LineQuantity] = field(default_factory=list)


def plan(lines: Sequence[WantedUnits], available: Stock) -> SourcingPlan:
    """Source an order: from one location if one has it all, else greedily from as few as possible.

    Each step takes the location that can serve the most units still open; of equal ones the one
    with the most stock left, then the first code. Deterministic: same input, same plan.
    """
    left: dict[str, dict[str, int]] = {}
    for (sku, code), units in available.items():
        if units > 0:
            left.setdefault(code, {})[sku] = units
    still_open = [(line, line.quantity) for line in lines]
    result = SourcingPlan()
    while still_open and (location := _best(still_open, left)) is not None:
        there = left[location]
        untouched: list[_Open] = []
        served_in_part: list[_Open] = []
        for line, units in still_open:
            sku = line.sku
            taken = min(units, there.get(sku, 0))
            if not taken:
                untouched.append((line, units))
                continue
            there[sku] -= taken
            facts = {"line_id": line.line_id, "quantity": taken, "sku": sku, "location": location}
            result.sourced.append(_sourced_quantity(facts))
            if taken < units:
                served_in_part.append((line, units - taken))
        still_open = untouched + served_in_part
    result.unsourced = [
        LineQuantity(line_id=line.line_id, quantity=units) for line, units in still_open
    ]
    return result


def _best(still_open: Sequence[_Open], left: Mapping[str, Mapping[str, int]]) -> str | None:
    wanted: dict[str, int] = {}
    for line, units in still_open:
        sku = line.sku
        wanted[sku] = wanted.get(sku, 0) + units
    best: tuple[int, int, str] | None = None
    for location, there in left.items():
        served = stock = 0
        for sku, units in wanted.items():
            if in_stock := there.get(sku, 0):
                served += min(units, in_stock)
                stock += in_stock
        if served and (best is None or (-served, -stock, location) < best):
            best = -served, -stock, location
    return None if best is None else best[2]
