"""What happens to the stock of one SKU at one location. One stream per SKU and location.

Every event names both, so that an analyst reads it without a join.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity


class _AtLocation(Event):
    sku: str
    location: str


class StockReceived(_AtLocation):
    """Goods came in: from a supplier, or back from a customer when `return_id` is set."""

    TOPIC: ClassVar[str] = "stock.StockReceived.v1"
    quantity: int
    reference: str | None = None
    return_id: UUID | None = None


class StockAdjusted(_AtLocation):
    """The figure was corrected to what is there; the reason says why it was off."""

    TOPIC: ClassVar[str] = "stock.StockAdjusted.v1"
    delta: int
    reason: str


class StockReserved(_AtLocation):
    """Units are promised to lines of an order; they are still on the shelf."""

    TOPIC: ClassVar[str] = "stock.StockReserved.v1"
    order_id: UUID
    lines: tuple[LineQuantity, ...]


class ReservationReleased(_AtLocation):
    """A promise was withdrawn; the units may be promised to somebody else."""

    TOPIC: ClassVar[str] = "stock.ReservationReleased.v1"
    order_id: UUID
    lines: tuple[LineQuantity, ...]


class StockShipped(_AtLocation):
    """Promised units left the building with a shipment."""

    TOPIC: ClassVar[str] = "stock.StockShipped.v1"
    order_id: UUID
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]


StockEvent = StockReceived | StockAdjusted | StockReserved | ReservationReleased | StockShipped
