"""What led to what: the events around one event as a tree, from the first request on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from psycopg import AsyncConnection

from oms_api import streams
from oms_api.context import Info
from oms_api.declare import query, resolved
from oms_api.enums import describe
from oms_api.events import Event
from oms_api.history import order_of
from oms_api.nodes import global_id, parse_event_id
from oms_api.sources import streams_of
from oms_core.orders.order import Order
from oms_projections import event_log
from oms_projections.event_log import EventRecord

MOST_EVENTS = 5_000
"""A request that set off more than this is shown up to here."""

_STEP, _ORDER, _OTHER = 0, 1, 2
_RANKS = {"orders": _ORDER} | dict.fromkeys(("shipments", "payments", "returns", "claims"), _STEP)
"""Steps follow one another in their stream; the order's events tell what they mean for it."""


class CausationLink(StrEnum):
    """Why an event stands under another one."""

    ASKED = "ASKED"
    CAUSED = "CAUSED"
    TOGETHER = "TOGETHER"
    FOLLOWED = "FOLLOWED"


describe(
    CausationLink,
    "Why an event stands under another one. Values may be added: have a default branch.",
    ASKED="It stands under none: somebody asked for it, and all else came of it.",
    CAUSED="A process reacted to the other one with it.",
    TOGETHER="Both were asked for in one request and recorded at once.",
    FOLLOWED="Somebody asked for it as the next step of what the other one began.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """An event in the tree; `depth` counts from 0."""

    event: EventRecord
    depth: int
    link: CausationLink
    parent: str | None


@strawberry.type(description="An event in a tree of events.")
class CausationStep:
    """An event in the tree; resolved from `Step`."""

    event: Event = strawberry.field(description="The event.")
    depth: int = strawberry.field(description="How many events stand above it.")
    link: CausationLink = strawberry.field(description="Why it stands under the one above it.")
    parent_id: strawberry.ID | None = resolved(
        lambda root: None if root.parent is None else global_id("Event", root.parent),
        strawberry.ID | None,
        "The id of the event above it.",
    )


@strawberry.type
class CausationQueries:
    """Queries on what led to what."""

    @query(
        list[CausationStep],
        "What led to an event and what came of it, as a tree in reading order: each event before"
        " those under it. For an event of an order the whole tree of the order, from the request"
        " that placed it to the last parcel. Empty when there is no such event.",
    )
    async def causation_tree(
        self,
        info: Info,
        *,
        event_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="The event's id, or its stream id and version: a/1."),
        ],
    ) -> list[Step]:
        """Grow the tree around an event."""
        key = parse_event_id(event_id)
        async with info.context.pool.connection() as connection:
            return list(tree(await _around(connection, key)))


async def _around(connection: AsyncConnection[Any], key: str) -> list[EventRecord]:
    """Read the events that belong to one, in the order of the log."""
    event = (await event_log.by_ids(connection, [key])).get(key)
    if event is None:
        return []
    first = f"{event.stream_id}/1"
    begun = (await event_log.by_ids(connection, [first]))[first]
    order_id = order_of(event) or order_of(begun)
    if order_id is None:
        return await event_log.by_correlations(
            connection, [event.correlation_id], limit=MOST_EVENTS
        )
    folded = (await streams.fold(connection, [order_id])).get(order_id)
    if not isinstance(folded, Order):
        return [event]
    [own] = await streams.histories(connection, [streams_of(folded.view())])
    correlations = {each.correlation_id for each in own}
    others = await event_log.by_correlations(connection, list(correlations), limit=MOST_EVENTS)
    return _of_order(order_id, own, others)


def _of_order(
    order_id: UUID, own: Sequence[EventRecord], others: Sequence[EventRecord]
) -> list[EventRecord]:
    """Add what an order's requests did elsewhere; one request may have placed many orders."""
    found = {event.event_id: event for event in own}
    for event in others:
        about = order_of(event)
        if about == order_id or (about is None and event.causation_id in found):
            found.setdefault(event.event_id, event)
    return sorted(found.values(), key=lambda event: event.position)


def tree(events: Sequence[EventRecord]) -> Iterator[Step]:
    """Put events, given in the order of the log, into reading order."""
    under: dict[str | None, list[tuple[EventRecord, CausationLink]]] = {}
    for event, (parent, link) in zip(events, _parents(events), strict=True):
        under.setdefault(parent, []).append((event, link))

    def grown(parent: str | None, depth: int) -> Iterator[Step]:
        for event, link in under.get(parent, ()):
            yield Step(event, depth, link, parent)
            yield from grown(event.event_id, depth + 1)

    return grown(None, 0)


def _parents(events: Sequence[EventRecord]) -> Iterator[tuple[str | None, CausationLink]]:
    known = {event.event_id for event in events}
    heads = _heads(events)
    root = next((e for e in events if _rank(e) == _ORDER), events[0] if events else None)
    for event in events:
        before = f"{event.stream_id}/{event.version - 1}"
        head = heads[_request(event)]
        if root is None or event is root:
            yield None, CausationLink.ASKED
        elif event.causation_id in known:
            yield event.causation_id, CausationLink.CAUSED
        elif _rank(event) == _STEP and before in known:
            yield before, CausationLink.FOLLOWED
        elif event is not head:
            yield head.event_id, CausationLink.TOGETHER
        else:
            yield root.event_id, CausationLink.FOLLOWED


def _request(event: EventRecord) -> tuple[object, ...]:
    return event.correlation_id, event.recorded_at, event.causation_id


def _heads(events: Sequence[EventRecord]) -> Mapping[tuple[object, ...], EventRecord]:
    """Find the event of each request that the others stand under: a step rather than its echo."""
    heads: dict[tuple[object, ...], EventRecord] = {}
    for event in events:
        head = heads.setdefault(_request(event), event)
        if _rank(event) < _rank(head):
            heads[_request(event)] = event
    return heads


def _rank(event: EventRecord) -> int:
    return _RANKS.get(event.topic.split(".")[0], _OTHER)
