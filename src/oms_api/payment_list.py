"""The payments of all orders: to find what a provider is waited for, or a person."""

from __future__ import annotations

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
from oms_api.payment_types import Payment
from oms_core.payments.view import PaymentState, PaymentView
from oms_projections import payments
from oms_projections.payments import PaymentSortField

describe(
    PaymentSortField,
    "What a list of payments is sorted by.",
    OPENED="The order in which they were opened.",
    EXPIRES_AT="When what is set aside lapses; what does not comes after all that does.",
)

PAYMENTS = Paged("payments", payments.LIST)
"""All payments."""


@strawberry.type(description="A payment and its place in the list.")
class PaymentEdge:
    """A payment and its cursor."""

    node: Payment = strawberry.field(description="The payment.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of payments.")
class PaymentConnection(Page):
    """A page of payments; resolved from `Connection`."""

    edges: list[PaymentEdge] = strawberry.field(description="The payments with their cursors.")
    nodes: list[Payment] = strawberry.field(description="The payments alone.")


@strawberry.input(description="Which payments: all conditions hold, and of a list any one does.")
class PaymentFilter:
    """Which payments."""

    status: list[PaymentState] | None = strawberry.field(
        default=None, description="Where it stands."
    )
    provider: list[str] | None = strawberry.field(
        default=None, description="Names of payment providers."
    )
    method: list[str] | None = strawberry.field(
        default=None, description="How the customer pays, such as card."
    )
    reference: str | None = strawberry.field(
        default=None, description="The reference it was opened under."
    )
    contested: bool | None = strawberry.field(
        default=None,
        description="Whether its provider told of a refund of more than was here, and nobody has"
        " decided yet: see `decideContestedRefund`.",
    )
    expires_before: datetime | None = strawberry.field(
        default=None, description="What is set aside lapses before this moment."
    )


@strawberry.input(description="How a list of payments is sorted.")
class PaymentSort(Sorting):
    """How a list of payments is sorted."""

    field: PaymentSortField = strawberry.field(description="By what.")


@strawberry.type
class PaymentQueries:
    """Queries on payments."""

    @query(
        PaymentConnection,
        "The payments of all orders; the newest first, unless they are sorted otherwise.",
    )
    async def payments(
        self,
        info: Info,
        *,
        filter: Annotated[
            PaymentFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            PaymentSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[PaymentView]:
        """List payments."""
        part = PAYMENTS.part(sort, first, after, last, before)
        where = payments.where(filtered(payments.PaymentFilter, filter))
        await info.context.reached(min_position, "payments", "orders")
        return await PAYMENTS.page(info.context.pool, where, part)
