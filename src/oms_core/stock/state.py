"""What is known of one SKU at one location, folded from its events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, assert_never
from uuid import UUID

from oms_core.kernel.snapshot import LongLived
from oms_core.orders.quantities import LineQuantity
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
from oms_core.stock.lots import LotOnHand, LotsInHand
from oms_core.stock.movements import lot_movements
from oms_core.stock.view import UNLIMITED, Drawn, StockItemSnapshot, StockItemView, Supply

K = TypeVar("K")


class StockState(LongLived[StockEvent, StockItemSnapshot]):
    """One SKU at one location.

    Reality may fall below what was promised (a count finds less): that is recorded and shows as
    negative `available`. A new promise never makes it so.
    """

    CONTENDED = True
    sku: str
    location: str

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.on_hand = 0
        self.reserved = 0
        self.quality_hold = 0
        self.damaged = 0
        self.safety_stock = 0
        self.unlimited = False
        self.reservations: dict[UUID, int] = {}
        self.made_to_order: dict[UUID, int] = {}
        self.shares: dict[str, int] = {}
        self.drawn: dict[UUID, Drawn] = {}
        self.kept_from: dict[str, int] = {}
        self.supplies: dict[str, Supply] = {}
        self.lots: dict[str, LotOnHand] = {}
        self.in_hand: dict[UUID, LotsInHand] = {}
        self.serial_numbered = False

    @property
    def sellable(self) -> int:
        """Units on hand that are neither on hold nor damaged."""
        return self.on_hand - self.quality_hold - self.damaged

    @property
    def available(self) -> int:
        """Units that may be promised, those set aside for channels included."""
        return UNLIMITED if self.unlimited else self.sellable - self.reserved - self.safety_stock

    @property
    def possible(self) -> bool:
        return self.on_hand >= 0 and self.reserved >= 0

    def available_to(self, channel: str | None) -> int:
        """Units that may be promised to a channel's orders: not what is set aside for others, nor
        the last ones, which are kept back from it.
        """
        if self.unlimited or not (self.shares or self.kept_from):
            return self.available
        last = 0 if channel is None else self.kept_from.get(channel, 0)
        aside = sum(n for other, n in self.shares.items() if other != channel)
        return self.available - aside - max(last - self.safety_stock, 0)

    def in_condition(self, condition: StockCondition) -> int:
        """Units on hand that are in a condition."""
        match condition:
            case StockCondition.AVAILABLE:
                return self.sellable
            case StockCondition.QUALITY_HOLD:
                return self.quality_hold
            case StockCondition.DAMAGED:
                return self.damaged
            case _:
                assert_never(condition)

    def evolve(self, event: StockEvent) -> None:
        self.sku, self.location = event.sku, event.location
        for part, condition, units in lot_movements(event):
            self._move_lot(part, condition, units)
        match event:
            case StockReserved():
                self._move(event, +1)
                if event.channel is not None:
                    self._draw(event.channel, event.lines)
            case ReservationReleased():
                self._move(event, -1)
                if event.to_share:
                    self._give_back(event.lines)
                self._put_back(event)
            case LotsPicked():
                self.in_hand[event.shipment_id] = LotsInHand(
                    order_id=event.order_id,
                    units={part.lot: part.quantity for part in event.lots},
                )
            case StockShipped():
                self._move(event, -1)
                if not event.made_to_order:
                    self.on_hand -= sum(line.quantity for line in event.lines)
                    self._use_up(event.lines)
                self.in_hand.pop(event.shipment_id, None)
                self._put_back(event)
            case StockReceived():
                self._change(event.condition, event.quantity)
                self.on_hand += event.quantity
                self.serial_numbered |= event.serial_numbered
                if event.supply is not None:
                    self._arrived(event.supply, event.quantity, event.supply_complete)
            case StockAdjusted() | StockCounted():
                self.on_hand += event.delta
                self.serial_numbered |= event.serial_numbered
            case StockConditionChanged():
                self._change(event.before, -event.quantity)
                self._change(event.after, event.quantity)
            case StockScrapped():
                self._change(event.condition, -event.quantity)
                self.on_hand -= event.quantity
            case StockTransferredOut():
                self.on_hand -= event.quantity
            case StockPolicySet() | ChannelShareSet() | ChannelSafetyStockSet():
                self._follow(event)
            case SupplyExpected():
                self.supplies[event.supply] = Supply(
                    quantity=event.quantity, expected_on=event.expected_on
                )
            case SupplyRevised():
                self._revise(event)
            case SupplyCancelled():
                del self.supplies[event.supply]
            case _:
                assert_never(event)

    def _move(self, event: StockReserved | ReservationReleased | StockShipped, sign: int) -> None:
        for line in event.lines:
            _add(self.reservations, line.line_id, sign * line.quantity)
            if event.made_to_order:
                _add(self.made_to_order, line.line_id, sign * line.quantity)
            else:
                self.reserved += sign * line.quantity

    def _follow(self, policy: StockPolicySet | ChannelShareSet | ChannelSafetyStockSet) -> None:
        match policy:
            case StockPolicySet():
                self.safety_stock, self.unlimited = policy.safety_stock, policy.unlimited
            case ChannelShareSet():
                self._set_aside(policy.channel, policy.quantity)
            case ChannelSafetyStockSet():
                self.kept_from.pop(policy.channel, None)
                _add(self.kept_from, policy.channel, policy.quantity)
            case _:
                assert_never(policy)

    def _change(self, condition: StockCondition, units: int) -> None:
        if condition is StockCondition.QUALITY_HOLD:
            self.quality_hold += units
        elif condition is StockCondition.DAMAGED:
            self.damaged += units

    def _move_lot(self, part: LotUnits, condition: StockCondition, units: int) -> None:
        lot = self.lots.pop(part.lot, None)
        lot = lot or LotOnHand(best_before=part.best_before, units={})
        if left := lot.moved(condition, units):
            self.lots[part.lot] = left

    def _put_back(self, event: ReservationReleased | StockShipped) -> None:
        """Once nothing of the lines is promised any more, nothing is in hand for their order."""
        if self.in_hand and not any(part.line_id in self.reservations for part in event.lines):
            others = (each for each in self.in_hand.items() if each[1].order_id != event.order_id)
            self.in_hand = dict(others)

    def _revise(self, event: SupplyRevised) -> None:
        revised = {"quantity": event.quantity, "expected_on": event.expected_on}
        supply = self.supplies.pop(event.supply).model_copy(update=revised)
        if supply.incoming:
            self.supplies[event.supply] = supply

    def _arrived(self, name: str, quantity: int, complete: bool) -> None:
        supply = self.supplies.pop(name, None)
        if supply is None:
            return
        supply = supply.model_copy(update={"received": supply.received + quantity})
        if supply.incoming and not complete:
            self.supplies[name] = supply

    # ------------------------------------------------------------- what is set aside for channels

    def _set_aside(self, channel: str, quantity: int) -> None:
        """Earlier promises don't come back to a share that was set anew."""
        self.shares.pop(channel, None)
        if quantity:
            self.shares[channel] = quantity
        self.drawn = {id: one for id, one in self.drawn.items() if one.channel != channel}

    def _draw(self, channel: str, lines: Iterable[LineQuantity]) -> None:
        for line in lines:
            units = min(line.quantity, self.shares.get(channel, 0))
            if units:
                _add(self.shares, channel, -units)
                earlier = self.drawn.get(line.line_id)
                units += 0 if earlier is None else earlier.quantity
                self.drawn[line.line_id] = Drawn(channel=channel, quantity=units)

    def going_back(self, lines: Iterable[LineQuantity]) -> tuple[str | None, int]:
        """Tell to which channel's share units of an order go back, and how many of them."""
        found = [(d, line) for line in lines if (d := self.drawn.get(line.line_id)) is not None]
        units = sum(min(line.quantity, drawn.quantity) for drawn, line in found)
        return (found[0][0].channel, units) if found else (None, 0)

    def _give_back(self, lines: Iterable[LineQuantity]) -> None:
        """What was taken from a share goes back to it first."""
        for line in lines:
            if (drawn := self.drawn.get(line.line_id)) is not None:
                back = min(line.quantity, drawn.quantity)
                _add(self.shares, drawn.channel, back)
                self._keep_drawn(line.line_id, drawn, drawn.quantity - back)

    def _use_up(self, lines: Iterable[LineQuantity]) -> None:
        """No more than what is still promised can go back."""
        for line in lines if self.drawn else ():
            if (drawn := self.drawn.get(line.line_id)) is not None:
                left = min(drawn.quantity, self.reservations.get(line.line_id, 0))
                self._keep_drawn(line.line_id, drawn, left)

    def _keep_drawn(self, line_id: UUID, drawn: Drawn, quantity: int) -> None:
        del self.drawn[line_id]
        if quantity:
            self.drawn[line_id] = Drawn(channel=drawn.channel, quantity=quantity)

    # -------------------------------------------------------------------------- shown and stored

    @property
    def entries(self) -> int:
        named = len(self.lots) + len(self.in_hand)
        return len(self.reservations) + len(self.supplies) + named

    def snapshot(self) -> StockItemSnapshot:
        """Show the whole state."""
        return StockItemSnapshot(
            sku=self.sku,
            location=self.location,
            on_hand=self.on_hand,
            reserved=self.reserved,
            reservations=dict(self.reservations),
            quality_hold=self.quality_hold,
            damaged=self.damaged,
            safety_stock=self.safety_stock,
            unlimited=self.unlimited,
            made_to_order=dict(self.made_to_order),
            shares=dict(self.shares),
            drawn=dict(self.drawn),
            kept_from=dict(self.kept_from),
            supplies=dict(self.supplies),
            lots=dict(self.lots),
            in_hand=dict(self.in_hand),
            serial_numbered=self.serial_numbered,
        )

    def restore(self, snapshot: StockItemSnapshot) -> None:
        """Take over a state that `snapshot` showed."""
        self.sku, self.location = snapshot.sku, snapshot.location
        self.on_hand, self.reserved = snapshot.on_hand, snapshot.reserved
        self.quality_hold, self.damaged = snapshot.quality_hold, snapshot.damaged
        self.safety_stock, self.unlimited = snapshot.safety_stock, snapshot.unlimited
        self.reservations = dict(snapshot.reservations)
        self.made_to_order = dict(snapshot.made_to_order)
        self.shares, self.drawn = dict(snapshot.shares), dict(snapshot.drawn)
        self.kept_from, self.supplies = dict(snapshot.kept_from), dict(snapshot.supplies)
        self.lots, self.in_hand = dict(snapshot.lots), dict(snapshot.in_hand)
        self.serial_numbered = snapshot.serial_numbered

    def view(self) -> StockItemView:
        """Show the stock as it is now."""
        return StockItemView(
            id=self.id,
            version=self.version,
            sku=self.sku,
            location=self.location,
            on_hand=self.on_hand,
            reserved=self.reserved,
            available=self.available,
            quality_hold=self.quality_hold,
            damaged=self.damaged,
            safety_stock=self.safety_stock,
            incoming=sum(supply.incoming for supply in self.supplies.values()),
            made_to_order=sum(self.made_to_order.values()),
            unlimited=self.unlimited,
        )


def _add(units: dict[K, int], key: K, more: int) -> None:
    left = units.pop(key, 0) + more
    if left:
        units[key] = left
