"""Reading ahead gives the same pages as reading when asked, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from tests.projections.conftest import wait_for_the_log
from tests.projections.history import History
from tests.projections.test_engine import rows

from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.log import read_page
from oms_core.runtime.read_ahead import MOST_AHEAD, ReadAhead
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.rebuild import rebuild

TOPICS = KINDS["orders"]().topics


@pytest.fixture
def ahead(conn: psycopg.Connection, database_url: str) -> Iterator[ReadAhead]:
    with connect(database_url, name="spare") as spare, ReadAhead(conn, spare) as ahead:
        yield ahead


def test_pages_are_the_same_as_without(
    bus: CommandBus, conn: psycopg.Connection, ahead: ReadAhead
) -> None:
    History(bus, 1).play(60)
    end = wait_for_the_log(conn)
    positions = dict.fromkeys(range(MOST_AHEAD + 3), 0)  # more readers than pages are kept
    while min(positions.values()) < end:
        for reader, after in positions.items():
            page = ahead.page(after=after, topics=TOPICS, limit=7)
            assert page == read_page(conn, after=after, topics=TOPICS, limit=7)
            positions[reader] = page.reached


def test_the_end_of_the_log_is_looked_at_anew(
    bus: CommandBus, conn: psycopg.Connection, ahead: ReadAhead
) -> None:
    """A page that was read ahead and was not full must not hide what came since."""
    history = History(bus, 2)
    end = wait_for_the_log(conn)
    first = ahead.page(after=0, topics=["stock.StockReceived.v1"], limit=6)
    assert len(first.events) == 6
    rest = ahead.page(after=first.reached, topics=["stock.StockReceived.v1"], limit=6)
    history.play(20)
    later = wait_for_the_log(conn)
    assert rest.reached <= end < later
    assert ahead.page(after=rest.reached, topics=TOPICS, limit=500).reached == later


def test_projecting_and_rebuilding_with_it_come_to_the_same_rows(
    bus: CommandBus,
    conn: psycopg.Connection,
    followers: list[Follower],
    ahead: ReadAhead,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for size in ("engine.BATCH", "rebuild.PAGE"):
        monkeypatch.setattr(f"oms_projections.{size}", 9)
    History(bus, 4).play(80)
    end = wait_for_the_log(conn)
    while any(follower.position < end for follower in followers):
        step(conn, followers, ahead.page)
    found = rows(conn)
    for kind in KINDS.values():
        rebuild(conn, kind(), ahead=ahead)
    assert rows(conn) == found
