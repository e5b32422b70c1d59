"""What may be decided about the lots of a stock item."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from oms_core.stock.events import LotUnits, StockCondition, StockReceived
from oms_core.stock.lots import LotOnHand, expired, first_expired_first
from oms_core.stock.refusals import LotHasAnotherDate, TooFewInLot, UnitsExpired
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
            return self._of_lot(place, condition, quantity, lot, on)
        fresh = self.in_condition(condition) - expired(self.lots, condition, on)
        if on is not None and quantity > fresh and self.lots:
            raise self._expired(place, quantity, fresh)
        return tuple(first_expired_first(self.lots, condition, quantity, on))

    def found(self, place: Place, quantity: int, lot: str) -> tuple[LotUnits, ...]:
        """Add units to a lot that is here. Raises `TooFewInLot` when it is not."""
        known = self.lots.get(lot)
        if known is None:
            return self._of_lot(place, AVAILABLE, quantity, lot, None)
        return (LotUnits(lot=lot, quantity=quantity, best_before=known.best_before),)

    def _of_lot(
        self, place: Place, condition: StockCondition, quantity: int, lot: str, on: date | None
    ) -> tuple[LotUnits, ...]:
        known = self.lots.get(lot, LotOnHand(best_before=None, units={}))
        if quantity > (there := known.units.get(condition, 0)):
            raise TooFewInLot(
                sku=place.sku,
                location=place.location,
                there=there,
                lot=lot,
                condition=condition,
                quantity=quantity,
                field=("lot",),
            )
        if known.has_expired(on):
            raise self._expired(place, quantity, 0)
        return (LotUnits(lot=lot, quantity=quantity, best_before=known.best_before),)

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
