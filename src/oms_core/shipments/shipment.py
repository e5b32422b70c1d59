"""A shipment: what one location sends for one order, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.refusal import NotAllowedInState, NotFound
from oms_core.orders.quantities import LineQuantity, SkuQuantity
from oms_core.shipments.events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLinesCancelled,
    ShipmentPlanned,
)


class NoSuchShipment(NotFound):
    """There is no such shipment. Take its id from the order."""


class ShipmentAlreadyDispatched(NotAllowedInState):
    """The shipment was dispatched already."""


class ShipmentNotDispatched(NotAllowedInState):
    """The shipment was not dispatched yet, so it can't be delivered. Dispatch it first."""


class ShipmentAlreadyDelivered(NotAllowedInState):
    """The shipment was delivered already."""


class ShipmentIsCancelled(NotAllowedInState):
    """The shipment was cancelled; nothing of it is to be sent."""


class ShipmentStatus(StrEnum):
    """How far a shipment has come."""

    PENDING = "PENDING"
    PICKED = "PICKED"
    PACKED = "PACKED"
    DISPATCHED = "DISPATCHED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment as an answer shows it."""

    id: UUID
    version: int
    order_id: UUID
    location: str
    status: ShipmentStatus
    carrier: str | None
    tracking_number: str | None
    dispatched_at: datetime | None
    delivered_at: datetime | None
    lines: tuple[SkuQuantity, ...]


class Shipment(Aggregate[ShipmentEvent]):
    """The physical work at one location."""

    MISSING = NoSuchShipment
    order_id: UUID
    location: str

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status = ShipmentStatus.PENDING
        self.lines: dict[UUID, SkuQuantity] = {}
        self.carrier: str | None = None
        self.tracking_number: str | None = None
        self.dispatched_at: datetime | None = None
        self.delivered_at: datetime | None = None

    def plan(self, event: ShipmentPlanned) -> None:
        """Ask the location to send these units."""
        self.record(event)

    def cancel_lines(self, lines: Iterable[LineQuantity], reason: str) -> None:
        """Take units out; without any left the shipment is cancelled."""
        lines = tuple(lines)
        going = sum(line.quantity for line in self.lines.values())
        if sum(line.quantity for line in lines) == going:
            self.record(ShipmentCancelled(reason=reason))
        else:
            self.record(ShipmentLinesCancelled(lines=lines, reason=reason))

    def dispatch(self, event: ShipmentDispatched) -> None:
        """Hand the goods to the carrier, once."""
        self.refuse_unless_dispatchable()
        self.record(event)

    def refuse_unless_dispatchable(self) -> None:
        """Refuse when the goods left already, or are not to leave."""
        match self.status:
            case ShipmentStatus.CANCELLED:
                raise ShipmentIsCancelled()
            case ShipmentStatus.PENDING | ShipmentStatus.PICKED | ShipmentStatus.PACKED:
                pass
            case _:
                raise ShipmentAlreadyDispatched()

    def deliver(self, event: ShipmentDelivered) -> None:
        """Note the arrival, once."""
        match self.status:
            case ShipmentStatus.CANCELLED:
                raise ShipmentIsCancelled()
            case ShipmentStatus.DELIVERED:
                raise ShipmentAlreadyDelivered()
            case ShipmentStatus.DISPATCHED | ShipmentStatus.IN_TRANSIT | ShipmentStatus.FAILED:
                self.record(event)
            case _:
                raise ShipmentNotDispatched()

    def evolve(self, event: ShipmentEvent) -> None:
        match event:
            case ShipmentPlanned():
                self.order_id, self.location = event.order_id, event.location
                self.lines = {line.line_id: line for line in event.lines}
            case ShipmentLinesCancelled():
                for taken in event.lines:
                    self._take(taken)
            case ShipmentCancelled():
                self.status = ShipmentStatus.CANCELLED
            case ShipmentDispatched():
                self.status = ShipmentStatus.DISPATCHED
                self.carrier, self.tracking_number = event.carrier, event.tracking_number
                self.dispatched_at = event.dispatched_at
            case ShipmentDelivered():
                self.status = ShipmentStatus.DELIVERED
                self.delivered_at = event.delivered_at
            case _:
                assert_never(event)

    def _take(self, taken: LineQuantity) -> None:
        line = self.lines.pop(taken.line_id)
        if left := line.quantity - taken.quantity:
            self.lines[taken.line_id] = line.model_copy(update={"quantity": left})

    def view(self) -> ShipmentView:
        """Show the shipment as it is now."""
        return ShipmentView(
            id=self.id,
            version=self.version,
            order_id=self.order_id,
            location=self.location,
            status=self.status,
            carrier=self.carrier,
            tracking_number=self.tracking_number,
            dispatched_at=self.dispatched_at,
            delivered_at=self.delivered_at,
            lines=tuple(self.lines.values()),
        )
