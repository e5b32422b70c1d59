"""Spans around what takes time, for whoever has put a tracer in place. Otherwise nothing happens.

Commands of several requests share a transaction in a thread of its own: `here` tells where a
request is, and `together` goes on from there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import psycopg

from oms_core.kernel.envelope import Cause, Envelope

CORRELATION = "oms.correlation_id"
"""The fact that joins spans to events."""

CORRELATIONS = "oms.correlation_ids"
"""The same of several events at once."""

CAUSATION = "oms.causation_id"
"""The event that asked for a command."""

MOST_CORRELATIONS = 100

LONGEST_TEXT = 2_000
"""Characters of a statement. Its values are not in it."""


class Tracer(Protocol):
    """Makes spans."""

    def span(self, name: str, facts: dict[str, Any]) -> AbstractContextManager[object]:
        """Open a span inside the current one."""
        ...

    def statement(self, text: str) -> AbstractContextManager[object]:
        """Open a span for an SQL statement, if there is a span that it belongs to."""
        ...

    def note(self, facts: dict[str, Any]) -> None:
        """Add facts to the current span."""
        ...

    def here(self) -> object:
        """Tell where the caller is."""
        ...

    def begin(self, name: str, facts: dict[str, Any]) -> object | None:
        """Begin a span that `end` ends, unless there is one that the caller is inside of."""
        ...

    def end(self, place: object) -> None:
        """End what was begun."""
        ...

    def together(self, places: Iterable[object]) -> AbstractContextManager[object]:
        """Open a span inside the first of these places, with links to the others."""
        ...


_tracer: Tracer | None = None
_NOTHING = contextlib.nullcontext()


def trace_with(tracer: Tracer | None) -> None:
    """Put a tracer in place, before connections are made; None takes it away."""
    global _tracer  # noqa: PLW0603 - one for the process, as for the library behind it
    _tracer = tracer


def span(name: str, **facts: Any) -> AbstractContextManager[object]:
    """Open a span."""
    return _NOTHING if _tracer is None else _tracer.span(name, facts)


def note(**facts: Any) -> None:
    """Add facts to the current span."""
    if _tracer is not None:
        _tracer.note(facts)


def here() -> object:
    """Tell where the caller is, to go on from there in another thread."""
    return None if _tracer is None else _tracer.here()


def begin(name: str, cause: Cause) -> object | None:
    """Begin a span for what the system does by itself; None for what is done for a request."""
    if _tracer is None:
        return None
    facts = {CORRELATION: cause.correlation_id, CAUSATION: cause.causation_id}
    return _tracer.begin(name, facts)


def end(place: object | None) -> None:
    """End what was begun."""
    if _tracer is not None and place is not None:
        _tracer.end(place)


def about(name: str, events: Sequence[Envelope]) -> AbstractContextManager[object]:
    """Open a span for what is made of events, with the correlation ids that they have."""
    if _tracer is None:
        return _NOTHING
    ids = list(dict.fromkeys(str(event.cause.correlation_id) for event in events))
    facts: dict[str, Any] = {"oms.events": len(events), CORRELATIONS: ids[:MOST_CORRELATIONS]}
    if len(ids) == 1:
        facts[CORRELATION] = ids[0]
    return _tracer.span(name, facts)


def together(places: Iterable[object]) -> AbstractContextManager[object]:
    """Open a span for what is done for several at once."""
    return _NOTHING if _tracer is None else _tracer.together(places)


def watch(conn: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Have the statements of a connection in spans, if there is a tracer."""
    if _tracer is None:
        return
    if isinstance(conn, psycopg.AsyncConnection):
        conn.cursor_factory = TracedAsyncCursor
    else:
        conn.cursor_factory = TracedCursor


class TracedCursor(psycopg.Cursor[Any]):
    """Executes each statement in a span."""

    def execute(self, query: Any, *given: Any, **options: Any) -> Any:
        with _statement(query):
            return super().execute(query, *given, **options)

    @contextlib.contextmanager
    def copy(self, statement: Any, *given: Any, **options: Any) -> Iterator[psycopg.Copy]:
        with _statement(statement), super().copy(statement, *given, **options) as copy:
            yield copy


class TracedAsyncCursor(psycopg.AsyncCursor[Any]):
    """The same for an event loop."""

    async def execute(self, query: Any, *given: Any, **options: Any) -> Any:
        with _statement(query):
            return await super().execute(query, *given, **options)


def _statement(query: Any) -> AbstractContextManager[object]:
    if _tracer is None:
        return _NOTHING
    text = query.decode() if isinstance(query, bytes) else str(query)
    return _tracer.statement(" ".join(text[:LONGEST_TEXT].split()))
