"""What may be decided about the lots of a stock item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Protocol
from uuid import UUID

from oms_core.stock.events import LotUnits, StockCondition, StockReceived
from oms_core.stock.lots import LotOnHand, expired, first_expired_first, goes_before, without
from oms_core.stock.refusals import AnotherLotFirst, LotHasAnotherDate, TooFewInLot, UnitsExpired
from oms_core.stock.state import StockState

AVAILABLE = StockCondition.AVAILABLE


class Place(Protocol):
    """What names a SKU and a location."""

    @property
    def sku(self) -> str:
        """What is kept."""
        ...

    @property
    def location(self) -> str:
        """The code of the location that keeps it."""
        ...


class LotKeeping(StockState):
    """A stock item that knows its lots. The units of no known lot go last."""

    def taken(
        self,
        place: Place,
        condition: StockCondition,
        quantity: int,
        *,
        lot: str | None = None,
        on: date | None = None,
    ) -> tuple[LotUnits, ...]:
        """Choose the lots that so many units in a condition are taken from: the one named, or
        those that expire first. With a day, refuse what has expired by then.
        """
        if lot is not None:
            return self._of_lot(place, condition, quantity, lot, on=on)
        fresh = self.in_condition(condition) - expired(self.lots, condition, on)
        if on is not None and quantity > fresh and self.lots:
            raise self._expired(place, quantity, fresh)
        return tuple(first_expired_first(self.lots, condition, quantity, on))

    def leaving(
        self, place: Place, quantity: int, lots: Mapping[str, int], on: date
    ) -> tuple[LotUnits, ...]:
        """Choose the lots of units that leave: those picked for them, then those that expire first,
        what others have in hand last. Refuses what has expired by the day.
        """
        for lot, units in lots.items():
            self._of_lot(place, AVAILABLE, units, lot, on=on)
        self.taken(place, AVAILABLE, quantity, on=on)
        chosen = Counter(dict(lots))
        for held in (self._held(), Counter[str]()):
            free = without(self.lots, held | chosen)
            left = quantity - chosen.total()
            parts = list(first_expired_first(free, AVAILABLE, left, on))
            chosen.update({part.lot: part.quantity for part in parts})
        return tuple(self._units(lot, count) for lot, count in chosen.items())

    def picking(
        self, place: Place, lots: Mapping[str, int], shipment_id: UUID, on: date | None
    ) -> tuple[LotUnits, ...]:
        """Tell the lots that are picked for a shipment: none that others have in hand, has expired,
        or expires later than one that is left.
        """
        free = without(self.lots, self._held(but=shipment_id))
        for lot, units in lots.items():
            there = free[lot].units.get(AVAILABLE, 0) if lot in free else 0
            if units > there:
                raise self._too_few(place, AVAILABLE, units, lot, there=there)
            self._of_lot(place, AVAILABLE, units, lot, on=on)
        rest = without(free, lots)
        for lot in lots:
            if first := goes_before(rest, self.lots[lot].best_before, on):
                facts = {"sku": place.sku, "location": place.location, "lot": lot}
                raise AnotherLotFirst(**facts, first=first, field=("lines",))
        return tuple(self._units(lot, count) for lot, count in lots.items())

    def missed(self, quantity: int) -> tuple[LotUnits, ...]:
        """Choose the lots of units that a picker did not find: not of those in hand."""
        on_shelf = without(self.lots, self._held())
        return tuple(first_expired_first(on_shelf, AVAILABLE, quantity, None))

    def _held(self, but: UUID | None = None) -> Counter[str]:
        """Count what is in hand of each lot, but for one shipment."""
        held: Counter[str] = Counter()
        for shipment_id, picked in self.in_hand.items():
            if shipment_id != but:
                held.update(picked.units)
        return held

    def _units(self, lot: str, quantity: int) -> LotUnits:
        return LotUnits(lot=lot, quantity=quantity, best_before=self.lots[lot].best_before)

    def found(self, place: Place, quantity: int, lot: str) -> tuple[LotUnits, ...]:
        """Add units to a lot that is here. Raises `TooFewInLot` when it is not."""
        known = self.lots.get(lot)
        if known is None:
            return self._of_lot(place, AVAILABLE, quantity, lot, on=None)
        return (LotUnits(lot=lot, quantity=quantity, best_before=known.best_before),)

    def _of_lot(
        self, place: Place, condition: StockCondition, quantity: int, lot: str, *, on: date | None
    ) -> tuple[LotUnits, ...]:
        known = self.lots.get(lot, LotOnHand(best_before=None, units={}))
        there = known.units.get(condition, 0)
        if quantity > there:
            raise self._too_few(place, condition, quantity, lot, there=there)
        if known.has_expired(on):
            raise self._expired(place, quantity, 0)
        return (LotUnits(lot=lot, quantity=quantity, best_before=known.best_before),)

    def _too_few(
        self, place: Place, condition: StockCondition, quantity: int, lot: str, *, there: int
    ) -> TooFewInLot:
        return TooFewInLot(
            sku=place.sku,
            location=place.location,
            there=there,
            lot=lot,
            condition=condition,
            quantity=quantity,
            field=("lot",),
        )

    def _expired(self, place: Place, quantity: int, fresh: int) -> UnitsExpired:
        return UnitsExpired(
            sku=place.sku, location=place.location, quantity=quantity, fresh=max(fresh, 0)
        )

    def refuse_other_dates(self, event: StockReceived, *field: str) -> None:
        """Refuse a lot that is here with another best-before date."""
        for part in event.lots:
            known = self.lots.get(part.lot)
            if known is not None and known.best_before != part.best_before:
                raise LotHasAnotherDate(
                    lot=part.lot,
                    sku=event.sku,
                    location=event.location,
                    known=known.best_before or "no day",
                    given=part.best_before or "no day",
                    field=field or ("best_before",),
                )
