"""Returns: goods that a customer sends back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_order, the_view
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.enums import describe
from oms_api.gateway import new_id
from oms_api.inputs import LineQuantityInput, VersionedInput
from oms_api.nodes import Node, id_of
from oms_core.returns.commands import ReceiveReturn, RequestReturn
from oms_core.returns.goods_return import ReturnStatus, ReturnView

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    ReturnStatus,
    "How far a return has come.",
    REQUESTED="The goods are to come back.",
    RECEIVED="The goods came back.",
    REJECTED="The goods are not taken back.",
    CANCELLED="The customer keeps the goods.",
)


@strawberry.type(description="Units of one order line that come back.")
class ReturnLine:
    """Units of one order line that come back."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What comes back.")
    quantity: int = strawberry.field(description="How many units.")


@strawberry.type(description="Goods that a customer sends back.")
class Return(Node):
    """A return; resolved from `ReturnView`."""

    id: strawberry.ID = resolved(id_of("Return"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    status: ReturnStatus = strawberry.field(description="How far it has come.")
    lines: list[ReturnLine] = strawberry.field(description="Which units come back.")
    reason: str = strawberry.field(description="Why the customer sends them back.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a return."""
        return isinstance(value, ReturnView)


@strawberry.input(description="Announce that delivered units are to come back.")
class RequestReturnInput(VersionedInput):
    """Announce that delivered units are to come back."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    lines: list[LineQuantityInput] = strawberry.field(
        description="Which units; they were delivered and are in no return yet."
    )
    reason: str = strawberry.field(description="Why they come back.")


@strawberry.input(description="Take the goods of a return in.")
class ReceiveReturnInput(VersionedInput):
    """Take the goods of a return in."""

    return_id: strawberry.ID = strawberry.field(description="The return's id.")
    restock: bool = strawberry.field(
        description="True: sellable again, where they came from. False: set apart."
    )


@strawberry.type(description="What became of a command on a return.")
class ReturnPayload(Payload):
    """What became of a command on a return."""

    return_: Return | None = strawberry.field(
        name="return",
        resolver=the_view,
        graphql_type=Return | None,
        description="The return right after the command; null when it was refused.",
    )
    order: LazyOrder | None = resolved(the_order, LazyOrder | None, "Its order, as it is now.")


@strawberry.type
class ReturnMutations:
    """Commands on returns."""

    @mutation(ReturnPayload, "Announce that delivered units are to come back.")
    async def request_return(self, info: Info, input: RequestReturnInput) -> Answer:
        """Open a return."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, RequestReturn, return_id=new_id()
        )

    @mutation(ReturnPayload, "Take the goods of a return in. A refund is a command of its own.")
    async def receive_return(self, info: Info, input: ReceiveReturnInput) -> Answer:
        """Take the goods in."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReceiveReturn)
