"""One unit that has a serial number: it is at one place at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import NotFound
from oms_core.serials.events import (
    SerialArrived,
    SerialCameBack,
    SerialConditionChanged,
    SerialEvent,
    SerialReceived,
    SerialShipped,
    SerialTransferred,
    SerialWrittenOff,
)
from oms_core.stock.events import StockCondition


class NoSuchSerial(NotFound):
    """No unit of this serial number was ever received. Check the SKU and the number."""


def serial_id(sku: str, serial: str) -> UUID:
    """Give the stream of a serial number of a SKU."""
    return natural_id("serial", sku, serial)


class SerialStatus(StrEnum):
    """Where a unit is."""

    ON_HAND = "ON_HAND"
    SHIPPED = "SHIPPED"
    SET_APART = "SET_APART"
    IN_TRANSIT = "IN_TRANSIT"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class SerialView:
    """A unit as an answer shows it.

    `location` is where it is, or was last; `condition` is known while it is on hand. Order and
    shipment are those it left with last, also when it is back.
    """

    id: UUID
    version: int
    sku: str
    serial: str
    status: SerialStatus
    location: str
    condition: StockCondition | None
    order_id: UUID | None
    shipment_id: UUID | None
    transfer_id: UUID | None


class Serial(Aggregate[SerialEvent]):
    """One unit."""

    MISSING = NoSuchSerial
    sku: str
    serial: str
    location: str

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status = SerialStatus.GONE
        self.condition = StockCondition.AVAILABLE
        self.order_id: UUID | None = None
        self.shipment_id: UUID | None = None
        self.transfer_id: UUID | None = None

    @property
    def where(self) -> str:
        """Tell a person where the unit is."""
        match self.status:
            case SerialStatus.ON_HAND:
                return f"on hand at {self.location}"
            case SerialStatus.SHIPPED:
                return f"with the customer since it left {self.location}"
            case SerialStatus.SET_APART:
                return f"back at {self.location} and not for sale"
            case SerialStatus.IN_TRANSIT:
                return f"on its way from {self.location} to another location"
            case SerialStatus.GONE:
                return "written off" if self.exists else "not known"
            case _:
                assert_never(self.status)

    def come_in(self, event: SerialReceived) -> None:
        """Take the unit in."""
        self.record(event)

    def go_out(self, event: SerialShipped) -> None:
        """Let the unit leave with a shipment."""
        self.record(event)

    def come_back(self, event: SerialCameBack) -> None:
        """Take the unit back."""
        self.record(event)

    def change_condition(self, event: SerialConditionChanged) -> None:
        """Note the condition; nothing happens when that is so already."""
        if event.condition is not self.condition:
            self.record(event)

    def set_out(self, event: SerialTransferred) -> None:
        """Let the unit leave for another location."""
        self.record(event)

    def arrive(self, event: SerialArrived) -> None:
        """Take the unit in from another location."""
        self.record(event)

    def write_off(self, event: SerialWrittenOff) -> None:
        """Give the unit up."""
        self.record(event)

    def evolve(self, event: SerialEvent) -> None:
        self.sku, self.serial = event.sku, event.serial
        match event:
            case SerialReceived() | SerialArrived():
                self.status, self.location = SerialStatus.ON_HAND, event.location
                self.transfer_id = None
                if isinstance(event, SerialReceived):
                    self.condition = event.condition
            case SerialShipped():
                self.status, self.location = SerialStatus.SHIPPED, event.location
                self.order_id, self.shipment_id = event.order_id, event.shipment_id
            case SerialCameBack():
                self._come_back(event)
            case SerialConditionChanged():
                self.condition = event.condition
            case SerialTransferred():
                self.status, self.location = SerialStatus.IN_TRANSIT, event.location
                self.transfer_id = event.transfer_id
            case SerialWrittenOff():
                self.status = SerialStatus.GONE
            case _:
                assert_never(event)

    def _come_back(self, event: SerialCameBack) -> None:
        """What a customer returns is no stock before it was looked at; a carrier's parcel is."""
        stays_apart = not event.for_sale and event.return_id is not None
        self.status = SerialStatus.SET_APART if stays_apart else SerialStatus.ON_HAND
        self.location = event.location
        hold = StockCondition.QUALITY_HOLD
        self.condition = StockCondition.AVAILABLE if event.for_sale else hold

    def view(self) -> SerialView:
        """Show the unit as it is now."""
        return SerialView(
            id=self.id,
            version=self.version,
            sku=self.sku,
            serial=self.serial,
            status=self.status,
            location=self.location,
            condition=self.condition if self.status is SerialStatus.ON_HAND else None,
            order_id=self.order_id,
            shipment_id=self.shipment_id,
            transfer_id=self.transfer_id,
        )
