"""An order, for a guest who has its number and the secret from its confirmation."""

from __future__ import annotations

from typing import Annotated

import strawberry

from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import query
from oms_api.order_types import Order
from oms_api.sources import ORDER_TABLES, SourcedOrder
from oms_core.orders.order import order_id


@strawberry.type
class TrackingQueries:
    """Queries of guests."""

    @query(
        Order | None,
        "One order, for whoever has its number and the secret that `placeOrder` gave. Null when"
        " either is wrong, without telling which.",
    )
    async def track_order(
        self,
        info: Info,
        *,
        number: Annotated[str, strawberry.argument(description="The order's number.")],
        secret: Annotated[
            str, strawberry.argument(description="The `trackingSecret` of its confirmation.")
        ],
        min_position: MinPosition = None,
    ) -> SourcedOrder | None:
        """Find an order. For a wrong secret it is not even looked whether there is one."""
        context, id = info.context, order_id(number)
        if not context.tracking.is_right(id, secret):
            return None
        await context.reached(min_position, *ORDER_TABLES)
        return await context.tables.tracked(id)
