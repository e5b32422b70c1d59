"""Runs processes: what an event asks for next is executed as a command, once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

import psycopg

from oms_core.backorders import process as backorders
from oms_core.fulfillment import process as fulfillment
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import Command, Event
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.followers import LogFollower
from oms_core.runtime.steps import Step, Steps
from oms_core.shortages import process as shortages


class Process(Protocol):
    """Which events lead to which commands. A module with these names is one."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of the module
        """Its name: its bookmark and its actor are `process:<name>`."""
        ...

    @property
    def LISTENS_TO(self) -> tuple[type[Event], ...]:  # noqa: N802
        """The events that may lead to a step."""
        ...

    def next_steps(self, stream_id: UUID, event: Event) -> Sequence[Command]:
        """Tell what an event of a stream asks for. Pure: asked again, it gives the same."""
        ...


PROCESSES: tuple[Process, ...] = (fulfillment, backorders, shortages)
"""Every process there is; each is run by one runner at a time."""


def bookmark_of(process: Process) -> str:
    """Give the name of a process among the readers of the log."""
    return f"process:{process.NAME}"


class ProcessRunner(LogFollower):
    """Follows the log on one connection and sends commands to a bus."""

    def __init__(
        self,
        process: Process,
        conn: psycopg.Connection[Any],
        bus: CommandBus,
        stop: threading.Event,
    ) -> None:
        super().__init__(bookmark_of(process), process.LISTENS_TO, conn, stop)
        self._process = process
        self._steps = Steps(self.bookmark, conn, bus, stop)

    def handle(self, events: Sequence[Envelope]) -> bool:
        """Carry out every step that the events ask for."""
        steps = [step for event in events for step in self._steps_of(event)]
        self._steps.execute(steps)
        return bool(steps)

    def _steps_of(self, event: Envelope) -> list[Step]:
        commands = self._process.next_steps(event.originator_id, event.event)
        return [Step(event, number, command) for number, command in enumerate(commands)]
