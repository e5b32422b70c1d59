"""How the lines of an order got their locations. One stream per order, apart from the order's."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity
from oms_core.sourcing.explanation import Reasons


class Occasion(StrEnum):
    """What made a decision necessary."""

    PLACED = "PLACED"
    EDITED = "EDITED"
    REJECTED = "REJECTED"
    WAVE = "WAVE"
    REROUTED = "REROUTED"
    RESTOCKED = "RESTOCKED"
    RELIEVED = "RELIEVED"


class SourcingDecided(Event):
    """Locations were chosen by the sourcing rules. `unsourced` units wait for stock.

    `excluded` locations said that they can't send the units, or failed to.
    """

    TOPIC: ClassVar[str] = "assignments.SourcingDecided.v1"
    order_id: UUID
    occasion: Occasion
    reasons: Reasons
    unsourced: tuple[LineQuantity, ...] = ()
    excluded: tuple[str, ...] = ()


AssignmentEvent = SourcingDecided
