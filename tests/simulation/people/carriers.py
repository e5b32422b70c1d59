"""Carriers: they deliver after days, tell it twice, late and out of order, or lose it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.shipments.commands import DeliverShipment
from oms_core.shipments.events import ShipmentDispatched, ShipmentPlanned
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking

USUAL = (TrackingStatus.IN_TRANSIT, TrackingStatus.OUT_FOR_DELIVERY, TrackingStatus.DELIVERED)
UNLUCKY = (
    TrackingStatus.EXCEPTION,
    TrackingStatus.RETURNED_TO_SENDER,
    TrackingStatus.LOST,
    TrackingStatus.DELIVERED,
)


class Carriers(Person):
    """Report as carriers do."""

    def listen(self) -> None:
        self.on(ShipmentPlanned, lambda id, _: self._too_early(id))
        self.on(ShipmentDispatched, lambda id, _: self._under_way(id))

    def _too_early(self, id: UUID) -> None:
        if self.chance(0.02):
            self._deliver(id)

    def _under_way(self, id: UUID) -> None:
        if self.chance(0.5):
            self._report(id, USUAL)
        elif self.chance(0.3):
            self._report(id, UNLUCKY)
            self.world.soon(90, lambda: self._give_up(id))
        elif self.chance(0.97):  # else it is never heard of again
            for _ in range(self.one_of([1, 1, 1, 2])):
                self.world.soon(40, lambda: self._deliver(id))

    def _report(self, id: UUID, what: tuple[TrackingStatus, ...]) -> None:
        """Each at its time, some of it told later, or twice."""
        parcel = self.one_of([None, None, *self.world.one(Shipment, id).parcels])
        for number, status in enumerate(what):
            happened = self.rng.uniform(0, 60)
            for _ in range(self.one_of([0, 1, 1, 1, 2])):
                told = happened + self.rng.expovariate(1 / 4)
                self.world.after(told, lambda n=number, s=status: self._tell(id, n, s, parcel))

    def _tell(self, id: UUID, number: int, status: TrackingStatus, parcel: int | None) -> None:
        self.ask(
            RecordTracking(
                shipment_id=id,
                carrier_event_id=f"{number}",
                status=status,
                tracked_at=self.now - timedelta(minutes=self.rng.randint(0, 300)),
                parcel=parcel,
            )
        )

    def _give_up(self, id: UUID) -> None:
        shipment, then = self.world.one(Shipment, id), self.one_of(list(Rerouting))
        parcel = self.one_of([None, *shipment.parcels])
        if self.chance(0.4):
            self.ask(DeclareLost(shipment_id=id, parcel=parcel, reason="lost", then=then))
        else:
            self.ask(
                ReceiveReturnToSender(
                    shipment_id=id,
                    parcel=parcel,
                    restock=self.chance(0.7),
                    then=then,
                    received_at=self.now,
                )
            )

    def _deliver(self, id: UUID) -> None:
        self.ask(DeliverShipment(shipment_id=id, delivered_at=self.now))
