"""What happened? Read straight from the event store, for auditors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from oms_core.kernel.message import TOPICS, Event, event_type
from oms_core.runtime.mapper import read_event
from oms_core.runtime.privacy.sealing import READABLE, body_shown
from oms_projections.paging import Listing, Sort, Where

_COLUMNS = (
    "stream_id, version, position, topic, occurred_at, recorded_at, actor, correlation_id,"
    f" causation_id, {READABLE} AS body"
)

_ID = re.compile(r"([0-9a-f-]{36})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event as an auditor reads it.

    `data` is the fact's JSON in the shape it was stored in, `[erased]` where a key is gone.
    """

    event_id: str
    position: int
    stream_id: UUID
    version: int
    topic: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    correlation_id: UUID
    causation_id: str | None
    data: Any

    @property
    def type(self) -> str:
        """The event's name as people use it, such as `OrderPlaced`."""
        return event_type(self.topic)

    @property
    def event(self) -> Event:
        """The fact itself, read from whatever shape it was stored in. Raises `UnknownTopic`."""
        return read_event(self.topic, orjson.dumps(self.data))

    @property
    def corrects(self) -> str | None:
        """The event that this one puts right, if it does."""
        corrects: str | None = self.data.get("corrects")
        return corrects


class EventSortField(StrEnum):
    """What a list of events is sorted by."""

    POSITION = "POSITION"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: all conditions must hold. `types` are names such as `OrderPlaced`."""

    types: Sequence[str] | None = None
    stream_id: UUID | None = None
    correlation_id: UUID | None = None

    def has(self, record: EventRecord) -> bool:
        """Tell whether it asks for an event."""
        return (
            (self.types is None or record.type in self.types)
            and self.stream_id in (None, record.stream_id)
            and self.correlation_id in (None, record.correlation_id)
        )


_CONDITIONS: Mapping[str, LiteralString] = {
    "topics": "topic = ANY (%(topics)s)",
    "stream_id": "stream_id = %(stream_id)s::uuid",
    "correlation_id": "correlation_id = %(correlation_id)s::uuid",
}


def where(filter: EventFilter) -> Where:
    """Say in SQL which events a filter asks for, as far as the log is final."""
    topics = None
    if filter.types is not None:
        topics = [topic for topic in TOPICS if event_type(topic) in filter.types]
    stream, correlation = filter.stream_id, filter.correlation_id
    asked = Where.of(
        _CONDITIONS,
        {
            "topics": topics,
            "stream_id": stream and str(stream),
            "correlation_id": correlation and str(correlation),
        },
    )
    return Where(["position < oms.horizon()", *asked.conditions], asked.given)


async def coming(
    conn: AsyncConnection[Any], filter: EventFilter, *, after: int, limit: int
) -> list[EventRecord]:
    """Read the next final events after a position, in the order of the log."""
    asked = where(filter)
    query = (
        f"SELECT {_COLUMNS} FROM oms.events WHERE {' AND '.join(asked.conditions)}"  # noqa: S608
        " AND position > %(after)s ORDER BY position LIMIT %(limit)s"
    )
    given = {**(asked.given or {}), "after": after, "limit": limit}
    return await _read(conn, query, given)


_NEWEST = """
SELECT max(newest.position) FROM unnest(%s::uuid[]) AS stream (id) CROSS JOIN LATERAL (
    SELECT position FROM oms.events WHERE stream_id = stream.id AND position < oms.horizon()
    ORDER BY version DESC LIMIT 1) AS newest
"""


async def newest(conn: AsyncConnection[Any], streams: Sequence[UUID]) -> int:
    """Tell where the last final event of these streams stands; 0 when they have none."""
    row = await (await conn.execute(_NEWEST, (list(streams),))).fetchone()
    return (row and row[0]) or 0


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[str]) -> dict[str, EventRecord]:
    """Read events by their ids, `stream/version`; unknown and malformed ones are missing."""
    keys = [match.groups() for match in map(_ID.fullmatch, ids) if match]
    query = (
        f"SELECT {_COLUMNS} FROM oms.events"  # noqa: S608
        " JOIN unnest(%(streams)s::uuid[], %(versions)s::int[]) AS wanted (id, number)"
        " ON stream_id = id AND version = number"
    )
    given: dict[str, object] = {
        "streams": [stream for stream, _ in keys],
        "versions": [int(version) for _, version in keys],
    }
    return {record.event_id: record for record in await _read(conn, query, given)}


def parse_event_id(text: str) -> tuple[UUID, int] | None:
    """Read an event's id, `stream/version`; None for anything else."""
    match = _ID.fullmatch(text)
    return None if match is None else (UUID(match[1]), int(match[2]))


async def by_correlations(
    conn: AsyncConnection[Any], ids: Sequence[UUID], *, limit: int
) -> list[EventRecord]:
    """Read what these requests set off, in the order of the log."""
    query = (
        f"SELECT {_COLUMNS} FROM oms.events WHERE correlation_id = ANY (%(ids)s)"  # noqa: S608
        " ORDER BY position LIMIT %(limit)s"
    )
    return await _read(conn, query, {"ids": list(ids), "limit": limit})


async def _read(
    conn: AsyncConnection[Any], query: str, given: dict[str, object]
) -> list[EventRecord]:
    cursor = await conn.execute(query.encode(), given)
    return [_record(row) for row in await cursor.fetchall()]


def _record(row: Sequence[Any]) -> EventRecord:
    stream_id, version, position, topic, *rest, body = row
    data = body_shown(stream_id, topic, body)
    given = (topic, *rest, data)
    return EventRecord(f"{stream_id}/{version}", position, stream_id, version, *given)


LIST: Listing[EventRecord] = Listing(
    "oms.events",
    _COLUMNS,
    _record,
    {EventSortField.POSITION: {"position": "bigint"}},
    usual=Sort(EventSortField.POSITION),
)
"""The log."""
