"""Reads streams to fold them: from the last snapshot, if there is one, and the events after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Event
from oms_core.kernel.snapshot import SNAPSHOTS, LongLived, Snapshot
from oms_core.runtime.kinds import kind_of
from oms_core.runtime.mapper import read_event

_BASE = """
base AS MATERIALIZED (
  SELECT id, coalesce(version, seen) AS start, version, topic, state FROM known
  LEFT JOIN LATERAL (
    SELECT version, topic, state FROM oms.snapshots
    WHERE stream_id = id AND version > seen AND topic = ANY (%(shapes)s) {bounds}
    ORDER BY version DESC LIMIT 1
  ) AS snapshot ON true
)
SELECT id, version, topic, state::text FROM base WHERE version IS NOT NULL
"""

# The inner ORDER BY makes it go stream by stream whatever the statistics say: where one stream is
# half of the table, the planner would rather read all of it.
_EVENTS = """
UNION ALL
SELECT id, event.version, event.topic, body FROM base CROSS JOIN LATERAL (
  SELECT version, topic, body::text FROM oms.events
  WHERE stream_id = id AND version > start {bounds}
  ORDER BY version
) AS event
ORDER BY 1, 2
"""

AFTER = f"""
WITH known AS MATERIALIZED (
  SELECT key::uuid AS id, value::int AS seen FROM json_each_text(%(known)s::json)
), {_BASE.format(bounds="")}
{_EVENTS.format(bounds="")}
"""  # noqa: S608 - every part is ours
"""What was added to streams after the versions known; its parameters are `after(known)`."""

_BOUNDS = """
    AND (%(as_of)s::timestamptz IS NULL OR {at} <= %(as_of)s)
    AND (%(version)s::int IS NULL OR version <= %(version)s)
"""

PAST = f"""
WITH known AS MATERIALIZED (SELECT id, 0 AS seen FROM unnest(%(ids)s::uuid[]) AS asked (id)),
{_BASE.format(bounds=_BOUNDS.format(at="taken_at"))}
{_EVENTS.format(bounds=_BOUNDS.format(at="recorded_at"))}
"""  # noqa: S608
"""Streams as they were; its parameters are `past(ids, …)`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What folding needs of a stream: an event, or all events up to its version in one."""

    stream_id: UUID
    version: int
    fact: Event | Snapshot

    def apply_to(self, aggregate: Aggregate[Any]) -> None:
        """Bring an aggregate that stands right before it up to it."""
        if isinstance(self.fact, Event):
            aggregate.apply(self.fact)
        elif isinstance(aggregate, LongLived):
            aggregate.resume(self.fact, self.version)


def after(known: Mapping[UUID, int]) -> dict[str, Any]:
    """Ask for what came after these versions."""
    versions = orjson.dumps(known, option=orjson.OPT_NON_STR_KEYS).decode()
    return {"known": versions, "shapes": list(SNAPSHOTS)}


def past(
    ids: Iterable[UUID], *, as_of: datetime | None = None, version: int | None = None
) -> dict[str, Any]:
    """Ask for streams as they were recorded at a moment, or up to a version."""
    return {"ids": list(ids), "as_of": as_of, "version": version, "shapes": list(SNAPSHOTS)}


def entry(row: Sequence[Any]) -> Entry:
    """Read a row of either query. Raises `UnknownTopic`."""
    stream_id, version, topic, body = row
    shape = SNAPSHOTS.get(topic)
    fact = read_event(topic, body) if shape is None else shape.model_validate_json(body)
    return Entry(stream_id, version, fact)


def folded(rows: Iterable[Sequence[Any]]) -> dict[UUID, Aggregate[Any]]:
    """Fold the rows of `PAST`; streams without any are missing."""
    found: dict[UUID, Aggregate[Any]] = {}
    for row in rows:
        one = entry(row)
        if one.stream_id not in found:
            found[one.stream_id] = kind_of(one.fact.TOPIC)(one.stream_id)
        one.apply_to(found[one.stream_id])
    return found
