"""The event log, as an auditor reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from oms_api.connections import After, Before, Connection, First, Keyset, Last, PageInfo
from oms_api.context import Info
from oms_api.declare import query, resolved
from oms_api.enums import describe
from oms_api.nodes import Node, id_of, parse_id
from oms_api.scalars import Json, Position
from oms_core.runtime.stories import told
from oms_core.story.words import Language
from oms_projections import event_log
from oms_projections.event_log import EventRecord

LazyEvent = Annotated["Event", strawberry.lazy("oms_api.events")]

EVENTS: Keyset[int, EventRecord] = Keyset(
    "events", encode=lambda event: [event.position], decode=lambda key: int(key[0])
)
"""Events in the order of the log."""


describe(Language, "A language that people read.", EN="English.", DE="German.")

InLanguage = Annotated[Language, strawberry.argument(description="The language of the sentence.")]


async def _sentence(root: Any, language: InLanguage = Language.EN) -> str:
    return told(root.event, language)


async def _cause(root: Any, info: Info) -> EventRecord | None:
    record: EventRecord = root
    cause = record.causation_id
    return None if cause is None else await info.context.tables.event(cause)


async def _corrected(root: Any, info: Info) -> EventRecord | None:
    record: EventRecord = root
    wrong = record.corrects
    return None if wrong is None else await info.context.tables.event(wrong)


@strawberry.type(description="One event, as an auditor reads it. It is never altered or removed.")
class Event(Node):
    """One event; resolved from `EventRecord`."""

    id: strawberry.ID = resolved(id_of("Event", "event_id"), strawberry.ID, "Its global id.")
    position: Position = strawberry.field(description="Where it stands in the log.")
    stream_id: strawberry.ID = strawberry.field(
        description="The stream that it belongs to: a UUID, one for each order, shipment and so on."
    )
    version: int = strawberry.field(description="Its number in the stream, from 1 without gap.")
    type: str = strawberry.field(description="What happened, such as OrderPlaced.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When it became known here.")
    actor: str = strawberry.field(description="Who asked for it, or which process did.")
    correlation_id: str = strawberry.field(
        description="Shared by everything that one request set off, however late."
    )
    causation_id: str | None = strawberry.field(
        description="The event that a process reacted to, as stream id and version."
    )
    data: Json = strawberry.field(description="What happened, in its stored form.")
    sentence: str = resolved(_sentence, str, "What happened, in one sentence for people.")
    cause: LazyEvent | None = resolved(
        _cause, LazyEvent | None, "The event that a process reacted to with this one."
    )
    corrects: LazyEvent | None = resolved(
        _corrected, LazyEvent | None, "The wrong event that this one puts right."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as an event."""
        return isinstance(value, EventRecord)


@strawberry.type(description="An event and its place in the list.")
class EventEdge:
    """An event and its cursor."""

    node: Event = strawberry.field(description="The event.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of events.")
class EventConnection:
    """A page of events; resolved from `Connection`."""

    edges: list[EventEdge] = strawberry.field(description="The events with their cursors.")
    nodes: list[Event] = strawberry.field(description="The events alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")


async def event_by_key(info: Info, key: str) -> EventRecord | None:
    """Find an event by `<stream>/<version>`."""
    return await info.context.tables.event(key)


@strawberry.type
class EventQueries:
    """Queries on the log itself. They need no `minPosition`: the log is never behind."""

    @query(EventConnection, "Everything that ever happened, in the order of the log.")
    async def event_log(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        types: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these types, such as OrderPlaced."),
        ] = None,
        stream_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only this stream: its UUID, or the id of its object."),
        ] = None,
    ) -> Connection[EventRecord]:
        """Read a page of the log."""
        window = EVENTS.window(first, after, last, before)
        async with info.context.pool.connection() as connection:
            rows = await event_log.page(
                connection,
                limit=window.size + 1,
                after=window.after,
                before=window.before,
                backward=window.backward,
                types=types,
                stream_id=None if stream_id is None else parse_id(None, stream_id),
            )
        return EVENTS.connection(rows, window)
