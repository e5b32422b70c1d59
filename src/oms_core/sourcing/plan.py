"""Which location serves which line: as few locations as possible, from stock that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from oms_core.orders.quantities import LineQuantity, SourcedQuantity, WantedUnits

Stock = Mapping[tuple[str, str], int]
"""Units that may be promised, by SKU and location."""
_Open = tuple[WantedUnits, int]
"""A line, and how many of its units have no source yet."""


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
    left = {key: units for key, units in available.items() if units > 0}
    still_open = [(line, line.quantity) for line in lines]
    result = SourcingPlan()
    while still_open and (location := _best(still_open, left)) is not None:
        untouched: list[_Open] = []
        served_in_part: list[_Open] = []
        for line, units in still_open:
            place = line.sku, location
            taken = min(units, left.get(place, 0))
            if not taken:
                untouched.append((line, units))
                continue
            left[place] -= taken
            result.sourced.append(
                SourcedQuantity(
                    line_id=line.line_id, sku=line.sku, quantity=taken, location=location
                )
            )
            if taken < units:
                served_in_part.append((line, units - taken))
        still_open = untouched + served_in_part
    result.unsourced = [
        LineQuantity(line_id=line.line_id, quantity=units) for line, units in still_open
    ]
    return result


def _best(still_open: Sequence[_Open], left: Stock) -> str | None:
    wanted: dict[str, int] = {}
    for line, units in still_open:
        wanted[line.sku] = wanted.get(line.sku, 0) + units
    served: dict[str, int] = {}
    stock: dict[str, int] = {}
    for (sku, location), units in left.items():
        if units and sku in wanted:
            served[location] = served.get(location, 0) + min(units, wanted[sku])
            stock[location] = stock.get(location, 0) + units
    return min(served, key=lambda code: (-served[code], -stock[code], code), default=None)
