"""What is said about an order. One stream per order, apart from it: deciding needs none of it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Personal


class Visibility(StrEnum):
    """Who may read a note."""

    INTERNAL = "INTERNAL"
    CUSTOMER = "CUSTOMER"


class Direction(StrEnum):
    """Which way a message went."""

    FROM_CUSTOMER = "FROM_CUSTOMER"
    TO_CUSTOMER = "TO_CUSTOMER"


class NoteAdded(Event):
    """Somebody noted something."""

    TOPIC: ClassVar[str] = "conversations.NoteAdded.v1"
    order_id: UUID
    note_id: UUID
    text: Personal[str]
    visibility: Visibility


class MessageRecorded(Event):
    """The customer wrote, or was written to, by way of a `channel` such as email."""

    TOPIC: ClassVar[str] = "conversations.MessageRecorded.v1"
    order_id: UUID
    message_id: UUID
    direction: Direction
    channel: str
    subject: Personal[str | None] = None
    text: Personal[str]


class AttachmentAdded(Event):
    """A file belongs to the order. It is kept elsewhere: at the `url`, or by a `reference`."""

    TOPIC: ClassVar[str] = "conversations.AttachmentAdded.v1"
    order_id: UUID
    attachment_id: UUID
    name: Personal[str]
    media_type: str
    url: Personal[str | None] = None
    reference: Personal[str | None] = None
    sha256: str | None = None
    visibility: Visibility


ConversationEvent = NoteAdded | MessageRecorded | AttachmentAdded
