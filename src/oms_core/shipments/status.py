"""How far a shipment and its parcels have come. A shipment's status is derived, never set."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class ShipmentKind(StrEnum):
    """How the customer gets the goods."""

    DELIVERY = "DELIVERY"
    PICKUP = "PICKUP"


class ShipmentStatus(StrEnum):
    """How far a shipment has come."""

    PENDING = "PENDING"
    PICKING = "PICKING"
    PICKED = "PICKED"
    PACKED = "PACKED"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    DISPATCHED = "DISPATCHED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


BEING_PREPARED = frozenset(
    {
        ShipmentStatus.PENDING,
        ShipmentStatus.PICKING,
        ShipmentStatus.PICKED,
        ShipmentStatus.PACKED,
        ShipmentStatus.READY_FOR_PICKUP,
    }
)
"""The goods are still at the location."""


class ParcelStatus(StrEnum):
    """How far one parcel has come."""

    PACKED = "PACKED"
    DISPATCHED = "DISPATCHED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"
    LOST = "LOST"


class TrackingStatus(StrEnum):
    """What a carrier tells."""

    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    EXCEPTION = "EXCEPTION"
    DELIVERED = "DELIVERED"
    RETURNED_TO_SENDER = "RETURNED_TO_SENDER"
    LOST = "LOST"


MOVING = frozenset({ParcelStatus.DISPATCHED, ParcelStatus.IN_TRANSIT})
UNDECIDED = MOVING | {ParcelStatus.FAILED}
"""Neither at the customer's, nor known to stay away for ever."""


def aimed_at(told: TrackingStatus) -> ParcelStatus:
    """Tell which status of a parcel a carrier's word means."""
    match told:
        case TrackingStatus.DELIVERED:
            return ParcelStatus.DELIVERED
        case TrackingStatus.RETURNED_TO_SENDER | TrackingStatus.LOST:
            return ParcelStatus.FAILED
        case _:
            return ParcelStatus.IN_TRANSIT


def of_parcels(parcels: Iterable[ParcelStatus]) -> ShipmentStatus:
    """Sum up parcels that left: under way while any is, failed when one did not arrive."""
    statuses = set(parcels)
    if statuses == {ParcelStatus.DELIVERED}:
        return ShipmentStatus.DELIVERED
    if not statuses & MOVING:
        return ShipmentStatus.FAILED
    all_left_just_now = statuses == {ParcelStatus.DISPATCHED}
    return ShipmentStatus.DISPATCHED if all_left_just_now else ShipmentStatus.IN_TRANSIT
