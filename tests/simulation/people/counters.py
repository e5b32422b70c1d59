"""Counters: goods are kept ready for those who collect them, and some never come."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.people.person import Person

from oms_core.shipments.events import PickupPrepared, ShipmentPlanned
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.pickup import ExpirePickup, HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Withdrawal
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentKind


class Counters(Person):
    """Prepare what is to be collected; wait some days for the customer."""

    def listen(self) -> None:
        self.on(ShipmentPlanned, lambda id, _: self._planned(id))
        self.on(PickupPrepared, lambda id, _: self._ready(id))

    def _planned(self, id: UUID) -> None:
        if self.world.one(Shipment, id).kind is ShipmentKind.PICKUP or self.chance(0.01):
            self.world.soon(5, lambda: self._prepare(id))

    def _prepare(self, id: UUID) -> None:
        shipment = self.world.one(Shipment, id)
        lines = tuple(PickedLine(line_id=i, quantity=n) for i, n in shipment.quantities.items())
        if lines:
            self.ask(RecordPick(shipment_id=id, lines=lines))
        until = self.now + timedelta(days=7) if self.chance(0.5) else None
        self.world.soon(1, lambda: self._mark(id, until))

    def _mark(self, id: UUID, until: object) -> None:
        self.ask(MarkReadyForPickup(shipment_id=id, ready_at=self.now, collect_by=until))

    def _ready(self, id: UUID) -> None:
        if self.chance(0.75):
            self.world.soon(30, lambda: self._hand_over(id))
        if self.chance(0.3):
            self.world.soon(200, lambda: self._expire(id))

    def _hand_over(self, id: UUID) -> None:
        self.ask(HandOver(shipment_id=id, recipient="Ada", handed_over_at=self.now))

    def _expire(self, id: UUID) -> None:
        then = self.one_of(list(Withdrawal))
        self.ask(ExpirePickup(shipment_id=id, reason="not collected", then=then))
