"""The event log, as an auditor reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from oms_api.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    Page,
    Paged,
    Sorting,
    no_cursor,
)
from oms_api.context import Info
from oms_api.declare import query, resolved
from oms_api.enums import describe
from oms_api.failures import InvalidArgument
from oms_api.nodes import Node, id_of, parse_id
from oms_api.scalars import Json, Position
from oms_core.runtime.stories import told
from oms_core.story.words import Language
from oms_projections import event_log
from oms_projections.event_log import EventRecord, EventSortField
from oms_projections.paging import MOST_COUNTED, Counted, Part, Placed

LazyEvent = Annotated["Event", strawberry.lazy("oms_api.events")]

EVENTS = Paged("events", event_log.LIST)
"""The log."""


describe(
    EventSortField,
    "What a list of events is sorted by.",
    POSITION="The order of the log.",
)
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
class EventConnection(Page):
    """A page of events; resolved from `Connection`."""

    edges: list[EventEdge] = strawberry.field(description="The events with their cursors.")
    nodes: list[Event] = strawberry.field(description="The events alone.")


@strawberry.input(description="Which events: all conditions hold, and of a list any one does.")
class EventFilter:
    """Which events."""

    types: list[str] | None = strawberry.field(
        default=None, description="Only these types, such as OrderPlaced."
    )
    stream_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this stream: its UUID, or the id of its object."
    )
    correlation_id: strawberry.ID | None = strawberry.field(
        default=None, description="What one request set off."
    )

    def read(self) -> event_log.EventFilter:
        """Read the ids in it. Raises `InvalidId`."""
        stream, correlation = self.stream_id, self.correlation_id
        return event_log.EventFilter(
            self.types,
            None if stream is None else parse_id(None, stream),
            None if correlation is None else parse_id(None, correlation),
        )


@strawberry.input(description="How a list of events is sorted.")
class EventSort(Sorting):
    """How a list of events is sorted."""

    field: EventSortField = strawberry.field(description="By what.")


FilterEvents = Annotated[
    EventFilter | None, strawberry.argument(description="Only these; all when missing.")
]
SortEvents = Annotated[EventSort | None, strawberry.argument(description="In this order.")]
OfTypes = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these types, such as OrderPlaced."),
]
OfStream = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only this stream: its UUID, or the id of its object."),
]


def page_of(
    events: Sequence[EventRecord], wanted: event_log.EventFilter, part: Part
) -> Connection[EventRecord]:
    """Make a page of events that are at hand, in the order of the log. Raises `InvalidCursor`."""
    found = [event for event in events if wanted.has(event)]
    ends = [_position(part.after), _position(part.before)]
    if part.sort is not None and part.sort.descending:
        found.reverse()
        ends.reverse()
    low, high = ends
    inside = [
        Placed((str(event.position),), event)
        for event in found
        if (low is None or event.position > low) and (high is None or event.position < high)
    ]
    rows = inside[-part.limit :] if part.backward else inside[: part.limit]

    async def count() -> Counted:
        return Counted(min(len(found), MOST_COUNTED), len(found) <= MOST_COUNTED)

    return EVENTS.connection(rows, part, count)


def _position(key: Sequence[str] | None) -> int | None:
    match key:
        case None:
            return None
        case [text] if text.isascii() and text.isdigit():
            return int(text)
        case _:
            raise no_cursor("This")


async def event_by_key(info: Info, key: str) -> EventRecord | None:
    """Find an event by `<stream>/<version>`."""
    return await info.context.tables.event(key)


@strawberry.type
class EventQueries:
    """Queries on the log itself. They need no `minPosition`: the log is never behind."""

    @query(
        EventConnection,
        "Everything that ever happened, in the order of the log unless sorted otherwise.",
    )
    async def event_log(
        self,
        info: Info,
        *,
        filter: FilterEvents = None,
        sort: SortEvents = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        types: OfTypes = None,
        stream_id: OfStream = None,
    ) -> Connection[EventRecord]:
        """Read a page of the log."""
        part = EVENTS.part(sort, first, after, last, before)
        if filter is None:
            filter = EventFilter(types=types, stream_id=stream_id)
        elif types is not None or stream_id is not None:
            raise InvalidArgument("Name types and streams in the filter or beside it, not both.")
        return await EVENTS.page(info.context.pool, event_log.where(filter.read()), part)
