"""How much each event of a stock item moves: levels, ledger and database agree on it."""

from __future__ import annotations

from collections.abc import Iterator
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


def lot_movements(event: StockEvent) -> Iterator[tuple[LotUnits, StockCondition, int]]:
    """Tell what an event moves of each lot that it names: units in a condition."""
    match event:
        case StockReserved() | ReservationReleased():  # the most frequent by far
            return
        case StockReceived():
            yield from ((part, event.condition, part.quantity) for part in event.lots)
        case StockAdjusted() | StockCounted():
            sign = 1 if event.delta > 0 else -1
            for part in event.lots:
                yield part, StockCondition.AVAILABLE, sign * part.quantity
        case StockConditionChanged():
            yield from ((part, event.before, -part.quantity) for part in event.lots)
            yield from ((part, event.after, part.quantity) for part in event.lots)
        case StockScrapped():
            yield from ((part, event.condition, -part.quantity) for part in event.lots)
        case StockShipped() | StockTransferredOut():
            yield from ((part, StockCondition.AVAILABLE, -part.quantity) for part in event.lots)
        case _:
            return


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
