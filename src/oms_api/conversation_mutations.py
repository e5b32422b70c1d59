"""Notes, messages, attachments, tags and links: commands that say something about an order."""

from __future__ import annotations

from typing import Any

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.gateway import new_id
from oms_api.inputs import VersionedInput
from oms_api.orders import OrderPayload
from oms_core.conversations.commands import AddAttachment, AddNote, RecordMessage
from oms_core.conversations.events import Direction, Visibility
from oms_core.orders.labeling import LinkOrders, TagOrder, UnlinkOrders
from oms_core.orders.links import LinkKind


@strawberry.input
class AboutOrderInput(VersionedInput):
    """What all of these inputs have."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")


@strawberry.input(description="Note something on an order.")
class AddNoteInput(AboutOrderInput):
    """Note something on an order."""

    text: str = strawberry.field(description="What is to be known, up to 2,000 characters.")
    visibility: Visibility = strawberry.field(
        default=Visibility.INTERNAL, description="Who may read it."
    )


@strawberry.input(description="Keep what a customer wrote, or was written.")
class RecordMessageInput(AboutOrderInput):
    """Keep what a customer wrote, or was written."""

    direction: Direction = strawberry.field(description="Which way it went.")
    channel: str = strawberry.field(description="By which way, such as email.")
    subject: str | None = strawberry.field(default=None, description="What it is about.")
    text: str = strawberry.field(description="What it says, up to 20,000 characters.")


@strawberry.input(description="Name a file that belongs to an order and is kept elsewhere.")
class AddAttachmentInput(AboutOrderInput):
    """Name a file that belongs to an order."""

    name: str = strawberry.field(description="The file's name.")
    media_type: str = strawberry.field(description="What kind of file it is, such as image/jpeg.")
    url: str | None = strawberry.field(
        default=None, description="Where it is: https only, without user name and password."
    )
    reference: str | None = strawberry.field(
        default=None, description="The name its storage has for it, when there is no `url`."
    )
    sha256: str | None = strawberry.field(
        default=None, description="SHA-256 of its content, 64 hex digits."
    )
    visibility: Visibility = strawberry.field(
        default=Visibility.INTERNAL, description="Who may see it."
    )


@strawberry.input(description="Put tags on an order, and take others off.")
class TagOrderInput(AboutOrderInput):
    """Put tags on an order, and take others off."""

    add: list[str] | None = strawberry.field(
        default=None, description="Tags to put on; upper and lower case are the same."
    )
    remove: list[str] | None = strawberry.field(default=None, description="Tags to take off.")


@strawberry.input(description="Say what an order is to another one.")
class LinkOrdersInput(AboutOrderInput):
    """Say what an order is to another one."""

    kind: LinkKind = strawberry.field(description="What the order is to the other one.")
    other_order_id: strawberry.ID = strawberry.field(description="The other order's id.")


@strawberry.input(description="Take back what an order was said to be to another one.")
class UnlinkOrdersInput(AboutOrderInput):
    """Take back what an order was said to be to another one."""

    kind: LinkKind = strawberry.field(description="What the order is not to the other one.")
    other_order_id: strawberry.ID = strawberry.field(description="The other order's id.")


async def _carry_out(info: Info, given: Any, command: type[Any], **made: Any) -> Answer:
    return await info.context.gateway.carry_out(info.context.cause, given, command, **made)


@strawberry.type
class ConversationMutations:
    """Commands that say something about an order."""

    @mutation(OrderPayload, "Note something on an order. Notes are kept for ever.")
    async def add_note(self, info: Info, input: AddNoteInput) -> Answer:
        """Add a note."""
        return await _carry_out(info, input, AddNote, note_id=new_id())

    @mutation(OrderPayload, "Keep what a customer wrote about an order, or was written.")
    async def record_message(self, info: Info, input: RecordMessageInput) -> Answer:
        """Record a message."""
        return await _carry_out(info, input, RecordMessage, message_id=new_id())

    @mutation(OrderPayload, "Name a file that belongs to an order and is kept elsewhere.")
    async def add_attachment(self, info: Info, input: AddAttachmentInput) -> Answer:
        """Add an attachment."""
        return await _carry_out(info, input, AddAttachment, attachment_id=new_id())

    @mutation(OrderPayload, "Put tags on an order, and take others off.")
    async def tag_order(self, info: Info, input: TagOrderInput) -> Answer:
        """Tag an order."""
        return await _carry_out(info, input, TagOrder)

    @mutation(
        OrderPayload, "Say what an order is to another one; the other one then says the inverse."
    )
    async def link_orders(self, info: Info, input: LinkOrdersInput) -> Answer:
        """Link two orders."""
        return await _carry_out(info, input, LinkOrders)

    @mutation(
        OrderPayload,
        "Take back what was said of two orders by mistake; on both. Money that was"
        " carried over between them stays where it is.",
    )
    async def unlink_orders(self, info: Info, input: UnlinkOrdersInput) -> Answer:
        """Unlink two orders."""
        return await _carry_out(info, input, UnlinkOrders)
