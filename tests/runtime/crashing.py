"""A process that dies between two SQL statements, at whichever of them one likes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, LiteralString, Self

import psycopg
import pytest
from psycopg import sql

from oms_core.runtime import command_store
from oms_core.runtime.command_bus import CommandBus, _Ticket, settling
from oms_core.runtime.connections import ROLE, SETTINGS
from oms_core.runtime.request import Outcome, Request

QUICK = "-c synchronous_commit=off"
"""It is the process that dies, not the database, whose disk need not be waited for."""

_TABLES = """SELECT relname FROM pg_class
             WHERE relnamespace = 'oms'::regnamespace AND relkind = 'r'"""


class Crash(BaseException):
    """The process is gone; nobody catches that."""


class Boundaries:
    """Counts what lies between two statements, and lets the process die at one of them.

    What was not sent, and what was sent but not committed, is the same to those who come after:
    within a pipeline nothing but a commit counts, and the end of it.
    """

    def __init__(self, crash_at: int = 0) -> None:
        self.crash_at = crash_at
        self.passed = 0
        self.connections: list[Mortal] = []
        self.backends: list[int] = []
        self.dead = False

    def pass_one(self) -> None:
        """Go on to the next statement, or die."""
        self.passed += 1
        if self.dead or self.passed == self.crash_at:
            self.dead = True
            self.backends = [connection.info.backend_pid for connection in self.connections]
            close(self.connections)
            raise Crash


def close(connections: Iterable[psycopg.Connection[Any]]) -> None:
    """Close them all."""
    for connection in connections:
        connection.close()


class _Cursor(psycopg.Cursor[Any]):
    """After each of its statements the process may die."""

    def execute(self, *query: Any, **options: Any) -> Self:
        boundaries = boundaries_of(self.connection)
        if boundaries.dead:
            raise Crash
        super().execute(*query, **options)
        pipeline = self.connection._pipeline
        if query[0] == "COMMIT" and pipeline is not None:
            pipeline.sync()  # so that it has taken effect when the process dies
        if query[0] == "COMMIT" or pipeline is None:
            boundaries.pass_one()
        return self


class Mortal(psycopg.Connection[Any]):
    """A connection of a process that may die."""

    boundaries: Boundaries

    @contextmanager
    def pipeline(self) -> Iterator[psycopg.Pipeline]:
        with super().pipeline() as pipeline:
            yield pipeline
        self.boundaries.pass_one()

    @contextmanager
    def transaction(self, *given: Any, **options: Any) -> Iterator[psycopg.Transaction]:
        with super().transaction(*given, **options) as transaction:
            self.boundaries.pass_one()
            yield transaction
        self.boundaries.pass_one()


def boundaries_of(connection: psycopg.Connection[Any]) -> Boundaries:
    """Give those of the process that a connection belongs to."""
    assert isinstance(connection, Mortal)
    return connection.boundaries


class Process:
    """One life of a process: a command bus without its thread, and whatever else it opens."""

    def __init__(
        self,
        url: str,
        boundaries: Boundaries,
        patch: pytest.MonkeyPatch,
        spare: list[Mortal] | None = None,
    ) -> None:
        self._url = url
        self._spare = [] if spare is None else spare
        """Connections that processes before it left when they ended in peace."""
        self.boundaries = boundaries
        patch.setattr(command_store, "connect", lambda _, name: self.connect())
        self.bus = Threadless(url)

    def connect(self) -> Mortal:
        """Open a connection that dies with the process."""
        if self.boundaries.dead:
            raise Crash
        connection = self._spare.pop() if self._spare else self._new()
        connection.boundaries = self.boundaries
        self.boundaries.connections.append(connection)
        return connection

    def _new(self) -> Mortal:
        connection = Mortal.connect(self._url, autocommit=True, options=f"{SETTINGS} {QUICK}")
        connection.execute(ROLE)
        connection.cursor_factory = _Cursor
        return connection

    def end(self) -> None:
        """End it in peace, and leave its connections to the next one: opening them takes long."""
        self._spare += self.boundaries.connections


class Threadless(CommandBus):
    """Executes what it is asked for at once, so that its process dies where it is asked."""

    def _start(self) -> None:
        """Do without the thread."""

    def submit(self, request: Request) -> Future[Outcome]:
        [answer] = self.submit_together([request])
        return answer

    def submit_together(self, requests: Sequence[Request]) -> list[Future[Outcome]]:
        """Execute the requests of one instant as one group."""
        answers: list[Future[Outcome]] = [Future() for _ in requests]
        group = _tickets(requests, answers)
        self._decide(group)
        for ticket in group:
            ticket.settle()
        return answers

    def send_together(self, requests: Sequence[Request]) -> list[Future[Outcome]]:
        """Execute a group, and wait for its commit only when `complete` is called, or the next one
        is about to write.
        """
        answers: list[Future[Outcome]] = [Future() for _ in requests]
        self._execute(_tickets(requests, answers))
        return answers

    def complete(self) -> None:
        """Wait for the commit of what was sent, and answer it."""
        self._complete()


def _tickets(requests: Sequence[Request], answers: Sequence[Future[Outcome]]) -> list[_Ticket]:
    asked = zip(requests, answers, strict=True)
    return [_Ticket(request, settling(answer)) for request, answer in asked]


class Moments:
    """Takes a database back to how it was at some moment, quicker than a new one is made."""

    def __init__(self, url: str) -> None:
        self._owner = psycopg.connect(url, autocommit=True)
        self._tables = [sql.Identifier(name) for [name] in self._owner.execute(_TABLES)]

    def close(self) -> None:
        """Let go of the database."""
        self._owner.close()

    def keep(self, number: int) -> None:
        """Keep how it is now, under a number."""
        self._owner.execute(sql.SQL("CREATE SCHEMA {}").format(_saved(number)))
        self._each("CREATE TABLE {1}.{0} AS TABLE oms.{0}", number)

    def back_to(self, number: int) -> None:
        """Forget everything since; what guards the past looks away for it."""
        with self._owner.transaction(), self._owner.pipeline():
            self._owner.execute("SET LOCAL session_replication_role = replica")
            self._each("DELETE FROM oms.{0}", number)
            self._each("INSERT INTO oms.{0} OVERRIDING SYSTEM VALUE SELECT * FROM {1}.{0}", number)

    def _each(self, statement: LiteralString, number: int) -> None:
        for table in self._tables:
            self._owner.execute(sql.SQL(statement).format(table, _saved(number)))


def _saved(number: int) -> sql.Identifier:
    return sql.Identifier(f"saved_{number}")
