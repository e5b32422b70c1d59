"""Appends of one instant share a commit, and each still stands alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import DataError, IntegrityError, OperationalError, StoredEvent
from psycopg_pool import ConnectionPool

from oms_core.runtime import appending
from oms_core.runtime.recorder import PostgresRecorder

WRITERS = 16


def at_once(recorder: PostgresRecorder, appends: Sequence[Sequence[StoredEvent]]) -> list[object]:
    """Append from as many threads at the same instant; return positions and exceptions."""
    start = threading.Barrier(len(appends))

    def append(events: Sequence[StoredEvent]) -> object:
        start.wait()
        try:
            return recorder.insert_events(events)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(appends)) as threads:
        return list(threads.map(append, appends))


def event(stream: UUID, version: int = 1, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream, version, "topic", state)


def test_of_one_group_only_what_fails_fails(pool: ConnectionPool) -> None:
    taken = uuid4()
    good = [[event(uuid4()), event(uuid4())] for _ in range(WRITERS)]
    racing = [[event(taken)] for _ in range(WRITERS)]
    broken = [[event(uuid4(), state=b"not JSON")]]
    recorder = PostgresRecorder(pool)
    answers = at_once(recorder, [*good, *racing, *broken])
    assert all(isinstance(answer, list) and len(answer) == 2 for answer in answers[:WRITERS])
    lost = [answer for answer in answers[WRITERS:-1] if isinstance(answer, IntegrityError)]
    assert len(lost) == WRITERS - 1
    assert isinstance(answers[-1], DataError)
    assert len(recorder.select_events(taken)) == 1


def test_each_append_is_told_its_own_positions(pool: ConnectionPool) -> None:
    recorder = PostgresRecorder(pool)
    appends = [[event(uuid4()) for _ in range(3)] for _ in range(WRITERS)]
    answers = at_once(recorder, appends)
    with pool.connection() as conn:
        stored = dict(conn.execute("SELECT stream_id, position FROM oms.events").fetchall())
    expected = [[stored[one.originator_id] for one in events] for events in appends]
    assert answers == expected


def test_the_writing_thread_ends_and_comes_back(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "IDLE_SECONDS", 0.01)
    recorder = PostgresRecorder(pool)
    for _ in range(3):
        before = set(threading.enumerate())
        recorder.insert_events([event(uuid4())])
        [thread] = set(threading.enumerate()) - before
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_every_caller_is_told_when_the_database_is_gone(database_url: str) -> None:
    pool = ConnectionPool[psycopg.Connection](database_url, open=False)
    answers = at_once(PostgresRecorder(pool), [[event(uuid4())] for _ in range(3)])
    assert len(answers) == 3
    assert all(isinstance(answer, OperationalError) for answer in answers)
