"""Shipments: the physical work at one location for one order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from oms_api.answers import Answer, Payload, the_order
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.enums import describe
from oms_api.inputs import VersionedInput
from oms_api.nodes import Node, id_of
from oms_api.sources import SourcedOrder, SourcedShipment
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.shipments.status import ShipmentStatus

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    ShipmentStatus,
    "How far a shipment has come. Values may be added: have a default branch.",
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


@strawberry.type(description="Units of one order line in a shipment.")
class ShipmentLine:
    """Units of one order line in a shipment."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What is sent.")
    quantity: int = strawberry.field(description="How many units.")


async def _order(root: Any) -> SourcedOrder | None:
    shipment: SourcedShipment = root
    return await shipment.source.order(shipment.view.order_id)


@strawberry.type(description="What one location sends for one order.")
class Shipment(Node):
    """A shipment; resolved from `SourcedShipment`."""

    id: strawberry.ID = resolved(id_of("Shipment", "view.id"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    order: LazyOrder = resolved(_order, LazyOrder, "The order that it belongs to.")
    location: str = strawberry.field(description="Code of the location that sends it.")
    status: ShipmentStatus = strawberry.field(description="How far it has come.")
    carrier: str | None = strawberry.field(description="Who carries it, once dispatched.")
    tracking_number: str | None = strawberry.field(description="The carrier's number of it.")
    dispatched_at: datetime | None = strawberry.field(description="When it left the location.")
    delivered_at: datetime | None = strawberry.field(description="When the customer got it.")
    lines: list[ShipmentLine] = strawberry.field(description="What is in it.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a shipment."""
        return isinstance(value, SourcedShipment)


@strawberry.input(description="Hand the goods of a shipment to a carrier.")
class DispatchShipmentInput(VersionedInput):
    """Hand the goods of a shipment to a carrier."""

    shipment_id: strawberry.ID = strawberry.field(description="The shipment's id.")
    carrier: str = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it."
    )


@strawberry.input(description="Note that the customer has the goods.")
class DeliverShipmentInput(VersionedInput):
    """Note that the customer has the goods."""

    shipment_id: strawberry.ID = strawberry.field(description="The shipment's id.")


def _shipment(root: Any) -> SourcedShipment | None:
    answer: Answer = root
    return None if answer.view is None else SourcedShipment(answer.view, answer.source)


@strawberry.type(description="What became of a command on a shipment.")
class ShipmentPayload(Payload):
    """What became of a command on a shipment."""

    shipment: Shipment | None = resolved(
        _shipment,
        Shipment | None,
        "The shipment right after the command; null when it was refused.",
    )
    order: LazyOrder | None = resolved(the_order, LazyOrder | None, "Its order, as it is now.")


@strawberry.type
class ShipmentMutations:
    """Commands on shipments."""

    @mutation(ShipmentPayload, "Hand the goods of a shipment to a carrier: they leave the stock.")
    async def dispatch_shipment(self, info: Info, input: DispatchShipmentInput) -> Answer:
        """Hand the goods to a carrier."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, DispatchShipment, moment="dispatched_at"
        )

    @mutation(ShipmentPayload, "Note that the customer has the goods.")
    async def deliver_shipment(self, info: Info, input: DeliverShipmentInput) -> Answer:
        """Note the arrival."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, DeliverShipment, moment="delivered_at"
        )
