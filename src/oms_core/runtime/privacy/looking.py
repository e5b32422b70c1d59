"""Notes whose personal data a request was shown, so that it can be told who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg

SUBJECT_OF = """
SELECT asked.id, coalesce(first.body #>> '{customer,reference}',
                          placed.body #>> '{customer,reference}')
FROM {streams} AS asked (id)
JOIN oms.events AS first ON first.stream_id = asked.id AND first.version = 1
LEFT JOIN oms.events AS placed
  ON placed.stream_id = (first.body ->> 'order_id')::uuid AND placed.version = 1
"""
"""Tells whom streams are about. One that is not an order's begins with an event that names it."""

_OF_STREAMS = SUBJECT_OF.replace("{streams}", "(SELECT json_array_elements_text(streams)::uuid)")

NOTE = f"""
INSERT INTO oms.access_log (actor, operation, correlation_id, subjects)
SELECT actor, operation, correlation_id, ARRAY(
    SELECT json_array_elements_text(subjects)
    UNION SELECT subject FROM oms.subject_keys AS k
    WHERE k.id IN (SELECT json_array_elements_text(keys)::uuid)
    UNION SELECT subject FROM ({_OF_STREAMS}) AS told (id, subject) WHERE subject IS NOT NULL)
FROM json_to_recordset(%s::json) AS new (
    actor text, operation text, correlation_id uuid, subjects json, keys json, streams json)
"""  # noqa: S608 - every part is ours
"""Notes any number of accesses, given as one JSON text; persons by reference, by their keys, or by
streams about them. One without any of these is an access to all."""

OF_PERSON = """
SELECT at, actor, operation, correlation_id::text FROM oms.access_log
WHERE subjects @> ARRAY[%s] OR subjects = '{}' ORDER BY number DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Accessed:
    """A row of `OF_PERSON`: when somebody was shown something, who, what for, in which request."""

    at: datetime
    actor: str
    operation: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose data were shown: customers by reference, by keys that something was opened with, or by
    streams about them.
    """

    subjects: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    streams: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.subjects or self.keys or self.streams)

    def access(self, actor: str, operation: str, correlation_id: UUID) -> dict[str, object]:
        """Give the access as `NOTE` takes it."""
        return {
            "actor": actor,
            "operation": operation,
            "correlation_id": str(correlation_id),
            "subjects": sorted(self.subjects),
            "keys": sorted(self.keys),
            "streams": sorted(map(str, self.streams)),
        }


_shown: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def looking() -> Iterator[Shown]:
    """Collect who is shown in here, and in the tasks that begin in here."""
    found = Shown()
    token = _shown.set(found)
    try:
        yield found
    finally:
        _shown.reset(token)


def shown(subject: str) -> None:
    """Note that something about a person is about to be shown."""
    if (found := _shown.get()) is not None:
        found.subjects.add(subject)


def shown_of(stream: UUID) -> None:
    """Note that something is about to be shown of a person, by an order or what belongs to it."""
    if (found := _shown.get()) is not None:
        found.streams.add(stream)


def opened_with(keys: Iterable[str]) -> None:
    """Note that something was decrypted with these keys."""
    if (found := _shown.get()) is not None:
        found.keys.update(keys)


def note(
    conn: psycopg.Connection[Any], shown: Shown, *, actor: str, operation: str, request: UUID
) -> None:
    """Note an access outside of the API, before it is answered. Empty: all persons were shown."""
    rows = [shown.access(actor, operation, request)]
    conn.execute(NOTE, (orjson.dumps(rows).decode(),))
