"""What carriers and shops tell: under way, back, lost, ready to be collected, handed over."""

from __future__ import annotations

from datetime import datetime

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.reroutings import Rerouting, Withdrawal
from oms_api.serials import LineSerialsInput
from oms_api.shipments import ShipmentInput, ShipmentPayload
from oms_core.shipments.pickup import ExpirePickup, HandOver, MarkReadyForPickup
from oms_core.shipments.status import TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking


@strawberry.input
class _ParcelInput(ShipmentInput):
    """An input about one parcel, or all of them."""

    parcel: int | None = strawberry.field(
        default=None, description="Which parcel; all that it can be when missing."
    )


@strawberry.input(description="Note what a carrier told.")
class RecordTrackingInput(_ParcelInput):
    """Note what a carrier told."""

    carrier_event_id: str = strawberry.field(
        description="The carrier's own id of it: the same id once more changes nothing."
    )
    status: TrackingStatus = strawberry.field(description="What the carrier tells.")
    place: str | None = strawberry.field(default=None, description="Where it happened.")
    details: str | None = strawberry.field(default=None, description="The carrier's words.")


@strawberry.input(description="Take parcels in that could not be delivered.")
class ReceiveReturnToSenderInput(_ParcelInput):
    """Take parcels in that could not be delivered."""

    then: Rerouting = strawberry.field(description="What becomes of the units.")
    restock: bool = strawberry.field(
        default=True,
        description="Whether the goods go back onto the shelf; else they are on quality hold.",
    )
    serials: list[LineSerialsInput] | None = strawberry.field(
        default=None,
        description="Which units it is about, when a part of those with serial numbers.",
    )


@strawberry.input(description="Wait no longer for parcels.")
class DeclareLostInput(_ParcelInput):
    """Wait no longer for parcels."""

    then: Rerouting = strawberry.field(description="What becomes of the units.")
    reason: str = strawberry.field(description="Why they are given up.")
    serials: list[LineSerialsInput] | None = strawberry.field(
        default=None,
        description="Which units it is about, when a part of those with serial numbers.",
    )


@strawberry.input(description="Tell that the customer can come for the goods.")
class MarkReadyForPickupInput(ShipmentInput):
    """Tell that the customer can come for the goods."""

    collect_by: datetime | None = strawberry.field(
        default=None, description="Until when they are kept ready."
    )


@strawberry.input(description="Give the goods to the customer.")
class HandOverInput(ShipmentInput):
    """Give the goods to the customer."""

    recipient: str | None = strawberry.field(default=None, description="Who came for them.")
    serials: list[LineSerialsInput] | None = strawberry.field(
        default=None,
        description="Which units leave, where they have serial numbers, unless told when picked.",
    )


@strawberry.input(description="Wait no longer for the customer.")
class ExpirePickupInput(ShipmentInput):
    """Wait no longer for the customer."""

    reason: str = strawberry.field(description="Why, such as not collected in a week.")
    then: Withdrawal = strawberry.field(
        default=Withdrawal.CANCEL, description="What becomes of the units."
    )


@strawberry.type
class DeliveryMutations:
    """Commands on shipments that left, or are collected."""

    @mutation(
        ShipmentPayload,
        "Note what a carrier told. What comes late or goes backward is recorded, but moves nothing;"
        " delivered is the same as `deliverShipment`.",
    )
    async def record_tracking(self, info: Info, input: RecordTrackingInput) -> Answer:
        """Note what a carrier told."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, RecordTracking, moment="tracked_at"
        )

    @mutation(ShipmentPayload, "Take parcels in that could not be delivered.")
    async def receive_return_to_sender(
        self, info: Info, input: ReceiveReturnToSenderInput
    ) -> Answer:
        """Take parcels in."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ReceiveReturnToSender, moment="received_at"
        )

    @mutation(ShipmentPayload, "Wait no longer for parcels that a carrier lost.")
    async def declare_lost(self, info: Info, input: DeclareLostInput) -> Answer:
        """Give parcels up."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, DeclareLost, moment="declared_at"
        )

    @mutation(ShipmentPayload, "Tell that the customer can come for the goods.")
    async def mark_ready_for_pickup(self, info: Info, input: MarkReadyForPickupInput) -> Answer:
        """Keep the goods ready."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, MarkReadyForPickup, moment="ready_at"
        )

    @mutation(ShipmentPayload, "Give the goods to the customer: they leave the stock and arrive.")
    async def hand_over(self, info: Info, input: HandOverInput) -> Answer:
        """Hand over."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, HandOver, moment="handed_over_at"
        )

    @mutation(ShipmentPayload, "Wait no longer for the customer, and say what becomes of it.")
    async def expire_pickup(self, info: Info, input: ExpirePickupInput) -> Answer:
        """Give a pickup up."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, ExpirePickup, moment="expired_at"
        )
