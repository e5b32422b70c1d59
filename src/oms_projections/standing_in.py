"""Brings projections up to a position for whoever can't wait: where no server does it, here."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import psycopg

from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.errors import SetupError
from oms_projections.engine import Follower, step
from oms_projections.projection import Projection
from oms_projections.rebuild import install, try_lock
from oms_projections.waiting import RECORDED

PATIENCE = 60.0
"""Seconds that others may take."""

PAUSE = 0.05


class StandIn:
    """Does the work of those projections that nobody else does, as long as the connection lives."""

    def __init__(self, conn: psycopg.Connection[Any], kinds: Iterable[type[Projection]]) -> None:
        self._conn = conn
        self._names = [kind.NAME for kind in kinds]
        self._followers: list[Follower] = []
        for kind in kinds:
            install(conn, kind())
            if try_lock(conn, kind.NAME):
                self._followers.append(follower := Follower(kind()))
                follower.resume(conn)

    def catch_up(self) -> int:
        """Go on until all know what was recorded by now; tells up to where. Raises `SetupError`."""
        [recorded] = self._conn.execute(RECORDED).fetchone() or (0,)
        self.come_to(recorded)
        return int(recorded)

    def come_to(self, position: int) -> None:
        """Go on until all have come to a position. Raises `SetupError`."""
        end = time.monotonic() + PATIENCE
        while min(position_of(self._conn, name) or 0 for name in self._names) < position:
            if time.monotonic() > end or any(each.failing for each in self._followers):
                raise SetupError(
                    "The read tables are behind; see `oms projections status`. Try again then."
                )
            if not (self._followers and step(self._conn, self._followers)):
                time.sleep(PAUSE)
