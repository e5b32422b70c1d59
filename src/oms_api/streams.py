"""Reads event streams without waiting for any projection: to fold them, or to show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from oms_core.kernel.aggregate import Aggregate
from oms_core.runtime.past import PAST, folded, happened, past
from oms_core.runtime.privacy.sealing import READABLE, body_shown
from oms_projections.event_log import EventRecord

_HISTORY = f"""
    SELECT stream_id, version, position, topic, occurred_at, recorded_at, actor,
           correlation_id, causation_id, {READABLE} AS body
    FROM oms.events
    WHERE stream_id = ANY(%(ids)s)
      AND (%(as_of)s::timestamptz IS NULL OR recorded_at <= %(as_of)s)
      AND (%(valid_at)s::timestamptz IS NULL OR occurred_at <= %(valid_at)s)
    ORDER BY position
"""  # noqa: S608 - ours
_RECORDED_AT = "SELECT recorded_at FROM oms.events WHERE stream_id = %s AND version = %s"


async def fold(
    connection: AsyncConnection[Any],
    ids: Sequence[UUID],
    *,
    as_of: datetime | None = None,
    valid_at: datetime | None = None,
    version: int | None = None,
) -> dict[UUID, Aggregate[Any]]:
    """Fold streams as far as they were recorded at `as_of`, and up to `version`.

    With `valid_at`, of that only what had happened by then, and what that builds on.
    """
    asked = past(ids, as_of=as_of, valid_at=valid_at, version=version)
    rows = await (await connection.execute(PAST, asked)).fetchall()
    if valid_at is None:
        return folded(rows)
    found, unclear = happened(rows)
    for id, last in unclear.items():
        cursor = await connection.execute(PAST, past([id], version=last))
        found |= folded(await cursor.fetchall())
    return found


async def recorded_at(connection: AsyncConnection[Any], id: UUID, version: int) -> datetime:
    """Tell when an event that exists became known."""
    row = await (await connection.execute(_RECORDED_AT, (id, version))).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


async def histories(
    connection: AsyncConnection[Any],
    asked: Iterable[tuple[UUID, ...]],
    *,
    as_of: datetime | None = None,
    valid_at: datetime | None = None,
) -> list[list[EventRecord]]:
    """Read the events of several sets of streams in one go; each set in the order of the log."""
    asked = list(asked)
    ids = sorted({id for streams in asked for id in streams})
    cursor = await connection.execute(_HISTORY, {"ids": ids, "as_of": as_of, "valid_at": valid_at})
    by_stream: dict[UUID, list[EventRecord]] = {}
    for row in await cursor.fetchall():
        by_stream.setdefault(row[0], []).append(_record(row))
    return [
        sorted((e for id in streams for e in by_stream.get(id, ())), key=lambda e: e.position)
        for streams in asked
    ]


def _record(row: tuple[Any, ...]) -> EventRecord:
    stream_id, version, position, topic, *envelope, body = row
    occurred_at, recorded_at, actor, correlation_id, causation_id = envelope
    return EventRecord(
        event_id=f"{stream_id}/{version}",
        position=position,
        stream_id=stream_id,
        version=version,
        topic=topic,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        actor=actor,
        correlation_id=correlation_id,
        causation_id=causation_id,
        data=body_shown(stream_id, topic, body),
    )
