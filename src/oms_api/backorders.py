"""Backorders: who waits for stock, and what the customers are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from oms_api.answers import Answer
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
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.inputs import VersionedInput
from oms_api.nodes import id_of
from oms_api.order_types import Order
from oms_api.orders import OrderPayload
from oms_api.sources import SourcedOrder
from oms_core.backorders.commands import RevisePromise
from oms_projections import backorders
from oms_projections.backorders import Backorder as Row
from oms_projections.backorders import BackorderSortField

describe(
    BackorderSortField,
    "What a list of lines that wait is sorted by.",
    TURN="Whose turn it is: by the order's time, then its priority.",
)

BACKORDERS = Paged("backorders", backorders.LIST)
"""Those who wait for a SKU."""


async def _order(root: strawberry.Parent[Row], info: Info) -> SourcedOrder | None:
    return await info.context.tables.order(root.order_id)


@strawberry.type(description="Units of an order line that wait for stock.")
class Backorder:
    """One line that waits; resolved from a row."""

    order: Order | None = resolved(_order, Order | None, "The order.")
    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The line of the order."
    )
    sku: str = strawberry.field(description="What it waits for.")
    quantity: int = strawberry.field(description="How many units.")
    placed_at: datetime = strawberry.field(description="When the order was placed.")
    priority: int = strawberry.field(description="Decides among orders of one moment.")
    pickup_location: str | None = strawberry.field(
        description="The only location that it takes stock from; null: any."
    )


@strawberry.type(description="A line that waits and its place in the queue.")
class BackorderEdge:
    """A line and its cursor."""

    node: Backorder = strawberry.field(description="The line.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of those who wait for a SKU.")
class BackorderConnection(Page):
    """A page of lines; resolved from `Connection`."""

    edges: list[BackorderEdge] = strawberry.field(description="The lines with their cursors.")
    nodes: list[Backorder] = strawberry.field(description="The lines alone.")


@strawberry.input(description="Which lines: all conditions hold, and of a list any one does.")
class BackorderFilter:
    """Which lines."""

    pickup_location: list[str] | None = strawberry.field(
        default=None, description="Codes of locations: it takes stock from one of them alone."
    )
    placed_from: datetime | None = strawberry.field(
        default=None, description="Its order was placed at this moment or later."
    )
    placed_to: datetime | None = strawberry.field(
        default=None, description="Its order was placed before this moment."
    )


@strawberry.input(description="How a list of lines that wait is sorted.")
class BackorderSort(Sorting):
    """How a list of lines is sorted."""

    field: BackorderSortField = strawberry.field(description="By what.")


@strawberry.input(description="Tell the customer another day for units that wait for stock.")
class RevisePromiseInput(VersionedInput):
    """Tell the customer another day."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    promised_by: datetime = strawberry.field(description="When it should be there now.")
    reason: str = strawberry.field(description="Why it is another day.")


@strawberry.type
class BackorderMutations:
    """Commands on backorders."""

    @mutation(
        OrderPayload,
        "Tell the customer another day for units that wait for stock. A line is not cancelled for"
        " its long wait before the day that was promised.",
    )
    async def revise_promise(self, info: Info, input: RevisePromiseInput) -> Answer:
        """Revise a promise."""
        return await info.context.gateway.carry_out(info.context.cause, input, RevisePromise)


@strawberry.type
class BackorderQueries:
    """Queries on backorders."""

    @query(
        BackorderConnection,
        "Who waits for a SKU: the ones that get what arrives next first, unless sorted otherwise.",
    )
    async def backorders(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="What they wait for.")],
        filter: Annotated[
            BackorderFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            BackorderSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[Row]:
        """List those who wait."""
        part = BACKORDERS.part(sort, first, after, last, before)
        where = backorders.where(sku, filtered(backorders.BackorderFilter, filter))
        await info.context.reached(min_position, "backorders", "orders")
        return await BACKORDERS.page(info.context.pool, where, part)
