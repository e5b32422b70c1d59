"""Lots: which units of a SKU expire when, and which of them go first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

from oms_core.kernel.message import Message
from oms_core.stock.events import LotUnits, StockCondition


class LotOnHand(Message):
    """A lot at a location: units in each condition. None as the day: it does not expire."""

    best_before: date | None
    units: dict[StockCondition, int]

    def has_expired(self, on: date | None) -> bool:
        """Tell whether its best-before date has passed on a day."""
        return on is not None and self.best_before is not None and self.best_before < on

    def moved(self, condition: StockCondition, units: int) -> LotOnHand | None:
        """Add units in a condition; None when nothing is left of the lot."""
        changed = {**self.units, condition: self.units.get(condition, 0) + units}
        left = {each: count for each, count in changed.items() if count}
        return LotOnHand(best_before=self.best_before, units=left) if left else None


class LotsInHand(Message):
    """Units that are picked for a shipment of an order, by lot. They are still on hand."""

    order_id: UUID
    units: dict[str, int]


Lots = Mapping[str, LotOnHand]


def without(lots: Lots, taken: Mapping[str, int]) -> dict[str, LotOnHand]:
    """Leave out units that are for sale; no more than there are."""
    left = {}
    for lot, known in lots.items():
        gone = min(taken.get(lot, 0), known.units.get(StockCondition.AVAILABLE, 0))
        if rest := known.moved(StockCondition.AVAILABLE, -gone):
            left[lot] = rest
    return left


def goes_before(lots: Lots, than: date | None, on: date | None) -> str | None:
    """Find a lot for sale that expires sooner than a day, and has not by another one."""
    for lot, known in lots.items():
        sooner = (known.best_before or date.max) < (than or date.max)
        for_sale = known.units.get(StockCondition.AVAILABLE, 0) > 0 and not known.has_expired(on)
        if sooner and for_sale:
            return lot
    return None


def first_expired_first(
    lots: Lots, condition: StockCondition, quantity: int, on: date | None
) -> Iterator[LotUnits]:
    """Choose units in a condition: those that expire first, of lots that have not by a day.

    The units of no known lot go last: fewer are given than asked for when it is their turn.
    """
    for lot, known in sorted(lots.items(), key=lambda each: _goes_first(*each)):
        units = 0 if known.has_expired(on) else min(known.units.get(condition, 0), quantity)
        if units:
            quantity -= units
            yield LotUnits(lot=lot, quantity=units, best_before=known.best_before)


def expired(lots: Lots, condition: StockCondition, on: date | None) -> int:
    """Count the units in a condition whose best-before date has passed on a day."""
    return sum(lot.units.get(condition, 0) for lot in lots.values() if lot.has_expired(on))


def _goes_first(lot: str, known: LotOnHand) -> tuple[date, str]:
    return known.best_before or date.max, lot
