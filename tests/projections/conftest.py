"""A bus to make history with, a connection to project on, and a reader."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest

from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect, connect_async
from oms_core.runtime.log import last_position
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.rebuild import install


@pytest.fixture
def bus(database_url: str) -> Iterator[CommandBus]:
    with CommandBus(database_url) as bus:
        yield bus


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, name="test") as conn:
        yield conn


@pytest.fixture
async def reading(database_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await connect_async(database_url, name="test reader") as reading:
        yield reading


def following(conn: psycopg.Connection) -> list[Follower]:
    """Make a follower of every projection, its tables installed."""
    made = [kind() for kind in KINDS.values()]
    for projection in made:
        install(conn, projection)
    found = [Follower(projection) for projection in made]
    for follower in found:
        follower.resume(conn)
    return found


@pytest.fixture
def followers(conn: psycopg.Connection) -> list[Follower]:
    return following(conn)


def project_all(conn: psycopg.Connection, followers: list[Follower]) -> None:
    """Project everything that happened so far.

    Transactions of other tests, in other databases of the server, hold the horizon back for
    moments: an empty page is not the end before every event was looked at.
    """
    last = "SELECT coalesce(max(position), 0) FROM oms.events"
    [(end,)] = conn.execute(last).fetchall()
    while any(follower.position < end for follower in followers):
        step(conn, followers)


def wait_for_the_log(conn: psycopg.Connection) -> int:
    """Wait until all that was written is final; returns its last position."""
    [(end,)] = conn.execute("SELECT max(position) FROM oms.events").fetchall()
    while last_position(conn) < end:
        time.sleep(0.01)
    return int(end)


@pytest.fixture
def catch_up(conn: psycopg.Connection, followers: list[Follower]) -> Callable[[], None]:
    return lambda: project_all(conn, followers)
