"""Parcels, parts of shipments, shipments joined, stopped or sent from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    HOLD,
    LINE_1,
    LINE_2,
    NOW,
    ORDER,
    deliver,
    dispatch,
    of_sku,
    paid,
    place,
    shipment_id,
    stocked,
    units,
    wanted,
)

from oms_core.orders.commands import HoldOrder
from oms_core.orders.events import LinesRecalled, LinesRegrouped
from oms_core.orders.order import Order
from oms_core.orders.refusals import OrderOnHold
from oms_core.orders.status import FulfillmentStatus, OrderStatus
from oms_core.shipments import refusals
from oms_core.shipments.commands import DispatchShipment, ReleaseToWarehouse
from oms_core.shipments.events import (
    PackedParcel,
    ParcelsPacked,
    ShipmentCancelled,
    ShipmentLinesAdded,
    ShipmentMerged,
    ShipmentPlanned,
    ShipmentSplit,
)
from oms_core.shipments.packing import LabelParcel, PackShipment, WantedParcel
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.policy import Withdrawal
from oms_core.shipments.regrouping import MergeShipments, SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

FIRST, SECOND = shipment_id(1), shipment_id(2)
ALL = {LINE_1: 4, LINE_2: 1}


def story(munich: int = 9) -> Story:
    """Four caps and a mug, paid, in one shipment from Hamburg."""
    stock = {("CAP", "HAM"): 5, ("MUG", "HAM"): 1, ("CAP", "MUC"): munich}
    return Story().after(*stocked(stock), place(("CAP", 4), ("MUG", 1)), *paid("59.50"))


def pick(found: Mapping[UUID, int] = ALL) -> RecordPick:
    lines = tuple(PickedLine(line_id=id, quantity=count) for id, count in found.items())
    return RecordPick(shipment_id=FIRST, lines=lines)


def pack(*parcels: Mapping[UUID, int]) -> PackShipment:
    made = tuple(WantedParcel(weight_grams=500, lines=wanted(parcel)) for parcel in parcels)
    return PackShipment(shipment_id=FIRST, parcels=made, packed_at=NOW)


def split(part: Mapping[UUID, int]) -> SplitShipment:
    return SplitShipment(shipment_id=FIRST, lines=wanted(part))


def send(**part: object) -> DispatchShipment:
    return DispatchShipment(shipment_id=FIRST, carrier="DHL", dispatched_at=NOW, **part)


def shipment(begun: Story, id: UUID = FIRST) -> Shipment:
    return begun.history.fold(Shipment, id)


def parcel(number: int, *lines: tuple[UUID, int]) -> PackedParcel:
    content = tuple(units(*line) for line in lines)
    return PackedParcel(number=number, weight_grams=500, lines=content)


TWO_PARCELS = pack({LINE_1: 1}, {LINE_1: 3, LINE_2: 1})


def test_each_unit_goes_into_exactly_one_parcel() -> None:
    begun = story()
    begun.when(TWO_PARCELS).refused(refusals.PickingNotFinished, "Only 0 of 5")
    begun.after(pick())
    for wrong, sentence in (
        ([{LINE_1: 4}], "0 units of MUG would be in parcels, but the shipment carries 1"),
        ([ALL, {LINE_1: 1}], "5 units of CAP"),
        ([{LINE_1: 3, LINE_2: 1}], "3 units of CAP"),
    ):
        begun.when(pack(*wrong)).refused(refusals.UnitsPackedWrongly, sentence, field="parcels")
    begun.when(pack(ALL, {HOLD: 1})).refused(refusals.NoSuchShipmentLine, field="lines")
    begun.when(TWO_PARCELS).then(
        {
            FIRST: [
                ParcelsPacked(
                    parcels=(parcel(1, (LINE_1, 1)), parcel(2, (LINE_1, 3), (LINE_2, 1))),
                    packed_at=NOW,
                )
            ]
        }
    )
    begun.when(TWO_PARCELS).then({})
    assert shipment(begun).status is ShipmentStatus.PACKED
    begun.after(pack(ALL))
    assert list(shipment(begun).parcels) == [1]


def test_a_label_goes_onto_a_parcel_that_is_there() -> None:
    label = LabelParcel(shipment_id=FIRST, parcel=2, carrier="DHL", tracking_number="00340")
    begun = story().after(pick())
    begun.when(label).refused(refusals.NoSuchParcel, field="parcel")
    begun.after(TWO_PARCELS, label)
    assert shipment(begun).view().parcels[1].tracking_number == "00340"
    begun.when(label).then({})
    begun.after(dispatch(1)).when(label).refused(refusals.ShipmentAlreadyDispatched)


def test_a_part_goes_with_a_shipment_of_its_own() -> None:
    begun = story()
    begun.when(split({LINE_1: 3})).then(
        {
            ORDER: [
                LinesRegrouped(
                    from_shipment_id=FIRST, shipment_id=SECOND, lines=(units(LINE_1, 3),)
                )
            ],
            FIRST: [ShipmentSplit(into=SECOND, lines=(units(LINE_1, 3),))],
            SECOND: [
                ShipmentPlanned(
                    order_id=ORDER,
                    location="HAM",
                    lines=(of_sku(LINE_1, 3, "CAP"),),
                    split_from=FIRST,
                )
            ],
        }
    )
    begun.after(dispatch(2), deliver(2), dispatch(1), deliver(1))
    assert begun.history.fold(Order, ORDER).status is OrderStatus.COMPLETED


def test_what_is_not_picked_is_split_off_first() -> None:
    begun = story().after(pick({LINE_1: 3}), split({LINE_1: 2}))
    assert (shipment(begun).picked, shipment(begun, SECOND).picked) == ({LINE_1: 2}, {LINE_1: 1})


@pytest.mark.parametrize("part", [{"lines": wanted(ALL)}, {"parcels": (1, 2)}])
def test_all_of_it_is_no_part(part: dict[str, object]) -> None:
    begun = story().after(pick(), TWO_PARCELS)
    command = SplitShipment(shipment_id=FIRST, **part)
    begun.when(command).refused(refusals.NothingLeftInShipment, field="lines")


def test_a_packed_shipment_is_divided_by_whole_parcels() -> None:
    begun = story().after(pick(), TWO_PARCELS)
    begun.when(split({LINE_1: 1})).refused(
        refusals.ShipmentAlreadyPacked, "whole parcels", field="lines"
    )
    both = SplitShipment(shipment_id=FIRST, lines=wanted({LINE_1: 1}), parcels=(1,))
    begun.when(both).refused(refusals.PartNamedTwice, field="parcels")
    begun.when(send(lines=wanted({LINE_1: 1}))).refused(
        refusals.ShipmentAlreadyPacked, field="lines"
    )
    begun.when(send(lines=wanted({LINE_1: 1}), parcels=(1,))).refused(
        refusals.PartNamedTwice, field="parcels"
    )
    begun.when(send(parcels=(3,))).refused(refusals.NoSuchParcel, field="parcels")
    begun.after(SplitShipment(shipment_id=FIRST, parcels=(2,)))
    assert list(shipment(begun).parcels.values()) == [parcel(1, (LINE_1, 1))]
    moved = [parcel(1, (LINE_1, 3), (LINE_2, 1))]
    assert list(shipment(begun, SECOND).parcels.values()) == moved
    assert shipment(begun, SECOND).status is ShipmentStatus.PACKED


def test_a_part_leaves_and_the_rest_stays() -> None:
    begun = story().after(send(lines=wanted({LINE_1: 3})))
    order = begun.history.fold(Order, ORDER)
    assert order.view().fulfillment_status is FulfillmentStatus.PARTIALLY_SHIPPED
    assert shipment(begun, SECOND).quantities == {LINE_1: 1, LINE_2: 1}
    stock = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (stock.on_hand, stock.reserved) == (2, 1)
    begun.after(dispatch(2))
    begun.when(send(lines=wanted({LINE_1: 1}))).refused(refusals.ShipmentAlreadyDispatched)


def test_no_more_leaves_than_there_is() -> None:
    """vendure accepts to fulfill the same units twice at once, and -1 of them (seen in 3.7.3)."""
    begun = story()
    begun.when(send(lines=wanted({LINE_1: 5}))).refused(
        refusals.TooFewUnitsInShipment,
        "5 units of CAP are named, but the shipment carries 4",
        field="lines",
    )
    twice = (*wanted({LINE_1: 3}), *wanted({LINE_1: 3}))
    begun.when(send(lines=twice)).refused(refusals.TooFewUnitsInShipment, "6 units", field="lines")


def test_shipments_of_one_order_and_location_are_joined() -> None:
    begun = story().after(split({LINE_1: 3}))
    merge = MergeShipments(shipment_id=FIRST, merged=(SECOND,))
    begun.when(merge).then(
        {
            ORDER: [
                LinesRegrouped(
                    from_shipment_id=SECOND, shipment_id=FIRST, lines=(units(LINE_1, 3),)
                )
            ],
            SECOND: [ShipmentMerged(into=FIRST)],
            FIRST: [ShipmentLinesAdded(from_shipment_id=SECOND, lines=(of_sku(LINE_1, 3, "CAP"),))],
        }
    )
    assert shipment(begun).quantities == ALL
    begun.when(merge).refused(refusals.ShipmentIsCancelled)
    begun.after(dispatch(1))


def test_what_does_not_belong_together_is_not_joined() -> None:
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"))
    merge = MergeShipments(shipment_id=FIRST, merged=(SECOND,))
    begun.when(merge).refused(refusals.ShipmentsDoNotMatch, field="merged")
    itself = MergeShipments(shipment_id=FIRST, merged=(FIRST,))
    begun.when(itself).refused(refusals.ShipmentMergedWithItself, field="merged")
    picked = story().after(split({LINE_1: 3}), pick({LINE_1: 1}))
    picked.when(merge).refused(refusals.PickingAlreadyStarted)


def test_a_stopped_shipment_is_planned_anew() -> None:
    begun = story()
    begun.when(CancelShipment(shipment_id=FIRST, reason="flooded")).then(
        {
            ORDER: [LinesRecalled(shipment_id=FIRST, lines=(units(LINE_1, 4), units(LINE_2, 1)))],
            FIRST: [ShipmentCancelled(reason="flooded")],
        }
    )
    begun.after(ReleaseToWarehouse(order_id=ORDER))
    assert shipment(begun, SECOND).quantities == ALL


def test_a_stopped_shipment_goes_from_elsewhere_or_nowhere() -> None:
    stop = {"shipment_id": FIRST, "reason": "flooded"}
    begun = story().after(CancelShipment(**stop, then=Withdrawal.RESOURCE))
    order = begun.history.fold(Order, ORDER)
    assert order.lines[LINE_1].reserved == {"MUC": 4}
    assert order.lines[LINE_2].backordered == 1
    begun = story().after(CancelShipment(**stop, then=Withdrawal.CANCEL))
    assert begun.history.fold(Order, ORDER).status is OrderStatus.CANCELLED
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).available == 5
    begun = story().after(dispatch(1))
    begun.when(CancelShipment(**stop)).refused(refusals.ShipmentAlreadyDispatched)


def test_another_location_sends_all_of_it_or_nothing() -> None:
    move = RelocateShipment(shipment_id=FIRST, location="MUC", reason="flooded")
    begun = story().after(split({LINE_2: 1}), move)
    moved = shipment(begun, shipment_id(3))
    assert (moved.location, moved.quantities) == ("MUC", {LINE_1: 4})
    assert begun.history.fold(StockItem, stock_item_id("CAP", "MUC")).reserved == 4
    assert shipment(begun).status is ShipmentStatus.CANCELLED
    story().when(move).refused(InsufficientStock, "MUG: 1 wanted, 0 available", field="location")
    here = RelocateShipment(shipment_id=FIRST, location="HAM", reason="?")
    story().when(here).refused(refusals.RelocatedToItself, field="location")
    held = story().after(HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check"))
    held.when(move).refused(OrderOnHold)
