"""What happens to one unit that has a serial number. One stream per SKU and serial number.

Every event names both, so that an analyst reads it without a join.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.stock.events import StockCondition


class _OfSerial(Event):
    sku: str
    serial: str


class SerialReceived(_OfSerial):
    """The unit came in for the first time, or turned up again; the reference tells with what."""

    TOPIC: ClassVar[str] = "serials.SerialReceived.v1"
    location: str
    reference: str | None = None
    condition: StockCondition = StockCondition.AVAILABLE


class SerialShipped(_OfSerial):
    """The unit left with a shipment of an order."""

    TOPIC: ClassVar[str] = "serials.SerialShipped.v1"
    location: str
    order_id: UUID
    shipment_id: UUID


class SerialCameBack(_OfSerial):
    """The unit is back from a customer, or from a carrier who could not deliver it.

    Only when it is `for_sale` may it leave again. What is not goes on quality hold with a carrier's
    parcel, and is no stock yet with a customer's return.
    """

    TOPIC: ClassVar[str] = "serials.SerialCameBack.v1"
    location: str
    for_sale: bool
    return_id: UUID | None = None


class SerialConditionChanged(_OfSerial):
    """The unit is in another condition now; it stays where it is."""

    TOPIC: ClassVar[str] = "serials.SerialConditionChanged.v1"
    location: str
    condition: StockCondition
    reason: str


class SerialTransferred(_OfSerial):
    """The unit left for another location."""

    TOPIC: ClassVar[str] = "serials.SerialTransferred.v1"
    location: str
    destination: str
    transfer_id: UUID


class SerialArrived(_OfSerial):
    """The unit came from another location."""

    TOPIC: ClassVar[str] = "serials.SerialArrived.v1"
    location: str
    transfer_id: UUID


class SerialWrittenOff(_OfSerial):
    """The unit is gone: thrown away, missing, or lost on its way."""

    TOPIC: ClassVar[str] = "serials.SerialWrittenOff.v1"
    reason: str


SerialEvent = (
    SerialReceived
    | SerialShipped
    | SerialCameBack
    | SerialConditionChanged
    | SerialTransferred
    | SerialArrived
    | SerialWrittenOff
)
