"""Returners: they send some of it back, and most of what they announced arrives."""

from __future__ import annotations

from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.orders.events import LinesDelivered
from oms_core.returns.commands import RequestReturn
from oms_core.returns.events import ReturnRequested
from oms_core.returns.receiving import ReceiveReturn


class Returners(Person):
    """Announce a return after some days; the warehouse takes it in, once or twice."""

    def listen(self) -> None:
        self.on(LinesDelivered, lambda id, _: self._delivered(id))
        self.on(ReturnRequested, lambda id, _: self._requested(id))

    def _delivered(self, id: UUID) -> None:
        if self.chance(0.15):
            self.world.soon(100, lambda: self._send_back(id))

    def _send_back(self, id: UUID) -> None:
        lines = self.some(self.order(id), lambda line: line.returnable)
        if not lines:
            return
        self.ask(
            RequestReturn(
                return_id=self.world.new_id(), order_id=id, lines=lines, reason="too small"
            )
        )

    def _requested(self, id: UUID) -> None:
        if self.chance(0.9):
            for _ in range(self.one_of([1, 1, 1, 2])):
                self.world.soon(60, lambda: self._arrive(id))

    def _arrive(self, id: UUID) -> None:
        self.ask(ReceiveReturn(return_id=id, restock=self.chance(0.7)))
