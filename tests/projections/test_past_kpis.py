"""Key figures as they were known at a moment, and as they truly were at one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.projections.history import History

from oms_core.runtime.command_bus import CommandBus
from oms_projections import kpi_past, kpis

START, END = datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def clock(conn: psycopg.Connection) -> datetime:
    [(now,)] = conn.execute("SELECT clock_timestamp()").fetchall()
    return now


@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_are_asked_for_as_they_were_known(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    seed: int,
) -> None:
    history = History(bus, seed)
    known = []
    for _ in range(3):
        history.play(40)
        catch_up()
        found = [
            await kpis.report(reading, start=start, end=END, bucket="WEEK", location=location)
            for start in (START, START + timedelta(days=40, minutes=17))
            for location in (None, "L")
        ]
        known.append((clock(conn), found))
    for moment, then in known:
        assert then == [
            await kpis.report(
                reading, start=start, end=END, bucket="WEEK", location=location, as_of=moment
            )
            for start in (START, START + timedelta(days=40, minutes=17))
            for location in (None, "L")
        ]
    assert known[0][1] != known[1][1] != known[2][1]


async def test_figures_are_asked_for_as_they_truly_were(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
) -> None:
    """All was recorded just now. By when it happened, the returns of later weeks are not there."""
    History(bus, 3).play(120)
    catch_up()
    [(middle,)] = conn.execute(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY occurred_at) FROM oms.events"
        " WHERE topic LIKE 'orders.%%'"
    ).fetchall()
    rows = conn.execute(
        "SELECT count(*) FILTER (WHERE topic LIKE '%%.OrderPlaced.%%'),"
        " count(DISTINCT stream_id) FILTER (WHERE topic LIKE '%%.LinesShipped.%%'),"
        " count(DISTINCT stream_id) FILTER (WHERE topic LIKE '%%.LinesBackordered.%%')"
        " FROM oms.events WHERE occurred_at <= %s",
        [middle],
    )
    [(placed, _, backordered)] = rows.fetchall()
    then = await kpis.report(reading, start=START, end=END, bucket="WEEK", valid_at=middle)
    now = await kpis.report(reading, start=START, end=END, bucket="WEEK")
    assert then.total.orders_placed == placed < now.total.orders_placed
    assert then.total.backorder_rate == pytest.approx(backordered / placed)
    by_then = [row for row in then.rows if row.start > middle]
    assert len(then.rows) == len(now.rows)
    assert by_then
    assert {row.orders_placed + row.orders_delivered for row in by_then} == {0}
    nothing = await kpis.report(reading, start=START, end=END, bucket="WEEK", as_of=middle)
    assert nothing.total.orders_placed == 0  # it was not known yet


async def test_what_would_take_too_long_is_refused(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = clock(conn)
    History(bus, 1).play(10)
    catch_up()
    monkeypatch.setattr(kpi_past, "MOST_CHANGED", 0)
    with pytest.raises(kpi_past.TooMuchSince, match="Ask for less time"):
        await kpis.report(reading, start=START, end=END, bucket="WEEK", as_of=before)
    await kpis.report(reading, start=START, end=END, bucket="WEEK", as_of=END)
