"""What happens to a shipment: the physical work at one location for one order."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity, SkuQuantity


class ShipmentPlanned(Event):
    """A location is asked to send these units."""

    TOPIC: ClassVar[str] = "shipments.ShipmentPlanned.v1"
    order_id: UUID
    location: str
    lines: tuple[SkuQuantity, ...]


class ShipmentLinesCancelled(Event):
    """Some units need not be sent any more; the rest still goes."""

    TOPIC: ClassVar[str] = "shipments.ShipmentLinesCancelled.v1"
    lines: tuple[LineQuantity, ...]
    reason: str


class ShipmentCancelled(Event):
    """Nothing of this shipment is to be sent any more."""

    TOPIC: ClassVar[str] = "shipments.ShipmentCancelled.v1"
    reason: str


class ShipmentDispatched(Event):
    """The goods were handed to the carrier."""

    TOPIC: ClassVar[str] = "shipments.ShipmentDispatched.v1"
    carrier: str
    tracking_number: str | None = None
    dispatched_at: datetime


class ShipmentDelivered(Event):
    """The goods reached the customer."""

    TOPIC: ClassVar[str] = "shipments.ShipmentDelivered.v1"
    delivered_at: datetime


ShipmentEvent = (
    ShipmentPlanned
    | ShipmentLinesCancelled
    | ShipmentCancelled
    | ShipmentDispatched
    | ShipmentDelivered
)
