"""What keeps an order from going to a warehouse, and when it ends."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Personal
from oms_core.orders.holds import HoldKind


class HoldPlaced(Event):
    """The order must not go to a warehouse until this hold is released.

    By one of `only_by`, if there are any. Who did not care for it by `escalates_at` is reminded.
    """

    TOPIC: ClassVar[str] = "orders.HoldPlaced.v1"
    hold_id: UUID
    reason: Personal[str]
    kind: HoldKind = HoldKind.OTHER
    placed_at: datetime | None = None
    escalates_at: datetime | None = None
    only_by: tuple[str, ...] = ()


class HoldEscalated(Event):
    """A hold waited longer than it should; it is for people to see."""

    TOPIC: ClassVar[str] = "orders.HoldEscalated.v1"
    hold_id: UUID


class HoldReleased(Event):
    """One hold is over."""

    TOPIC: ClassVar[str] = "orders.HoldReleased.v1"
    hold_id: UUID
    reason: Personal[str]
