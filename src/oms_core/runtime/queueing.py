"""Queues for streams, so that whoever decides about them knows how they are, and nobody is second.

All that a transaction needs are asked for at once and in one order: then no two wait for each other
crosswise.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from oms_core.runtime.arrays import bigints
from oms_core.runtime.connections import roll_back
from oms_core.runtime.streams import AFTER, Entry, after, entry

_LOCK = "SELECT pg_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"


class Queued:
    """A transaction that queues for streams. Its connection is a pipeline until `entries` or
    `give_up`: whatever else is asked for meanwhile comes with them.
    """

    def __init__(
        self, conn: psycopg.Connection[Any], streams: Mapping[UUID, int], *, begins: bool
    ) -> None:
        """Queue, and ask what the streams got after these versions. Waits for nothing."""
        locks = bigints(sorted(id.int >> 65 for id in streams))
        self._conn = conn
        self._pipeline = contextlib.ExitStack()
        self._pipeline.enter_context(conn.pipeline())
        if begins:
            conn.execute("BEGIN")
        conn.execute(_LOCK, [locks])
        self._found = conn.execute(AFTER, after(streams), prepare=True)

    def entries(self) -> list[Entry]:
        """Wait for the turn; returns what the streams got by then, each in its order.

        Raises `LockNotAvailable` or `DeadlockDetected` when it does not come.
        """
        self._pipeline.close()
        return [entry(row) for row in self._found]

    def give_up(self) -> None:
        """Leave the queue and end the transaction. What failed has been raised before."""
        with contextlib.suppress(psycopg.Error):
            self._pipeline.close()
        roll_back(self._conn)
