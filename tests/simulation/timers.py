"""Lets timers go off as a runner would that is late, killed, and does not know what it did."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.faults import Fault
from tests.simulation.world import World

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.timers import DueTimer
from oms_core.timers import process
from oms_core.timers.timer import SetTimer

HOUR = timedelta(hours=1)


class Timers:
    """Sets and cancels what the log says, in its order; each goes off when its time has come."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._position = 0
        self._set: dict[tuple[UUID, str], Envelope] = {}
        world.readers.append(self.follow)

    def follow(self) -> None:
        """Take what is new in the log."""
        new = self._world.memory.log[self._position :]
        self._position += len(new)
        for envelope in new:
            if isinstance(envelope.event, process.LISTENS_TO):
                self._take(envelope)

    def _take(self, envelope: Envelope) -> None:
        for timer in process.timers(envelope.originator_id, envelope.event):
            key = (envelope.originator_id, timer.name)
            if not isinstance(timer, SetTimer):
                self._set.pop(key, None)
                continue
            self._set[key] = envelope
            due = (timer.due_at - self._world.now) / HOUR
            late = self._world.rng.expovariate(2)
            if self._world.faults.strike(Fault.TIMERS_LATE):
                late += 24
            self._world.after(due + late, lambda k=key, e=envelope: self._go_off(k, e))

    def _go_off(self, key: tuple[UUID, str], envelope: Envelope) -> None:
        """Ask; forget the timer when that was answered, unless it dies before."""
        outdated = self._set.get(key) is not envelope
        faults = self._world.faults
        if outdated and not faults.strike(Fault.TIMER_OUTDATED):
            return
        due = DueTimer(key[1], envelope)
        assert due.step is not None
        request = due.request(due.step.command, self._world.now)
        self._world.carry_out([request])
        if faults.strike(Fault.TIMER_TWICE):
            self._world.carry_out([request])
        if self._set.get(key) is envelope:  # what it led to may have set another one
            del self._set[key]
