"""How much each event of a stock item moves: levels, ledger and database agree on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

from oms_core.stock.events import (
    ChannelSafetyStockSet,
    ChannelShareSet,
    LotsPicked,
    LotUnits,
    ReservationReleased,
    StockAdjusted,
    StockCondition,
    StockConditionChanged,
    StockCounted,
    StockEvent,
    StockPolicySet,
    StockReceived,
    StockReserved,
    StockScrapped,
    StockShipped,
    StockTransferredOut,
    SupplyCancelled,
    SupplyExpected,
    SupplyRevised,
)


class Movement(NamedTuple):
    """What an event adds to each figure. `quality_hold` and `damaged` are parts of `on_hand`."""

    on_hand: int = 0
    reserved: int = 0
    quality_hold: int = 0
    damaged: int = 0
    made_to_order: int = 0


NOTHING = Movement()


def movement(event: StockEvent) -> Movement:
    """Tell what an event moves."""
    match event:
        case StockReserved():  # the most frequent by far
            moved = _promised(event, +1)
        case StockReceived():
            moved = _of_condition(event.condition, event.quantity, event.quantity)
        case StockAdjusted() | StockCounted():
            moved = Movement(on_hand=event.delta)
        case StockConditionChanged():
            gone = _of_condition(event.before, -event.quantity)
            come = _of_condition(event.after, event.quantity)
            moved = Movement(
                quality_hold=gone.quality_hold + come.quality_hold,
                damaged=gone.damaged + come.damaged,
            )
        case StockScrapped():
            moved = _of_condition(event.condition, -event.quantity, -event.quantity)
        case ReservationReleased():
            moved = _promised(event, -1)
        case StockShipped():
            gone = _promised(event, -1)
            moved = Movement(gone.reserved, gone.reserved, made_to_order=gone.made_to_order)
        case StockTransferredOut():
            moved = Movement(on_hand=-event.quantity)
        case StockPolicySet() | ChannelShareSet() | ChannelSafetyStockSet() | LotsPicked():
            moved = NOTHING
        case SupplyExpected() | SupplyRevised() | SupplyCancelled():
            moved = NOTHING
        case _:
            assert_never(event)
    return moved


def lot_movements(event: StockEvent) -> Sequence[tuple[LotUnits, StockCondition, int]]:
    """Tell what an event moves of each lot that it names: units in a condition."""
    moved: Sequence[tuple[LotUnits, StockCondition, int]] = ()
    match event:
        case StockReserved() | ReservationReleased():  # the most frequent by far
            pass
        case StockReceived():
            moved = _of_lots(event.lots, event.condition, +1)
        case StockAdjusted() | StockCounted():
            moved = _of_lots(event.lots, StockCondition.AVAILABLE, 1 if event.delta > 0 else -1)
        case StockConditionChanged():
            gone = _of_lots(event.lots, event.before, -1)
            moved = gone + _of_lots(event.lots, event.after, +1)
        case StockScrapped():
            moved = _of_lots(event.lots, event.condition, -1)
        case StockShipped() | StockTransferredOut():
            moved = _of_lots(event.lots, StockCondition.AVAILABLE, -1)
        case _:
            pass
    return moved


def _of_lots(
    lots: Iterable[LotUnits], condition: StockCondition, sign: int
) -> list[tuple[LotUnits, StockCondition, int]]:
    return [(part, condition, sign * part.quantity) for part in lots]


def _promised(event: StockReserved | ReservationReleased | StockShipped, sign: int) -> Movement:
    units = sign * sum([line.quantity for line in event.lines])
    return Movement(made_to_order=units) if event.made_to_order else Movement(reserved=units)


def _of_condition(condition: StockCondition, units: int, on_hand: int = 0) -> Movement:
    match condition:
        case StockCondition.AVAILABLE:
            return Movement(on_hand=on_hand)
        case StockCondition.QUALITY_HOLD:
            return Movement(on_hand=on_hand, quality_hold=units)
        case StockCondition.DAMAGED:
            return Movement(on_hand=on_hand, damaged=units)
        case _:
            assert_never(condition)
