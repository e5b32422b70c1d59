"""Subscribers are told of what is new for them: of nothing too early, and of all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import psycopg
import pytest

from oms_projections.log_tail import PAGE, Interest, LogTail, Watch

_WRITE = """
INSERT INTO oms.events
  (stream_id, version, position, topic, body, occurred_at, actor, correlation_id)
SELECT %(stream)s, number, oms.position_of(number), %(topic)s, %(body)s, now(), 'test', %(stream)s
FROM generate_series(1, %(count)s) AS number
"""

_POLICY = '{"sku": "A", "location": "L", "safety_stock": 0, "unlimited": false}'


def write(
    conn: psycopg.Connection, stream: UUID, topic: str = "x.Y.v1", body: str = "{}", count: int = 1
) -> None:
    given = {"stream": stream, "topic": topic, "body": body, "count": count}
    conn.execute(_WRITE, given)


@pytest.fixture
async def tail(database_url: str) -> AsyncIterator[LogTail]:
    tail = LogTail(database_url)
    await tail.start()
    yield tail
    await tail.close()


async def told(watch: Watch, patience: float = 10) -> bool:
    try:
        await asyncio.wait_for(watch.news(), patience)
    except TimeoutError:
        return False
    return True


async def test_each_is_told_of_its_own_once_it_is_final(database_url: str, tail: LogTail) -> None:
    mine, other = uuid4(), uuid4()
    interests = (
        Interest(streams=frozenset([mine])),
        Interest(skus=frozenset(["A"])),
        Interest(topics=frozenset(["x.Z.v1"])),
        Interest(everything=True),
        Interest(streams=frozenset([uuid4()])),
    )
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(tail.watching(one)) for one in interests]
        stream, sku, topic, everything, nothing = watches
        with (
            psycopg.connect(database_url, autocommit=True) as quick,
            psycopg.connect(database_url) as slow,
        ):
            write(slow, mine)
            write(quick, other, "stock.StockPolicySet.v1", _POLICY)
            assert not await told(everything, 0.3)
            slow.commit()
            assert all([await told(watch) for watch in (stream, sku, everything)])
            before = tail.position
            write(quick, uuid4(), "x.Z.v1")
            assert await told(topic)
            assert tail.position > before
            assert not await told(nothing, 0.01)
            write(quick, uuid4(), count=PAGE)
            assert all([await told(watch) for watch in watches])


async def test_it_goes_on_when_its_connection_is_lost(database_url: str, tail: LogTail) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        async with tail.watching(Interest(everything=True)) as watch:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'oms log tail' AND datname = current_database()"
            )
            write(conn, uuid4())
            assert await told(watch)
        async with tail.watching(Interest(everything=True)) as again:
            assert not await told(again, 0.2)
            write(conn, uuid4())
            assert await told(again)
