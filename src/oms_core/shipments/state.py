"""The state of a shipment, folded from its events.

A shipment carries `lines`; `picked` are those of their units that are in hand, and `serials` and
`lots` tell which of a line's units these are, where that is known. What left is
followed parcel by parcel: `under_way` has each parcel by its number, or all units under number 0
when the shipment was not packed in parcels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.orders.quantities import SkuQuantity
from oms_core.shipments import events
from oms_core.shipments.events import ShipmentEvent
from oms_core.shipments.refusals import NoSuchShipment
from oms_core.shipments.status import (
    UNDECIDED,
    ParcelStatus,
    ShipmentKind,
    ShipmentStatus,
    aimed_at,
    of_parcels,
)
from oms_core.shipments.view import CarriedLine, ShipmentView, ShippedParcel, TrackingNote

WHOLE = 0
"""The number under which a shipment without parcels is followed."""


@dataclass
class Leg:
    """A parcel on its way, or a whole shipment that has none."""

    lines: Counter[UUID]
    status: ParcelStatus = ParcelStatus.DISPATCHED
    failed_at: datetime | None = None


class ShipmentState(Aggregate[ShipmentEvent]):
    """How far a shipment has come, and the questions that decisions ask of it."""

    MISSING = NoSuchShipment
    order_id: UUID
    location: str
    kind: ShipmentKind

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.lines: dict[UUID, SkuQuantity] = {}
        self.picked: Counter[UUID] = Counter()
        self.serials: dict[UUID, tuple[str, ...]] = {}
        self.lots: dict[UUID, Counter[str]] = {}
        self.parcels: dict[int, events.PackedParcel] = {}
        self.under_way: dict[int, Leg] = {}
        self.tracking: dict[str, events.TrackingRecorded] = {}
        self.picking = self.cancelled = False
        self.carrier: str | None = None
        self.tracking_number: str | None = None
        self.packed_at: datetime | None = None
        self.ready_at: datetime | None = None
        self.collect_by: datetime | None = None
        self.dispatched_at: datetime | None = None
        self.delivered_at: datetime | None = None

    @property
    def status(self) -> ShipmentStatus:
        """How far it has come, derived from what happened to its units."""
        if self.cancelled:
            return ShipmentStatus.CANCELLED
        if self.under_way:
            return of_parcels(leg.status for leg in self.under_way.values())
        if self.ready_at is not None:
            return ShipmentStatus.READY_FOR_PICKUP
        if self.parcels:
            return ShipmentStatus.PACKED
        if self.picked.total() == self.units:
            return ShipmentStatus.PICKED
        return ShipmentStatus.PICKING if self.picking else ShipmentStatus.PENDING

    @property
    def units(self) -> int:
        """How many units it carries."""
        return sum(line.quantity for line in self.lines.values())

    @property
    def quantities(self) -> dict[UUID, int]:
        """How many units it carries of each line."""
        return {id: line.quantity for id, line in self.lines.items()}

    def has_label(self, labeled: events.ParcelLabeled) -> bool:
        """Tell whether a parcel has this very label."""
        facts = labeled.model_dump(exclude={"parcel"})
        return facts == self.parcels[labeled.parcel].model_dump(include=set(facts))

    def content(self, parcels: Iterable[int]) -> Counter[UUID]:
        """Tell what is in parcels that left."""
        units: Counter[UUID] = Counter()
        for number in parcels:
            units.update(self.under_way[number].lines)
        return units

    def evolve(self, event: ShipmentEvent) -> None:
        match event:
            case events.ShipmentPlanned():
                self.order_id, self.location = event.order_id, event.location
                self.kind = event.kind
                self.lines = {line.line_id: line for line in event.lines}
            case events.ShipmentLinesAdded():
                for line in event.lines:
                    self._add(line)
            case (
                events.ShipmentLinesCancelled() | events.ItemsShortPicked() | events.ShipmentSplit()
            ):
                self._without(event)
            case (
                events.ShipmentCancelled()
                | events.ShipmentMerged()
                | events.ShipmentRelocated()
                | events.PickupExpired()
            ):
                self.cancelled = True
            case (
                events.PickingStarted()
                | events.ItemsPicked()
                | events.ParcelsPacked()
                | events.ParcelLabeled()
                | events.PickupPrepared()
            ):
                self._prepared(event)
            case _:
                self._left(event)

    def _prepared(
        self,
        event: events.PickingStarted
        | events.ItemsPicked
        | events.ParcelsPacked
        | events.ParcelLabeled
        | events.PickupPrepared,
    ) -> None:
        match event:
            case events.PickingStarted():
                self.picking = True
            case events.ItemsPicked():
                self.picking = True
                self.picked.update({part.line_id: part.quantity for part in event.lines})
                self._name(event)
            case events.ParcelsPacked():
                self.parcels = {parcel.number: parcel for parcel in event.parcels}
                self.packed_at = event.packed_at
            case events.ParcelLabeled():
                label = event.model_dump(exclude={"parcel"})
                self.parcels[event.parcel] = self.parcels[event.parcel].model_copy(update=label)
            case events.PickupPrepared():
                self.ready_at, self.collect_by = event.ready_at, event.collect_by
            case _:
                assert_never(event)

    def _left(
        self,
        event: events.ShipmentDispatched
        | events.TrackingRecorded
        | events.ShipmentDelivered
        | events.UndeliveredGoodsReceived
        | events.GoodsLost
        | events.GoodsHandedOver,
    ) -> None:
        match event:
            case events.ShipmentDispatched():
                self.carrier, self.tracking_number = event.carrier, event.tracking_number
                self.dispatched_at = event.dispatched_at
                self._name(event)
                self._set_out()
            case events.TrackingRecorded():
                self.tracking[event.carrier_event_id] = event
                self._move(event.moved, aimed_at(event.status), event.tracked_at)
            case events.ShipmentDelivered():
                self.delivered_at = event.delivered_at
                open_ = [n for n, leg in self.under_way.items() if leg.status in UNDECIDED]
                self._move(open_, ParcelStatus.DELIVERED)
            case events.UndeliveredGoodsReceived():
                self._move(event.parcels, ParcelStatus.RETURNED)
            case events.GoodsLost():
                self._move(event.parcels, ParcelStatus.LOST)
            case events.GoodsHandedOver():
                self.dispatched_at = self.delivered_at = event.handed_over_at
                self._name(event)
                self._set_out()
                self._move(list(self.under_way), ParcelStatus.DELIVERED)
            case _:
                assert_never(event)

    def _name(
        self, event: events.ItemsPicked | events.ShipmentDispatched | events.GoodsHandedOver
    ) -> None:
        self.serials.update({line.line_id: line.serials for line in event.serials})
        lots: dict[UUID, Counter[str]] = {}
        for part in event.lots if isinstance(event, events.ItemsPicked) else ():
            lots.setdefault(part.line_id, Counter())[part.lot] += part.quantity
        self.lots.update(lots)

    def _set_out(self) -> None:
        contents = {n: parcel.lines for n, parcel in self.parcels.items()}
        for number, lines in (contents or {WHOLE: tuple(self.lines.values())}).items():
            self.under_way[number] = Leg(Counter({p.line_id: p.quantity for p in lines}))

    def _move(
        self, numbers: Iterable[int], status: ParcelStatus, at: datetime | None = None
    ) -> None:
        for number in numbers:
            self.under_way[number].status = status
            if status is ParcelStatus.FAILED:
                self.under_way[number].failed_at = at

    def _add(self, line: SkuQuantity) -> None:
        known = self.lines.get(line.line_id)
        more = line.quantity + (known.quantity if known else 0)
        self.lines[line.line_id] = line.model_copy(update={"quantity": more})

    def _without(
        self,
        event: events.ShipmentLinesCancelled | events.ItemsShortPicked | events.ShipmentSplit,
    ) -> None:
        """Units that were not picked go first. Parcels are opened, except those that stay whole.

        When picked ones go, too, nobody knows which: they have to be named anew.
        """
        for taken in event.lines:
            line = self.lines.pop(taken.line_id)
            if left := line.quantity - taken.quantity:
                self.lines[taken.line_id] = line.model_copy(update={"quantity": left})
            if self.picked[taken.line_id] > left:
                self.picked[taken.line_id] = left
                self.serials.pop(taken.line_id, None)
                self.lots.pop(taken.line_id, None)
        self.picked = +self.picked
        gone = event.parcels if isinstance(event, events.ShipmentSplit) else ()
        self.parcels = {n: p for n, p in self.parcels.items() if n not in gone} if gone else {}

    def view(self) -> ShipmentView:
        """Show the shipment as it is now."""
        return ShipmentView(
            id=self.id,
            version=self.version,
            order_id=self.order_id,
            kind=self.kind,
            location=self.location,
            status=self.status,
            carrier=self.carrier,
            tracking_number=self.tracking_number,
            ready_at=self.ready_at,
            collect_by=self.collect_by,
            dispatched_at=self.dispatched_at,
            delivered_at=self.delivered_at,
            lines=tuple(
                CarriedLine(
                    **line.model_dump(),
                    picked=self.picked[line.line_id],
                    serials=self.serials.get(line.line_id, ()),
                )
                for line in self.lines.values()
            ),
            parcels=tuple(
                ShippedParcel(**parcel.model_dump(), status=self._status_of(number))
                for number, parcel in self.parcels.items()
            ),
            tracking=tuple(
                TrackingNote(**told.model_dump(exclude={"moved"}), applied=bool(told.moved))
                for told in self.tracking.values()
            ),
        )

    def _status_of(self, parcel: int) -> ParcelStatus:
        leg = self.under_way.get(parcel)
        return ParcelStatus.PACKED if leg is None else leg.status
