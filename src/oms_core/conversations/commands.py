"""Commands on the conversation about an order. What was said once stays said."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import model_validator

from oms_core.conversations.conversation import Conversation, conversation_id
from oms_core.conversations.events import (
    AttachmentAdded,
    ConversationEvent,
    Direction,
    MessageRecorded,
    NoteAdded,
    Visibility,
)
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import (
    Code,
    HttpsUrl,
    Letter,
    LongText,
    MediaType,
    Sha256,
    Text,
)
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.order import Order


class _AboutOrder(Command):
    order_id: UUID

    def target(self) -> UUID:
        return conversation_id(self.order_id)


class AddNote(_AboutOrder):
    """Note something on an order."""

    note_id: UUID
    text: LongText
    visibility: Visibility = Visibility.INTERNAL


class RecordMessage(_AboutOrder):
    """Keep what a customer wrote, or was written."""

    message_id: UUID
    direction: Direction
    channel: Code
    subject: Text | None = None
    text: Letter


class AddAttachment(_AboutOrder):
    """Name a file that belongs to an order and is kept elsewhere."""

    attachment_id: UUID
    name: Text
    media_type: MediaType
    url: HttpsUrl | None = None
    reference: Text | None = None
    sha256: Sha256 | None = None
    visibility: Visibility = Visibility.INTERNAL

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == (self.reference is None):
            raise ValueError("must have either a url or a reference")
        return self


@handles(AddNote)
async def add_note(command: AddNote, streams: Streams) -> Order:
    """Add the note to the order's conversation."""
    return await _add(command, NoteAdded(**command.model_dump()), streams)


@handles(RecordMessage)
async def record_message(command: RecordMessage, streams: Streams) -> Order:
    """Add the message to the order's conversation."""
    return await _add(command, MessageRecorded(**command.model_dump()), streams)


@handles(AddAttachment)
async def add_attachment(command: AddAttachment, streams: Streams) -> Order:
    """Add the attachment to the order's conversation."""
    return await _add(command, AttachmentAdded(**command.model_dump()), streams)


async def _add(command: _AboutOrder, entry: ConversationEvent, streams: Streams) -> Order:
    order = await streams.get(Order, command.order_id)
    [conversation] = await streams.find(Conversation, [conversation_id(order.id)])
    conversation.add(entry)
    return order
