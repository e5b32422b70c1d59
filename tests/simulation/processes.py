"""Runs every process there is, as a runner would that is killed, late, doubled and taken back."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.faults import Fault
from tests.simulation.world import World

from oms_core.kernel.envelope import Envelope
from oms_core.runtime.processes import PROCESSES, Process, bookmark_of
from oms_core.runtime.request import Request
from oms_core.runtime.steps import Step

LARGEST_PAGE = 40


class Runner:
    """Follows the log for one process; its bookmark moves when every step was answered."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process
        self._actor = bookmark_of(process)
        self._position = 0
        self._due = False
        world.readers.append(self.wake)

    def wake(self) -> None:
        """See to it that the next page is taken in a moment, or in hours."""
        if self._due:
            return
        self._due = True
        late = self._world.faults.strike(Fault.PROCESS_LATE)
        self._world.soon(8 if late else 0.1, self.run)

    @property
    def behind(self) -> bool:
        return self._position < len(self._world.memory.log)

    def run(self) -> None:
        """Take one page."""
        world, faults = self._world, self._world.faults
        self._due = False
        page = world.memory.log[self._position :][: world.rng.randint(1, LARGEST_PAGE)]
        requests = [step.request(self._actor) for step in self._steps(page)]
        if requests and faults.strike(Fault.PROCESS_KILLED):
            world.carry_out(requests[: world.rng.randint(0, len(requests))])
            self.wake()
            return
        world.carry_out(requests)
        if requests and faults.strike(Fault.PROCESS_TWICE):
            world.carry_out(requests)
        if requests and faults.strike(Fault.STEPS_REDELIVERED_WITHOUT_KEYS):
            world.carry_out([_of_another(request) for request in requests])
        self._position += len(page)
        if faults.strike(Fault.STEPS_REDELIVERED):
            self._position = max(self._position - world.rng.randint(1, 2 * LARGEST_PAGE), 0)
        if self.behind:
            self.wake()

    def _steps(self, page: Sequence[Envelope]) -> list[Step]:
        heard = [event for event in page if isinstance(event.event, self._process.LISTENS_TO)]
        if len(heard) > 1 and self._world.faults.strike(Fault.EVENTS_REORDERED):
            self._world.rng.shuffle(heard)
        return [
            Step(event, number, command)
            for event in heard
            for number, command in enumerate(
                self._process.next_steps(event.originator_id, event.event)
            )
        ]


def _of_another(request: Request) -> Request:
    cause = request.cause._replace(actor=f"{request.cause.actor} once more")
    return request._replace(cause=cause)


def start(world: World) -> list[Runner]:
    """Begin to run all of them."""
    return [Runner(world, process) for process in PROCESSES]
