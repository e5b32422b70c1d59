"""A day of work at a location that has a limit: which orders it is to send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.workdays.events import OrderScheduled, OrderUnscheduled, RoomAwaited, WorkDayEvent


def workday_id(location: str, day: date) -> UUID:
    """Give the stream of a location's day."""
    return natural_id("workday", location, day.isoformat())


@dataclass(frozen=True, slots=True)
class WorkDayView:
    """A day as an answer shows it."""

    id: UUID
    version: int
    location: str
    day: date
    orders: int


class WorkDay(Aggregate[WorkDayEvent]):
    """One location on one day. Whoever adds an order has counted them in the same transaction."""

    location: str
    day: date

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.orders: dict[UUID, None] = {}
        """In the order in which they were given to it."""
        self.awaited: dict[str, None] = {}
        """Products that wait for room, in the order in which they began to."""

    def schedule(self, location: str, day: date, order_id: UUID) -> None:
        """Have a part of an order sent; nothing happens when another part is sent already."""
        if order_id not in self.orders:
            self.record(OrderScheduled(location=location, day=day, order_id=order_id))

    def unschedule(self, order_id: UUID) -> None:
        """Have nothing of an order sent."""
        if order_id in self.orders:
            self.record(
                OrderUnscheduled(
                    location=self.location,
                    day=self.day,
                    order_id=order_id,
                    awaited=tuple(self.awaited),
                )
            )

    def await_room(self, location: str, day: date, sku: str) -> None:
        """Have a product asked for once there is room; nothing happens when it is to be anyway."""
        if sku not in self.awaited:
            self.record(RoomAwaited(location=location, day=day, sku=sku))

    def evolve(self, event: WorkDayEvent) -> None:
        self.location, self.day = event.location, event.day
        match event:
            case OrderScheduled():
                self.orders[event.order_id] = None
            case OrderUnscheduled():
                self.orders.pop(event.order_id, None)
                self.awaited.clear()
            case RoomAwaited():
                self.awaited[event.sku] = None
            case _:
                assert_never(event)

    def view(self) -> WorkDayView:
        """Show the day as it is now."""
        return WorkDayView(self.id, self.version, self.location, self.day, len(self.orders))
