"""Shipments: the physical work at one location for one order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from oms_api.answers import Answer, Payload, the_order
from oms_api.arguments import MinPosition
from oms_api.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    Page,
    Paged,
    Sorting,
    filtered,
)
from oms_api.context import Info
from oms_api.customs import Customs, customs_of
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.inputs import LineQuantityInput, VersionedInput
from oms_api.nodes import Node, id_of
from oms_api.parcels import Parcel, TrackingNote
from oms_api.serials import LineSerialsInput
from oms_api.sources import SourcedOrder, SourcedShipment
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.shipments.status import ShipmentKind, ShipmentStatus
from oms_projections import shipments
from oms_projections.shipments import ShipmentSortField

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]


@strawberry.type(description="Units of one order line in a shipment.")
class ShipmentLine:
    """Units of one order line in a shipment."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What is sent.")
    quantity: int = strawberry.field(description="How many units.")
    picked: int = strawberry.field(description="How many of them are taken from the shelves.")
    serials: list[str] = strawberry.field(
        description="Serial numbers of units that are picked or left, where they were named."
    )


async def _order(root: Any) -> SourcedOrder | None:
    shipment: SourcedShipment = root
    return await shipment.source.order(shipment.view.order_id)


@strawberry.type(description="What one location sends for one order.")
class Shipment(Node):
    """A shipment; resolved from `SourcedShipment`."""

    id: strawberry.ID = resolved(id_of("Shipment", "view.id"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    order: LazyOrder = resolved(_order, LazyOrder, "The order that it belongs to.")
    kind: ShipmentKind = strawberry.field(description="Whether it is sent or collected.")
    location: str = strawberry.field(description="Code of the location that has the goods.")
    status: ShipmentStatus = strawberry.field(description="How far it has come.")
    carrier: str | None = strawberry.field(description="Who carries it, once dispatched.")
    tracking_number: str | None = strawberry.field(description="The carrier's number of it.")
    ready_at: datetime | None = strawberry.field(
        description="Since when it waits for the customer at the location."
    )
    collect_by: datetime | None = strawberry.field(
        description="Until when it waits for the customer, if that was said."
    )
    dispatched_at: datetime | None = strawberry.field(description="When it left the location.")
    delivered_at: datetime | None = strawberry.field(description="When the customer got it.")
    lines: list[ShipmentLine] = strawberry.field(description="What is in it.")
    parcels: list[Parcel] = strawberry.field(
        description="Its parcels, once it was packed in parcels."
    )
    tracking: list[TrackingNote] = strawberry.field(
        description="What carriers told of it, in the order in which it was recorded."
    )
    customs: Customs | None = resolved(
        customs_of,
        Customs | None,
        "What customs is told; null for what stays in one customs territory. The facts are those"
        " known when it was dispatched, or now.",
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a shipment."""
        return isinstance(value, SourcedShipment)


@strawberry.input
class ShipmentInput(VersionedInput):
    """An input about one shipment."""

    shipment_id: strawberry.ID = strawberry.field(description="The shipment's id.")


@strawberry.input(description="Hand the goods of a shipment to a carrier.")
class DispatchShipmentInput(ShipmentInput):
    """Hand the goods of a shipment to a carrier."""

    carrier: str = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it."
    )
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None,
        description="What leaves now; all of it when missing. The rest stays as a new shipment.",
    )
    parcels: list[int] | None = strawberry.field(
        default=None, description="The same by the numbers of whole parcels, once it is packed."
    )
    serials: list[LineSerialsInput] | None = strawberry.field(
        default=None,
        description="Which units leave, where they have serial numbers, unless told when picked.",
    )


@strawberry.input(description="Note that the customer has the goods.")
class DeliverShipmentInput(ShipmentInput):
    """Note that the customer has the goods."""


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


describe(
    ShipmentSortField,
    "What a list of shipments is sorted by.",
    PLANNED="The order in which they were planned.",
    DISPATCHED_AT="When they left; what has not left yet comes after all that has.",
)

SHIPMENTS = Paged("shipments", shipments.LIST)
"""All shipments."""


@strawberry.type(description="A shipment and its place in the list.")
class ShipmentEdge:
    """A shipment and its cursor."""

    node: Shipment = strawberry.field(description="The shipment.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of shipments.")
class ShipmentConnection(Page):
    """A page of shipments; resolved from `Connection`."""

    edges: list[ShipmentEdge] = strawberry.field(description="The shipments with their cursors.")
    nodes: list[Shipment] = strawberry.field(description="The shipments alone.")


@strawberry.input(description="Which shipments: all conditions hold, and of a list any one does.")
class ShipmentFilter:
    """Which shipments."""

    location: list[str] | None = strawberry.field(
        default=None, description="Codes of the locations that have the goods."
    )
    status: list[ShipmentStatus] | None = strawberry.field(
        default=None, description="How far it has come."
    )
    kind: list[ShipmentKind] | None = strawberry.field(
        default=None, description="Whether it is sent or collected."
    )
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it, or of one of its parcels."
    )


@strawberry.input(description="How a list of shipments is sorted.")
class ShipmentSort(Sorting):
    """How a list of shipments is sorted."""

    field: ShipmentSortField = strawberry.field(description="By what.")


@strawberry.type
class ShipmentQueries:
    """Queries on shipments."""

    @query(
        ShipmentConnection,
        "Shipments; in the order in which they were planned, unless they are sorted otherwise.",
    )
    async def shipments(
        self,
        info: Info,
        *,
        filter: Annotated[
            ShipmentFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            ShipmentSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[SourcedShipment]:
        """List shipments."""
        context = info.context
        part = SHIPMENTS.part(sort, first, after, last, before)
        where = shipments.where(filtered(shipments.ShipmentFilter, filter))
        await context.reached(min_position, "shipments", "orders")
        return await SHIPMENTS.page(
            context.pool, where, part, lambda view: SourcedShipment(view, context.tables)
        )


@strawberry.type
class ShipmentMutations:
    """Commands on shipments."""

    @mutation(
        ShipmentPayload,
        "Hand the goods of a shipment to a carrier: they leave the stock. A part may go first.",
    )
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
