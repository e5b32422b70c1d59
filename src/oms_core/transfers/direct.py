"""A transfer that is planned, sent and received at once: no unit is in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from oms_core.stock.events import (
    LotUnits,
    StockCondition,
    StockConditionChanged,
    StockReceived,
    StockTransferredOut,
)
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.lots import first_expired_first
from oms_core.stock.stock_item import StockItem
from oms_core.transfers.events import SkuLot, SkuUnits, TransferPlanned
from oms_core.transfers.transfer import Transfer


class Way(Protocol):
    """From where to where, when and why."""

    @property
    def source(self) -> str:
        """The code of the location that gives."""
        ...

    @property
    def destination(self) -> str:
        """The code of the location that gets."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...

    @property
    def day(self) -> date:
        """On which day."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Units of a SKU that go from one stock item to another, in the condition that they have."""

    sku: str
    here: StockItem
    there: StockItem
    units: Mapping[StockCondition, int]
    lots: Mapping[StockCondition, tuple[LotUnits, ...]] = field(init=False)

    def __post_init__(self) -> None:
        lots = {
            condition: tuple(first_expired_first(self.here.lots, condition, units, None))
            for condition, units in self.units.items()
        }
        object.__setattr__(self, "lots", lots)

    @property
    def total(self) -> int:
        """All units."""
        return sum(self.units.values())

    def arrivals(self, transfer_id: UUID, way: Way) -> list[StockReceived]:
        """Tell what arrives, by condition."""
        return [
            StockReceived(
                sku=self.sku,
                location=way.destination,
                quantity=units,
                reference=str(transfer_id),
                condition=condition,
                transfer_id=transfer_id,
                lots=self.lots[condition],
                serial_numbered=self.here.serial_numbered,
            )
            for condition, units in self.units.items()
            if units
        ]

    def leave(self, transfer_id: UUID, way: Way) -> None:
        """Take the units out where they are; what is not for sale goes as what it is."""
        place = {"sku": self.sku, "location": way.source}
        for condition, units in self.units.items():
            if not units:
                continue
            lots = self.lots[condition]
            if condition is not AVAILABLE:
                changed = {"quantity": units, "before": condition, "after": AVAILABLE, "lots": lots}
                self.here.change_condition(
                    StockConditionChanged(**place, **changed, reason=way.reason)
                )
            self.here.transfer_out(
                StockTransferredOut(**place, transfer_id=transfer_id, quantity=units, lots=lots)
            )


def refuse_unless_movable(moves: Iterable[Move], transfer: Transfer, way: Way) -> None:
    """Refuse lots that are at the destination with other dates; ask before recording."""
    for each in moves:
        for event in each.arrivals(transfer.id, way):
            each.there.refuse_other_dates(event, "source")


def move(transfer: Transfer, way: Way, moves: Sequence[Move]) -> None:
    """Let all units go and arrive, with a transfer that tells so."""
    moves = [each for each in moves if each.total]
    if not moves:
        return
    lines = tuple(SkuUnits(sku=each.sku, quantity=each.total) for each in moves)
    transfer.plan(
        TransferPlanned(
            source=way.source,
            destination=way.destination,
            lines=lines,
            expected_on=way.day,
            reason=way.reason,
        )
    )
    transfer.dispatch(
        SkuLot(sku=each.sku, **lot.model_dump())
        for each in moves
        for lots in each.lots.values()
        for lot in lots
    )
    transfer.receive({each.sku: each.total for each in moves})
    for each in moves:
        arrivals = each.arrivals(transfer.id, way)
        each.leave(transfer.id, way)
        for event in arrivals:
            each.there.receive(event)
