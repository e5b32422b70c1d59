"""Two servers on one database: the command bus as it is, run by whoever plays the world."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.simulation.faults import Killed
from tests.simulation.memory import Connection, Memory

from oms_core.runtime.command_bus import CommandBus, _Ticket
from oms_core.runtime.command_group import Execution
from oms_core.runtime.request import Request
from oms_core.runtime.working_set import WorkingSet

CACHED_AGGREGATES = 300
"""Fewer than a world has, so that streams are forgotten and read again."""


class Server(CommandBus):
    """A command bus without its thread. It decides, retries and forgets as ever."""

    def __init__(self, memory: Memory, rng: Random) -> None:
        self._memory = memory
        self._rng = rng
        self.restart()

    def restart(self) -> None:
        """Begin anew: nothing is known, nothing is locked."""
        if hasattr(self, "_store"):
            self._store.roll_back()
        super().__init__("")
        self._store = Connection(self._memory, self._rng)
        self._set = WorkingSet(CACHED_AGGREGATES)

    def _start(self) -> None:
        """Do without the thread."""

    def execute_together(self, requests: Sequence[Request]) -> list[Execution] | None:
        """Carry out the requests of one instant, in one group or in two, of which the second is
        decided while the first is committed; None when the server was killed meanwhile.
        """
        tickets = [_Ticket(request, _unheard) for request in requests]
        first = self._rng.randint(0, len(tickets))
        try:
            for group in (tickets[:first], tickets[first:]):
                if group:
                    self._execute(group)
            self._complete()
        except Killed:
            self.restart()
            return None
        return list(tickets)


def _unheard(_: object) -> None:
    """Whoever plays the world looks at what was executed."""
