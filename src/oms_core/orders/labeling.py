"""Tags on orders, and links between them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.links import LinkKind
from oms_core.orders.order import MOST_TAGS, Order
from oms_core.orders.refusals import LinkToItself


def _tag(text: str) -> str:
    return " ".join(text.lower().split())


Tag = Annotated[Text, Field(max_length=50), AfterValidator(_tag)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=MOST_TAGS)]


class TagOrder(Command):
    """Put tags on an order, and take others off. Upper and lower case are the same."""

    order_id: UUID
    add: Tags = ()
    remove: Tags = ()

    def target(self) -> UUID:
        return self.order_id


class LinkOrders(Command):
    """Say what an order is to another one; the other one says the inverse."""

    order_id: UUID
    kind: LinkKind
    other_order_id: UUID

    def target(self) -> UUID:
        return self.order_id


class UnlinkOrders(LinkOrders):
    """Take back that an order is this to another one, and the other one the inverse."""


@handles(TagOrder)
async def tag_order(command: TagOrder, streams: Streams) -> Order:
    """Change the tags; nothing happens when they are so already."""
    order = await streams.get(Order, command.order_id)
    order.tag(dict.fromkeys(command.add), command.remove)
    return order


@handles(LinkOrders)
async def link_orders(command: LinkOrders, streams: Streams) -> Order:
    """Link both orders in one transaction; nothing happens when they are linked so already."""
    order = await streams.get(Order, command.order_id)
    other = await streams.get(Order, command.other_order_id)
    if order is other:
        raise LinkToItself(field=("other_order_id",))
    order.link(command.kind, other)
    other.link(command.kind.inverse, order)
    return order


@handles(UnlinkOrders)
async def unlink_orders(command: UnlinkOrders, streams: Streams) -> Order:
    """Unlink both orders in one transaction; nothing happens when they are not linked so."""
    order = await streams.get(Order, command.order_id)
    other = await streams.get(Order, command.other_order_id)
    order.unlink(command.kind, other)
    other.unlink(command.kind.inverse, order)
    return order
