"""The `eventsourcing` library's own recorder suites, run against our recorder.

They assume notification ids 1, 2, 3, versions from 0, and states that are any bytes. Ours are
sparse positions, versions from 1, and JSON. A thin layer maps positions to ranks, shifts versions
and wraps states; what is tested stays the same.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.tests import persistence as suite
from psycopg_pool import ConnectionPool

from oms_core.runtime.bookmarks import Bookmarks
from oms_core.runtime.recorder import PostgresRecorder


class PositionRecorder(PostgresRecorder):
    """Any bytes for JSON, positions as they are: for the suites that only compare them.

    What was written can be read at once, as the suites assume, unless a transaction of another
    test on the same server is open at that moment: so an insert waits until it is final.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        written = super().insert_events([_wrapped(event) for event in stored_events]) or ()
        while written and not self._one("SELECT (oms.horizon() > %s)::int", written[-1]):
            time.sleep(0.001)
        return written

    def _one(self, query: str, argument: int) -> int | None:
        with self._connection() as conn:
            row = conn.execute(query, (argument,)).fetchone()
            return None if row is None else int(row[0])


class RankedRecorder(PositionRecorder):
    """Ranks for positions too."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        return [self._rank(position) for position in super().insert_events(stored_events)]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        found = super().select_events(
            originator_id,
            gt=None if gt is None else gt + 1,
            lte=None if lte is None else lte + 1,
            desc=desc,
            limit=limit,
        )
        return [_plain(event) for event in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = super().select_notifications(
            self._position(start),
            limit,
            self._position(stop),
            topics,
            inclusive_of_start=inclusive_of_start,
        )
        return [self._ranked(notification) for notification in found]

    def max_notification_id(self) -> int | None:
        position = super().max_notification_id()
        return None if position is None else self._rank(position)

    def _ranked(self, found: Notification) -> Notification:
        plain = _plain(found)
        return Notification(
            plain.originator_id,
            plain.originator_version,
            plain.topic,
            plain.state,
            self._rank(found.id),
        )

    def _rank(self, position: int) -> int:
        return self._one("SELECT count(*) FROM oms.events WHERE position <= %s", position) or 0

    def _position(self, rank: int | None) -> int | None:
        if not rank:
            return rank
        query = "SELECT position FROM oms.events ORDER BY position OFFSET %s LIMIT 1"
        return self._one(query, rank - 1) or 2**62


def _wrapped(event: StoredEvent) -> StoredEvent:
    state = json.dumps(base64.b85encode(event.state).decode()).encode()
    return replace(event, originator_version=event.originator_version + 1, state=state)


def _plain(event: StoredEvent) -> StoredEvent:
    state = base64.b85decode(json.loads(event.state))
    stream = UUID(str(event.originator_id))
    return StoredEvent(stream, event.originator_version - 1, event.topic, state)


@pytest.fixture(autouse=True)
def _connections(request: pytest.FixtureRequest, pool: ConnectionPool) -> None:
    if request.cls is not None:
        request.cls.pool = pool


class _OnPostgres:
    pool: ConnectionPool
    INITIAL_VERSION = (
        0  # `_wrapped` makes it 1: a stream has no gap, not even before its first event
    )

    def new_originator_id(self) -> UUID:
        return uuid4()

    def create_recorder(self) -> ApplicationRecorder:
        return RankedRecorder(self.pool)


class SilentRecorder(RankedRecorder):
    """A recorder of streams only, as the suite has it, tells no positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events)


class TestAggregateRecorder(_OnPostgres, suite.AggregateRecorderTestCase):
    """Streams: versions, slices, conflicts."""

    def create_recorder(self) -> ApplicationRecorder:
        return SilentRecorder(self.pool)


class TestApplicationRecorder(_OnPostgres, suite.ApplicationRecorderTestCase):
    """The log: pages, topics, concurrent writers. Its timings are printed, not judged."""

    def create_recorder(self) -> ApplicationRecorder:
        if "concurrent" in self._testMethodName or "performance" in self._testMethodName:
            return PositionRecorder(self.pool)
        return super().create_recorder()


class TestNonInterleaving(_OnPostgres, suite.NonInterleavingNotificationIDsBaseCase):
    """The events of one append stand together in the log."""

    def create_recorder(self) -> ApplicationRecorder:
        return PositionRecorder(self.pool)


class TestTracking(suite.TrackingRecorderTestCase):
    """Bookmarks move on and never go back."""

    pool: ConnectionPool

    def create_recorder(self) -> TrackingRecorder:
        return Bookmarks(self.pool)


def test_a_subscription_yields_what_is_stored_later(pool: ConnectionPool) -> None:
    recorder = PositionRecorder(pool)
    first = StoredEvent(uuid4(), 0, "topic", b"1")
    with recorder.subscribe() as subscription:
        recorder.insert_events([first])
        assert next(subscription).originator_id == first.originator_id
        second = StoredEvent(uuid4(), 0, "topic", b"2")
        recorder.insert_events([second])
        assert next(subscription).originator_id == second.originator_id


@pytest.mark.parametrize(
    "statement", ["UPDATE oms.events SET actor = 'x'", "DELETE FROM oms.events"]
)
def test_the_application_cannot_change_what_happened(pool: ConnectionPool, statement: str) -> None:
    PositionRecorder(pool).insert_events([StoredEvent(uuid4(), 0, "topic", b"1")])
    with pool.connection() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)
