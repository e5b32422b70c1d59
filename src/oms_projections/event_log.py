"""What happened? Read straight from the event store, for auditors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from oms_core.kernel.message import TOPICS, Event, event_type
from oms_core.runtime.mapper import read_event
from oms_core.runtime.privacy.sealing import READABLE, is_sealed, opened

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


async def page(
    conn: AsyncConnection[Any],
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
    types: Sequence[str] | None = None,
    stream_id: UUID | None = None,
) -> list[EventRecord]:
    """Read a page of the log in its order, as far as it is final.

    `after` and `before` are exclusive positions; `backward` takes the last ones before the end.
    `types` are names such as `OrderPlaced`.
    """
    conditions = ["position < oms.horizon()"]
    given: dict[str, object] = {"limit": limit}
    if after is not None:
        conditions.append("position > %(after)s")
        given["after"] = after
    if before is not None:
        conditions.append("position < %(before)s")
        given["before"] = before
    if types is not None:
        conditions.append("topic = ANY (%(topics)s)")
        given["topics"] = [topic for topic in TOPICS if event_type(topic) in types]
    if stream_id is not None:
        conditions.append("stream_id = %(stream_id)s")
        given["stream_id"] = stream_id
    way = "DESC" if backward else ""
    query = (
        f"SELECT {_COLUMNS} FROM oms.events WHERE {' AND '.join(conditions)}"  # noqa: S608
        f" ORDER BY position {way} LIMIT %(limit)s"
    )
    found = await _read(conn, query, given)
    return found[::-1] if backward else found


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
    data = opened(topic, body) if is_sealed(body) else orjson.loads(body)
    given = (topic, *rest, data)
    return EventRecord(f"{stream_id}/{version}", position, stream_id, version, *given)
