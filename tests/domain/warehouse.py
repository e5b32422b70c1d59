"""Random work in warehouses and vans: picks, parcels, splits, tracking, pickups, losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.domain.machine import Machine
from tests.domain.shop import NOW, authorize, capture, place, stocked

from oms_core.fulfillment.process import next_steps
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseOrder, WantedQuantity
from oms_core.orders.order import order_id
from oms_core.orders.placing import WantedLine
from oms_core.payments.commands import CapturePayment
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse
from oms_core.shipments.packing import LabelParcel, PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick, StartPicking
from oms_core.shipments.pickup import ExpirePickup, HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.regrouping import MergeShipments, SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import BEING_PREPARED, TrackingStatus
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender, RecordTracking
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment
from oms_core.stock.commands import AdjustStock

REROUTINGS, WITHDRAWALS = st.sampled_from(Rerouting), st.sampled_from(Withdrawal)
FAR = st.sampled_from(["HAM", "MUC", "LEJ"])
LINES = st.lists(
    st.tuples(st.sampled_from(["CAP", "MUG"]), st.integers(1, 4)), min_size=1, max_size=2
)
ORDERS = st.tuples(LINES, st.none() | FAR, st.booleans())
MEANT_TWICE = (AdjustStock, CapturePayment, SplitShipment, DispatchShipment)
"""A part that is named by its units may be meant twice, if there are as many left."""


class Warehouse(Machine):
    """A few paid orders, and everything that may happen to them on their way to the customer."""

    @initialize(orders=st.lists(ORDERS, min_size=2, max_size=3))
    def open_warehouse(self, orders: list[tuple[list[tuple[str, int]], str | None, bool]]) -> None:
        stock = {(sku, code): 7 for sku in ("CAP", "MUG") for code in ("HAM", "MUC")}
        for command in stocked(stock | {("CAP", "LEJ"): 2}):
            self.do(command)
        for lines, collected, backorder in orders:
            self.order(lines, collected, backorder=backorder)

    def order(
        self, lines: list[tuple[str, int]], collected: str | None, *, backorder: bool
    ) -> None:
        wanted = tuple(WantedLine(line_id=self.new_id(), sku=sku, quantity=n) for sku, n in lines)
        number = str(self.new_id().int)
        terms = {"pickup_location": collected, "allow_backorder": backorder}
        if not self.do(place(number=number, lines=wanted, **terms)):
            return
        id, total = order_id(number), str(self.there.orders[order_id(number)].total)
        for pay in (authorize, capture):
            self.do(pay(total, order_id=id, request_id=self.new_id(), reference=number))
        self.do(ReleaseToWarehouse(order_id=id))

    @precondition(lambda self: len(self.orders()) < 6)
    @rule(wanted=ORDERS)
    def order_more(self, wanted: tuple[list[tuple[str, int]], str | None, bool]) -> None:
        lines, collected, backorder = wanted
        self.order(lines, collected, backorder=backorder)

    @precondition(lambda self: self.waiting)
    @rule(steps=st.integers(1, 5), twice=st.booleans())
    def run_process(self, steps: int, twice: bool) -> None:
        seen, self.waiting = self.waiting[:steps], self.waiting[steps:]
        for stream_id, fact in seen * (2 if twice else 1):
            for command in next_steps(stream_id, fact):
                self.do(command)

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), kind=st.sampled_from(["hold", "release", "cancel", "cancel all"]))
    def decide(self, data: st.DataObject, kind: str) -> None:
        order = self.an_order(data)
        if kind == "hold":
            self.do(HoldOrder(order_id=order.id, hold_id=self.new_id(), reason="fraud check"))
        elif kind == "release" or order.holds:
            self.do(ReleaseOrder(order_id=order.id, reason="checked"))
        else:
            one = {data.draw(st.sampled_from(list(order.lines)), "line"): 1}
            some = _wanted(one) if kind == "cancel" else None
            self.do(CancelOrder(order_id=order.id, reason="changed my mind", lines=some))

    @rule(code=FAR, delta=st.integers(-2, 2))
    def count_stock(self, code: str, delta: int) -> None:
        self.do(AdjustStock(sku="CAP", location=code, delta=delta, reason="count"))

    @precondition(lambda self: self.last is not None)
    @rule()
    def send_again(self) -> None:
        command = self.last
        assert command is not None
        partial = isinstance(command, CancelOrder) and command.lines is not None
        again = self.do(command)
        assert not again or partial or isinstance(command, MEANT_TWICE)

    def shipments(self) -> list[Shipment]:
        return list(self.there.shipments.values())

    def one_here(self, data: st.DataObject) -> Shipment:
        """One that has not left, if there is any; a random one at times."""
        here = [s for s in self.shipments() if s.status in BEING_PREPARED]
        return data.draw(st.sampled_from(here * 9 + self.shipments()), "shipment")

    def one_under_way(self, data: st.DataObject) -> Shipment:
        """One that has left, if there is any; a random one at times."""
        left = [s for s in self.shipments() if s.under_way]
        return data.draw(st.sampled_from(left * 9 + self.shipments()), "shipment")

    def a_part(self, data: st.DataObject, shipment: Shipment) -> tuple[WantedQuantity, ...] | None:
        """Some units of it, one more than there are at times; None for all of it."""
        if not shipment.lines or data.draw(st.booleans(), "whole"):
            return None
        units = st.dictionaries(
            st.sampled_from(list(shipment.lines)), st.integers(1, 4), min_size=1
        )
        return _wanted(data.draw(units, "part"))

    def a_parcel(self, data: st.DataObject, shipment: Shipment) -> int | None:
        return data.draw(st.sampled_from([None, *shipment.parcels]), "parcel")

    @precondition(lambda self: self.shipments())
    @rule(
        data=st.data(),
        lost=st.integers(0, 3),
        how=st.none() | REROUTINGS,
        complete=st.booleans(),
        start=st.booleans(),
    )
    def pick(
        self, data: st.DataObject, lost: int, how: Rerouting | None, complete: bool, start: bool
    ) -> None:
        shipment = self.one_here(data)
        if start:
            self.do(StartPicking(shipment_id=shipment.id, started_at=NOW))
        lines = tuple(
            PickedLine(line_id=id, quantity=max(units - lost, 0))
            for id, units in shipment.quantities.items()
        )
        if lines:
            it = {"shipment_id": shipment.id, "lines": lines, "picked_at": NOW}
            self.do(RecordPick(**it, if_short=how, complete=complete))

    @precondition(lambda self: self.shipments())
    @rule(data=st.data(), into=st.integers(1, 3))
    def pack(self, data: st.DataObject, into: int) -> None:
        shipment = self.one_here(data)
        parcels = [Counter[UUID]() for _ in range(into)]
        for i, line_id in enumerate(Counter(shipment.quantities).elements()):
            parcels[i % into][line_id] += 1
        wanted = tuple(WantedParcel(weight_grams=500, lines=_wanted(p)) for p in parcels if p)
        if wanted:
            self.do(PackShipment(shipment_id=shipment.id, parcels=wanted, packed_at=NOW))
        if parcel := self.a_parcel(data, shipment):
            self.do(
                LabelParcel(
                    shipment_id=shipment.id, parcel=parcel, carrier="DHL", tracking_number="00340"
                )
            )

    @precondition(lambda self: self.shipments())
    @rule(data=st.data(), merge=st.booleans())
    def regroup(self, data: st.DataObject, merge: bool) -> None:
        shipment = self.one_here(data)
        if merge:
            others = [other.id for other in self.shipments() if other.order_id == shipment.order_id]
            merged = data.draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
            self.do(MergeShipments(shipment_id=shipment.id, merged=tuple(merged)))
        elif parcel := self.a_parcel(data, shipment):
            self.do(SplitShipment(shipment_id=shipment.id, parcels=(parcel,)))
        elif part := self.a_part(data, shipment):
            before = {other.id for other in self.shipments()}
            self.do(SplitShipment(shipment_id=shipment.id, lines=part))
            new = tuple(other.id for other in self.shipments() if other.id not in before)
            if new and data.draw(st.integers(0, 3), "merge again"):
                self.do(MergeShipments(shipment_id=shipment.id, merged=new))

    @precondition(lambda self: self.shipments())
    @rule(data=st.data(), then=WITHDRAWALS, to=st.none() | FAR)
    def withdraw(self, data: st.DataObject, then: Withdrawal, to: str | None) -> None:
        id = self.one_here(data).id
        if to is None:
            self.do(CancelShipment(shipment_id=id, reason="flooded", then=then))
        else:
            self.do(RelocateShipment(shipment_id=id, reason="flooded", location=to))

    @precondition(lambda self: self.shipments())
    @rule(data=st.data())
    def dispatch_a_part(self, data: st.DataObject) -> None:
        shipment = self.one_here(data)
        parcel = self.a_parcel(data, shipment)
        self.do(
            DispatchShipment(
                shipment_id=shipment.id,
                carrier="DHL",
                dispatched_at=NOW,
                parcels=None if parcel is None else (parcel,),
                lines=None if parcel else self.a_part(data, shipment),
            )
        )

    @precondition(lambda self: self.shipments())
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        self.do(DeliverShipment(shipment_id=self.one_under_way(data).id, delivered_at=NOW))

    @precondition(lambda self: self.shipments())
    @rule(
        data=st.data(),
        told=st.lists(
            st.tuples(
                st.integers(0, 30),
                st.sampled_from(TrackingStatus),
                st.integers(-3, 3),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def track(self, data: st.DataObject, told: list[tuple[int, TrackingStatus, int]]) -> None:
        shipment = self.one_under_way(data)
        for number, status, hours in told:
            self.do(
                RecordTracking(
                    shipment_id=shipment.id,
                    carrier_event_id=str(number),
                    status=status,
                    tracked_at=NOW + timedelta(hours=hours),
                    parcel=self.a_parcel(data, shipment),
                )
            )

    @precondition(lambda self: self.shipments())
    @rule(
        data=st.data(),
        lost=st.booleans(),
        restock=st.booleans(),
        then=REROUTINGS,
    )
    def undeliver(
        self,
        data: st.DataObject,
        lost: bool,
        restock: bool,
        then: Rerouting,
    ) -> None:
        shipment = self.one_under_way(data)
        id, parcel = shipment.id, self.a_parcel(data, shipment)
        if lost:
            self.do(DeclareLost(shipment_id=id, parcel=parcel, reason="lost", then=then))
        else:
            self.do(
                ReceiveReturnToSender(
                    shipment_id=id, parcel=parcel, restock=restock, then=then, received_at=NOW
                )
            )

    @precondition(lambda self: self.shipments())
    @rule(data=st.data(), comes=st.booleans(), then=WITHDRAWALS)
    def collect(self, data: st.DataObject, comes: bool, then: Withdrawal) -> None:
        waiting = [s for s in self.shipments() if s.kind == "PICKUP" and s.status in BEING_PREPARED]
        shipment = data.draw(st.sampled_from(waiting * 9 + self.shipments()), "shipment")
        lines = tuple(PickedLine(line_id=id, quantity=n) for id, n in shipment.quantities.items())
        if lines:
            self.do(RecordPick(shipment_id=shipment.id, lines=lines))
        self.do(MarkReadyForPickup(shipment_id=shipment.id, ready_at=NOW))
        if comes:
            self.do(HandOver(shipment_id=shipment.id, handed_over_at=NOW))
        else:
            self.do(ExpirePickup(shipment_id=shipment.id, reason="not collected", then=then))


def _wanted(units: Mapping[UUID, int]) -> tuple[WantedQuantity, ...]:
    return tuple(WantedQuantity(line_id=id, quantity=count) for id, count in units.items())
