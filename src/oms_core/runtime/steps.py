"""Carries out what events ask for next, as commands, once.

Each step has a key made from its event, so asking twice (after a crash, or by two runners) takes
effect once. A step that is refused is recorded where people can see it.
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

from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.followers import Stopped
from oms_core.runtime.request import CommandKey, Outcome, Request, Unavailable

log = structlog.get_logger(__name__)

RETRY_AFTER = 0.2
"""Seconds until a step is asked for again that could not be carried out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an event asks for."""

    event: Envelope
    number: int
    command: Command

    def request(self, actor: str) -> Request:
        """Make the request: caused by the event, at its time, with a key of its own."""
        key = f"{self.event.event_id}/{self.number}"
        return Request(
            self.command.asked(self.event.occurred_at),
            Cause(actor, self.event.cause.correlation_id, self.event.event_id),
            self.event.occurred_at,
            CommandKey(key, sha256(key.encode()).digest()),
        )


class StepFailed(Stopped):
    """The process can't go on: {step} for {event_id} failed with {fault}"""

    def __init__(self, step: Step, fault: Exception) -> None:
        sentence = (type(self).__doc__ or "").format(
            step=type(step.command).__name__, event_id=step.event.event_id, fault=repr(fault)
        )
        super().__init__(step.event.position, sentence)


class Steps:
    """Sends steps to a bus in one actor's name, and waits until all are answered."""

    def __init__(
        self, actor: str, conn: psycopg.Connection[Any], bus: CommandBus, stop: threading.Event
    ) -> None:
        self._actor = actor
        self._conn = conn
        self._bus = bus
        self._stop = stop

    def execute(self, steps: Sequence[Step]) -> None:
        """Ask for all at once: the bus commits together what is asked together.

        Raises `StepFailed` when one neither took effect nor was refused.
        """
        asked = [(step, self._submit(step)) for step in steps]
        for step, answer in asked:
            self._settle(step, answer)

    def _submit(self, step: Step) -> Future[Outcome]:
        return self._bus.submit(step.request(self._actor))

    def _settle(self, step: Step, answer: Future[Outcome]) -> None:
        while not self._stop.is_set():
            try:
                answer.result()
                return
            except Refusal as refusal:
                record_refusal(self._conn, self._actor, step, refusal)
                return
            except Unavailable:
                time.sleep(RETRY_AFTER)
                answer = self._submit(step)
            except Exception as fault:
                raise StepFailed(step, fault) from fault


def record_refusal(conn: psycopg.Connection[Any], actor: str, step: Step, refusal: Refusal) -> None:
    """Record what was refused where people can see it."""
    name = type(step.command).__name__
    log.warning("a process was refused a step", command=name, refusal=refusal.kept)
    conn.execute(
        "INSERT INTO oms.refused_steps (process, position, step, command, code, message)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (actor, step.event.position, step.number, name, refusal.CODE, refusal.kept),
    )
