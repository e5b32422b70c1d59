"""The stock ledger: every movement, with its reason and the balance after it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from oms_api.arguments import MinPosition
from oms_api.connections import After, Before, Connection, First, Keyset, Last, PageInfo
from oms_api.context import Info
from oms_api.declare import query
from oms_api.scalars import Position
from oms_projections import stock_ledger
from oms_projections.stock_ledger import LedgerEntry

LEDGER: Keyset[int, LedgerEntry] = Keyset(
    "stock_ledger", encode=lambda entry: [entry.position], decode=lambda key: int(key[0])
)
"""Movements in the order of the log."""


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


@strawberry.type(description="A page of the ledger, oldest first.")
class StockMovementConnection:
    """A page of the ledger; resolved from `Connection`."""

    edges: list[StockMovementEdge] = strawberry.field(description="Movements with their cursors.")
    nodes: list[StockMovement] = strawberry.field(description="The movements alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the ledger.")


@strawberry.type
class StockLedgerQueries:
    """Queries on the ledger."""

    @query(
        StockMovementConnection,
        "Why the figure is what it is: every movement of a SKU, oldest first.",
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
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[LedgerEntry]:
        """Read a page of the ledger."""
        window = LEDGER.window(first, after, last, before)
        await info.context.reached(min_position, "stock_ledger")
        async with info.context.pool.connection() as connection:
            rows = await stock_ledger.page(
                connection,
                sku,
                location,
                limit=window.size + 1,
                after=window.after,
                before=window.before,
                backward=window.backward,
            )
        return LEDGER.connection(rows, window)
