"""Our recorder behind the `eventsourcing` library's interface: no table lock, no NOTIFY.

The only guard of concurrency is the primary key (stream, version). Positions come from
transaction ids, so readers stop below the oldest running transaction (`oms.horizon()`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription
from psycopg_pool import ConnectionPool

from oms_core.kernel.envelope import Cause
from oms_core.runtime.appending import Appender, EventRow
from oms_core.runtime.mapper import COLUMNS, EnvelopeNotification, StoredEnvelope

_STREAMS = f"""
SELECT event.* FROM unnest(%s::uuid[], %s::int[]) AS known (id, seen) CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM oms.events WHERE stream_id = id AND version > seen
  ORDER BY version
) AS event
ORDER BY stream_id, version
"""  # noqa: S608 - the columns are ours

_STREAM = f"""
SELECT {COLUMNS} FROM oms.events
WHERE stream_id = %(id)s AND version > %(gt)s AND version <= %(lte)s
"""  # noqa: S608

_LOG = f"""
SELECT {COLUMNS}
FROM oms.log_page(%(start)s, least(%(stop)s, oms.horizon() - 1), %(topics)s::text[], %(limit)s)
"""  # noqa: S608

_EVER = 2**31 - 1
_NOWHERE = 2**63 - 1


def read_streams(
    conn: psycopg.Connection[Any], known: Mapping[UUID, int]
) -> psycopg.Cursor[tuple[Any, ...]]:
    """Ask for the events of streams after the versions known; each stream in its order."""
    return conn.execute(_STREAMS, (list(known), list(known.values())))


class PostgresRecorder(ApplicationRecorder):
    """Stores and selects events through a pool of connections."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool
        self._appender = Appender(pool)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Append events of any streams in one transaction; returns their positions.

        What several threads append at the same instant shares a commit.
        """
        if not stored_events:
            return []
        with _library_errors():
            return self._appender.append([_row(event) for event in stored_events])

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read one stream, or a part of it."""
        order = (
            "ORDER BY version DESC LIMIT %(limit)s" if desc else "ORDER BY version LIMIT %(limit)s"
        )
        bounds = {"gt": 0 if gt is None else gt, "lte": _EVER if lte is None else lte}
        with self._connection() as conn:
            found = conn.execute(_STREAM + order, {"id": originator_id, "limit": limit, **bounds})
            return [_stored(row) for row in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the log in position order, as far as it is final."""
        first = 0 if start is None else start if inclusive_of_start else start + 1
        bounds = {"start": first, "stop": _NOWHERE if stop is None else stop}
        with self._connection() as conn:
            found = conn.execute(_LOG, {"limit": limit, "topics": list(topics) or None, **bounds})
            return [_notification(row) for row in found]

    def max_notification_id(self) -> int | None:
        """Give the position of the last event that is final."""
        query = "SELECT max(position) FROM oms.events WHERE position < oms.horizon()"
        with self._connection() as conn:
            [position] = conn.execute(query).fetchone() or (None,)
            return None if position is None else int(position)

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follow the log for ever, by asking again."""
        return PollingSubscription(self, gt=gt, topics=topics)

    def version_at(self, stream_id: UUID, moment: datetime) -> int:
        """Tell the last version of a stream that was recorded by a moment; 0 for none."""
        query = "SELECT max(version) FROM oms.events WHERE stream_id = %s AND recorded_at <= %s"
        with self._connection() as conn:
            [version] = conn.execute(query, (stream_id, moment)).fetchone() or (None,)
            return version or 0

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        with _library_errors(), self._pool.connection() as conn:
            yield conn


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Yields the log's events as they become final."""

    _PAGE = 500
    _PAUSE = 0.05

    def __init__(
        self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder, gt=gt, topics=topics)
        self._page: list[Notification] = []
        self._after = 0 if gt is None else gt

    def __next__(self) -> Notification:
        while not self._page:
            if self._has_been_stopped:
                raise StopIteration
            self._page = list(
                self._recorder.select_notifications(
                    self._after, self._PAGE, topics=self._topics, inclusive_of_start=False
                )
            )
            if not self._page:
                time.sleep(self._PAUSE)
        self._after = self._page[0].id
        return self._page.pop(0)


@contextlib.contextmanager
def _library_errors() -> Iterator[None]:
    """Raise the library's exception of the same name for each of psycopg's."""
    try:
        yield
    except psycopg.Error as error:
        for kind in type(error).__mro__:
            if issubclass(kind, psycopg.Error) and hasattr(persistence, kind.__name__):
                raise getattr(persistence, kind.__name__)(str(error)) from error
        raise persistence.PersistenceError(str(error)) from error


def _row(event: StoredEvent) -> EventRow:
    if not isinstance(event, StoredEnvelope):
        event = StoredEnvelope(
            event.originator_id, event.originator_version, event.topic, event.state
        )
    return EventRow(
        UUID(str(event.originator_id)),
        event.originator_version,
        event.topic,
        event.state,
        event.occurred_at,
        event.cause,
    )


def _stored(row: Sequence[Any]) -> StoredEnvelope:
    stream_id, version, position, topic, body, occurred_at, recorded_at, *cause = row
    return StoredEnvelope(
        stream_id, version, topic, body.encode(), occurred_at, recorded_at, Cause(*cause), position
    )


def _notification(row: Sequence[Any]) -> EnvelopeNotification:
    stream_id, version, position, topic, body, occurred_at, recorded_at, *cause = row
    return EnvelopeNotification(
        stream_id, version, topic, body.encode(), position, occurred_at, recorded_at, Cause(*cause)
    )
