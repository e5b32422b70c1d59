"""Stands for Postgres: the streams, keys, locks and snapshots that several servers share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import OperationalError
from psycopg.errors import LockNotAvailable, UniqueViolation
from tests.domain.kit import HandlerMistake, History
from tests.simulation.faults import Fault, Faults, Killed

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.snapshot import LongLived, Snapshot
from oms_core.runtime.command_store import CommandStore, KeyRow, Name, name_of
from oms_core.runtime.kinds import kind_of
from oms_core.runtime.privacy.subject_keys import Person
from oms_core.runtime.request import Outcome, Request
from oms_core.runtime.streams import Entry

Keyed = Iterable[tuple[Request, Outcome, int]]


class Memory:
    """What is stored. A position is an event's place in the log, counted from 1."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.history = History()
        self.log: list[Envelope] = []
        self.keys: dict[Name, KeyRow] = {}
        self.snapshots: dict[UUID, tuple[int, Snapshot]] = {}
        self.locked: dict[UUID, Connection] = {}
        self.meanwhile: Callable[[], None] | None = None
        """What another server does between a decision and its append."""

    def entries_after(self, known: Mapping[UUID, int]) -> list[Entry]:
        """Read streams as the command store does: from a newer snapshot, if there is one."""
        found: list[Entry] = []
        streams = self.history.streams
        for id, seen in known.items():
            events = streams.get(id, ())
            if len(events) == seen:
                continue
            start = seen
            version, snapshot = self.snapshots.get(id, (0, None))
            if snapshot is not None and version > seen:
                found.append(Entry(id, version, snapshot))
                start = version
            found += [Entry(id, start + i, event) for i, event in enumerate(events[start:], 1)]
        return found

    def store(self, events: Sequence[Envelope], keyed: Keyed) -> list[int]:
        """Store everything or, if anything was there first, nothing."""
        streams = self.history.streams
        expected: dict[UUID, int] = defaultdict(int)
        for event in events:
            id = event.originator_id
            there = len(streams.get(id, ())) + expected[id]
            if event.originator_version != there + 1:
                raise UniqueViolation(f"{event.event_id} is there already")
            expected[id] += 1
        keyed = list(keyed)
        if any(name_of(request) in self.keys for request, _, _ in keyed):
            raise UniqueViolation("the key is there already")
        first = len(self.log) + 1
        for event in events:
            self.history.streams.setdefault(event.originator_id, []).append(event.event)
        self.log += events
        for request, outcome, last in keyed:
            assert request.key is not None
            self.keys[name_of(request)] = KeyRow(
                request.key.input_hash,
                outcome.stream_id,
                outcome.version,
                first + last,
                used=request.occurred_at,
                age=timedelta(),
            )
        return list(range(first, first + len(events)))


class _Sent(NamedTuple):
    events: list[Envelope]
    keyed: list[tuple[Request, Outcome, int]]
    due: list[tuple[UUID, int, Snapshot, LongLived[Any, Any]]]
    locks: list[UUID]


class Connection(CommandStore):
    """One server's connection. It can be lost, and its server killed, before or after a commit."""

    def __init__(self, memory: Memory, rng: Random) -> None:
        super().__init__("")
        self._memory = memory
        self._rng = rng
        self._wanted: dict[UUID, int] = {}
        self._locks: list[UUID] = []
        self._events: list[Envelope] = []
        self._keyed: list[tuple[Request, Outcome, int]] = []
        self._on_its_way: _Sent | None = None

    def begin(
        self, names: Sequence[Name], streams: Mapping[UUID, int]
    ) -> tuple[dict[Name, KeyRow], list[Entry]]:
        keys = self._memory.keys
        found = {name: keys[name] for name in names if name in keys}
        return found, self._memory.entries_after(streams)

    def read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        return self._memory.entries_after(streams)

    @property
    def is_committing(self) -> bool:
        return self._on_its_way is not None

    def queue_for(self, streams: Mapping[UUID, int]) -> None:
        self._wanted = dict(streams)

    def read_locked(self, persons: Iterable[Person] = ()) -> list[Entry]:
        locked, streams = self._memory.locked, self._wanted
        if any(locked.get(id, self) is not self for id in streams):
            raise LockNotAvailable("another server has it")
        self._locks = list(streams)
        locked.update(dict.fromkeys(streams, self))
        return self._memory.entries_after(streams)

    def view_at(self, stream_id: UUID, version: int) -> Any:
        events = self._memory.history.streams[stream_id][:version]
        aggregate = kind_of(events[0].TOPIC)(stream_id)
        for event in events:
            aggregate.apply(event)
        return aggregate.view()

    @property
    def has_locks(self) -> bool:
        return bool(self._locks)

    def add(self, events: Sequence[Envelope], keyed: Keyed) -> None:
        before = len(self._events)
        self._events += events
        self._keyed += [(request, outcome, before + last) for request, outcome, last in keyed]

    def send(self, due: Sequence[LongLived[Any, Any]] = ()) -> None:
        snapshots = [(one.id, one.version, _again(one.snapshot()), one) for one in due]
        self._on_its_way = _Sent(self._events, self._keyed, snapshots, self._locks)
        self._events, self._keyed, self._locks = [], [], []

    def finish(self) -> list[int]:
        assert self._on_its_way is not None
        sent, self._on_its_way = self._on_its_way, None
        try:
            return self._store(sent)
        finally:
            self._unlock(sent.locks)

    def _store(self, sent: _Sent) -> list[int]:
        memory, faults = self._memory, self._memory.faults
        if (meanwhile := memory.meanwhile) is not None:
            memory.meanwhile = None
            meanwhile()
        if faults.strike(Fault.KILLED_BEFORE_COMMIT):
            raise Killed
        if faults.strike(Fault.CONNECTION_LOST_BEFORE_COMMIT):
            raise OperationalError("the connection was lost")
        positions = memory.store(sent.events, sent.keyed)
        for id, version, snapshot, one in sent.due:
            memory.snapshots[id] = (version, snapshot)
            one.snapshot_version = version
        if self._rng.random() < 0.02:
            _check_shapes(sent.events)
        if faults.strike(Fault.KILLED_AFTER_COMMIT):
            raise Killed
        if faults.strike(Fault.CONNECTION_LOST_AFTER_COMMIT):
            raise OperationalError("the connection was lost")
        return positions

    def roll_back(self) -> None:
        self._unlock(self._locks)
        self._events, self._keyed, self._locks = [], [], []

    def _unlock(self, streams: Iterable[UUID]) -> None:
        for id in streams:
            if self._memory.locked.get(id) is self:
                del self._memory.locked[id]


def _again(snapshot: Snapshot) -> Snapshot:
    return type(snapshot).model_validate_json(snapshot.model_dump_json())


def _check_shapes(events: Iterable[Envelope]) -> None:
    """What is read from the stored JSON is what was recorded."""
    for envelope in events:
        event = envelope.event
        read = type(event).model_validate_json(event.model_dump_json())
        if read != event:
            raise HandlerMistake(f"{event!r} reads as {read!r}")
