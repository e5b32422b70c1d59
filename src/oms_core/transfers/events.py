"""What happens to a transfer of stock. One stream per transfer."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from oms_core.kernel.message import Event, Message


class SkuUnits(Message):
    """So many units of a SKU."""

    sku: str
    quantity: int


class SkuLot(SkuUnits):
    """So many units of a SKU that are of one lot, best before a day if it expires."""

    lot: str
    best_before: date | None = None


class SkuSerials(Message):
    """The serial numbers of units of a SKU."""

    sku: str
    serials: tuple[str, ...]


class TransferPlanned(Event):
    """Units are to go from one location to another; they stay where they are until dispatched."""

    TOPIC: ClassVar[str] = "transfers.TransferPlanned.v1"
    source: str
    destination: str
    lines: tuple[SkuUnits, ...]
    expected_on: date
    reason: str
    number: str | None = None


class TransferDispatched(Event):
    """The units left. Until they arrive they are in transit, and announced at the destination.

    `lots` tell of those that are of known lots, in the order in which they are taken to arrive,
    `serials` of those that have serial numbers.
    """

    TOPIC: ClassVar[str] = "transfers.TransferDispatched.v1"
    lots: tuple[SkuLot, ...] = ()
    serials: tuple[SkuSerials, ...] = ()


class TransferReceived(Event):
    """Some of the units arrived."""

    TOPIC: ClassVar[str] = "transfers.TransferReceived.v1"
    lines: tuple[SkuUnits, ...]


class TransferDiscrepancyRecorded(Event):
    """These units left, but will not arrive any more; nothing is in transit after that."""

    TOPIC: ClassVar[str] = "transfers.TransferDiscrepancyRecorded.v1"
    lines: tuple[SkuUnits, ...]
    reason: str


class TransferCancelled(Event):
    """The units stay where they are."""

    TOPIC: ClassVar[str] = "transfers.TransferCancelled.v1"
    reason: str


TransferEvent = (
    TransferPlanned
    | TransferDispatched
    | TransferReceived
    | TransferDiscrepancyRecorded
    | TransferCancelled
)
