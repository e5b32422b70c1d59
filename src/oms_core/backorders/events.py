"""What happens to those who wait for a SKU. One stream per SKU.

Every event names the SKU, so that an analyst reads it without a join.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, Message
from oms_core.orders.quantities import LineQuantity


class _OfSku(Event):
    sku: str


class BackordersQueued(_OfSku):
    """Units of an order wait for stock from now on; its time of placing tells their turn.

    They wait for stock at any location but those that said they can't send the order, or only at
    the one where the customer collects them; what is set aside for other channels is not for them.
    """

    TOPIC: ClassVar[str] = "backorders.BackordersQueued.v1"
    order_id: UUID
    placed_at: datetime
    priority: int = 0
    channel: str
    pickup_location: str | None = None
    lines: tuple[LineQuantity, ...]
    excluded: tuple[str, ...] = ()


class BackordersDropped(_OfSku):
    """Units do not wait any more: they were cancelled, or edited away."""

    TOPIC: ClassVar[str] = "backorders.BackordersDropped.v1"
    order_id: UUID
    lines: tuple[LineQuantity, ...]


class FilledLine(LineQuantity):
    """So many units of an order's line that got stock."""

    order_id: UUID


class BackordersFilled(_OfSku):
    """Those whose turn it was got stock; `more` when there is some left for the next ones."""

    TOPIC: ClassVar[str] = "backorders.BackordersFilled.v1"
    lines: tuple[FilledLine, ...]
    more: bool = False


class Turn(Message):
    """Where a line stands in the queue: by the order's time, then its priority, then its id."""

    placed_at: datetime
    priority: int = 0
    line_id: UUID

    @property
    def place(self) -> tuple[datetime, int, UUID]:
        """What is less is served before."""
        return self.placed_at, -self.priority, self.line_id


class BackordersPassedOver(_OfSku):
    """Nobody up to this turn may take what is there, so that those behind are looked at next.

    `seen` adds up the versions of what was looked at: as long as it is the same, so is the answer.
    """

    TOPIC: ClassVar[str] = "backorders.BackordersPassedOver.v1"
    until: Turn
    seen: int


class BackordersPostponed(_OfSku):
    """Locations that have stock for those who wait are full for the day; the next one begins then.

    Nobody moves that stock meanwhile, so it is asked for anew at that moment.
    """

    TOPIC: ClassVar[str] = "backorders.BackordersPostponed.v1"
    until: datetime


class BackordersResumed(_OfSku):
    """Nobody waits for room on a location's day any more."""

    TOPIC: ClassVar[str] = "backorders.BackordersResumed.v1"


BackorderEvent = (
    BackordersQueued
    | BackordersDropped
    | BackordersFilled
    | BackordersPassedOver
    | BackordersPostponed
    | BackordersResumed
)
