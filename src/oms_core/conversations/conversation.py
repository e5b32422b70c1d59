"""The conversation about an order: its state is no more than which entries there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.conversations.events import (
    AttachmentAdded,
    ConversationEvent,
    MessageRecorded,
    NoteAdded,
)
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, NotAllowedInState

MOST_ENTRIES = 1000


class EntryAlreadyThere(AlreadyExists):
    """Entry {entry_id} is in the conversation already."""


class ConversationFull(NotAllowedInState):
    """The conversation about this order has {most} entries; there is no room for more."""


def conversation_id(order_id: UUID) -> UUID:
    """Give the stream of the conversation about an order."""
    return natural_id("conversation", str(order_id))


@dataclass(frozen=True, slots=True)
class ConversationView:
    """How much was said. What was said is in the events themselves."""

    id: UUID
    version: int


class Conversation(Aggregate[ConversationEvent]):
    """What was said about one order."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.entries: set[UUID] = set()

    def add(self, entry: ConversationEvent) -> None:
        """Take an entry in, once."""
        if _id(entry) in self.entries:
            raise EntryAlreadyThere(entry_id=_id(entry))
        if len(self.entries) >= MOST_ENTRIES:
            raise ConversationFull(most=MOST_ENTRIES)
        self.record(entry)

    def evolve(self, event: ConversationEvent) -> None:
        self.entries.add(_id(event))

    def view(self) -> ConversationView:
        """Show how much was said."""
        return ConversationView(self.id, self.version)


def _id(entry: ConversationEvent) -> UUID:
    match entry:
        case NoteAdded():
            return entry.note_id
        case MessageRecorded():
            return entry.message_id
        case AttachmentAdded():
            return entry.attachment_id
        case _:
            assert_never(entry)
