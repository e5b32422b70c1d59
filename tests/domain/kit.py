"""Given, when, then for pure command handlers: every stream in memory, no event loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import pytest
from tests.contracts.transitions import transitions

from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import Refusal
from oms_core.kernel.snapshot import LongLived
from oms_core.runtime.kinds import KINDS, kind_of

A = TypeVar("A", bound=Aggregate[Any])
Facts = Mapping[UUID, Iterable[Event]]


class HandlerMistake(Exception):
    """A handler broke a rule that the runtime relies on."""


class History:
    """Every event of an installation. Each one is read from its own JSON, as a store would."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[Event]] = {}

    def append(self, stream_id: UUID, *events: Event) -> None:
        """Store events as they would be read again; refused when that changes one."""
        for event in events:
            read = type(event).model_validate_json(event.model_dump_json())
            if read != event:
                raise HandlerMistake(f"{event!r} reads as {read!r}")
            self.streams.setdefault(stream_id, []).append(read)

    def fold(self, kind: type[A], stream_id: UUID) -> A:
        """Rebuild an aggregate from its first event on."""
        aggregate = kind(stream_id)
        for event in self.streams.get(stream_id, ()):
            aggregate.apply(event)
        return aggregate

    def all(self, kind: type[A]) -> Iterator[A]:
        """Rebuild every aggregate of a kind."""
        for stream_id, events in self.streams.items():
            if kind_of(events[0].TOPIC) is kind:
                yield self.fold(kind, stream_id)

    def execute(self, command: Command) -> Done:
        """Handle one command and store what it records; a refusal stores nothing."""
        asked = _Asked(self)
        answer = _answer_of(command, asked)
        asked.check(command)
        check_events(command, (type(event) for one in asked.seen.values() for event in one.pending))
        for aggregate in asked.seen.values():
            events, aggregate.pending = aggregate.pending, []
            self.append(aggregate.id, *events)
            asked.recorded[aggregate.id] = events
            if events and inner(aggregate) != inner(self.fold(type(aggregate), aggregate.id)):
                raise HandlerMistake(f"{aggregate!r} differs from what its events say")
            if not isinstance(aggregate, LongLived) or not aggregate.exists:
                continue
            if inner(restored(aggregate)) != inner(aggregate):
                raise HandlerMistake(f"{aggregate!r} differs from its own snapshot")
        return Done(answer, {id: events for id, events in asked.recorded.items() if events})

    def rehearse(self, command: Command) -> bool:
        """Tell whether a command would record anything; nothing is stored. Raises its refusal."""
        asked = _Asked(self)
        _answer_of(command, asked)
        return asked.pending


def restored(aggregate: LongLived[Any, Any]) -> LongLived[Any, Any]:
    """Rebuild an aggregate from its snapshot, as a store would."""
    snapshot = aggregate.snapshot()
    again = type(aggregate)(aggregate.id)
    again.resume(type(snapshot).model_validate_json(snapshot.model_dump_json()), aggregate.version)
    again.snapshot_version = aggregate.snapshot_version
    return again


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did: the aggregate it answers with, and the events by stream."""

    answer: Aggregate[Any]
    events: Mapping[UUID, list[Event]]


class _Asked(Streams):
    """What one handler asks for, and in which order."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._contended = False
        self.seen: dict[UUID, Aggregate[Any]] = {}
        self.recorded: dict[UUID, list[Event]] = {}

    async def get(self, kind: type[A], id: UUID) -> A:
        [found] = await self.find(kind, [id])
        if not found.exists:
            raise kind.MISSING(what=kind.__name__.lower())
        return found

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        if self.pending:
            raise HandlerMistake(f"{kind.__name__} was asked for after something was recorded")
        if self._contended and not kind.CONTENDED:
            raise HandlerMistake(f"{kind.__name__} was asked for after contended streams")
        self._contended = kind.CONTENDED
        return [self._one(kind, id) for id in ids]

    def add(self, aggregate: Aggregate[Any]) -> None:
        if aggregate.id in self.seen or aggregate.id in self._history.streams:
            raise HandlerMistake(f"stream {aggregate.id} exists already")
        self.seen[aggregate.id] = aggregate

    def _one(self, kind: type[A], id: UUID) -> A:
        found = self.seen.setdefault(id, self._history.fold(kind, id))
        if not isinstance(found, kind):
            raise HandlerMistake(f"stream {id} is no {kind.__name__}")
        return found

    @property
    def pending(self) -> bool:
        return any(aggregate.pending for aggregate in self.seen.values())

    def check(self, command: Command) -> None:
        """What a command says it touches is loaded in vain if its handler does not ask for it."""
        if unasked := set(command.touches()) - set(self.seen):
            raise HandlerMistake(f"{command!r} touches {unasked}, which was never asked for")


