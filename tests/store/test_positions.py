"""A reader that follows the log misses nothing, whoever commits late; and the test can tell."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from psycopg_pool import ConnectionPool

from oms_core.runtime.migrations import migrate
from oms_core.runtime.recorder import PostgresRecorder

WRITERS, EACH = 32, 12

BY_TRANSACTION = "oms.position_of(0)"
BY_SEQUENCE = "nextval('plain_sequence')"
FINAL_BY_HORIZON = "position < oms.horizon()"
FINAL_WHEN_SEEN = "true"


def _write(conn: psycopg.Connection, position: str, stream: UUID, *, stall: float = 0) -> None:
    with conn.transaction():
        conn.execute(
            "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
            f" correlation_id) VALUES (%s, 1, {position}, 'topic', '1', now(), 'test', %s)",
            (stream, stream),
        )
        time.sleep(stall)


def _follow(conn: psycopg.Connection, final: str, stop: threading.Event) -> Iterator[UUID]:
    after = 0
    while True:
        stopping = stop.is_set()
        page = conn.execute(
            f"SELECT position, stream_id FROM oms.events WHERE position > %s AND {final}"
            " ORDER BY position LIMIT 50",
            (after,),
        ).fetchall()
        for position, stream in page:
            after = position
            yield stream
        if not page and stopping and final_as_written(conn, after):
            return


def final_as_written(conn: psycopg.Connection, after: int) -> bool:
    """Tell whether all that is visible was read."""
    [(more,)] = conn.execute(
        "SELECT count(*) FROM oms.events WHERE position > %s", (after,)
    ).fetchall()
    return more == 0


def _race(pool: ConnectionPool, position: str, final: str) -> tuple[list[UUID], list[UUID]]:
    """Let 32 writers stall inside their transactions; return what was written and what was read."""
    written: list[UUID] = []
    read: list[UUID] = []
    stop = threading.Event()
    seeds = random.Random(7)

    def write(seed: int) -> None:
        rng = random.Random(seed)
        with pool.connection() as conn:
            for _ in range(EACH):
                stream = uuid4()
                _write(conn, position, stream, stall=rng.choice((0, 0, 0.002, 0.03)))
                written.append(stream)

    def follow() -> None:
        with pool.connection() as conn:
            read.extend(_follow(conn, final, stop))

    reader = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(seeds.random(),)) for _ in range(WRITERS)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    return written, read


def test_a_tailing_reader_sees_every_event_once_while_writers_stall(pool: ConnectionPool) -> None:
    written, read = _race(pool, BY_TRANSACTION, FINAL_BY_HORIZON)
    assert len(written) == WRITERS * EACH
    assert sorted(read) == sorted(written)


def test_positions_from_a_plain_sequence_lose_events(
    pool: ConnectionPool, database_url: str
) -> None:
    """Shows that the test above can fail: this is what it protects from."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("CREATE SEQUENCE plain_sequence")
        owner.execute("GRANT USAGE ON SEQUENCE plain_sequence TO oms_app")
    written, read = _race(pool, BY_SEQUENCE, FINAL_WHEN_SEEN)
    assert len(read) == len(set(read))
    assert set(read) < set(written)


@pytest.fixture
def recorder(pool: ConnectionPool) -> PostgresRecorder:
    return PostgresRecorder(pool)


def _store(recorder: PostgresRecorder, topic: str = "topic") -> UUID:
    stream = uuid4()
    recorder.insert_events([StoredEvent(stream, 1, topic, b"1")])
    return stream


def _all_seen(recorder: PostgresRecorder, expected: list[UUID], **filters: object) -> None:
    """Transactions of other tests on the server may hold the horizon back for a moment."""
    deadline = time.monotonic() + 20
    while (seen := _seen(recorder, **filters)) != expected and time.monotonic() < deadline:
        assert seen == expected[: len(seen)]
    assert seen == expected


def _seen(recorder: PostgresRecorder, **filters: object) -> list[UUID]:
    page = recorder.select_notifications(None, 1000, **filters)  # type: ignore[arg-type]
    return [UUID(str(event.originator_id)) for event in page]


def test_a_transaction_asleep_before_its_commit_holds_later_events_back(
    pool: ConnectionPool, recorder: PostgresRecorder
) -> None:
    """Marten 9.16.1: a gap was taken for final while its transaction was still open."""
    early = uuid4()
    with pool.connection() as sleeper, sleeper.transaction():
        _write_open(sleeper, early)
        late = [_store(recorder) for _ in range(5)]
        assert _seen(recorder) == []
    _all_seen(recorder, [early, *late])


def test_no_time_out_makes_a_gap_final(pool: ConnectionPool, recorder: PostgresRecorder) -> None:
    """Marten 9.25.0: a gap counted as stale after a while, and its events were skipped for ever."""
    with pool.connection() as sleeper, sleeper.transaction():
        _write_open(sleeper, early := uuid4())
        late = _store(recorder)
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            assert _seen(recorder) == []
            time.sleep(0.1)
    _all_seen(recorder, [early, late])


def test_a_type_filter_does_not_move_past_what_is_not_final(
    pool: ConnectionPool, recorder: PostgresRecorder
) -> None:
    """Marten 9.25.0: the ceiling of a page came from the newest event, whatever its type."""
    wanted = [_store(recorder, "wanted")]
    for _ in range(30):
        _store(recorder, "other")
    with pool.connection() as sleeper, sleeper.transaction():
        _write_open(sleeper, early := uuid4(), topic="wanted")
        late = _store(recorder, "wanted")
        _all_seen(recorder, wanted, topics=["wanted"])
    _all_seen(recorder, [*wanted, early, late], topics=["wanted"])


def _write_open(conn: psycopg.Connection, stream: UUID, topic: str = "topic") -> None:
    conn.execute(
        "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
        " correlation_id) VALUES (%s, 1, oms.position_of(0), %s, '1', now(), 'test', %s)",
        (stream, topic, stream),
    )


def test_after_a_restore_new_events_come_after_the_old_ones(
    database_url: str, recorder: PostgresRecorder
) -> None:
    """A dump keeps its positions, but the cluster it is restored into counts from low again."""
    far: Callable[[], int] = lambda: recorder.max_notification_id() or 0  # noqa: E731
    old = _store(recorder)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")  # lets the owner move it
        owner.execute("UPDATE oms.events SET position = position + (1::bigint << 50)")
    assert _seen(recorder) == []
    migrate(database_url)
    _all_seen(recorder, [old])
    high = far()
    new = _store(recorder)
    _all_seen(recorder, [old, new])
    assert far() > high
    base = "SELECT base FROM oms.position_base"
    with psycopg.connect(database_url) as owner:
        [before] = owner.execute(base).fetchone() or ()
        migrate(database_url)
        assert owner.execute(base).fetchone() == (before,)
