"""Carriers: they deliver after days, tell it twice, out of order, or never."""

from __future__ import annotations

from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.shipments.commands import DeliverShipment
from oms_core.shipments.events import ShipmentDispatched, ShipmentPlanned


class Carriers(Person):
    """Report deliveries as carriers do."""

    def listen(self) -> None:
        self.on(ShipmentPlanned, lambda id, _: self._too_early(id))
        self.on(ShipmentDispatched, lambda id, _: self._under_way(id))

    def _too_early(self, id: UUID) -> None:
        if self.chance(0.02):
            self._deliver(id)

    def _under_way(self, id: UUID) -> None:
        if self.chance(0.97):  # else it is lost
            for _ in range(self.one_of([1, 1, 1, 2])):
                self.world.soon(40, lambda: self._deliver(id))

    def _deliver(self, id: UUID) -> None:
        self.ask(DeliverShipment(shipment_id=id, delivered_at=self.now))