def _answer_of(command: Command, asked: _Asked) -> Aggregate[Any]:
    handler = HANDLERS[type(command)](command, asked)
    try:
        handler.send(None)
    except StopIteration as stop:
        assert isinstance(stop.value, Aggregate)
        return stop.value
    except Refusal as refusal:
        if asked.pending:
            raise HandlerMistake(f"refused after recording: {refusal}") from refusal
        check_refusal(command, type(refusal))
        raise
    handler.close()
    raise HandlerMistake(f"{command!r} waits for something else than streams")


def check_events(command: Command, recorded: Iterable[type[Event]]) -> None:
    """Check that docs/orders.md says of these events that the command leads to them."""
    if unknown := set(recorded) - transitions(type(command)).events:
        raise HandlerMistake(f"{command!r} recorded {unknown}; that was not read from its handler")


def check_refusal(command: Command, refusal: type[Refusal]) -> None:
    """Check that docs/orders.md says that the command may be refused so."""
    if refusal not in transitions(type(command)).refusals:
        raise HandlerMistake(f"{command!r}: {refusal} was not read from its handler")


def inner(value: object) -> object:
    """Everything an aggregate knows, as plain values that can be compared."""
    if isinstance(value, dict):
        return {key: inner(each) for key, each in value.items()}
    if isinstance(value, list):
        return [inner(each) for each in value]
    if type(value).__module__.startswith("oms_core") and hasattr(value, "__dict__"):
        return {key: inner(each) for key, each in vars(value).items() if key != "pending"}
    return value


class Story:
    """`Story().given(...).when(command).then({stream: [events]})`, or `.refused(Refusal)`."""

    def __init__(self) -> None:
        self.history = History()
        self._command: Command | None = None

    def given(self, stream_id: UUID, kind: type[Aggregate[Any]], *events: Event) -> Story:
        """Say what is stored of one stream."""
        if wrong := [event for event in events if kind_of(event.TOPIC) is not kind]:
            raise HandlerMistake(f"no events of {kind.__name__}: {wrong}")
        self.history.append(stream_id, *events)
        return self

    def after(self, *commands: Command) -> Story:
        """Say what was done before, where listing its events would hide the point."""
        for command in commands:
            self.history.execute(command)
        return self

    def when(self, command: Command) -> Story:
        """Say what is asked for now."""
        self._command = command
        return self

    def then(self, expected: Facts) -> Done:
        """Check that exactly these events are recorded, in these streams."""
        assert self._command is not None
        done = self.history.execute(self._command)
        assert done.events == {id: list(events) for id, events in expected.items()}
        return done

    def refused(self, refusal: type[Refusal], sentence: str = "", *, field: str = "") -> None:
        """Check that the command is refused with this sentence (a part of it) and field path."""
        assert self._command is not None
        before = {id: list(events) for id, events in self.history.streams.items()}
        with pytest.raises(refusal) as caught:
            self.history.execute(self._command)
        assert type(caught.value) is refusal
        assert sentence in str(caught.value)
        assert ".".join(caught.value.field) == field
        assert self.history.streams == before


assert KINDS, "importing the kinds makes every handler and topic known"
