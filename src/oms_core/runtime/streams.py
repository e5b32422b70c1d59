"""Reads streams to fold them: from the last snapshot, if there is one, and the events after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Event
from oms_core.kernel.snapshot import SNAPSHOTS, LongLived, Snapshot
from oms_core.runtime.arrays import integers, texts, uuids
from oms_core.runtime.mapper import read_event
from oms_core.runtime.privacy.sealing import READABLE

# Mostly there is nothing newer, and then no snapshot either: that is asked first. ORDER BY makes it
# go stream by stream whatever the statistics say: where one stream is half of the table, the
# planner would rather read all of it.
AFTER = f"""
WITH known AS MATERIALIZED (
  SELECT id, seen FROM unnest(%(ids)s::uuid[], %(seen)s::int[]) AS asked (id, seen)
  CROSS JOIN LATERAL (
    SELECT FROM oms.events WHERE stream_id = id AND version > seen ORDER BY version LIMIT 1
  ) AS newer
),
base AS MATERIALIZED (
  SELECT id, coalesce(version, seen) AS start, version, topic, state FROM known
  LEFT JOIN LATERAL (
    SELECT version, topic, state FROM oms.snapshots
    WHERE stream_id = id AND version > seen AND topic = ANY (%(shapes)s::text[])
    ORDER BY version DESC LIMIT 1
  ) AS snapshot ON true
)
SELECT id, version, topic, state::text FROM base WHERE version IS NOT NULL
UNION ALL
SELECT id, event.version, event.topic, body FROM base CROSS JOIN LATERAL (
  SELECT version, topic, {READABLE} AS body FROM oms.events
  WHERE stream_id = id AND version > start
  ORDER BY version
) AS event
ORDER BY 1, 2
"""  # noqa: S608 - every part is ours
"""What was added to streams after the versions known; its parameters are `after(known)`."""


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
    return {"ids": uuids(known), "seen": integers(known.values()), "shapes": texts([*SNAPSHOTS])}


def entry(row: Sequence[Any]) -> Entry:
    """Read a row of `AFTER` or of `past.PAST`. Raises `UnknownTopic`."""
    stream_id, version, topic, body = row
    shape = SNAPSHOTS.get(topic)
    fact = read_event(topic, body) if shape is None else shape.model_validate_json(body)
    return Entry(stream_id, version, fact)
