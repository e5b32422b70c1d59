"""Returns: goods that a customer sends back, and what he gets for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from oms_api.answers import Payload, the_order, the_view
from oms_api.belonging import the_order_of
from oms_api.context import Info
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.money import Money, own_amount_of, written
from oms_api.nodes import Node, global_id, id_of
from oms_api.sources import SourcedOrder
from oms_core.kernel import money
from oms_core.orders.events import CreditedLine
from oms_core.returns.events import Condition, ReturnResolved
from oms_core.returns.goods_return import Return as GoodsReturn
from oms_core.returns.policy import ReturnReason
from oms_core.returns.view import ReturnStatus, ReturnView

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    ReturnStatus,
    "How far a return has come. Values may be added: have a default branch.",
    REQUESTED="The goods are to come back.",
    APPROVED="The shop agreed to take the goods back.",
    IN_TRANSIT="The goods are on their way back.",
    PARTIALLY_RECEIVED="Some units came back, others are still expected.",
    RECEIVED="The goods came back.",
    CLOSED="It is done; nothing more is expected.",
    REJECTED="The goods are not taken back.",
    CANCELLED="The customer keeps the goods.",
)
describe(
    ReturnReason,
    "Why a customer sends something back. Values may be added: have a default branch.",
    SIZE_TOO_SMALL="It is too small.",
    SIZE_TOO_LARGE="It is too large.",
    COLOR="Its color is not as hoped.",
    STYLE="Its style is not as hoped.",
    UNWANTED="It is not wanted any more.",
    NOT_AS_DESCRIBED="It is not what was described. No restocking fee is taken.",
    WRONG_ITEM="It is not what was ordered. No restocking fee is taken.",
    DEFECTIVE="It does not work. No restocking fee is taken.",
    DAMAGED="It arrived damaged. No restocking fee is taken.",
    LATE="It arrived too late. No restocking fee is taken.",
    OTHER="Something else; the comment tells.",
)
describe(
    Condition,
    "What became of units that came back.",
    RESTOCKED="They are for sale again.",
    QUARANTINED="They are set apart, to be looked at.",
    SCRAPPED="They are of no use any more.",
)


@strawberry.type(description="Units of one order line that come back.")
class ReturnLine:
    """Units of one order line that come back; resolved from `ReturnLineView`."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What comes back.")
    quantity: int = strawberry.field(description="How many units were requested.")
    reason: ReturnReason | None = strawberry.field(description="Why, when it was told.")
    comment: str | None = strawberry.field(description="What the customer said about it.")
    outstanding: int = strawberry.field(description="Units that are still expected.")
    received: int = strawberry.field(description="Units that came back.")
    kept: int = strawberry.field(
        description="Units that the customer was refunded for without sending them back."
    )
    credited: int = strawberry.field(description="Units that the customer was compensated for.")


@strawberry.type(description="Units that came back, where they are and in which condition.")
class ReceivedUnits:
    """Units that came back; resolved from `ReturnedQuantity`."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What came back.")
    quantity: int = strawberry.field(description="How many units.")
    location: str = strawberry.field(description="Code of the location that has them.")
    condition: Condition = strawberry.field(description="What became of them.")


@strawberry.type(description="What was given up of a line's price.")
class CreditLine:
    """What was given up of a line's price; resolved from `CreditedLine` and its currency."""

    line_id: strawberry.ID = resolved(
        lambda root: global_id("OrderLine", root[0].line_id),
        strawberry.ID,
        "The id of the order's line.",
    )
    quantity: int = resolved(lambda root: root[0].quantity, int, "For how many units.")
    amount: Money = resolved(
        lambda root: written(root[0].amount, root[1]), Money, "How much: with its share of tax."
    )
    tax: Money = resolved(lambda root: written(root[0].tax, root[1]), Money, "The tax in it.")


def credit_lines(root: Any) -> list[tuple[CreditedLine, str]]:
    """Resolve what was given up of each line, with its currency."""
    return [(line, root.currency) for line in root.lines]


def _shipping(root: Any) -> money.Money:
    event: ReturnResolved = root
    goods = sum((line.amount for line in event.lines), Decimal(0))
    return written(event.amount - goods + event.fee, event.currency)


async def replacement(root: Any, info: Info) -> SourcedOrder | None:
    """Resolve the order that something was replaced by, as it is now."""
    id = root.replacement_id
    return None if id is None else await info.context.together.order(id)


async def taken_back(root: Any, info: Info) -> ReturnView | None:
    """Resolve the return by which claimed goods come back, as it is now."""
    id = root.return_id
    found = None if id is None else await info.context.together.aggregate(id)
    return found.view() if isinstance(found, GoodsReturn) else None


@strawberry.type(description="What the customer got for units of a return.")
class ReturnResolution:
    """What the customer got; resolved from `ReturnResolved`."""

    lines: list[CreditLine] = resolved(
        credit_lines, list[CreditLine], "Which units, and what they were sold for."
    )
    shipping: Money = resolved(_shipping, Money, "What was given up of the shipping.")
    fee: Money = resolved(own_amount_of("fee"), Money, "Restocking fee that the shop keeps.")
    amount: Money = resolved(
        own_amount_of("amount"), Money, "What the customer owes less: lines and shipping - fee."
    )
    carried_over: Money = resolved(
        own_amount_of("carried_over"), Money, "The part of it that paid for the replacement."
    )
    replacement: LazyOrder | None = resolved(
        replacement, LazyOrder | None, "The order that was placed in exchange, as it is now."
    )


@strawberry.type(description="Goods that a customer sends back.")
class Return(Node):
    """A return; resolved from `ReturnView`."""

    id: strawberry.ID = resolved(id_of("Return"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    order: LazyOrder | None = resolved(
        the_order_of, LazyOrder | None, "The order that it belongs to, as it is now."
    )
    status: ReturnStatus = strawberry.field(description="How far it has come.")
    lines: list[ReturnLine] = strawberry.field(description="Which units come back.")
    reason: str = strawberry.field(description="Why the customer sends them back.")
    needs_approval: bool = strawberry.field(
        description="Whether it has to be approved before goods are received."
    )
    decision: str | None = strawberry.field(
        description="What was said when it was approved, rejected or cancelled."
    )
    carrier: str | None = strawberry.field(description="Who carries the goods back.")
    label_reference: str | None = strawberry.field(
        description="Where the label is found that the customer was given."
    )
    tracking_number: str | None = strawberry.field(
        description="The carrier's number of the parcel."
    )
    received: list[ReceivedUnits] = strawberry.field(
        description="What came back, by location and condition."
    )
    resolutions: list[ReturnResolution] = strawberry.field(
        description="What the customer got for it so far, oldest first."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a return."""
        return isinstance(value, ReturnView)


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
