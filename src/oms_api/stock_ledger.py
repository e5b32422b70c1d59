"""The stock ledger: every movement, with its reason and the balance after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

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
from oms_api.declare import query
from oms_api.enums import describe
from oms_api.failures import InvalidArgument
from oms_api.scalars import Position
from oms_projections import stock_ledger
from oms_projections.stock_ledger import LedgerEntry, StockMovementSortField

describe(
    StockMovementSortField,
    "What a list of movements is sorted by.",
    POSITION="The order in which they became known.",
    OCCURRED_AT="When they happened, whenever that became known.",
)

LEDGER = Paged("stock_ledger", stock_ledger.LIST)
"""The movements of a SKU."""


@strawberry.type(description="One movement of a SKU at a location.")
class StockMovement:
    """One movement; resolved from `LedgerEntry`."""

    position: Position = strawberry.field(description="Where its event stands in the log.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    sku: str = strawberry.field(description="What was moved.")
    location: str = strawberry.field(description="Where, by the location's code.")
    type: str = strawberry.field(description='What happened: the event, such as "StockReceived".')
    quantity: int = strawberry.field(
        description="What it added to what is there; 0 when only the condition changed."
    )
    quality_hold: int = strawberry.field(description="What it added to what is on quality hold.")
    damaged: int = strawberry.field(description="What it added to what is damaged.")
    balance: int = strawberry.field(
        description="What is there after it: the sum of all quantities up to here."
    )
    reason: str | None = strawberry.field(description="Why, where somebody had to say so.")
    reference: str | None = strawberry.field(
        description="The document that it belongs to: a delivery note, a counting list, a shipment."
    )


@strawberry.type(description="A movement and its place in the ledger.")
class StockMovementEdge:
    """A movement and its cursor."""

    node: StockMovement = strawberry.field(description="The movement.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of the ledger.")
class StockMovementConnection(Page):
    """A page of the ledger; resolved from `Connection`."""

    edges: list[StockMovementEdge] = strawberry.field(description="Movements with their cursors.")
    nodes: list[StockMovement] = strawberry.field(description="The movements alone.")


@strawberry.input(description="Which movements: all conditions hold, and of a list any one does.")
class StockMovementFilter:
    """Which movements."""

    location: list[str] | None = strawberry.field(default=None, description="Codes of locations.")
    type: list[str] | None = strawberry.field(
        default=None, description='What happened: the events, such as "StockReceived".'
    )
    reference: str | None = strawberry.field(
        default=None, description="The document that it belongs to."
    )
    occurred_from: datetime | None = strawberry.field(
        default=None, description="It happened at this moment or later."
    )
    occurred_to: datetime | None = strawberry.field(
        default=None, description="It happened before this moment."
    )


@strawberry.input(description="How a list of movements is sorted.")
class StockMovementSort(Sorting):
    """How a list of movements is sorted."""

    field: StockMovementSortField = strawberry.field(description="By what.")


@strawberry.type
class StockLedgerQueries:
    """Queries on the ledger."""

    @query(
        StockMovementConnection,
        "Why the figure is what it is: every movement of a SKU, oldest first unless sorted"
        " otherwise.",
    )
    async def stock_ledger(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="What was moved.")],
        location: Annotated[
            str | None,
            strawberry.argument(description="Only at this location; at all of them if missing."),
        ] = None,
        filter: Annotated[
            StockMovementFilter | None,
            strawberry.argument(description="Only these; all when missing."),
        ] = None,
        sort: Annotated[
            StockMovementSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[LedgerEntry]:
        """Read a page of the ledger."""
        part = LEDGER.part(sort, first, after, last, before)
        wanted = filtered(stock_ledger.StockMovementFilter, filter)
        if location is not None:
            if wanted.location is not None:
                raise InvalidArgument("Name the location in `location` or in the filter, not both.")
            wanted = replace(wanted, location=[location])
        await info.context.reached(min_position, "stock_ledger")
        return await LEDGER.page(info.context.pool, stock_ledger.where(sku, wanted), part)
