"""Random histories where processes die at any moment, and are told things again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.domain.histories import KEYED_ONLY
from tests.domain.machine import Machine
from tests.domain.waiting import PatientShop
from tests.domain.warehouse import Warehouse

from oms_core.assignments.commands import RejectAssignment
from oms_core.backorders.commands import FillBackorders
from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import CancelOrder
from oms_core.runtime.processes import PROCESSES
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.regrouping import SplitShipment
from oms_core.transfers.commands import ReceiveTransfer

DIES_BEFORE_COMMIT, DIES_AFTER_COMMIT = 3, 5
"""Of seven commands: counted, not drawn, because Hypothesis would rather draw no crash at all."""


class Fragile(Machine):
    """Whoever asked does not know whether it was done, and asks again."""

    def __init__(self) -> None:
        super().__init__()
        self.commands = 0

    def do(self, command: Command) -> bool:
        self.commands += 1
        number = self.commands % 7
        if number == DIES_BEFORE_COMMIT:
            self._decide_in_vain(command)
        done = super().do(command)
        if number == DIES_AFTER_COMMIT and done and not may_be_meant_twice(command):
            assert not super().do(command), f"{command!r} took effect twice"
        return done

    def _decide_in_vain(self, command: Command) -> None:
        """Everything that was decided is lost: no trace of it is left."""
        before = {id: list(events) for id, events in self.history.streams.items()}
        with contextlib.suppress(Refusal):
            self.history.rehearse(command)
        assert self.history.streams == before

    @precondition(lambda self: self.log)
    @rule(data=st.data(), page=st.integers(1, 8), done=st.integers(0, 8))
    def processes_die_or_are_taken_back(self, data: st.DataObject, page: int, done: int) -> None:
        """The bookmark stays before a page that was not done with, or goes back in the log.

        Either way, what was told already comes once more, and in any order.
        """
        again = data.draw(st.lists(st.sampled_from(range(len(self.log))), max_size=3), "told again")
        steps = list(steps_of([*self.waiting[:page], *(self.log[i] for i in again)]))
        for command in steps[:done]:
            self.do(command)


class FragileShop(Fragile, PatientShop):
    """Such a shop."""


class FragileWarehouse(Fragile, Warehouse):
    """Such a warehouse."""


def steps_of(facts: Sequence[tuple[UUID, Event]]) -> Iterator[Command]:
    """Give everything that all processes ask for after these events."""
    for stream_id, fact in facts:
        for process in PROCESSES:
            if isinstance(fact, process.LISTENS_TO):
                yield from process.next_steps(stream_id, fact)


def may_be_meant_twice(command: Command) -> bool:
    """Tell whether only a key shows that the second one is a repetition.

    A part that is named by its units may be meant twice, if there are as many left. Filling goes
    on where it stopped: at so many lines, or at what the rules let one order have from a location.
    """
    parts = CancelOrder | DispatchShipment | SplitShipment | ReceiveTransfer | RejectAssignment
    if isinstance(command, parts):
        return command.lines is not None
    return isinstance(command, (*KEYED_ONLY, FillBackorders))
