"""Warehouses: they send what they are asked to send, unless they can't find it."""

from __future__ import annotations

from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.kernel.refusal import Refusal
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.events import ShipmentPlanned
from oms_core.shipments.shipment import Shipment, ShipmentStatus
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.stock_item import InsufficientStock


class Warehouses(Person):
    """Dispatch within a day or two; what a count found missing is searched for."""

    def listen(self) -> None:
        self.on(ShipmentPlanned, lambda id, _: self._planned(id))

    def _planned(self, id: UUID) -> None:
        self.world.soon(self.one_of([1, 12, 40]), lambda: self._dispatch(id))

    def _dispatch(self, id: UUID) -> None:
        shipment = self.world.one(Shipment, id)
        if shipment.status is ShipmentStatus.CANCELLED and self.chance(0.9):
            return
        if self.chance(0.05):
            self._find_less(shipment)
        self.ask(
            DispatchShipment(
                shipment_id=id,
                carrier=self.one_of(["DHL", "DPD"]),
                tracking_number=str(self.rng.getrandbits(40)) if self.chance(0.8) else None,
                dispatched_at=self.now,
            ),
            refused=lambda why: self._refused(id, why),
        )

    def _refused(self, id: UUID, why: Refusal) -> None:
        if isinstance(why, InsufficientStock):
            self._find_again(self.world.one(Shipment, id))
        self.world.soon(12, lambda: self._retry(id))

    def _retry(self, id: UUID) -> None:
        if self.world.one(Shipment, id).status is ShipmentStatus.PENDING:
            self._dispatch(id)

    def _find_less(self, shipment: Shipment) -> None:
        for line in list(shipment.lines.values())[:1]:
            self.ask(
                AdjustStock(
                    sku=line.sku,
                    location=shipment.location,
                    delta=-line.quantity,
                    reason="broken",
                )
            )

    def _find_again(self, shipment: Shipment) -> None:
        for line in shipment.lines.values():
            self.ask(
                ReceiveStock(
                    sku=line.sku,
                    location=shipment.location,
                    quantity=line.quantity,
                    reference="found",
                )
            )
