"""What a page of the log costs does not depend on what the planner believes about the log."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

WRITTEN = 20_000
PLAIN = """
SELECT * FROM oms.events WHERE position >= %s AND position <= %s AND topic = ANY (%s)
ORDER BY position LIMIT %s
"""
PAGE = "SELECT * FROM oms.log_page(%s, %s, %s, %s)"


@pytest.fixture
def owner(database_url: str) -> Any:
    """A log that has grown before anything was counted, as after an import."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE oms.events SET (autovacuum_enabled = false)")
        conn.execute(
            "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
            " correlation_id) SELECT gen_random_uuid(), 1, oms.position_of(n),"
            " 'topic-' || mod(n, 20), '1', now(), 'test', gen_random_uuid()"
            " FROM generate_series(1, %s) AS n",
            [WRITTEN],
        )
        yield conn


def blocks_read(conn: psycopg.Connection, query: str) -> int:
    """Count the blocks that are looked at for the first hundred of a topic."""
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}"
    for _ in range(2):  # the first one reads the catalogue, too
        [(answer,)] = conn.execute(explain.encode(), (0, 2**62, ["topic-7"], 100)).fetchall()
    plan = answer[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_a_page_is_read_along_the_index_whatever_the_statistics_say(
    owner: psycopg.Connection,
) -> None:
    assert blocks_read(owner, PAGE) < 100


def test_a_plain_query_reads_all_that_is_left(owner: psycopg.Connection) -> None:
    """Shows that the test above can fail: this is what the function protects from."""
    assert blocks_read(owner, PLAIN) > 200


def test_all_topics_or_some(owner: psycopg.Connection) -> None:
    count = f"SELECT count(*), count(DISTINCT topic) FROM ({PAGE}) AS page"
    most = 2**31 - 1
    everything, some = (0, 2**62, None, most), (0, 2**62, ["topic-3", "topic-4"], most)
    assert owner.execute(count.encode(), everything).fetchall() == [(WRITTEN, 20)]
    assert owner.execute(count.encode(), some).fetchall() == [(WRITTEN // 10, 2)]
