"""What is said of a shipment: how far it and its parcels have come, and what carriers told."""

from __future__ import annotations

from datetime import datetime

import strawberry

from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.nodes import id_of
from oms_core.shipments.status import ParcelStatus, ShipmentKind, ShipmentStatus, TrackingStatus

describe(
    ShipmentKind,
    "How the customer gets the goods.",
    DELIVERY="A carrier brings them.",
    PICKUP="The customer collects them at the location.",
)
describe(
    ShipmentStatus,
    "How far a shipment has come; derived, never set. Values may be added: have a default branch.",
    PENDING="The location is asked to send it.",
    PICKING="Somebody takes the goods from the shelves.",
    PICKED="All goods are taken from the shelves.",
    PACKED="All goods are in parcels.",
    READY_FOR_PICKUP="It waits for the customer at the location.",
    DISPATCHED="A carrier has it.",
    IN_TRANSIT="The carrier reported it under way.",
    DELIVERED="The customer has it.",
    FAILED="The carrier could not deliver it, or not all of it.",
    CANCELLED="Nothing of it is to be sent any more.",
)
describe(
    ParcelStatus,
    "How far one parcel has come. Values may be added: have a default branch.",
    PACKED="It is at the location.",
    DISPATCHED="A carrier has it.",
    IN_TRANSIT="The carrier reported it under way.",
    DELIVERED="The customer has it.",
    FAILED="The carrier gave up: it goes back to the sender, or is lost.",
    RETURNED="It is back at the location.",
    LOST="It was given up.",
)
describe(
    TrackingStatus,
    "What a carrier tells. Values may be added: have a default branch.",
    IN_TRANSIT="It was seen on its way.",
    OUT_FOR_DELIVERY="It is on the last part of its way.",
    EXCEPTION="Something delays it.",
    DELIVERED="The customer has it.",
    RETURNED_TO_SENDER="It could not be delivered and goes back.",
    LOST="It is not to be found.",
)


@strawberry.type(description="Units of one order line in a parcel.")
class ParcelLine:
    """Units of one order line in a parcel."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    quantity: int = strawberry.field(description="How many units.")


@strawberry.type(description="One parcel of a shipment.")
class Parcel:
    """One parcel; resolved from `ShippedParcel`."""

    number: int = strawberry.field(description="Its number within the shipment.")
    status: ParcelStatus = strawberry.field(description="How far it has come.")
    weight_grams: int = strawberry.field(description="What it weighs.")
    length_mm: int | None = strawberry.field(description="How long it is.")
    width_mm: int | None = strawberry.field(description="How wide it is.")
    height_mm: int | None = strawberry.field(description="How high it is.")
    carrier: str | None = strawberry.field(description="Whose label is on it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number of it.")
    label: str | None = strawberry.field(description="Where the carrier's label is kept.")
    lines: list[ParcelLine] = strawberry.field(description="What is in it.")


@strawberry.type(description="Something that a carrier told of a shipment.")
class TrackingNote:
    """Something that a carrier told; resolved from the domain's `TrackingNote`."""

    carrier_event_id: str = strawberry.field(description="The carrier's own id of it.")
    status: TrackingStatus = strawberry.field(description="What the carrier tells.")
    tracked_at: datetime = strawberry.field(description="When it happened.")
    applied: bool = strawberry.field(
        description="Whether it moved the shipment on; what comes late or goes backward does not."
    )
    parcel: int | None = strawberry.field(description="Which parcel; null when all of them.")
    place: str | None = strawberry.field(description="Where it happened.")
    details: str | None = strawberry.field(description="The carrier's words.")
