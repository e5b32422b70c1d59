"""Commands on holds."""

from __future__ import annotations

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.gateway import new_id
from oms_api.holds import HoldOrderInput, ReleaseHoldInput, ReleaseOrderInput
from oms_api.orders import OrderPayload
from oms_core.orders.commands import HoldOrder, ReleaseHold, ReleaseOrder


@strawberry.type
class HoldMutations:
    """Commands on holds."""

    @mutation(OrderPayload, "Keep an order from going to a warehouse. It may have several holds.")
    async def hold_order(self, info: Info, input: HoldOrderInput) -> Answer:
        """Place a hold."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, HoldOrder, moment="placed_at", hold_id=new_id()
        )

    @mutation(OrderPayload, "Release every hold of an order, so that it may go on.")
    async def release_order(self, info: Info, input: ReleaseOrderInput) -> Answer:
        """Release all holds."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ReleaseOrder, released_by=context.who.subject
        )

    @mutation(OrderPayload, "Release one hold of an order; it goes on when that was the last one.")
    async def release_hold(self, info: Info, input: ReleaseHoldInput) -> Answer:
        """Release one hold."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ReleaseHold, released_by=context.who.subject
        )
