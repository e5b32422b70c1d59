"""Following the log: pages of final events in their order, and waking up when there are more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from pydantic import ValidationError

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.mapper import STORED_COLUMNS, envelope
from oms_core.runtime.privacy.sealing import key_ids
from oms_core.runtime.privacy.wrapped_keys import WrappedKeys, keys_there

EVENTS_CHANNEL = "oms_events"
"""Writers notify it after a commit, never inside a transaction."""

_LAST = "SELECT max(position) FROM oms.events WHERE position < oms.horizon()"

_ENDS = f"SELECT (SELECT min(position) FROM oms.events), ({_LAST})"  # noqa: S608

_PAGE = f"SELECT {STORED_COLUMNS} FROM oms.log_page(%s, %s, %s, %s)"  # noqa: S608 - ours

_POSITION, _TOPIC, _BODY = 2, 3, 4


class UnreadableEvent(Exception):
    """The stored event {event_id} is not a valid {topic}: {reason}"""

    def __init__(self, row: Sequence[Any], reason: ValidationError) -> None:
        stream_id, version, self.position, topic, *_ = row
        super().__init__(
            (type(self).__doc__ or "").format(
                event_id=f"{stream_id}/{version}", topic=topic, reason=reason
            )
        )


@dataclass(frozen=True)
class LogPage:
    """Events of the topics asked for; every event up to `reached` has been looked at."""

    events: list[Envelope]
    reached: int

    @cached_property
    def topics(self) -> frozenset[str]:
        """The topics that it has events of."""
        return frozenset(event.event.TOPIC for event in self.events)


ReadPage = Callable[..., LogPage]
"""Gives the next page `after` a position: `read_page` on a connection, or what stands for it."""


def last_position(conn: psycopg.Connection[Any]) -> int:
    """Give the position of the last final event; 0 for an empty log."""
    found = conn.execute(_LAST).fetchone()
    return (found and found[0]) or 0


def share_read(conn: psycopg.Connection[Any], position: int) -> float:
    """Tell which share of the log lies up to a position, by the positions in between."""
    found = conn.execute(_ENDS).fetchone()
    assert found is not None
    first, last = found
    return 1.0 if last is None or last <= first else min((position - first) / (last - first), 1.0)


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as the database gives it: rows of `mapper.STORED_COLUMNS`, how far they reach, and the
    keys of what is sealed in them."""

    rows: list[tuple[Any, ...]]
    reached: int
    keys: WrappedKeys


def read_page(
    conn: psycopg.Connection[Any], *, after: int, topics: Sequence[str], limit: int
) -> LogPage:
    """Read the next events of these topics after a position.

    The page ends before an event that can't be read; raises `UnreadableEvent` when that is first.
    """
    return decoded(read_rows(conn, after=after, topics=topics, limit=limit))


def read_rows(
    conn: psycopg.Connection[Any], *, after: int, topics: Sequence[str] | None, limit: int
) -> RawPage:
    """Read the rows of a page, of all topics if none are named.

    What is final is decided first and read then: an event that commits in between is above it. The
    keys are asked for last: of whom is erased meanwhile, there are none.
    """
    last = last_position(conn)
    if last <= after:
        return RawPage([], after, {})
    given = None if topics is None else list(topics)
    rows = conn.execute(_PAGE, (after + 1, last, given, limit)).fetchall()
    keys = keys_there(conn, key_ids(row[_BODY] for row in rows))
    return RawPage(rows, rows[-1][_POSITION] if len(rows) == limit else last, keys)


def topic_of(row: Sequence[Any]) -> str:
    """Name the topic of a row of a page."""
    topic: str = row[_TOPIC]
    return topic


def decoded(page: RawPage) -> LogPage:
    """Read the events of a page, up to one that can't be read."""
    events: list[Envelope] = []
    for row in page.rows:
        try:
            events.append(envelope(row, page.keys))
        except ValidationError as error:
            if not events:
                raise UnreadableEvent(row, error) from error
            return LogPage(events, events[-1].position)
    return LogPage(events, page.reached)


def await_news(conn: psycopg.Connection[Any], patience: float) -> bool:
    """Sleep on a listening connection until there may be more events, or patience ends.

    Takes all notifications that have arrived, so that they don't pile up on a busy connection.
    Returns whether there was one.
    """
    return bool(list(conn.notifies(timeout=patience, stop_after=1)))
