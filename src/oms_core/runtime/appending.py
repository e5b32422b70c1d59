"""The one statement that writes events, and the thread that lets many appends share a commit."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg_pool import ConnectionPool

from oms_core.kernel.envelope import Cause

APPEND = """
WITH base AS MATERIALIZED (SELECT oms.position_of(0) AS position),
events AS (
  INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                          correlation_id, causation_id)
  SELECT stream_id, version, base.position + ordinal, topic, body, occurred_at, actor,
         correlation_id, causation_id
  FROM base, json_to_recordset(%s::json)
       AS new (ordinal int, stream_id uuid, version int, topic text, body json,
               occurred_at timestamptz, actor text, correlation_id uuid, causation_id text)
  ORDER BY stream_id, version
), keys AS (
  INSERT INTO oms.command_keys (actor, command, key, input_hash, stream_id, version, position)
  SELECT actor, command, key, decode(input_hash, 'hex'), stream_id, version,
         base.position + ordinal
  FROM base, json_to_recordset(%s::json)
       AS new (ordinal int, actor text, command text, key text, input_hash text,
               stream_id uuid, version int)
  ORDER BY actor, command, key
)
SELECT position FROM base
"""
"""One statement, hence one transaction and one round trip. Both inserts go in the order of their
keys, so that two writers never wait for each other crosswise. The rows come as one JSON text,
whose `json` parts Postgres keeps to the byte; arrays of JSON cost four times the encoding.
"""

LARGEST_GROUP = 256
IDLE_SECONDS = 1.0
NO_KEYS = "[]"

Row = dict[str, Any]


def event_row(
    stream_id: UUID, version: int, topic: str, body: bytes, *, occurred_at: datetime, cause: Cause
) -> Row:
    """Give an event as `APPEND` takes it; `numbered` adds where it stands in the transaction."""
    return {
        "stream_id": stream_id,
        "version": version,
        "topic": topic,
        "body": orjson.Fragment(body),
        "occurred_at": occurred_at,
        "actor": cause.actor,
        "correlation_id": cause.correlation_id,
        "causation_id": cause.causation_id,
    }


def numbered(rows: Sequence[Row]) -> str:
    """Write the events of a transaction as one JSON text, in their order."""
    for ordinal, row in enumerate(rows):
        row["ordinal"] = ordinal
    return as_json(rows)


def as_json(rows: Sequence[Row]) -> str:
    """Write rows as one JSON text."""
    return orjson.dumps(rows).decode()


@dataclass(frozen=True, slots=True)
class _Append:
    rows: Sequence[Row]
    positions: Future[list[int]] = field(default_factory=Future)


class Appender:
    """Appends for many threads: what comes in while one commit is on its way shares the next.

    An append that fails fails alone. The thread that writes lives while there is work.
    """

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: queue.SimpleQueue[_Append] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._runs = False

    def append(self, rows: Sequence[Row]) -> list[int]:
        """Store rows in one transaction; returns their positions. Raises what psycopg raises."""
        asked = _Append(rows)
        with self._lock:
            self._waiting.put(asked)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name="appender", daemon=True).start()
        return asked.positions.result()

    def _run(self) -> None:
        while (first := self._next()) is not None:
            group = [first]
            with contextlib.suppress(queue.Empty):
                while len(group) < LARGEST_GROUP:
                    group.append(self._waiting.get_nowait())
            self._write(group)

    def _next(self) -> _Append | None:
        """Wait for an append; None ends the thread, and the next one to come starts another."""
        with contextlib.suppress(queue.Empty):
            return self._waiting.get(timeout=IDLE_SECONDS)
        with self._lock:
            self._runs = not self._waiting.empty()
            return self._waiting.get() if self._runs else None

    def _write(self, group: Sequence[_Append]) -> None:
        rows = numbered([row for asked in group for row in asked.rows])
        try:
            with self._pool.connection() as conn:
                found = conn.execute(APPEND, (rows, NO_KEYS), prepare=True).fetchone()
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            if len(group) == 1:
                group[0].positions.set_exception(error)
            for asked in group if len(group) > 1 else ():
                self._write([asked])
        except Exception as error:  # noqa: BLE001 - each caller is told
            for asked in group:
                asked.positions.set_exception(error)
        else:
            assert found is not None
            _settle(group, found[0])


def _settle(group: Sequence[_Append], position: int) -> None:
    for asked in group:
        asked.positions.set_result(list(range(position, position + len(asked.rows))))
        position += len(asked.rows)
