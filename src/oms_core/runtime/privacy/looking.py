"""Notes whose personal data a request was shown, so that it can be told who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

NOTE = """
INSERT INTO oms.access_log (actor, operation, correlation_id, subjects)
SELECT actor, operation, correlation_id, ARRAY(
    SELECT json_array_elements_text(subjects)
    UNION SELECT subject FROM oms.subject_keys AS k
    WHERE k.id IN (SELECT json_array_elements_text(keys)::uuid))
FROM json_to_recordset(%s::json)
    AS new (actor text, operation text, correlation_id uuid, subjects json, keys json)
"""
"""Notes any number of accesses, given as one JSON text; persons by reference, or by their keys."""

OF_PERSON = """
SELECT at, actor, operation, correlation_id::text FROM oms.access_log
WHERE subjects @> ARRAY[%s] ORDER BY number DESC LIMIT %s
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
    """Whose data were shown: customers by reference, and keys that something was opened with."""

    subjects: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def access(self, actor: str, operation: str, correlation_id: UUID) -> dict[str, object]:
        """Give the access as `NOTE` takes it."""
        return {
            "actor": actor,
            "operation": operation,
            "correlation_id": str(correlation_id),
            "subjects": sorted(self.subjects),
            "keys": sorted(self.keys),
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


def opened_with(keys: Iterable[str]) -> None:
    """Note that something was decrypted with these keys."""
    if (found := _shown.get()) is not None:
        found.keys.update(keys)
