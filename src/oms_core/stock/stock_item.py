"""The truth about one SKU at one location: what is there, and what of it is promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import NotAllowedInState, Refusal
from oms_core.kernel.snapshot import LongLived, Snapshot
from oms_core.orders.quantities import LineQuantity
from oms_core.stock.events import (
    ReservationReleased,
    StockAdjusted,
    StockEvent,
    StockReceived,
    StockReserved,
    StockShipped,
)


class InsufficientStock(Refusal):
    """{sku}: {wanted} wanted, {available} available. Order less, allow a backorder, or wait for
    stock.
    """

    CODE = "INSUFFICIENT_STOCK"


class NothingToTakeAway(Refusal):
    """{sku} at {location}: {on_hand} on hand, so {delta} can't be taken away. Count again."""

    CODE = "INSUFFICIENT_STOCK"


class UnitsNotReserved(NotAllowedInState):
    """{quantity} units of order line {line_id} are not reserved at {location}."""


def stock_item_id(sku: str, location: str) -> UUID:
    """Give the stream of a SKU at a location."""
    return natural_id("stock", sku, location)


@dataclass(frozen=True, slots=True)
class StockItemView:
    """Stock as an answer shows it. `available = on_hand - reserved - safety_stock`."""

    id: UUID
    version: int
    sku: str
    location: str
    on_hand: int
    reserved: int
    available: int


class StockItemSnapshot(Snapshot):
    """Everything that decisions about a stock item need."""

    TOPIC = "stock.StockItemSnapshot.v1"

    sku: str
    location: str
    on_hand: int
    reserved: int
    safety_stock: int
    reservations: dict[UUID, int]


class StockItem(LongLived[StockEvent, StockItemSnapshot]):
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
        self.safety_stock = 0
        self.reservations: dict[UUID, int] = {}

    @property
    def available(self) -> int:
        """Units that may be promised."""
        return self.on_hand - self.reserved - self.safety_stock

    def receive(self, event: StockReceived) -> None:
        """Take goods in."""
        self.record(event)

    def adjust(self, event: StockAdjusted) -> None:
        """Correct the figure; what is there can't become less than nothing."""
        if self.on_hand + event.delta < 0:
            raise NothingToTakeAway(
                sku=event.sku,
                location=event.location,
                on_hand=self.on_hand,
                delta=-event.delta,
                field=("delta",),
            )
        self.record(event)

    def reserve(self, order_id: UUID, lines: Iterable[LineQuantity]) -> None:
        """Promise units to an order; refused when not all of them are available."""
        lines = tuple(lines)
        wanted = sum(line.quantity for line in lines)
        if wanted > self.available:
            raise InsufficientStock(sku=self.sku, wanted=wanted, available=max(self.available, 0))
        self.record(
            StockReserved(sku=self.sku, location=self.location, order_id=order_id, lines=lines)
        )

    def release(self, order_id: UUID, lines: Iterable[LineQuantity]) -> None:
        """Withdraw a promise."""
        lines = self._reserved(lines)
        self.record(
            ReservationReleased(
                sku=self.sku, location=self.location, order_id=order_id, lines=lines
            )
        )

    def miss(self, order_id: UUID, lines: Iterable[LineQuantity], reason: str) -> None:
        """Withdraw a promise whose units are not on the shelf, and correct the figure by them.

        What a count found missing before is not taken off twice.
        """
        lines = tuple(lines)
        known = max(self.reserved - self.on_hand, 0)
        self.release(order_id, lines)
        if missing := max(sum(line.quantity for line in lines) - known, 0):
            self.record(
                StockAdjusted(sku=self.sku, location=self.location, delta=-missing, reason=reason)
            )

    def ship(self, order_id: UUID, shipment_id: UUID, lines: Iterable[LineQuantity]) -> None:
        """Let promised units leave; refused when a count found that they are not there."""
        lines = tuple(lines)
        self.refuse_unless_there(lines)
        self.record(
            StockShipped(
                sku=self.sku,
                location=self.location,
                order_id=order_id,
                shipment_id=shipment_id,
                lines=lines,
            )
        )

    def refuse_unless_there(self, lines: Iterable[LineQuantity]) -> None:
        """Refuse when these units were not promised, or a count found that they are not there."""
        leaving = sum(line.quantity for line in self._reserved(lines))
        if leaving > self.on_hand:
            raise InsufficientStock(sku=self.sku, wanted=leaving, available=self.on_hand)

    def _reserved(self, lines: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
        lines = tuple(lines)
        for line in lines:
            if self.reservations.get(line.line_id, 0) < line.quantity:
                raise UnitsNotReserved(
                    quantity=line.quantity, line_id=line.line_id, location=self.location
                )
        return lines

    def evolve(self, event: StockEvent) -> None:
        self.sku, self.location = event.sku, event.location
        match event:
            case StockReceived():
                self.on_hand += event.quantity
            case StockAdjusted():
                self.on_hand += event.delta
            case StockReserved():
                self._move(event.lines, +1)
            case ReservationReleased():
                self._move(event.lines, -1)
            case StockShipped():
                self._move(event.lines, -1)
                self.on_hand -= sum(line.quantity for line in event.lines)
            case _:
                assert_never(event)

    def _move(self, lines: Iterable[LineQuantity], sign: int) -> None:
        for line in lines:
            left = self.reservations.pop(line.line_id, 0) + sign * line.quantity
            if left:
                self.reservations[line.line_id] = left
            self.reserved += sign * line.quantity

    @property
    def entries(self) -> int:
        return len(self.reservations)

    def snapshot(self) -> StockItemSnapshot:
        """Show the whole state."""
        return StockItemSnapshot(
            sku=self.sku,
            location=self.location,
            on_hand=self.on_hand,
            reserved=self.reserved,
            safety_stock=self.safety_stock,
            reservations=dict(self.reservations),
        )

    def restore(self, snapshot: StockItemSnapshot) -> None:
        """Take over a state that `snapshot` showed."""
        self.sku, self.location = snapshot.sku, snapshot.location
        self.on_hand, self.reserved = snapshot.on_hand, snapshot.reserved
        self.safety_stock = snapshot.safety_stock
        self.reservations = dict(snapshot.reservations)

    def view(self) -> StockItemView:
        """Show the stock as it is now."""
        return StockItemView(
            self.id,
            self.version,
            self.sku,
            self.location,
            self.on_hand,
            self.reserved,
            self.available,
        )
