"""Orders: find them, and decide about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from oms_api.answers import Answer, Payload
from oms_api.arguments import MinPosition
from oms_api.connections import After, Before, Connection, First, Keyset, Last, PageInfo
from oms_api.context import Info
from oms_api.declare import mutation, query
from oms_api.failures import InvalidArgument
from oms_api.gateway import new_id
from oms_api.nodes import parse_id
from oms_api.order_inputs import (
    CancelOrderInput,
    HoldOrderInput,
    PlaceOrderInput,
    ReleaseOrderInput,
)
from oms_api.order_types import Order
from oms_api.sources import FoldedStreams, SourcedOrder
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseOrder
from oms_core.orders.order import order_id
from oms_core.orders.placing import PlaceOrder
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus
from oms_projections import orders

NUMBER_TAKEN = "ORDER_NUMBER_TAKEN"

ORDERS: Keyset[tuple[datetime, UUID], SourcedOrder] = Keyset(
    "orders",
    encode=lambda order: [order.view.placed_at.isoformat(), str(order.view.id)],
    decode=lambda key: (datetime.fromisoformat(key[0]), UUID(key[1])),
)
"""Orders by the time they were placed, newest first."""


@strawberry.type(description="An order and its place in the list.")
class OrderEdge:
    """An order and its cursor."""

    node: Order = strawberry.field(description="The order.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of orders, newest first.")
class OrderConnection:
    """A page of orders; resolved from `Connection`."""

    edges: list[OrderEdge] = strawberry.field(description="The orders with their cursors.")
    nodes: list[Order] = strawberry.field(description="The orders alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")


@strawberry.input(description="Which orders: all conditions hold, and of a list any one does.")
class OrderFilter:
    """Which orders."""

    status: list[OrderStatus] | None = strawberry.field(
        default=None, description="Where it stands as a whole."
    )
    payment_status: list[PaymentStatus] | None = strawberry.field(
        default=None, description="What was paid."
    )
    fulfillment_status: list[FulfillmentStatus] | None = strawberry.field(
        default=None, description="What was shipped."
    )
    channel: list[str] | None = strawberry.field(default=None, description="Where it was placed.")
    customer: str | None = strawberry.field(
        default=None, description="The shop's own id of the customer."
    )
    sku: str | None = strawberry.field(default=None, description="It has a line with this SKU.")
    placed_from: datetime | None = strawberry.field(
        default=None, description="Placed at this moment or later."
    )
    placed_to: datetime | None = strawberry.field(
        default=None, description="Placed before this moment."
    )
    search: str | None = strawberry.field(
        default=None, description="Text in its number, customer, SKUs or product names."
    )


@strawberry.type(description="What became of a command on an order.")
class OrderPayload(Payload):
    """What became of a command on an order."""

    @query(Order | None, "The order right after the command; null when it was refused.")
    @staticmethod
    def order(root: strawberry.Parent[Answer]) -> SourcedOrder | None:
        """Show the order, and read what belongs to it past the projections."""
        return None if root.view is None else SourcedOrder(root.view, root.source)


@strawberry.type
class OrderMutations:
    """Commands on orders."""

    @mutation(
        OrderPayload,
        "Promise goods to a customer: the order and its stock are written at once, or neither.",
    )
    async def place_order(self, info: Info, input: PlaceOrderInput) -> Answer:
        """Place an order: under the caller's number, or under the next that nobody has taken."""
        if input.number is not None:
            return await _placed(info, input, input.number)
        while True:
            answer = await _placed(info, input, await info.context.gateway.numbers.next())
            if not any(error.reason == NUMBER_TAKEN for error in answer.user_errors):
                return answer

    @mutation(OrderPayload, "Keep an order from going to a warehouse. It may have several holds.")
    async def hold_order(self, info: Info, input: HoldOrderInput) -> Answer:
        """Place a hold."""
        context = info.context
        return await context.gateway.carry_out(context.cause, input, HoldOrder, hold_id=new_id())

    @mutation(OrderPayload, "Release every hold of an order, so that it may go on.")
    async def release_order(self, info: Info, input: ReleaseOrderInput) -> Answer:
        """Release all holds."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReleaseOrder)

    @mutation(
        OrderPayload,
        "Cancel units that have not left a warehouse; their stock is free again at once.",
    )
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> Answer:
        """Cancel units, or the whole order."""
        return await info.context.gateway.carry_out(info.context.cause, input, CancelOrder)


@strawberry.type
class OrderQueries:
    """Queries on orders."""

    @query(
        Order | None,
        "One order by its id or its number, as it is, as it was known at a moment, or"
        " as it was after one of its events.",
    )
    async def order(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its number.")] = None,
        as_of: Annotated[
            datetime | None,
            strawberry.argument(
                description="As it was known then: by the time of recording, also when things"
                " were dated earlier."
            ),
        ] = None,
        version: Annotated[
            int | None, strawberry.argument(description="As it was after its event of this number.")
        ] = None,
        min_position: MinPosition = None,
    ) -> SourcedOrder | None:
        """Find one order."""
        stream = _stream(id, number)
        context = info.context
        past = FoldedStreams(context.pool, as_of)
        if version is not None:
            return await past.order_at(stream, version)
        if as_of is not None:
            return await past.order(stream)
        await context.reached(min_position, "orders", "shipments", "returns")
        return await context.tables.order(stream)

    @query(OrderConnection, "Orders, newest first by the time of placing.")
    async def orders(
        self,
        info: Info,
        *,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[SourcedOrder]:
        """List orders."""
        window = ORDERS.window(first, after, last, before)
        context = info.context
        await context.reached(min_position, "orders", "shipments", "returns")
        async with context.pool.connection() as connection:
            found = await orders.page(
                connection,
                _condition(filter or OrderFilter()),
                limit=window.size + 1,
                after=window.after,
                before=window.before,
                backward=window.backward,
            )
        return ORDERS.connection([SourcedOrder(v, context.tables) for v in found], window)


async def _placed(info: Info, given: PlaceOrderInput, number: str) -> Answer:
    context = info.context
    return await context.gateway.carry_out(
        context.cause, given, PlaceOrder, moment="placed_at", number=number
    )


def _condition(given: OrderFilter) -> orders.OrderFilter:
    return orders.OrderFilter(**vars(given))


def _stream(id: str | None, number: str | None) -> UUID:
    if id is not None and number is None:
        return parse_id("Order", id)
    if number is not None and id is None:
        return order_id(number)
    raise InvalidArgument("Give either `id` or `number`.")
