"""The claims of all orders: what is to be decided."""

from __future__ import annotations

from typing import Annotated

import strawberry

from oms_api.arguments import MinPosition
from oms_api.claims import Claim
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
from oms_core.claims.claim import ClaimStatus, ClaimView
from oms_projections import claims
from oms_projections.claims import ClaimSortField

describe(
    ClaimSortField,
    "What a list of claims is sorted by.",
    OPENED="The order in which they were opened.",
)

CLAIMS = Paged("claims", claims.LIST)
"""All claims."""


@strawberry.type(description="A claim and its place in the list.")
class ClaimEdge:
    """A claim and its cursor."""

    node: Claim = strawberry.field(description="The claim.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of claims.")
class ClaimConnection(Page):
    """A page of claims; resolved from `Connection`."""

    edges: list[ClaimEdge] = strawberry.field(description="The claims with their cursors.")
    nodes: list[Claim] = strawberry.field(description="The claims alone.")


@strawberry.input(description="Which claims: all conditions hold, and of a list any one does.")
class ClaimFilter:
    """Which claims."""

    status: list[ClaimStatus] | None = strawberry.field(
        default=None, description="How far it has come."
    )


@strawberry.input(description="How a list of claims is sorted.")
class ClaimSort(Sorting):
    """How a list of claims is sorted."""

    field: ClaimSortField = strawberry.field(description="By what.")


@strawberry.type
class ClaimQueries:
    """Queries on claims."""

    @query(
        ClaimConnection,
        "The claims of all orders;"
        " in the order in which they were opened, unless sorted otherwise.",
    )
    async def claims(
        self,
        info: Info,
        *,
        filter: Annotated[
            ClaimFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[ClaimSort | None, strawberry.argument(description="In this order.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[ClaimView]:
        """List claims."""
        part = CLAIMS.part(sort, first, after, last, before)
        where = claims.where(filtered(claims.ClaimFilter, filter))
        await info.context.reached(min_position, "claims", "orders")
        return await CLAIMS.page(info.context.pool, where, part)
