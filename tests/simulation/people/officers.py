"""Officers for data protection: customers are forgotten, the books keep a part for a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.orders.events import LinesDelivered
from oms_core.orders.status import OrderStatus
from oms_core.persons.commands import EraseCustomer
from oms_core.persons.events import HeldKey

LONGEST_TERM = 60
"""Days; the law's years would take the world far into the future."""


class Officers(Person):
    """Erase some customers after a delivery. With an open order of theirs they are refused."""

    def listen(self) -> None:
        self.on(LinesDelivered, lambda id, _: self._delivered(id))

    def _delivered(self, id: UUID) -> None:
        if self.chance(0.03):
            self.world.soon(48, lambda: self._erase(self.order(id).terms.customer.reference))

    def _erase(self, customer: str) -> None:
        theirs = [o for o in self.world.orders() if o.terms.customer.reference == customer]
        until = (self.now + timedelta(days=self.rng.randint(1, LONGEST_TERM))).date()
        kept = HeldKey(key=self.world.new_id(), year=until.year, until=until)
        self.ask(
            EraseCustomer(
                customer=customer,
                reason="asked to be forgotten",
                orders=len(theirs),
                open_orders=tuple(
                    o.terms.number
                    for o in theirs
                    if o.status in (OrderStatus.OPEN, OrderStatus.ON_HOLD)
                ),
                streams=tuple(o.id for o in theirs),
                destroyed=(self.world.new_id(),),
                held=(kept,) if self.chance(0.5) else (),
                as_of=len(self.world.memory.log),
            )
        )
