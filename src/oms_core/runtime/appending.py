"""The one statement that writes events, and the thread that lets many appends share a commit."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from oms_core.kernel.envelope import Cause
from oms_core.runtime.arrays import Array, byteas, documents, integers, moments, texts, uuids

APPEND = """
WITH base AS MATERIALIZED (SELECT oms.position_of(%s::int) AS position),
events AS (
  INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                          correlation_id, causation_id)
  SELECT stream_id, version, position + nth - 1, topic, body, occurred_at, actor,
         correlation_id, causation_id
  FROM base, unnest(%s::uuid[], %s::int[], %s::text[], %s::json[], %s::timestamptz[], %s::text[],
                    %s::uuid[], %s::text[]) WITH ORDINALITY
       AS new (stream_id, version, topic, body, occurred_at, actor, correlation_id, causation_id,
               nth)
  ORDER BY stream_id, version
), keys AS (
  INSERT INTO oms.command_keys (actor, command, key, input_hash, stream_id, version, position)
  SELECT actor, command, key, input_hash, stream_id, version, position + ordinal
  FROM base, unnest(%s::text[], %s::text[], %s::text[], %s::bytea[], %s::uuid[], %s::int[],
                    %s::int[])
       AS new (actor, command, key, input_hash, stream_id, version, ordinal)
  ORDER BY actor, command, key
)
SELECT position FROM base
"""
"""One statement, hence one transaction and one round trip; its parameters are `columns()`. Both
inserts go in the order of their keys, so that two writers never wait for each other crosswise.
"""

LARGEST_GROUP = 256
IDLE_SECONDS = 1.0


class EventRow(NamedTuple):
    """An event as it is stored. Where it stands among them gives its position."""

    stream_id: UUID
    version: int
    topic: str
    body: bytes
    occurred_at: datetime
    cause: Cause


class NewKey(NamedTuple):
    """The key of a command, with the state that it led to and the place of its last event."""

    actor: str
    command: str
    key: str
    input_hash: bytes
    stream_id: UUID
    version: int
    ordinal: int


def columns(
    events: Sequence[EventRow], keys: Sequence[NewKey] = (), before: int = 0
) -> list[Array | int]:
    """Give `APPEND` events in their order, and the keys of their commands; `before` says how many
    events the transaction has already.
    """
    *facts, causes = zip(*events, strict=True)
    return [
        before,
        *_arrays(_EVENT, facts),
        *_arrays(_CAUSE, zip(*causes, strict=True)),
        *_arrays(_KEY, zip(*keys, strict=True) if keys else [()] * len(_KEY)),
    ]


_EVENT = (uuids, integers, texts, documents, moments)
_CAUSE = (texts, uuids, texts)
_KEY = (texts, texts, texts, byteas, uuids, integers, integers)


def _arrays(kinds: Sequence[Callable[[Any], Array]], columns: Iterable[Any]) -> list[Array]:
    return [write(column) for write, column in zip(kinds, columns, strict=True)]


@dataclass(frozen=True, slots=True)
class _Append:
    rows: Sequence[EventRow]
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

    def append(self, rows: Sequence[EventRow]) -> list[int]:
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
        rows = [row for asked in group for row in asked.rows]
        try:
            with self._pool.connection() as conn:
                found = conn.execute(APPEND, columns(rows), prepare=True).fetchone()
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
