"""What a location with a limit is to send on a day. One stream per location and day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event


class OrderScheduled(Event):
    """The location is to send a part of an order on this day."""

    TOPIC: ClassVar[str] = "workdays.OrderScheduled.v1"
    location: str
    day: date
    order_id: UUID


class OrderUnscheduled(Event):
    """The location need not send anything of the order on this day any more.

    Products `awaited` have units there for those who wait for room, and are asked for anew.
    """

    TOPIC: ClassVar[str] = "workdays.OrderUnscheduled.v1"
    location: str
    day: date
    order_id: UUID
    awaited: tuple[str, ...] = ()


class RoomAwaited(Event):
    """The day is full, and units of this product are there for those who wait for room on it."""

    TOPIC: ClassVar[str] = "workdays.RoomAwaited.v1"
    location: str
    day: date
    sku: str


WorkDayEvent = OrderScheduled | OrderUnscheduled | RoomAwaited
