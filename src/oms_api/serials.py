"""Units that have a serial number: where each is, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.catalogue import Product
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
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.events import Event
from oms_api.inputs import DatedInput
from oms_api.nodes import global_id, parse_id
from oms_api.stock_conditions import StockCondition
from oms_core.serials.commands import RecordSerials, WriteOffSerials
from oms_core.serials.serial import SerialStatus, SerialView
from oms_projections import serials
from oms_projections.event_log import EventRecord
from oms_projections.serials import SerialSortField

describe(
    SerialStatus,
    "Where a unit with a serial number is. Values may be added: have a default branch.",
    ON_HAND="At its location.",
    SHIPPED="It left with a shipment of its order.",
    SET_APART="It is back from a customer, and not for sale.",
    IN_TRANSIT="On its way from its location to another one.",
    GONE="Thrown away, missing, or lost.",
)


describe(
    SerialSortField,
    "What a list of units is sorted by.",
    RECEIVED="The order in which they came in first.",
    SERIAL="By serial number.",
)

SERIALS = Paged("serials", serials.LIST)
"""All units with a serial number."""


async def _history(root: SerialView, info: Info) -> list[EventRecord]:
    return await info.context.tables.history(root.id)


def _order_id(root: SerialView) -> strawberry.ID | None:
    return None if root.order_id is None else global_id("Order", root.order_id)


def _shipment_id(root: SerialView) -> strawberry.ID | None:
    return None if root.shipment_id is None else global_id("Shipment", root.shipment_id)


@strawberry.type(description="One unit that has a serial number.")
class Serial:
    """A unit; resolved from `SerialView`."""

    sku: str = strawberry.field(description="What it is.")
    serial: str = strawberry.field(description="Its serial number, unique for the SKU.")
    status: SerialStatus = strawberry.field(description="Where it is.")
    location: str = strawberry.field(description="Code of the location, or of the last one.")
    condition: StockCondition | None = strawberry.field(
        description="The condition that it is in; null while it is not on hand."
    )
    order_id: strawberry.ID | None = resolved(
        _order_id, strawberry.ID | None, "The order that it left with last, also when it is back."
    )
    shipment_id: strawberry.ID | None = resolved(
        _shipment_id, strawberry.ID | None, "The shipment that it left with last."
    )
    history: list[Event] = resolved(_history, list[Event], "What happened to it, oldest first.")


@strawberry.type(description="A unit and its place in the list.")
class SerialEdge:
    """A unit and its cursor."""

    node: Serial = strawberry.field(description="The unit.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of units.")
class SerialConnection(Page):
    """A page of units; resolved from `Connection`."""

    edges: list[SerialEdge] = strawberry.field(description="The units with their cursors.")
    nodes: list[Serial] = strawberry.field(description="The units alone.")


@strawberry.input(description="Which units: all conditions hold, and of a list any one does.")
class SerialFilter:
    """Which units."""

    sku: str | None = strawberry.field(default=None, description="What it is.")
    serial: str | None = strawberry.field(default=None, description="The serial number.")
    location: list[str] | None = strawberry.field(
        default=None, description="Codes of locations where they are, or were last."
    )
    status: list[SerialStatus] | None = strawberry.field(default=None, description="Where it is.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The order that they left with last."
    )


@strawberry.input(description="The serial numbers of units of an order line.")
class LineSerialsInput:
    """The serial numbers of units of an order line."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    serials: list[str] = strawberry.field(description="One for each unit.")


@strawberry.input(description="The serial numbers of units of a SKU.")
class SkuSerialsInput:
    """The serial numbers of units of a SKU."""

    sku: str = strawberry.field(description="What they are of.")
    serials: list[str] = strawberry.field(description="One for each unit.")


@strawberry.input
class OnSerialsInput(DatedInput):
    """What every input on serial numbers names."""

    sku: str = strawberry.field(description="A product that has serial numbers.")
    location: str = strawberry.field(description="Code of the location.")
    serials: list[str] = strawberry.field(description="1 to 1,000 of them.")
    reason: str = strawberry.field(description="Why, such as a count.")


@strawberry.input(description="Say that units with these serial numbers are at a location.")
class RecordSerialsInput(OnSerialsInput):
    """Say that units are at a location."""

    condition: StockCondition = strawberry.field(
        default=StockCondition.AVAILABLE, description="The condition that they are in."
    )


@strawberry.input(description="Say that units with these serial numbers are gone.")
class WriteOffSerialsInput(OnSerialsInput):
    """Say that units are gone."""


@strawberry.type(description="What became of a command on serial numbers.")
class SerialsPayload(Payload):
    """What became of a command on serial numbers."""

    product: Product | None = resolved(
        the_view, Product | None, "What the units are; null when it was refused."
    )


@strawberry.type
class SerialMutations:
    """Commands on serial numbers alone: the figures of the stock stay as they are."""

    @mutation(
        SerialsPayload,
        "Say that units with these serial numbers are at a location, as a count found. The figure"
        " of the stock stays: count or adjust it apart.",
    )
    async def record_serials(self, info: Info, input: RecordSerialsInput) -> Answer:
        """Record serial numbers."""
        return await info.context.gateway.carry_out(info.context.cause, input, RecordSerials)

    @mutation(
        SerialsPayload,
        "Say that units with these serial numbers are not at a location any more, nor elsewhere."
        " The figure of the stock stays: count or adjust it apart.",
    )
    async def write_off_serials(self, info: Info, input: WriteOffSerialsInput) -> Answer:
        """Write serial numbers off."""
        return await info.context.gateway.carry_out(info.context.cause, input, WriteOffSerials)


@strawberry.input(description="How a list of units is sorted.")
class SerialSort(Sorting):
    """How a list of units is sorted."""

    field: SerialSortField = strawberry.field(description="By what.")


@strawberry.type
class SerialQueries:
    """Queries on serial numbers."""

    @query(
        SerialConnection,
        "Where units with serial numbers are and with which order they left; in the order in which"
        " they came in first, unless they are sorted otherwise.",
    )
    async def serials(
        self,
        info: Info,
        *,
        filter: Annotated[
            SerialFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            SerialSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[SerialView]:
        """List units."""
        part = SERIALS.part(sort, first, after, last, before)
        asked = filtered(serials.SerialFilter, filter)
        if asked.order_id is not None:
            asked = replace(asked, order_id=str(parse_id("Order", asked.order_id)))
        await info.context.reached(min_position, "serials")
        return await SERIALS.page(info.context.pool, serials.where(asked), part)
