"""Orders that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from oms_api.context import Info
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.sources import SourcedOrder
from oms_core.orders.events import OrderLinked
from oms_core.orders.links import LinkKind

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    LinkKind,
    "What an order is to another one. Values may be added: have a default branch.",
    SPLIT_FROM="It was split off the other one.",
    SPLIT_INTO="The other one was split off it.",
    REPLACEMENT_FOR="It replaces goods of the other one.",
    REPLACED_BY="The other one replaces goods of it.",
    EXCHANGE_FOR="Its goods are given in exchange for goods of the other one.",
    EXCHANGED_FOR="Goods of it were exchanged for the other one.",
    DUPLICATE_OF="It was placed twice; the other one came first.",
    DUPLICATED_BY="The other one is the same again.",
    RELATED_TO="They have to do with each other.",
)


async def _linked(root: Any, info: Info) -> SourcedOrder | None:
    linked: OrderLinked = root
    return await info.context.tables.order(linked.order_id)


@strawberry.type(description="Another order that this one belongs to.")
class OrderLink:
    """Another order; resolved from `OrderLinked`."""

    kind: LinkKind = strawberry.field(description="What this order is to the other one.")
    number: str = strawberry.field(description="The other order's number.")
    order: LazyOrder | None = resolved(
        _linked,
        LazyOrder | None,
        "The other order, as it is now; null for the moment until the read tables have it.",
    )
