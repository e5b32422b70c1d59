"""What happens to a return: goods that a customer sends back."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import SourcedQuantity

Condition = Literal["restocked", "quarantined"]
"""What became of goods that came back: sellable again, or set apart."""


class ReturnRequested(Event):
    """A customer wants to send these units back; `location` is where each came from."""

    TOPIC: ClassVar[str] = "returns.ReturnRequested.v1"
    order_id: UUID
    lines: tuple[SourcedQuantity, ...]
    reason: str


class ReturnedQuantity(SourcedQuantity):
    """Units that came back to a location, and what became of them."""

    condition: Condition


class ReturnItemsReceived(Event):
    """The units came back."""

    TOPIC: ClassVar[str] = "returns.ReturnItemsReceived.v1"
    lines: tuple[ReturnedQuantity, ...]


ReturnEvent = ReturnRequested | ReturnItemsReceived
