"""What becomes of what is held about a person. One stream for each customer's reference.

Nothing here tells about the person: the reference is the caller's own id, the rest are ids of keys
and of streams. The database destroys the keys that an event names in the event's own transaction.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, Message


class HeldKey(Message):
    """A key that stays until a day, because the books of that year need what it opens."""

    key: UUID
    year: int
    until: date


class CustomerErased(Event):
    """The keys `destroyed` are gone, and with them what they opened; those in `held` stay for now.

    `held_until` is when the last one goes. `streams` told about the person, `orders` of them are
    orders. No event after the position `as_of` was looked at.
    """

    TOPIC: ClassVar[str] = "persons.CustomerErased.v1"
    customer: str
    reason: str
    orders: int
    streams: tuple[UUID, ...]
    destroyed: tuple[UUID, ...]
    held: tuple[HeldKey, ...]
    as_of: str
    held_until: date | None = None


class RetentionEnded(Event):
    """The books need no more what was held until a day: the keys `destroyed` are gone, too."""

    TOPIC: ClassVar[str] = "persons.RetentionEnded.v1"
    customer: str
    until: date
    streams: tuple[UUID, ...]
    destroyed: tuple[UUID, ...]


PersonEvent = CustomerErased | RetentionEnded
