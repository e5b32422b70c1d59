"""A shipment: what one location sends for one order. Here is what may be decided about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from oms_core.orders.quantities import LineQuantity, SkuQuantity, line_quantities
from oms_core.shipments import events, refusals
from oms_core.shipments.events import PackedParcel, ShipmentPlanned
from oms_core.shipments.state import ShipmentState
from oms_core.shipments.status import (
    BEING_PREPARED,
    UNDECIDED,
    ShipmentKind,
    ShipmentStatus,
    TrackingStatus,
)


class Shipment(ShipmentState):
    """The physical work at one location."""

    def plan(self, event: ShipmentPlanned) -> None:
        """Ask the location to send these units."""
        self.record(event)

    def start_picking(self, event: events.PickingStarted) -> None:
        """Note who went for the goods, once."""
        if self.picking:
            raise refusals.PickingAlreadyStarted()
        self.record(event)

    def pick(
        self,
        found: Mapping[UUID, int],
        serials: Iterable[events.LineSerials] = (),
        lots: Iterable[events.LineLot] = (),
    ) -> None:
        """Note how many units of these lines are in hand now, in all, and which if that is said."""
        more = Counter(found) - self.picked
        named = tuple(line for line in serials if self.serials.get(line.line_id) != line.serials)
        of_lots = tuple(self._other_lots(lots))
        if more or named or of_lots:
            lines = line_quantities(more)
            self.record(events.ItemsPicked(lines=lines, serials=named, lots=of_lots))

    def _other_lots(self, lots: Iterable[events.LineLot]) -> Iterator[events.LineLot]:
        """Tell the lots of lines of which other lots were in hand before."""
        by_line: dict[UUID, list[events.LineLot]] = {}
        for part in lots:
            by_line.setdefault(part.line_id, []).append(part)
        for id, parts in by_line.items():
            if self.lots.get(id) != Counter({part.lot: part.quantity for part in parts}):
                yield from parts

    def miss(self, missing: Mapping[UUID, int], reason: str) -> None:
        """Go without units that were not found; without any left the shipment is cancelled."""
        self.record(events.ItemsShortPicked(lines=line_quantities(missing), reason=reason))
        if not self.lines:
            self.record(events.ShipmentCancelled(reason=reason))

    def pack(self, parcels: Iterable[PackedParcel], packed_at: datetime) -> None:
        """Put all units into parcels, which replace those that were packed before."""
        parcels = tuple(parcels)
        if parcels != tuple(self.parcels.values()):
            self.record(events.ParcelsPacked(parcels=parcels, packed_at=packed_at))

    def label(self, event: events.ParcelLabeled) -> None:
        """Stick a carrier's label onto a parcel."""
        self.record(event)

    def split(self, into: UUID, part: Mapping[UUID, int], parcels: Sequence[int]) -> None:
        """Let another shipment carry some units, of a packed one those in whole parcels."""
        lines, numbers = line_quantities(part), tuple(parcels)
        self.record(events.ShipmentSplit(into=into, lines=lines, parcels=numbers))

    def merge(self, other: Shipment) -> None:
        """Take over all that another shipment carries; that one ends."""
        lines = tuple(other.lines.values())
        other.record(events.ShipmentMerged(into=self.id))
        self.record(events.ShipmentLinesAdded(from_shipment_id=other.id, lines=lines))

    def cancel_lines(self, lines: Iterable[LineQuantity], reason: str) -> None:
        """Take units out; without any left the shipment is cancelled."""
        lines = tuple(lines)
        if sum(line.quantity for line in lines) == self.units:
            self.cancel(reason)
        else:
            self.record(events.ShipmentLinesCancelled(lines=lines, reason=reason))

    def cancel(self, reason: str) -> None:
        """Stop the work on the whole shipment."""
        self.record(events.ShipmentCancelled(reason=reason))

    def relocate(self, into: UUID, location: str, reason: str) -> None:
        """Leave the work to another location."""
        self.record(events.ShipmentRelocated(into=into, location=location, reason=reason))

    def dispatch(self, event: events.ShipmentDispatched) -> None:
        """Hand the goods to the carrier, once."""
        self.record(event)

    def deliver(self, event: events.ShipmentDelivered) -> Counter[UUID]:
        """Note the arrival of all that is under way, once; returns the units."""
        self.refuse_unless_left()
        arrived = [n for n, leg in self.under_way.items() if leg.status in UNDECIDED]
        if not arrived:
            raise self.not_under_way()
        self.record(event)
        return self.content(arrived)

    def track(self, told: events.TrackingRecorded) -> Counter[UUID]:
        """Record what a carrier told; returns the units that arrived by it."""
        self.record(told)
        if told.status is not TrackingStatus.DELIVERED or not told.moved:
            return Counter()
        if self.status is ShipmentStatus.DELIVERED:
            self.record(events.ShipmentDelivered(delivered_at=told.tracked_at))
        return self.content(told.moved)

    def take_back(self, event: events.UndeliveredGoodsReceived) -> None:
        """Note that parcels are back at the location."""
        self.record(event)

    def lose(self, event: events.GoodsLost) -> None:
        """Note that parcels will neither arrive nor come back."""
        self.record(event)

    def prepare_pickup(self, event: events.PickupPrepared) -> None:
        """Note that the customer can come, once."""
        self.refuse_unless_being_prepared()
        self.refuse_unless(ShipmentKind.PICKUP)
        if self.ready_at is not None:
            raise refusals.AlreadyReadyForPickup()
        self.refuse_unless_picked()
        self.record(event)

    def hand_over(self, event: events.GoodsHandedOver) -> None:
        """Give the goods to the customer."""
        self.record(event)

    def expire_pickup(self, reason: str) -> None:
        """Wait for the customer no longer."""
        self.record(events.PickupExpired(reason=reason))

    def line(self, line_id: UUID) -> SkuQuantity:
        """Return a line, or refuse with `NoSuchShipmentLine`."""
        if line_id not in self.lines:
            raise refusals.NoSuchShipmentLine(line_id=line_id, field=("lines",))
        return self.lines[line_id]

    def refuse_unless(self, kind: ShipmentKind) -> None:
        """Refuse when the customer gets the goods in the other way."""
        if self.kind is not kind:
            is_pickup = self.kind is ShipmentKind.PICKUP
            raise refusals.ShipmentIsForPickup() if is_pickup else refusals.ShipmentIsForDelivery()

    def refuse_unless_being_prepared(self) -> None:
        """Refuse when the goods left already, or are not to leave."""
        if self.cancelled:
            raise refusals.ShipmentIsCancelled()
        if self.status not in BEING_PREPARED:
            raise refusals.ShipmentAlreadyDispatched()

    def refuse_unless_picked(self) -> None:
        """Refuse while units are on the shelf."""
        if self.picked.total() < self.units:
            raise refusals.PickingNotFinished(picked=self.picked.total(), wanted=self.units)

    def refuse_unless_dispatchable(self, part: Mapping[UUID, int]) -> None:
        """Refuse when no carrier may take these units now.

        Who does not record picks may dispatch; who began to has to pick what leaves.
        """
        self.refuse_unless_being_prepared()
        self.refuse_unless(ShipmentKind.DELIVERY)
        picked = sum(min(self.picked[id], units) for id, units in part.items())
        if self.picking and picked < sum(part.values()):
            raise refusals.PickingNotFinished(picked=picked, wanted=sum(part.values()))

    def refuse_unless_collectable(self) -> None:
        """Refuse unless the goods wait for the customer."""
        self.refuse_unless_being_prepared()
        self.refuse_unless(ShipmentKind.PICKUP)
        if self.ready_at is None:
            raise refusals.NotReadyForPickup()

    def refuse_unless_left(self) -> None:
        """Refuse when the goods did not leave the location."""
        if self.cancelled:
            raise refusals.ShipmentIsCancelled()
        if not self.under_way:
            self.refuse_unless(ShipmentKind.DELIVERY)
            raise refusals.ShipmentNotDispatched()

    def refuse_unknown_parcel(self, number: int, *field: str) -> None:
        """Refuse a number that none of the parcels has."""
        if number not in self.parcels:
            raise refusals.NoSuchParcel(parcel=number, field=field)

    def not_under_way(self) -> refusals.ShipmentAlreadyDelivered | refusals.ShipmentIsBack:
        """Say why nothing can arrive any more."""
        delivered = self.status is ShipmentStatus.DELIVERED
        return refusals.ShipmentAlreadyDelivered() if delivered else refusals.ShipmentIsBack()
