"""Orders: find them, and decide about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from oms_api import past_orders
from oms_api.answers import Answer, Payload, UserError
from oms_api.arguments import AsOf, MinPosition, ValidAt
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
from oms_api.context import Context, Info
from oms_api.declare import mutation, query
from oms_api.enums import describe
from oms_api.failures import InvalidArgument
from oms_api.folded_streams import FoldedStreams
from oms_api.gateway import user_error
from oms_api.nodes import parse_id
from oms_api.order_inputs import (
    CancelOrderInput,
    PlaceOrderInput,
    PlaceOrdersInput,
)
from oms_api.order_types import Order
from oms_api.rights.reach import REACH
from oms_api.scalars import Position
from oms_api.sources import ORDER_TABLES, SourcedOrder
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import CancelOrder
from oms_core.orders.holds import HoldKind
from oms_core.orders.order import order_id
from oms_core.orders.placing import PlaceOrder
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus
from oms_core.runtime.command_bus import LARGEST_GROUP
from oms_projections import orders
from oms_projections.orders import OrderSortField

describe(
    OrderSortField,
    "What a list of orders is sorted by.",
    PLACED_AT="The time of placing. A list that is not sorted otherwise has the newest first.",
    NUMBER="The number, as text.",
    TOTAL="What is to be paid. Only within one currency, which the filter names.",
)

ORDERS = Paged("orders", orders.LIST)
"""All orders."""


@strawberry.type(description="An order and its place in the list.")
class OrderEdge:
    """An order and its cursor."""

    node: Order = strawberry.field(description="The order.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of orders.")
class OrderConnection(Page):
    """A page of orders; resolved from `Connection`."""

    edges: list[OrderEdge] = strawberry.field(description="The orders with their cursors.")
    nodes: list[Order] = strawberry.field(description="The orders alone.")


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
    hold_kind: list[HoldKind] | None = strawberry.field(
        default=None, description="It has an open hold of this kind."
    )
    escalated: bool | None = strawberry.field(
        default=None, description="Whether a hold of it waits longer than it should."
    )
    tag: list[str] | None = strawberry.field(
        default=None, description="It has any of these tags, in lower case."
    )
    currency: str | None = strawberry.field(default=None, description="Its currency, such as EUR.")
    search: str | None = strawberry.field(
        default=None, description="Text in its number, customer or SKUs; 3 characters or more."
    )


@strawberry.input(description="How a list of orders is sorted.")
class OrderSort(Sorting):
    """How a list of orders is sorted."""

    field: OrderSortField = strawberry.field(description="By what.")


@strawberry.type(description="What became of a command on an order.")
class OrderPayload(Payload):
    """What became of a command on an order."""

    @query(Order | None, "The order right after the command; null when it was refused.")
    @staticmethod
    def order(root: strawberry.Parent[Answer]) -> SourcedOrder | None:
        """Show the order, and read what belongs to it past the projections."""
        return None if root.view is None else SourcedOrder(root.view, root.source)

    @query(
        str | None,
        "What a guest follows the order with, together with its number, in `trackOrder`. It belongs"
        " in the confirmation, and stays the same.",
    )
    @staticmethod
    def tracking_secret(root: strawberry.Parent[Answer], info: Info) -> str | None:
        """Give the secret of the order."""
        return None if root.view is None else info.context.tracking.secret(root.view.id)


@strawberry.type(description="What became of a batch of orders.")
class PlaceOrdersPayload:
    """What became of a batch; resolved from `Answers`."""

    user_errors: list[UserError] = strawberry.field(
        description="Why the batch as a whole was refused; then no order was placed."
    )
    results: list[OrderPayload | None] = strawberry.field(
        description="One answer each, in the order of the input. Null is an order that may be sent"
        " again, with its key: `errors` tells why, with the path of it."
    )
    position: Position | None = strawberry.field(
        description="Where the last event of the batch stands. Null when nothing was written."
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """The outcome of a batch: what each order got, or the fault that kept it from an answer."""

    results: list[Answer | BaseException] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)

    @property
    def position(self) -> int | None:
        """The last position that any of the orders got."""
        given = [one.position for one in self.results if isinstance(one, Answer) and one.position]
        return max(given, default=None)


@strawberry.type
class OrderMutations:
    """Commands on orders."""

    @mutation(
        OrderPayload,
        "Promise goods to a customer: the order and its stock are written at once, or neither.",
    )
    async def place_order(self, info: Info, input: PlaceOrderInput) -> Answer:
        """Place an order: under the caller's number, or under the next that nobody has taken."""
        return await _place(info.context, input)

    @mutation(
        PlaceOrdersPayload,
        "Place up to 500 orders, for marketplaces and imports. Each stands alone, as if it had been"
        " sent by itself: some may be refused while others are placed. Keys are those of"
        " `placeOrder`.",
    )
    async def place_orders(self, info: Info, input: PlaceOrdersInput) -> Answers:
        """Place orders, a few dozen at a time, so that others get their turn in between."""
        try:
            input.check()
        except Refusal as refusal:
            return Answers(user_errors=[user_error(refusal)])
        context, waiting = info.context, enumerate(input.orders)
        found: dict[int, Answer | BaseException] = {}

        async def place() -> None:
            for i, given in waiting:
                try:
                    answer = await _place(context, given)
                except Exception as fault:  # noqa: BLE001 - it is the answer to that order
                    found[i] = fault
                    continue
                for error in answer.user_errors:
                    error.field = error.field and ["input", "orders", str(i), *error.field[1:]]
                found[i] = answer

        at_once = min(LARGEST_GROUP, len(input.orders))
        await asyncio.gather(*(place() for _ in range(at_once)))
        return Answers([found[i] for i in range(len(input.orders))])

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
        "One order by its id or its number, as it is, as it was known or truly was at a moment, or"
        " as it was after one of its events.",
    )
    async def order(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its number.")] = None,
        as_of: AsOf = None,
        valid_at: ValidAt = None,
        version: Annotated[
            int | None, strawberry.argument(description="As it was after its event of this number.")
        ] = None,
        min_position: MinPosition = None,
    ) -> SourcedOrder | None:
        """Find one order."""
        stream = _stream(id, number)
        context = info.context
        past = FoldedStreams(context.pool, as_of, valid_at)
        if version is not None:
            return await past.order_at(stream, version)
        if as_of is not None or valid_at is not None:
            return await past.order(stream)
        await context.reached(min_position, *ORDER_TABLES)
        return await context.tables.order(stream)

    @query(
        OrderConnection,
        "Orders; newest first by the time of placing, unless they are sorted otherwise. Those of an"
        " earlier moment are always so, and folded from their events; a page looks at 2,000 of them"
        " at most, and may then have fewer than asked for, with more to come.",
    )
    async def orders(
        self,
        info: Info,
        *,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[OrderSort | None, strawberry.argument(description="In this order.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        as_of: AsOf = None,
        valid_at: ValidAt = None,
        min_position: MinPosition = None,
    ) -> Connection[SourcedOrder]:
        """List orders."""
        context = info.context
        part = ORDERS.part(sort, first, after, last, before)
        wanted = REACH.get().narrowed(filtered(orders.OrderFilter, filter))
        await context.reached(min_position, *ORDER_TABLES)
        if as_of is not None or valid_at is not None:
            past = FoldedStreams(context.pool, as_of, valid_at)
            return await past_orders.page(ORDERS, past, wanted, part)
        if sort is not None and sort.field is OrderSortField.TOTAL and wanted.currency is None:
            raise InvalidArgument("Totals are compared within one currency: filter by `currency`.")
        where = orders.where(wanted)
        return await ORDERS.page(
            context.pool, where, part, lambda view: SourcedOrder(view, context.tables)
        )


def _place(context: Context, given: PlaceOrderInput) -> Awaitable[Answer]:
    return context.gateway.carry_out_numbered(context.cause, given, PlaceOrder, moment="placed_at")


def _stream(id: str | None, number: str | None) -> UUID:
    if id is not None and number is None:
        return parse_id("Order", id)
    if number is not None and id is None:
        return order_id(number)
    raise InvalidArgument("Give either `id` or `number`.")
