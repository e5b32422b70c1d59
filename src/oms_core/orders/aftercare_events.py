"""What happens to the units of an order after they arrived: returns and claims."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity


class LinesReturnRequested(Event):
    """Delivered units are to come back."""

    TOPIC: ClassVar[str] = "orders.LinesReturnRequested.v1"
    return_id: UUID
    lines: tuple[LineQuantity, ...]


class LinesReturned(Event):
    """The units of a return came back."""

    TOPIC: ClassVar[str] = "orders.LinesReturned.v1"
    return_id: UUID
    lines: tuple[LineQuantity, ...]


class LinesReturnWithdrawn(Event):
    """Units of a return will not come back after all, and may be returned some other time.

    Not when they are `kept`: the customer was refunded without sending them back.
    """

    TOPIC: ClassVar[str] = "orders.LinesReturnWithdrawn.v1"
    return_id: UUID
    lines: tuple[LineQuantity, ...]
    kept: bool = False


class LinesClaimed(Event):
    """Units arrived damaged or not at all, says the customer."""

    TOPIC: ClassVar[str] = "orders.LinesClaimed.v1"
    claim_id: UUID
    lines: tuple[LineQuantity, ...]


class ClaimEnded(Event):
    """A claim was decided. When it is `settled`, its units can't be returned any more."""

    TOPIC: ClassVar[str] = "orders.ClaimEnded.v1"
    claim_id: UUID
    settled: bool
