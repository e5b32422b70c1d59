"""Streams as they were: short cuts give what a plain fold of the events gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.runtime.shop import execute, order, request, stock_up

from oms_core.kernel.snapshot import SNAPSHOT_EVERY
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import read_event
from oms_core.runtime.past import PAST, folded, happened, past
from oms_core.stock.commands import AdjustStock
from oms_core.stock.stock_item import StockItem, stock_item_id

ITEM = stock_item_id("A", "L")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database_url, name="test") as conn:
        yield conn


def adjusted(bus: CommandBus, times: int, **changed: Any) -> None:
    for i in range(times):
        asked = request(AdjustStock(sku="A", location="L", delta=(-1) ** i, reason="count"))
        bus.submit(asked._replace(**changed)).result()


def naive(
    conn: psycopg.Connection[Any], *, as_of: datetime | None, valid_at: datetime | None
) -> StockItem | None:
    """Fold every event that had been recorded, and had happened, one by one."""
    item = StockItem(ITEM)
    rows = conn.execute(
        "SELECT topic, body::text, recorded_at, occurred_at FROM oms.events"
        " WHERE stream_id = %s ORDER BY version",
        [ITEM],
    )
    for topic, body, recorded_at, occurred_at in rows:
        if (as_of is None or recorded_at <= as_of) and (
            valid_at is None or occurred_at <= valid_at
        ):
            item.apply(read_event(topic, body))  # type: ignore[arg-type]
    return item if item.exists else None


def test_short_cuts_give_what_every_event_gives(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    """Of 260 events some are dated back years, some by seconds, and some are a little ahead."""
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 1_000})
        for step in range(5):
            adjusted(bus, 40, occurred_at=datetime.now(UTC) + timedelta(minutes=3))
            adjusted(bus, 1, occurred_at=LONG_AGO + timedelta(days=step))
            adjusted(bus, 10, occurred_at=datetime.now(UTC) - timedelta(seconds=30))
    moments = [
        row[0]
        for row in conn.execute(
            "SELECT recorded_at FROM oms.events WHERE stream_id = %(id)s"
            " UNION SELECT occurred_at FROM oms.events WHERE stream_id = %(id)s",
            {"id": ITEM},
        )
    ]
    [(snapshots,)] = conn.execute("SELECT count(*) FROM oms.snapshots").fetchall()
    assert snapshots >= 2
    for moment in [*moments[::7], LONG_AGO + timedelta(days=2)]:
        known = folded(conn.execute(PAST, past([ITEM], as_of=moment))).get(ITEM)
        expected = naive(conn, as_of=moment, valid_at=None)
        assert (known and known.view()) == (expected and expected.view())
        for as_of in (None, moments[len(moments) // 2]):
            asked = past([ITEM], as_of=as_of, valid_at=moment)
            true, unclear = happened(conn.execute(PAST, asked).fetchall())
            expected = naive(conn, as_of=as_of, valid_at=moment)
            begun = expected is not None and hasattr(expected, "sku") and moment > LONG_AGO
            assert not unclear
            if ITEM in true:
                assert begun
                assert expected is not None
                assert true[ITEM].view() == expected.view()


def test_what_was_dated_back_is_found_behind_the_snapshots(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        now = datetime.now(UTC)
        stock_up(bus, {("A", "L"): 10})
        adjusted(bus, 2 * SNAPSHOT_EVERY + 10, occurred_at=now)
        adjusted(bus, 1, occurred_at=LONG_AGO)
        adjusted(bus, SNAPSHOT_EVERY, occurred_at=now)
    [(first,)] = conn.execute(
        "SELECT occurred_at FROM oms.events WHERE stream_id = %s AND version = 1", [ITEM]
    ).fetchall()
    rows = conn.execute(PAST, past([ITEM], valid_at=first)).fetchall()
    assert [row[1] for row in rows] == [1, 2 * SNAPSHOT_EVERY + 12]


def test_the_whole_of_a_long_stream_is_never_read(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        adjusted(bus, 3 * SNAPSHOT_EVERY + 50)
    [(middle,)] = conn.execute(
        "SELECT recorded_at FROM oms.events WHERE stream_id = %s AND version = 150", [ITEM]
    ).fetchall()
    rows = conn.execute(PAST, past([ITEM], as_of=middle)).fetchall()
    assert [row[1] for row in rows] == list(range(SNAPSHOT_EVERY, 151))
    conn.execute("SET enable_seqscan = off")
    plan = "\n".join(
        row[0] for row in conn.execute(f"EXPLAIN {PAST}", past([ITEM], valid_at=middle))
    )
    assert "Seq Scan on events" not in plan
    assert "events_dated_back" in plan
    assert "events_pkey" in plan


def test_an_order_can_not_have_been_what_no_order_is(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        placed = execute(bus, order("O-1", ("A", 4)))
    rows = conn.execute(PAST, past([placed.stream_id])).fetchall()
    found, unclear = happened(rows)
    assert (list(found), unclear) == ([placed.stream_id], {})
    reserved_twice = [*rows, (placed.stream_id, len(rows) + 1, *rows[1][2:])]
    assert happened(reserved_twice) == ({}, {placed.stream_id: len(rows) + 1})
    assert happened(rows[1:]) == ({}, {})
