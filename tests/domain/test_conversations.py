"""What is said about orders: notes, messages, attachments, tags and links."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import ORDER, order_id, place, stocked, uid

from oms_core.conversations.commands import AddAttachment, AddNote, RecordMessage
from oms_core.conversations.conversation import (
    MOST_ENTRIES,
    Conversation,
    ConversationFull,
    EntryAlreadyThere,
    conversation_id,
)
from oms_core.conversations.events import (
    AttachmentAdded,
    Direction,
    MessageRecorded,
    NoteAdded,
    Visibility,
)
from oms_core.orders.events import OrderLinked, OrderTagged, OrderUnlinked
from oms_core.orders.labeling import LinkOrders, TagOrder, UnlinkOrders
from oms_core.orders.links import LinkKind
from oms_core.orders.order import Order
from oms_core.orders.refusals import LinkToItself, NoSuchOrder, TooManyTags

SECOND = order_id("1002")
SAID = conversation_id(ORDER)
NOTE = AddNote(order_id=ORDER, note_id=uid(60), text="call back")


def story() -> Story:
    return Story().after(
        *stocked({("CAP", "HAM"): 5}), place(("CAP", 1)), place(("CAP", 1), number="1002")
    )


def attachment(**facts: Any) -> AddAttachment:
    usual = {"order_id": ORDER, "attachment_id": uid(62), "name": "a.jpg"}
    return AddAttachment(**(usual | {"media_type": "image/jpeg"} | facts))


def test_what_is_said_goes_to_a_stream_of_its_own() -> None:
    """So neither the order's state nor its row grows with long letters."""
    begun = story()
    version = begun.history.fold(Order, ORDER).version
    begun.when(NOTE).then(
        {
            SAID: [
                NoteAdded(
                    order_id=ORDER,
                    note_id=uid(60),
                    text="call back",
                    visibility=Visibility.INTERNAL,
                )
            ]
        }
    )
    letter = "Where is it? " * 1000
    done = begun.history.execute(
        RecordMessage(
            order_id=ORDER,
            message_id=uid(61),
            direction=Direction.FROM_CUSTOMER,
            channel="email",
            text=letter,
        )
    )
    [message] = done.events[SAID]
    assert isinstance(message, MessageRecorded)
    [file] = begun.history.execute(attachment(url="https://files.example.org/a")).events[SAID]
    assert isinstance(file, AttachmentAdded)
    assert begun.history.fold(Order, ORDER).version == version
    assert letter not in repr(vars(begun.history.fold(Conversation, SAID)))


def test_an_entry_is_added_once() -> None:
    story().after(NOTE).when(NOTE).refused(EntryAlreadyThere, str(uid(60)))


def test_a_conversation_has_an_end() -> None:
    begun = story()
    [entry] = begun.history.execute(NOTE).events[SAID]
    more = [entry.model_copy(update={"note_id": uid(10_000 + i)}) for i in range(MOST_ENTRIES - 1)]
    begun.history.append(SAID, *more)
    begun.when(NOTE.model_copy(update={"note_id": uid(61)})).refused(ConversationFull, "1000")


def test_an_order_that_is_not_there_is_not_talked_about() -> None:
    Story().when(NOTE).refused(NoSuchOrder)


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"url": "http://files.example.org/a"}, "is not an https URL"),
        ({"url": "javascript:alert(1)"}, "is not an https URL"),
        ({"url": "https://ada:secret@files.example.org/a"}, "user name"),
        ({"url": "https://files.example.org/a", "reference": "scan 7"}, "either a url or"),
        ({}, "either a url or"),
        ({"reference": "scan 7", "sha256": "ABC"}, "sha256"),
        ({"reference": "scan 7", "media_type": "jpeg"}, "media_type"),
    ],
)
def test_attachments_are_named_not_stored(facts: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        attachment(**facts)


def test_tags_are_put_on_and_taken_off() -> None:
    begun = story()
    begun.when(TagOrder(order_id=ORDER, add=("VIP", "  late  parcel", "vip"))).then(
        {ORDER: [OrderTagged(added=("vip", "late parcel"))]}
    )
    begun.when(TagOrder(order_id=ORDER, add=("vip",), remove=("unknown",))).then({})
    begun.after(TagOrder(order_id=ORDER, add=("solved",), remove=("Late Parcel",)))
    assert begun.history.fold(Order, ORDER).view().tags == ("vip", "solved")
    both = TagOrder(order_id=ORDER, add=("vip",), remove=("vip", "solved"))
    begun.when(both).then({ORDER: [OrderTagged(added=(), removed=("solved",))]})
    begun.when(both).then({})
    begun.after(TagOrder(order_id=ORDER, add=("solved",)))
    many = tuple(f"tag {i}" for i in range(49))
    begun.when(TagOrder(order_id=ORDER, add=many)).refused(TooManyTags, "50", field="add")


@pytest.mark.parametrize("kind", LinkKind)
def test_a_link_shows_on_both_sides(kind: LinkKind) -> None:
    assert kind.inverse.inverse is kind
    begun = story()
    link = LinkOrders(order_id=ORDER, kind=kind, other_order_id=SECOND)
    begun.when(link).then(
        {
            ORDER: [OrderLinked(kind=kind, order_id=SECOND, number="1002")],
            SECOND: [OrderLinked(kind=kind.inverse, order_id=ORDER, number="1001")],
        }
    )
    begun.when(link).then({})
    begun.when(LinkOrders(order_id=SECOND, kind=kind.inverse, other_order_id=ORDER)).then({})


@pytest.mark.parametrize("kind", LinkKind)
def test_a_link_that_was_a_mistake_is_gone_on_both_sides(kind: LinkKind) -> None:
    both = {"order_id": ORDER, "other_order_id": SECOND}
    begun = story().after(
        LinkOrders(kind=kind, **both), LinkOrders(kind=LinkKind.SPLIT_FROM, **both)
    )
    unlink = UnlinkOrders(kind=kind, **both)
    begun.when(unlink).then(
        {
            ORDER: [OrderUnlinked(kind=kind, order_id=SECOND, number="1002")],
            SECOND: [OrderUnlinked(kind=kind.inverse, order_id=ORDER, number="1001")],
        }
    )
    begun.when(unlink).then({})
    left = [] if kind is LinkKind.SPLIT_FROM else [LinkKind.SPLIT_FROM]
    assert [link.kind for link in begun.history.fold(Order, ORDER).view().links] == left
    begun.when(UnlinkOrders(kind=kind, order_id=ORDER, other_order_id=ORDER)).then({})
    begun.when(UnlinkOrders(kind=kind, order_id=ORDER, other_order_id=uid(5))).refused(NoSuchOrder)


def test_an_order_is_not_linked_to_itself() -> None:
    link = LinkOrders(order_id=ORDER, kind=LinkKind.DUPLICATE_OF, other_order_id=ORDER)
    story().when(link).refused(LinkToItself, field="other_order_id")
