"""Executes the commands of one instant together: one read per question, one transaction for all.

Each command still stands alone. A refused one leaves nothing behind and does not disturb the
others; a write that lost a race makes the group read again and decide again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.personal import subject_of
from oms_core.kernel.refusal import (
    IdempotencyConflict,
    IdempotencyKeyExpired,
    Refusal,
    VersionConflict,
)
from oms_core.kernel.snapshot import LongLived
from oms_core.runtime.command_store import CommandStore, KeyRow, Name, name_of
from oms_core.runtime.privacy.subject_keys import Person
from oms_core.runtime.request import Outcome, Request
from oms_core.runtime.streams import Entry
from oms_core.runtime.working_set import CommandStreams, Need, WorkingSet

PART = 32
"""Commands whose events are sent to Postgres together, while it is decided what comes after."""


def _nothing() -> None:
    """Nothing was sent before."""


class TaintedGroup(Exception):
    """A handler failed after it had recorded something: the group's state can't be trusted."""


class ReadAtTwoMoments(Exception):
    """A command was refused because of what another process did while its streams were read."""


class ChangedMeanwhile(Exception):
    """It was decided by how streams were known to be, and another process had changed some."""


class Execution:
    """One request on its way through a group. It ends with an outcome or with an error."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.name: Name | None = None if request.key is None else name_of(request)
        self.touches = tuple(request.command.touches())
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.events: list[Envelope] = []
        self.written: list[Aggregate[Any]] = []
        self.need: Need | None = None
        self.streams: CommandStreams | None = None
        self._handler: Any = None
        self._read_again = False

    @property
    def done(self) -> bool:
        """Tell whether there is nothing left to run."""
        return self.outcome is not None or self.error is not None

    def start(self, working_set: WorkingSet) -> None:
        """Begin to handle the command, or begin anew."""
        command = self.request.command
        self.close()
        self.streams = CommandStreams(working_set)
        self._handler = HANDLERS[type(command)](command, self.streams)

    def resume(self, working_set: WorkingSet) -> None:
        """Run the handler until it asks for streams, or to its end."""
        try:
            self._check_version(working_set)
            if self.streams is None or self.streams.outdated:
                self.start(working_set)
            self.need = self._handler.send(None)
        except StopIteration as stop:
            self._finish(stop.value)
        except Exception as error:  # noqa: BLE001 - it is the request's answer
            self._fail(error)

    def _check_version(self, working_set: WorkingSet) -> None:
        expected = self.request.expected_version
        if expected is None or (target := self.request.command.target()) is None:
            return
        current = working_set.version(target)
        if current and current != expected:
            raise VersionConflict(expected=expected, current=current, field=("expected_version",))

    def _finish(self, answer: Aggregate[Any]) -> None:
        assert self.streams is not None
        at, cause = self.request.occurred_at, self.request.cause
        for aggregate in self.streams.touched:
            if pending := aggregate.pending:
                id, version = aggregate.id, aggregate.version - len(pending)
                for event in pending:
                    version += 1
                    self.events.append(Envelope(id, version, event, at, cause))
                self.written.append(aggregate)
                aggregate.pending = []
        self.outcome = Outcome(answer.id, answer.version, 0, answer.view())

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Refusal):
            error.__traceback__ = None  # it would hold on to what holds this
        self.error = error
        if self.streams is not None and self.streams.recorded:
            raise TaintedGroup from error

    def is_to_be_read_again(self) -> bool:
        """Tell, once, whether it was refused for a reason that only a race gives."""
        once = not self._read_again and isinstance(self.error, Refusal) and self.error.OF_A_RACE
        self._read_again |= once
        return once

    def reset(self) -> None:
        """Forget what was decided, so that it can be decided again."""
        self.close()
        self.outcome = self.error = self.streams = None
        self.events, self.written, self.need = [], [], None

    def close(self) -> None:
        """End a handler that is not to be resumed."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None


class CommandGroup:
    """The commands of one instant, on one working set and one connection."""

    def __init__(
        self, executions: Sequence[Execution], working_set: WorkingSet, store: CommandStore
    ) -> None:
        self._all = executions
        self._set = working_set
        self._store = store
        self._decided: list[Execution] = []
        self._added = 0
        self._before: Callable[[], object] = _nothing
        self._guesses = False

    def run(self) -> None:
        """Answer every request, or raise what the store raised; then nothing was stored."""
        self.send()
        self.finish()

    def send(self, before: Callable[[], object] = _nothing) -> None:
        """Decide every request, and send what is to be stored without waiting for it.

        `before` is called once, before anything is written: it waits for what was sent before, or
        raises when that was not stored.
        """
        self._before = before
        self._set.begin()
        for execution in self._all:
            execution.reset()
        try:
            self._load()
            ready = [e for e in self._all if not e.done]
            while ready:
                self._run(ready)
                ready = self._answer([e for e in self._all if not e.done])
            self._check_moments()
            self._send()
        except BaseException:
            self._store.roll_back()
            self._forget()
            raise

    def finish(self) -> None:
        """Wait until what was sent is stored; the requests are answered then. Raises what the store
        raises; then nothing was stored.
        """
        if not self._decided:
            return
        try:
            positions = self._store.finish()
        except BaseException:
            self._forget()
            raise
        last = -1
        for execution in self._decided:
            last += len(execution.events)
            assert execution.outcome is not None
            execution.outcome = execution.outcome.at(positions[last])

    def _start_writing(self) -> None:
        before, self._before = self._before, _nothing
        before()

    def _forget(self) -> None:
        self._set.forget(id for e in self._all for id in self._changed(e))

    def _check_moments(self) -> None:
        """Have everything read again when that may give a command a better answer, once each."""
        if [execution for execution in self._all if execution.is_to_be_read_again()]:
            raise ReadAtTwoMoments

    def _load(self) -> None:
        """Look up the keys and read what will surely or usually be needed, in one round trip."""
        touched = {id for e in self._all for id in e.touches} | self._set.usual
        names = [e.name for e in self._all if e.name is not None]
        found, events = self._store.begin(names, self._set.stale(touched))
        if self._store.has_erased:
            try:
                self._start_writing()
            finally:
                self._set.forget_all()
            events = self._store.read(self._set.stale(touched))
        self._set.refresh(touched, events)
        for execution in self._all:
            name = execution.name
            if name is not None and (row := found.get(name)) is not None:
                self._replay(execution, row)

    def _replay(self, execution: Execution, row: KeyRow) -> None:
        key = execution.request.key
        assert key is not None
        field = ("idempotency_key",)
        if key.days is not None and row.age > timedelta(days=key.days):
            used = f"{row.used.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            execution.error = IdempotencyKeyExpired(
                key=key.key, used=used, days=key.days, field=field
            )
        elif row.input_hash != key.input_hash:
            execution.error = IdempotencyConflict(key=key.key, field=field)
        else:
            view = self._store.view_at(row.stream_id, row.version)
            execution.outcome = Outcome(
                row.stream_id, row.version, row.position, view, replayed=True
            )

    def _answer(self, waiting: list[Execution]) -> list[Execution]:
        """Read what is asked for; contended streams last, all at once, behind their locks.

        Taking all locks of the group in one sorted step is what keeps two groups from waiting
        for each other; and a command that has its locks does not decide in vain.
        """
        plain = [e for e in waiting if e.need is not None and not e.need.contended]
        answered = plain or waiting
        asked = Counter(id for e in answered if e.need is not None for id in e.need.ids)
        if plain:
            self._set.usual.update(id for id, commands in asked.items() if commands > 1)
        if stale := self._set.stale(asked):
            self._confirm()
            self._set.refresh(stale, self._store.read(stale) if plain else self._lock(stale))
        return answered

    def _lock(self, streams: Mapping[UUID, int]) -> Sequence[Entry]:
        """Queue, behind the group before, which may have some of these.

        Until that is stored, it is decided by how they are known to be, if nobody else has changed
        anything lately. Whether they are so is seen before anything is written or answered.
        """
        self._guesses = self._store.is_committing and self._set.knows(streams)
        self._store.queue_for(streams)
        if self._guesses:
            return ()
        entries = self._locked()
        self._set.is_disturbed = any(streams[entry.stream_id] for entry in entries)
        return entries

    def _confirm(self) -> None:
        """Wait for the locks that it was decided without, if it was."""
        guessed, self._guesses = self._guesses, False
        if guessed and self._locked():
            self._set.is_disturbed = True
            raise ChangedMeanwhile

    def _locked(self) -> Sequence[Entry]:
        self._start_writing()
        return self._store.read_locked(self._persons())

    def _persons(self) -> set[Person]:
        """Tell whom the commands name of which something may be written."""
        named = [(subject_of(e.request.command), e) for e in self._all if e.error is None]
        return {(who, e.request.occurred_at.year) for who, e in named if who is not None}

    def _run(self, ready: Sequence[Execution]) -> None:
        """Run these on, and begin to store what they decide: in the order in which it was decided,
        so that a stream's events come in the order of their versions.

        As long as some will ask for locks nothing is stored: then two groups can't wait for each
        other crosswise.
        """
        for execution in ready:
            execution.resume(self._set)
            if execution.events:
                self._decided.append(execution)
            if len(self._decided) - self._added >= PART:
                self._confirm()
                if self._store.has_locks:
                    self._add()

    def _add(self) -> None:
        part = self._decided[self._added :]
        self._added = len(self._decided)
        keyed: list[tuple[Request, Outcome, int]] = []
        last = -1
        for execution in part:
            last += len(execution.events)
            assert execution.outcome is not None
            if execution.request.key is not None:
                keyed.append((execution.request, execution.outcome, last))
        self._store.add([event for execution in part for event in execution.events], keyed)

    def _send(self) -> None:
        self._confirm()
        self._start_writing()
        if not self._decided:
            self._store.roll_back()
            return
        if self._added < len(self._decided):
            self._add()
        self._store.send(self._due(self._decided))

    def _due(self, writing: Sequence[Execution]) -> list[LongLived[Any, Any]]:
        """Tell which of the aggregates that were written to should be stored as snapshots."""
        written = {id(a): a for e in writing for a in e.written}.values()
        return [a for a in written if isinstance(a, LongLived) and a.snapshot_due]

    def _changed(self, execution: Execution) -> set[UUID]:
        changed = {event.originator_id for event in execution.events}
        if execution.streams is not None:
            changed |= {a.id for a in execution.streams.touched if a.pending}
        return changed
