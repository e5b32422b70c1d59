"""How often a follower looks at the log: pages grow with the load, and rests with idleness."""

from __future__ import annotations

import threading
import time
from functools import partial

import psycopg

from oms_core.runtime import pace
from oms_core.runtime.log import EVENTS_CHANNEL, await_news
from oms_core.runtime.pace import Pace


class Rests(threading.Event):
    """Notes how long somebody wanted to wait, and waits no time."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.taken.append(timeout or 0)
        return False


def test_events_gather_under_load_but_not_behind_a_backlog(conn: psycopg.Connection) -> None:
    rests = Rests()
    pacing = Pace(partial(await_news, conn), rests)
    for taken in (1, 20, 300, pace.BACKLOG):
        pacing.rest(taken)
    assert rests.taken == [0.001, 0.02, pace.MOST_GATHERING]


def test_an_idle_follower_looks_less_and_less_often_until_it_hears_of_something() -> None:
    waited: list[float] = []
    heard = iter([False, False, False, False, True, False])
    pacing = Pace(lambda patience: waited.append(patience) or next(heard), threading.Event())
    for _ in range(6):
        pacing.rest(0)
    assert waited == [0.1, 0.2, 0.4, 0.5, 0.5, 0.1]


def test_news_wakes_an_idle_follower(conn: psycopg.Connection, database_url: str) -> None:
    conn.execute(f"LISTEN {EVENTS_CHANNEL}")
    pacing = Pace(partial(await_news, conn), threading.Event())
    pacing._patience = 30
    with psycopg.connect(database_url, autocommit=True) as writer:
        writer.execute(f"NOTIFY {EVENTS_CHANNEL}")
    began = time.monotonic()
    pacing.rest(0)
    assert time.monotonic() - began < 10
