"""Warehouses: they pick, pack and send what they are asked to, unless they can't find it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from uuid import UUID

from tests.simulation.people.merchants import LOCATIONS, lot_of
from tests.simulation.people.person import Person

from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import WantedQuantity
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.events import ShipmentPlanned
from oms_core.shipments.packing import LabelParcel, PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick, StartPicking
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.regrouping import MergeShipments, SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import BEING_PREPARED, ShipmentKind
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.refusals import UnitsExpired
from oms_core.stock.stock_item import InsufficientStock


class Warehouses(Person):
    """Work on a shipment for a day or two; what a count found missing is searched for."""

    def listen(self) -> None:
        self.on(ShipmentPlanned, lambda id, _: self._planned(id))

    def _planned(self, id: UUID) -> None:
        shipment = self.shipment(id)
        if self.chance(0.4):
            self.world.soon(2, lambda: self._pick(id))
            self.world.soon(4, lambda: self._pack(id))
        if self.chance(0.15):
            self.world.soon(3, lambda: self._change_plans(id))
        if shipment.kind is ShipmentKind.DELIVERY or self.chance(0.05):
            self.world.soon(self.one_of([2, 12, 40]), lambda: self._dispatch(id))

    def shipment(self, id: UUID) -> Shipment:
        return self.world.one(Shipment, id)

    def _pick(self, id: UUID) -> None:
        shipment = self.shipment(id)
        if self.chance(0.5):
            self.ask(StartPicking(shipment_id=id, picker="Ida", started_at=self.now))
        missing = self.one_of([0, 0, 0, 1]) if self.chance(0.5) else 0
        lines = tuple(
            PickedLine(line_id=line_id, quantity=max(units - missing, 0))
            for line_id, units in shipment.quantities.items()
        )
        if not lines:
            return
        how = self.one_of(list(Rerouting)) if missing and self.chance(0.9) else None
        done = self.chance(0.3)
        self.ask(RecordPick(shipment_id=id, lines=lines, if_short=how, complete=done))
        if self.chance(0.1):
            fewer = tuple(PickedLine(line_id=line.line_id, quantity=0) for line in lines)
            self.ask(RecordPick(shipment_id=id, lines=fewer))

    def _pack(self, id: UUID) -> None:
        shipment = self.shipment(id)
        parcels = [Counter[UUID]() for _ in range(self.rng.randint(1, 3))]
        for i, line_id in enumerate(Counter(shipment.quantities).elements()):
            parcels[i % len(parcels)][line_id] += 1
        wanted = tuple(
            WantedParcel(weight_grams=500, lines=of_units(units)) for units in parcels if units
        )
        if not wanted:
            return
        self.ask(PackShipment(shipment_id=id, parcels=wanted, packed_at=self.now))
        number = self.rng.randint(1, len(wanted))
        if self.chance(0.5):
            label = {"carrier": "DHL", "tracking_number": str(self.rng.getrandbits(40))}
            self.ask(LabelParcel(shipment_id=id, parcel=number, **label))

    def _change_plans(self, id: UUID) -> None:
        if self.shipment(id).status in BEING_PREPARED:
            plans: tuple[Callable[[Shipment], None], ...] = (
                self._split,
                self._split,
                self._merge,
                self._withdraw,
                self._relocate,
            )
            self.one_of(plans)(self.shipment(id))

    def _split(self, shipment: Shipment) -> None:
        if shipment.parcels and self.chance(0.7):
            parcels = (self.one_of(list(shipment.parcels)),)
            self.ask(SplitShipment(shipment_id=shipment.id, parcels=parcels))
        elif part := self._part(shipment):
            self.ask(SplitShipment(shipment_id=shipment.id, lines=part))
        self.world.soon(1, lambda: self._merge(self.shipment(shipment.id)))

    def _merge(self, shipment: Shipment) -> None:
        siblings = [id for id in self.order(shipment.order_id).releases if id != shipment.id]
        if siblings:
            self.ask(MergeShipments(shipment_id=shipment.id, merged=(self.one_of(siblings),)))

    def _withdraw(self, shipment: Shipment) -> None:
        then = self.one_of(list(Withdrawal))
        self.ask(CancelShipment(shipment_id=shipment.id, reason="flooded", then=then))

    def _relocate(self, shipment: Shipment) -> None:
        to = self.one_of(LOCATIONS)
        self.ask(RelocateShipment(shipment_id=shipment.id, location=to, reason="flooded"))

    def _part(self, shipment: Shipment) -> tuple[WantedQuantity, ...]:
        some = {
            id: self.rng.randint(1, units + self.chance(0.05))
            for id, units in shipment.quantities.items()
            if self.chance(0.6)
        }
        return of_units(some)

    # ------------------------------------------------------------------------------- off it goes

    def _dispatch(self, id: UUID, tries: int = 5) -> None:
        shipment = self.shipment(id)
        if shipment.status not in BEING_PREPARED and self.chance(0.9):
            return
        if self.chance(0.05):
            self._find_less(shipment)
        parcels = tuple(shipment.parcels)[:1] if self.chance(0.3) else ()
        part = self._part(shipment) if self.chance(0.1) else ()
        self.ask(
            DispatchShipment(
                shipment_id=id,
                carrier=self.one_of(["DHL", "DPD"]),
                tracking_number=str(self.rng.getrandbits(40)) if self.chance(0.8) else None,
                dispatched_at=self.now,
                parcels=parcels or None,
                lines=part or None if not parcels else None,
            ),
            refused=lambda why: self._refused(id, why, tries),
        )

    def _refused(self, id: UUID, why: Refusal, tries: int) -> None:
        if isinstance(why, InsufficientStock | UnitsExpired):
            self._find_again(self.shipment(id))
        if tries:
            self.world.soon(12, lambda: self._retry(id, tries - 1))

    def _retry(self, id: UUID, tries: int) -> None:
        shipment = self.shipment(id)
        if shipment.status in BEING_PREPARED and shipment.kind is ShipmentKind.DELIVERY:
            self._dispatch(id, tries)

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
                    **lot_of(line.sku),
                )
            )


def of_units(units: Mapping[UUID, int]) -> tuple[WantedQuantity, ...]:
    """Want these units of these lines."""
    return tuple(WantedQuantity(line_id=id, quantity=count) for id, count in units.items())
