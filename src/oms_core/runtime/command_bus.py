"""The one way in for commands: a queue, and a writer thread that commits what has piled up.

While one group is on its way to the disk the next one gathers, so the busier the process is,
the more commands share a commit. An idle process commits each command at once. When half of a
largest group has gathered already, it is decided meanwhile, and waits only before it writes
anything.
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
from oms_core.runtime.command_group import (
    ChangedMeanwhile,
    CommandGroup,
    Execution,
    ReadAtTwoMoments,
    TaintedGroup,
)
from oms_core.runtime.command_store import CommandStore
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
    ChangedMeanwhile,
)
FAULTS = (CheckViolation, psycopg.DataError, psycopg.ProgrammingError, TaintedGroup)
_STOP = None

Answered = Callable[[Outcome | Exception], object]
"""Takes a request's outcome, or why there is none. It must not raise, and must not take long."""


class _OtherwiseStored(Exception):
    """The group before was not stored as it was decided, and this one was decided after it."""


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
    def __init__(self, request: Request, answered: Answered) -> None:
        super().__init__(request)
        self._answered = answered
        self._span = tracing.begin(request.command_name, request.cause)
        self.place = self._span or tracing.here()

    def settle(self) -> None:
        tracing.end(self._span)
        answer = self.outcome if self.error is None else self.error
        if answer is not None:
            self._answered(answer)


class _Sent:
    """A group on its way to the disk."""

    def __init__(self, group: CommandGroup, tickets: list[_Ticket]) -> None:
        self.tickets = tickets
        self.error: Exception | None = None
        self._group: CommandGroup | None = group

    def is_stored(self) -> bool:
        """Wait, and tell whether it was stored as it was decided; otherwise there is an error."""
        group, self._group = self._group, None
        try:
            if group is not None:
                group.finish()
        except Exception as error:  # noqa: BLE001 - whoever waits recovers from it
            self.error = error
        return self.error is None


class CommandBus:
    """Executes requests in their order of arrival. Safe to use from any thread."""

    def __init__(self, database_url: str) -> None:
        self._queue: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._store = CommandStore(database_url)
        self._set = WorkingSet(CACHED_AGGREGATES)
        self._deferred: list[_Ticket] = []
        self._sent: _Sent | None = None
        self._notified = 0.0
        self._notify_due = False
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="command-bus", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Outcome]:
        """Queue a request. The future gives its outcome, or raises a `Refusal` or `Unavailable`."""
        future: Future[Outcome] = Future()
        self.ask(request, settling(future))
        return future

    def ask(self, request: Request, answered: Answered) -> None:
        """Queue a request, and have its answer told: by the writer thread, or at once."""
        ticket = _Ticket(request, answered)
        if self._closed or self._queue.qsize() >= LONGEST_QUEUE:
            answered(Overloaded())
        else:
            self._queue.put(ticket)

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
            if self._deferred or not self._much_waits:
                self._complete()
            self._wake_readers()
        self._store.notify()

    @property
    def _much_waits(self) -> bool:
        """Tell whether the next group is large enough not to wait for more commands."""
        return self._queue.qsize() >= max(1, LARGEST_GROUP // 2)

    def _gather(self) -> list[_Ticket] | None:
        """Take what is waiting; a second request with a key of this group, or of the one that was
        sent, waits for the next.
        """
        group, self._deferred = self._deferred, []
        sent = self._sent.tickets if self._sent is not None else ()
        names = {ticket.name for ticket in (*group, *sent)}
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

    def _execute(self, tickets: list[_Ticket]) -> None:
        """Decide a group and send it, while the one before is on its way to the disk."""
        group = CommandGroup(tickets, self._set, self._store)
        try:
            with tracing.together(ticket.place for ticket in tickets):
                group.send(self._complete_first)
        except Exception as error:  # noqa: BLE001 - it is recovered from
            self._complete()
            self._recover(tickets, error)
        else:
            self._sent = _Sent(group, tickets)

    def _complete_first(self) -> None:
        """Let the next group write when the one that was sent is stored as it was decided."""
        if self._sent is not None and not self._sent.is_stored():
            raise _OtherwiseStored
        self._complete()

    def _complete(self) -> None:
        """Wait for the group that was sent, and answer it."""
        sent, self._sent = self._sent, None
        if sent is not None and sent.is_stored():
            self._answer(sent.tickets)
        elif sent is not None and sent.error is not None:
            self._recover(sent.tickets, sent.error)

    def _recover(self, tickets: list[_Ticket], error: Exception) -> None:
        """Do again what failed, unless it may have been stored after all."""
        try:
            self._decide_again(tickets, error)
        except psycopg.OperationalError as lost:
            self._unreachable(tickets, lost)
        except Exception as fault:  # noqa: BLE001 - the writer must live on
            for ticket in tickets:
                ticket.error = ticket.error or fault
            _tell(log.exception, "command group failed", commands=len(tickets))
        self._answer(tickets)

    def _decide_again(self, tickets: list[_Ticket], error: Exception) -> None:
        if not isinstance(error, (*LOST_RACE, *FAULTS, _OtherwiseStored)):
            raise error
        with tracing.together(ticket.place for ticket in tickets):
            self._decide(tickets)

    def _answer(self, tickets: list[_Ticket]) -> None:
        self._notify_due = self._notify_due or any(ticket.events for ticket in tickets)
        for ticket in tickets:
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
                self._unreachable(group, error)
                return True
        return False

    def _unreachable(self, tickets: list[_Ticket], error: Exception) -> None:
        self._store.reconnect()
        for ticket in tickets:
            ticket.reset()
            ticket.error = StoreUnreachable()
        _tell(log.warning, "the database did not answer", error=str(error))

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


def settling(future: Future[Outcome]) -> Answered:
    """Have a future give what is told."""

    def settle(answer: Outcome | Exception) -> None:
        if isinstance(answer, Outcome):
            future.set_result(answer)
        else:
            future.set_exception(answer)

    return settle


def _tell(say: Callable[..., object], event: str, **facts: object) -> None:
    """Log. A log that can't be written to must not keep commands from being answered."""
    with contextlib.suppress(OSError, ValueError):
        say(event, **facts)
