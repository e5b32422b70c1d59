"""Runs the fulfillment process: what an event asks for next is executed as a command, once.

Each step has a key made from its event, so asking twice (after a crash, or by two runners) takes
effect once. A step that is refused is recorded where people can see it; one that fails stops the
process, for all to see, until it succeeds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg
import structlog

from oms_core.fulfillment import process
from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.runtime import failures
from oms_core.runtime.bookmarks import advance, position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.log import UnreadableEvent, read_page
from oms_core.runtime.request import CommandKey, Outcome, Request, Unavailable

log = structlog.get_logger(__name__)

BOOKMARK = f"process:{process.NAME}"
PAGE = 500
RETRY_AFTER = 0.2
"""Seconds until a step is asked for again that could not be carried out."""

REST = 10.0
"""Seconds until a process that stopped is tried again."""


class StepFailed(Exception):
    """The process can't go on: {step} for {event_id} failed with {fault}"""

    def __init__(self, step: Step, fault: Exception) -> None:
        self.position = step.event.position
        super().__init__(
            (type(self).__doc__ or "").format(
                step=type(step.command).__name__, event_id=step.event.event_id, fault=repr(fault)
            )
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an event asks for."""

    event: Envelope
    number: int
    command: Command

    @property
    def request(self) -> Request:
        """The request: caused by the event, at its time, with a key of its own."""
        key = f"{self.event.event_id}/{self.number}"
        return Request(
            self.command,
            Cause(BOOKMARK, self.event.cause.correlation_id, self.event.event_id),
            self.event.occurred_at,
            CommandKey(key, sha256(key.encode()).digest()),
        )


class ProcessRunner:
    """Follows the log on one connection and sends commands to a bus."""

    def __init__(
        self, conn: psycopg.Connection[Any], bus: CommandBus, stop: threading.Event
    ) -> None:
        self._conn = conn
        self._bus = bus
        self._stop = stop
        advance(conn, BOOKMARK, 0)  # so that it shows even if it stops at its first event
        self._position = position_of(conn, BOOKMARK) or 0
        self._failing = failures.is_recorded(conn, BOOKMARK)
        self._retry_at = 0.0
        self._topics = [event.TOPIC for event in process.LISTENS_TO]

    def step(self) -> bool:
        """Take one page; the bookmark moves when every step of it was answered.

        Returns whether there was anything to take, and it went well.
        """
        if time.monotonic() < self._retry_at:
            return False
        try:
            moved = self._take_page()
        except (StepFailed, UnreadableEvent) as error:
            self._failing, self._retry_at = True, time.monotonic() + REST
            log.exception("process stopped", position=error.position)
            failures.record(self._conn, BOOKMARK, error.position, str(error))
            return False
        if moved and self._failing:
            self._failing = False
            failures.clear(self._conn, BOOKMARK)
        return moved

    def _take_page(self) -> bool:
        page = read_page(self._conn, after=self._position, topics=self._topics, limit=PAGE)
        if page.reached == self._position:
            return False
        self._execute([step for event in page.events for step in _steps(event)])
        if self._stop.is_set():
            return False
        advance(self._conn, BOOKMARK, page.reached)
        self._position = page.reached
        return True

    def _execute(self, steps: Sequence[Step]) -> None:
        """Ask for all at once: the bus commits together what is asked together."""
        asked = [(step, self._bus.submit(step.request)) for step in steps]
        for step, answer in asked:
            self._settle(step, answer)

    def _settle(self, step: Step, answer: Future[Outcome]) -> None:
        while not self._stop.is_set():
            try:
                answer.result()
                return
            except Refusal as refusal:
                self._record(step, refusal)
                return
            except Unavailable:
                time.sleep(RETRY_AFTER)
                answer = self._bus.submit(step.request)
            except Exception as fault:
                raise StepFailed(step, fault) from fault

    def _record(self, step: Step, refusal: Refusal) -> None:
        name = type(step.command).__name__
        log.warning("a process was refused a step", command=name, refusal=str(refusal))
        self._conn.execute(
            "INSERT INTO oms.refused_steps (process, position, step, command, code, message)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (BOOKMARK, step.event.position, step.number, name, refusal.CODE, str(refusal)),
        )


def _steps(event: Envelope) -> list[Step]:
    commands = process.next_steps(event.originator_id, event.event)
    return [Step(event, number, command) for number, command in enumerate(commands)]
