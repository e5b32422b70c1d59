"""Reads streams as they were: as they were known at a moment, or as they truly were at one.

Both times of an event are kept. Within a stream `recorded_at` never decreases from one version to
the next, so that what was known at a moment is the beginning of the stream. `occurred_at` may be
earlier (somebody wrote it down later) and is at most `CLOCK_TOLERANCE` ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.snapshot import SNAPSHOTS
from oms_core.runtime.kinds import kind_of
from oms_core.runtime.privacy.sealing import READABLE
from oms_core.runtime.streams import entry

CLOCK_TOLERANCE = timedelta(minutes=5)
"""An event may be dated as far ahead of when it is recorded: a caller's clock may be ahead."""

DATED_BACK = timedelta(minutes=1)
"""What was recorded so much later than it happened is in the index `events_dated_back`."""

_BOUNDS = """
    AND (%(as_of)s::timestamptz IS NULL OR {at} <= %(as_of)s)
    AND (%(version)s::int IS NULL OR version <= %(version)s)
"""
_OF_EVENTS = f"""{_BOUNDS.format(at="recorded_at")}
    AND (%(valid_at)s::timestamptz IS NULL OR occurred_at <= %(valid_at)s)
"""

# Snapshots are short cuts at both ends: from the last one that lacks nothing and has nothing too
# much, up to the first one that was taken after all that is asked for was recorded. What was dated
# back and recorded after that has an index of its own.
PAST = f"""
WITH known AS MATERIALIZED (SELECT id FROM unnest(%(ids)s::uuid[]) AS asked (id)),
base AS MATERIALIZED (
  SELECT id, coalesce(before.version, 0) AS start, coalesce(later.version, 2147483647) AS stop,
         before.version, topic, state
  FROM known
  LEFT JOIN LATERAL (
    SELECT version, topic, state FROM oms.snapshots
    WHERE stream_id = id AND topic = ANY (%(shapes)s) {_BOUNDS.format(at="taken_at")}
      AND (%(valid_at)s::timestamptz IS NULL OR happened_by <= %(valid_at)s
           OR happened_by IS NULL AND taken_at <= %(ahead)s)
    ORDER BY version DESC LIMIT 1
  ) AS before ON true
  LEFT JOIN LATERAL (
    SELECT version FROM oms.snapshots
    WHERE stream_id = id AND taken_at > least(%(as_of)s::timestamptz, %(late)s::timestamptz)
    ORDER BY version LIMIT 1
  ) AS later ON true
)
SELECT id, version, topic, state::text FROM base WHERE version IS NOT NULL
UNION ALL
SELECT id, event.version, event.topic, body FROM base CROSS JOIN LATERAL (
  SELECT version, topic, {READABLE} AS body FROM oms.events
  WHERE stream_id = id AND version > start AND version <= stop {_OF_EVENTS}
  ORDER BY version
) AS event
UNION ALL
SELECT id, event.version, event.topic, body FROM base CROSS JOIN LATERAL (
  SELECT version, topic, {READABLE} AS body FROM oms.events
  WHERE stream_id = id AND version > greatest(start, stop) {_OF_EVENTS}
    AND occurred_at <= %(valid_at)s AND recorded_at - occurred_at > interval '1 minute'
) AS event
ORDER BY 1, 2
"""  # noqa: S608 - every part is ours
"""Streams as they were; its parameters are `past(ids, …)`."""


def past(
    ids: Iterable[UUID],
    *,
    as_of: datetime | None = None,
    valid_at: datetime | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Ask for streams as they were known at `as_of`, or up to a version.

    With `valid_at`, only for what had happened by then.
    """
    return {
        "ids": list(ids),
        "as_of": as_of,
        "valid_at": valid_at,
        "ahead": valid_at and valid_at - CLOCK_TOLERANCE,
        "late": valid_at and valid_at + DATED_BACK,
        "version": version,
        "shapes": list(SNAPSHOTS),
    }


def folded(rows: Iterable[Sequence[Any]]) -> dict[UUID, Aggregate[Any]]:
    """Fold the rows of `PAST`; streams without any are missing."""
    found: dict[UUID, Aggregate[Any]] = {}
    for row in rows:
        one = entry(row)
        if one.stream_id not in found:
            found[one.stream_id] = kind_of(one.fact.TOPIC)(one.stream_id)
        one.apply_to(found[one.stream_id])
    return found


def happened(rows: Iterable[Sequence[Any]]) -> tuple[dict[UUID, Aggregate[Any]], dict[UUID, int]]:
    """Fold the rows of `PAST` for a `valid_at`, from which some events may be missing.

    Where what is there builds on what is not (arrived, but dated as sent only later), the second
    answer has the last version: all events up to that one must have happened. A stream whose first
    event had not happened had not begun.
    """
    streams: dict[UUID, list[Sequence[Any]]] = {}
    for row in rows:
        streams.setdefault(row[0], []).append(row)
    found: dict[UUID, Aggregate[Any]] = {}
    unclear: dict[UUID, int] = {}
    for id, those in streams.items():
        if those[0][1] > 1 and those[0][2] not in SNAPSHOTS:
            continue
        try:
            state = folded(those)[id]
        except (KeyError, AttributeError, ValueError):
            unclear[id] = those[-1][1]
        else:
            if state.possible:
                found[id] = state
            else:
                unclear[id] = those[-1][1]
    return found, unclear
