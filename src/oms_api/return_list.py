"""The returns of all orders: what is to be approved, and what stands on the ramp."""

from __future__ import annotations

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
from oms_api.returns import Return
from oms_core.returns.view import ReturnStatus, ReturnView
from oms_projections import returns
from oms_projections.returns import ReturnSortField

describe(
    ReturnSortField,
    "What a list of returns is sorted by.",
    REQUESTED="The order in which they were requested.",
)

RETURNS = Paged("returns", returns.LIST)
"""All returns."""


@strawberry.type(description="A return and its place in the list.")
class ReturnEdge:
    """A return and its cursor."""

    node: Return = strawberry.field(description="The return.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of returns.")
class ReturnConnection(Page):
    """A page of returns; resolved from `Connection`."""

    edges: list[ReturnEdge] = strawberry.field(description="The returns with their cursors.")
    nodes: list[Return] = strawberry.field(description="The returns alone.")


@strawberry.input(description="Which returns: all conditions hold, and of a list any one does.")
class ReturnFilter:
    """Which returns."""

    status: list[ReturnStatus] | None = strawberry.field(
        default=None, description="How far it has come."
    )
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of the parcel that comes back."
    )


@strawberry.input(description="How a list of returns is sorted.")
class ReturnSort(Sorting):
    """How a list of returns is sorted."""

    field: ReturnSortField = strawberry.field(description="By what.")


@strawberry.type
class ReturnQueries:
    """Queries on returns."""

    @query(
        ReturnConnection,
        "The returns of all orders;"
        " in the order of their requests, unless they are sorted otherwise.",
    )
    async def returns(
        self,
        info: Info,
        *,
        filter: Annotated[
            ReturnFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            ReturnSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[ReturnView]:
        """List returns."""
        part = RETURNS.part(sort, first, after, last, before)
        where = returns.where(filtered(returns.ReturnFilter, filter))
        await info.context.reached(min_position, "returns", "orders")
        return await RETURNS.page(info.context.pool, where, part)
