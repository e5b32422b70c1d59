"""What is said about an order: notes, messages, attachments. Read from its own stream."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import strawberry

from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.nodes import global_id
from oms_api.sources import SourcedOrder
from oms_core.conversations.events import Direction, Visibility
from oms_projections.event_log import EventRecord

describe(
    Visibility,
    "Who may read it.",
    INTERNAL="The shop only.",
    CUSTOMER="The customer too.",
)
describe(
    Direction,
    "Which way a message went.",
    FROM_CUSTOMER="The customer wrote it.",
    TO_CUSTOMER="It was sent to the customer.",
)


def _fact(name: str) -> Callable[[Any], Any]:
    return lambda root: root.data[name]


def _said(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(_fact(name), graphql_type, description)


def _id(kind: str, name: str) -> Any:
    return resolved(lambda root: global_id(kind, root.data[name]), strawberry.ID, "Its id.")


async def conversation_version(root: Any) -> int:
    """Resolve how many entries an order's conversation has."""
    order: SourcedOrder = root
    return len(await order.source.conversation(order.view))


def said(type: str) -> Callable[[Any], Coroutine[Any, Any, list[EventRecord]]]:
    """Make the resolver of the entries of one type in an order's conversation."""

    async def resolve(root: Any) -> list[EventRecord]:
        order: SourcedOrder = root
        return [each for each in await order.source.conversation(order.view) if each.type == type]

    return resolve


@strawberry.type(description="Something that was noted on an order.")
class OrderNote:
    """A note; resolved from the `EventRecord` of a `NoteAdded`."""

    id: strawberry.ID = _id("OrderNote", "note_id")
    text: str = _said("text", str, "What was noted.")
    visibility: Visibility = resolved(
        lambda root: Visibility(root.data["visibility"]), Visibility, "Who may read it."
    )
    actor: str = strawberry.field(description="Who noted it.")
    occurred_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What a customer wrote about an order, or was written.")
class CustomerMessage:
    """A message; resolved from the `EventRecord` of a `MessageRecorded`."""

    id: strawberry.ID = _id("CustomerMessage", "message_id")
    direction: Direction = resolved(
        lambda root: Direction(root.data["direction"]), Direction, "Which way it went."
    )
    channel: str = _said("channel", str, "By which way, such as email.")
    subject: str | None = _said("subject", str | None, "What it is about.")
    text: str = _said("text", str, "What it says.")
    actor: str = strawberry.field(description="Who recorded it.")
    occurred_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A file that belongs to an order and is kept elsewhere.")
class OrderAttachment:
    """An attachment; resolved from the `EventRecord` of an `AttachmentAdded`."""

    id: strawberry.ID = _id("OrderAttachment", "attachment_id")
    name: str = _said("name", str, "The file's name.")
    media_type: str = _said("media_type", str, "What kind of file it is, such as image/jpeg.")
    url: str | None = _said("url", str | None, "Where it is, when it can be fetched by https.")
    reference: str | None = _said("reference", str | None, "The name its storage has for it.")
    sha256: str | None = _said("sha256", str | None, "SHA-256 of its content, in hex.")
    visibility: Visibility = resolved(
        lambda root: Visibility(root.data["visibility"]), Visibility, "Who may see it."
    )
    actor: str = strawberry.field(description="Who added it.")
    occurred_at: datetime = strawberry.field(description="When.")
