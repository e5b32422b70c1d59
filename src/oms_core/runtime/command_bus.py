"""The one way in for commands: a queue, and a writer thread that commits what has piled up.

While one group is on its way to the disk the next one gathers, so the busier the process is,
the more commands share a commit. An idle process commits each command at once.
"""

from __future__ import annotations

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType

import psycopg
import structlog
from psycopg.errors import (
    CheckViolation,
    DeadlockDetected,
    LockNotAvailable,
    SerializationFailure,
    UniqueViolation,
)

from oms_core.runtime import tracing
from oms_core.runtime.command_group import CommandGroup, Execution, ReadAtTwoMoments, TaintedGroup
from oms_core.runtime.command_store import CommandStore, Name, name_of
from oms_core.runtime.request import Outcome, Request, Unavailable
from oms_core.runtime.working_set import WorkingSet

log = structlog.get_logger(__name__)

LARGEST_GROUP = 128
MOST_STREAMS = 1_000
"""Streams that a group's commands may name before it takes no more of them: what is contended is
locked for all at once, and Postgres has room for some thousand locks.
"""
LONGEST_QUEUE = 2_000
CACHED_AGGREGATES = 10_000
GROUP_ATTEMPTS = 4
SINGLE_ATTEMPTS = 12
NOTIFY_EVERY = 0.01
"""Seconds between two wake-ups of the readers, at least."""

LOST_RACE = (
    UniqueViolation,
    SerializationFailure,
    DeadlockDetected,
    LockNotAvailable,
    ReadAtTwoMoments,
)
FAULTS = (CheckViolation, psycopg.DataError, psycopg.ProgrammingError, TaintedGroup)
_STOP = None


class Contended(Unavailable):
    """Too many others are changing the same thing at this moment; nothing was done. Send the
    request again.
    """


class Overloaded(Unavailable):
    """Too many requests are waiting; nothing was done. Send the request again in a moment."""


class StoreUnreachable(Unavailable):
    """The database did not answer. Send the request again with the same idempotency key: if it
    was carried out after all, you get its answer and nothing is done twice.
    """


class _Ticket(Execution):
    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.future: Future[Outcome] = Future()
        cause = request.cause
        facts = {tracing.CORRELATION: cause.correlation_id, tracing.CAUSATION: cause.causation_id}
        self._span = tracing.begin(request.command_name, **facts)
        self.place = self._span or tracing.here()

    @property
    def name(self) -> Name | None:
        return name_of(self.request) if self.request.key is not None else None

    def settle(self) -> None:
        tracing.end(self._span)
        if self.error is not None:
            self.future.set_exception(self.error)
        elif self.outcome is not None:
            self.future.set_result(self.outcome)


class CommandBus:
    """Executes requests in their order of arrival. Safe to use from any thread."""

    def __init__(self, database_url: str) -> None:
        self._queue: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._store = CommandStore(database_url)
        self._set = WorkingSet(CACHED_AGGREGATES)
        self._deferred: list[_Ticket] = []
        self._notified = 0.0
        self._notify_due = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="command-bus", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Outcome]:
        """Queue a request. The future gives its outcome, or raises a `Refusal` or `Unavailable`."""
        ticket = _Ticket(request)
        if self._closed or self._queue.qsize() >= LONGEST_QUEUE:
            ticket.future.set_exception(Overloaded())
        else:
            self._queue.put(ticket)
        return ticket.future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closed = True
        self._queue.put(_STOP)
        self._thread.join()
        self._store.close()

    def __enter__(self) -> CommandBus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------------------- the writer thread

    def _run(self) -> None:
        while (group := self._gather()) is not None:
            if group:
                self._execute(group)
            self._wake_readers()
        self._store.notify()

    def _gather(self) -> list[_Ticket] | None:
        """Take what is waiting; a second request with a key of this group waits for the next."""
        group, self._deferred = self._deferred, []
        names = {ticket.name for ticket in group}
        streams = sum(len(ticket.touches) for ticket in group)
        try:
            while len(group) < LARGEST_GROUP and streams < MOST_STREAMS:
                ticket = self._queue.get(block=not group, timeout=self._patience())
                if ticket is _STOP:
                    if not group:
                        return None
                    self._queue.put(_STOP)
                    break
                if ticket.name is not None and ticket.name in names:
                    self._deferred.append(ticket)
                    break
                names.add(ticket.name)
                streams += len(ticket.touches)
                group.append(ticket)
        except queue.Empty:
            pass
        return group

    def _patience(self) -> float | None:
        return NOTIFY_EVERY if self._notify_due else None

    def _execute(self, group: list[_Ticket]) -> None:
        try:
            with tracing.together(ticket.place for ticket in group):
                self._decide(group)
        except Exception as error:  # noqa: BLE001 - the writer must live on
            for ticket in group:
                ticket.error = ticket.error or error
            _tell(log.exception, "command group failed", commands=len(group))
        self._notify_due = self._notify_due or any(ticket.events for ticket in group)
        for ticket in group:
            ticket.settle()

    def _decide(self, group: list[_Ticket]) -> None:
        """Execute together; after too many lost races, or a fault in one of them, one by one."""
        attempts = GROUP_ATTEMPTS if len(group) > 1 else SINGLE_ATTEMPTS
        try:
            if self._attempt(group, attempts):
                return
        except FAULTS as error:
            if len(group) == 1:
                self._fault(group[0], error)
                return
        if len(group) == 1:
            group[0].reset()
            group[0].error = Contended()
            return
        for ticket in group:
            self._decide([ticket])

    def _attempt(self, group: list[_Ticket], attempts: int) -> bool:
        for attempt in range(attempts):
            try:
                CommandGroup(group, self._set, self._store).run()
                return True
            except LOST_RACE:
                time.sleep(random.uniform(0, 0.001 * 2 ** min(attempt, 6)))  # noqa: S311
            except psycopg.OperationalError as error:
                self._store.reconnect()
                for ticket in group:
                    ticket.reset()
                    ticket.error = StoreUnreachable()
                _tell(log.warning, "the database did not answer", error=str(error))
                return True
        return False

    def _fault(self, ticket: _Ticket, error: Exception) -> None:
        cause = error.__cause__ if isinstance(error, TaintedGroup) else error
        ticket.reset()
        ticket.error = cause if isinstance(cause, Exception) else error

    def _wake_readers(self) -> None:
        """Tell readers that there is something new: with what the next group asks, if one waits."""
        now = time.monotonic()
        if self._notify_due and now - self._notified >= NOTIFY_EVERY:
            self._notified, self._notify_due = now, False
            self._store.notify(at_once=self._queue.empty() and not self._deferred)


def _tell(say: Callable[..., object], event: str, **facts: object) -> None:
    """Log. A log that can't be written to must not keep commands from being answered."""
    with contextlib.suppress(OSError, ValueError):
        say(event, **facts)
