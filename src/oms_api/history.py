"""The history of an order as a story: one sentence an event, who, when, and what led to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from oms_api.declare import resolved
from oms_api.events import Event, InLanguage
from oms_api.sources import SourcedOrder
from oms_core.orders.view import OrderView
from oms_core.runtime.stories import told
from oms_core.story.telling import About
from oms_core.story.words import Language
from oms_projections.event_log import EventRecord


@dataclass(frozen=True, slots=True)
class Told:
    """An event of an order's history, told in a language."""

    event: EventRecord
    sentence: str
    channel: str
    corrects: EventRecord | None
    corrected_by: list[EventRecord]


def _of_event(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(lambda root: getattr(root.event, name), graphql_type, description)


@strawberry.type(description="One thing that happened to an order, told to people.")
class HistoryEntry:
    """One thing that happened; resolved from `Told`."""

    sentence: str = strawberry.field(description="What happened.")
    occurred_at: datetime = _of_event("occurred_at", datetime, "When it happened.")
    recorded_at: datetime = _of_event("recorded_at", datetime, "When it became known here.")
    actor: str = _of_event("actor", str, "Who asked for it, or which process did.")
    channel: str = strawberry.field(description="The channel where the order was placed.")
    correlation_id: str = _of_event(
        "correlation_id", str, "Shared by everything that one request set off, however late."
    )
    causation_id: str | None = _of_event(
        "causation_id", str | None, "The event that a process reacted to, as stream and version."
    )
    event: Event = strawberry.field(description="The event itself.")
    corrects: Event | None = strawberry.field(description="The wrong event that it puts right.")
    corrected_by: list[Event] = strawberry.field(
        description="The events that put this one right, in their order; none when it is right."
    )


def about(order: OrderView) -> About:
    """Tell what the events of an order leave unsaid."""
    return About(order.currency, {line.line_id: line.sku for line in order.lines})


async def order_history(root: Any, language: InLanguage = Language.EN) -> list[Told]:
    """Tell the history of an order."""
    order: SourcedOrder = root
    events = await order.source.events(order.view)
    return tell_all(events, order.view, language)


def tell_all(events: Sequence[EventRecord], order: OrderView, language: Language) -> list[Told]:
    """Tell events of an order in their order, each beside those that put it right."""
    by_id = {event.event_id: event for event in events}
    corrections: dict[str, list[EventRecord]] = {}
    for event in events:
        if event.corrects is not None:
            right = by_id.get(event.data.get("corrected_by", ""), event)
            corrections.setdefault(event.corrects, []).append(right)
    unsaid = about(order)
    return [
        Told(
            event,
            told(event.event, language, unsaid),
            order.channel,
            None if event.corrects is None else by_id.get(event.corrects),
            corrections.get(event.event_id, []),
        )
        for event in events
    ]


def order_of(event: EventRecord) -> UUID | None:
    """Tell which order an event says it is about; None when it does not say."""
    if event.topic.startswith("orders."):
        return event.stream_id
    named = event.data.get("order_id")
    return None if named is None else UUID(named)
