"""Taking goods from the shelves: what is there, what is not, and what becomes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    HOLD,
    LINE_1,
    LINE_2,
    NOW,
    ORDER,
    at,
    authorize,
    cancel,
    capture,
    dispatch,
    paid,
    place,
    shipment_id,
    stocked,
    units,
)

from oms_core.assignments.commands import RejectAssignment
from oms_core.backorders.commands import CancelBackorder
from oms_core.channels.commands import ConfigureChannel
from oms_core.fulfillment.process import next_steps
from oms_core.kernel.message import Command
from oms_core.orders.commands import HoldOrder
from oms_core.orders.events import LinesBackordered, LinesReserved, LinesUnreserved
from oms_core.orders.order import Order
from oms_core.orders.refusals import OrderOnHold
from oms_core.orders.status import OrderStatus
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.events import (
    ItemsPicked,
    ItemsShortPicked,
    PickingStarted,
    ShipmentCancelled,
)
from oms_core.shipments.picking import PickedLine, RecordPick, StartPicking
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.refusals import (
    FewerPickedThanBefore,
    MorePickedThanWanted,
    NoSuchShipmentLine,
    PickingAlreadyStarted,
    PickingNotFinished,
    ShipmentAlreadyDispatched,
    ShipmentIsCancelled,
)
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus
from oms_core.shipments.tracking import DeclareLost
from oms_core.shipments.withdrawing import CancelShipment
from oms_core.stock.commands import AdjustStock
from oms_core.stock.events import ReservationReleased, StockAdjusted, StockReserved
from oms_core.stock.stock_item import StockItem, stock_item_id

FIRST = shipment_id(1)
CAP_AT_MUNICH = stock_item_id("CAP", "MUC")
START = StartPicking(shipment_id=FIRST, picker="Grace", started_at=NOW)


def story(munich: int = 0) -> Story:
    """Four caps and a mug, paid, in one shipment from Hamburg, which has five caps."""
    stock = {("CAP", "HAM"): 5, ("MUG", "HAM"): 1, ("CAP", "MUC"): munich}
    return Story().after(*stocked(stock), place(("CAP", 4), ("MUG", 1)), *paid("59.50"))


def pick(found: dict[UUID, int], how: Rerouting | None = None) -> RecordPick:
    lines = tuple(PickedLine(line_id=id, quantity=count) for id, count in found.items())
    return RecordPick(shipment_id=FIRST, lines=lines, if_short=how)


def status(begun: Story) -> ShipmentStatus:
    return begun.history.fold(Shipment, FIRST).status


def stock(begun: Story, id: UUID = CAP_AT_HAMBURG) -> tuple[int, int, int]:
    item = begun.history.fold(StockItem, id)
    return item.on_hand, item.reserved, item.available


def test_picking_begins_once() -> None:
    begun = story()
    begun.when(START).then({FIRST: [PickingStarted(started_at=NOW, picker="Grace")]})
    assert status(begun) is ShipmentStatus.PICKING
    begun.when(START).refused(PickingAlreadyStarted, "Record what is picked")


def test_a_held_order_is_not_picked() -> None:
    begun = story().after(HoldOrder(order_id=ORDER, hold_id=HOLD, reason="fraud check"))
    begun.when(START).refused(OrderOnHold)


def test_units_are_picked_up_to_what_is_wanted() -> None:
    begun = story()
    begun.when(pick({LINE_1: 3})).then({FIRST: [ItemsPicked(lines=(units(LINE_1, 3),))]})
    assert status(begun) is ShipmentStatus.PICKING
    begun.when(pick({LINE_1: 4, LINE_2: 1})).then(
        {FIRST: [ItemsPicked(lines=(units(LINE_1, 1), units(LINE_2, 1)))]}
    )
    assert status(begun) is ShipmentStatus.PICKED


def test_a_pick_that_is_told_twice_counts_once() -> None:
    story().after(pick({LINE_1: 3})).when(pick({LINE_1: 3})).then({})


def test_what_can_not_be_picked() -> None:
    begun = story().after(pick({LINE_1: 3}))
    begun.when(pick({LINE_1: 5})).refused(MorePickedThanWanted, "5 units of CAP", field="lines")
    begun.when(pick({LINE_1: 2})).refused(FewerPickedThanBefore, "ifShort", field="lines")
    begun.when(pick({HOLD: 1})).refused(NoSuchShipmentLine, field="lines")
    for wrong in (-1, 1_000_001):
        with pytest.raises(ValidationError):
            PickedLine(line_id=LINE_1, quantity=wrong)


BY_CHANNEL = {
    None: ({"MUC": 2}, 0),
    Rerouting.RESOURCE: ({"MUC": 2}, 0),
    Rerouting.BACKORDER: ({}, 2),
    Rerouting.CANCEL: ({}, 0),
}


@pytest.mark.parametrize("how", BY_CHANNEL)
def test_the_channel_says_what_becomes_of_what_nobody_finds(how: Rerouting | None) -> None:
    begun = story(munich=9)
    if how is not None:
        begun.after(ConfigureChannel(code="web", short_picks=how))
    begun.after(pick({LINE_1: 2}).model_copy(update={"complete": True}))
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    there, waiting = BY_CHANNEL[how]
    assert ({code: n for code, n in line.reserved.items() if code != "HAM"}, line.backordered) == (
        there,
        waiting,
    )
    assert line.cancelled == (2 if how is Rerouting.CANCEL else 0)


def test_a_pick_may_say_otherwise_than_the_channel() -> None:
    begun = story(munich=9).after(ConfigureChannel(code="web", short_picks=Rerouting.CANCEL))
    begun.after(pick({LINE_1: 2}, Rerouting.BACKORDER))
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    assert (line.backordered, line.cancelled) == (2, 0)


def test_all_that_is_found_is_no_short_pick() -> None:
    begun = story()
    whole = pick({LINE_1: 4, LINE_2: 1}).model_copy(update={"complete": True})
    found = ItemsPicked(lines=(units(LINE_1, 4), units(LINE_2, 1)))
    begun.when(whole).then({FIRST: [found]})


def test_who_began_to_pick_comes_to_an_end() -> None:
    begun = story().after(pick({LINE_1: 3}))
    begun.when(dispatch(1)).refused(PickingNotFinished, "Only 3 of 5 units are picked")
    begun.after(pick({LINE_1: 4, LINE_2: 1}), dispatch(1))
    begun.when(pick({LINE_1: 4})).refused(ShipmentAlreadyDispatched)


def test_a_cancelled_shipment_is_not_picked() -> None:
    story().after(cancel()).when(pick({LINE_1: 1})).refused(ShipmentIsCancelled)


def test_what_is_cancelled_while_it_is_picked_need_not_be_found() -> None:
    begun = story().after(pick({LINE_1: 4}), cancel({LINE_2: 1}))
    assert status(begun) is ShipmentStatus.PICKED


def test_a_short_pick_goes_to_another_location_that_has_it() -> None:
    begun = story(munich=3)
    lines = (units(LINE_1, 3),)
    released = {"order_id": ORDER, "lines": lines, "sku": "CAP"}
    begun.when(pick({LINE_1: 1}, Rerouting.RESOURCE)).then(
        {
            FIRST: [
                ItemsPicked(lines=(units(LINE_1, 1),)),
                ItemsShortPicked(lines=lines, reason="short pick"),
            ],
            ORDER: [
                LinesUnreserved(
                    location="HAM", shipment_id=FIRST, lines=lines, reason="short pick"
                ),
                LinesReserved(lines=(at("MUC", LINE_1, 3),)),
            ],
            CAP_AT_HAMBURG: [
                ReservationReleased(location="HAM", **released),
                StockAdjusted(sku="CAP", location="HAM", delta=-3, reason="short pick, order 1001"),
            ],
            CAP_AT_MUNICH: [StockReserved(location="MUC", **released)],
        }
    )
    assert stock(begun) == (2, 1, 1)


def test_what_another_location_has_not_waits_for_stock() -> None:
    begun = story(munich=1)
    done = begun.history.execute(pick({LINE_1: 0}, Rerouting.RESOURCE))
    assert done.events[ORDER][1:] == [
        LinesReserved(lines=(at("MUC", LINE_1, 1),)),
        LinesBackordered(lines=(units(LINE_1, 3),)),
    ]


def test_a_short_pick_may_wait_or_be_cancelled() -> None:
    waiting = story(munich=9).after(pick({LINE_1: 1}, Rerouting.BACKORDER))
    assert waiting.history.fold(Order, ORDER).lines[LINE_1].backordered == 3
    cancelled = story(munich=9).after(pick({LINE_1: 1}, Rerouting.CANCEL))
    order = cancelled.history.fold(Order, ORDER)
    assert (order.lines[LINE_1].cancelled, str(order.total)) == (3, "23.80")


def test_a_shipment_of_which_nothing_was_found_is_cancelled() -> None:
    begun = story()
    done = begun.history.execute(pick({LINE_1: 0, LINE_2: 0}, Rerouting.CANCEL))
    assert done.events[FIRST][-1] == ShipmentCancelled(reason="short pick")
    assert begun.history.fold(Order, ORDER).status is OrderStatus.CANCELLED


def test_units_that_were_never_there_are_not_promised_to_the_next_buyer() -> None:
    begun = story().after(pick({LINE_1: 0}, Rerouting.BACKORDER))
    assert stock(begun) == (1, 0, 1)


def test_what_a_count_found_missing_before_is_not_taken_off_twice() -> None:
    count = AdjustStock(sku="CAP", location="HAM", delta=-3, reason="count")
    begun = story().after(count)
    assert stock(begun) == (2, 4, -2)
    begun.after(pick({LINE_1: 1}, Rerouting.BACKORDER))
    assert stock(begun) == (1, 1, 0)


def test_a_short_pick_of_an_order_that_is_collected_waits_where_it_is_collected() -> None:
    begun = Story().after(
        *stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 5}),
        place(("CAP", 4), pickup_location="HAM"),
        *paid("47.60"),
        pick({LINE_1: 1}, Rerouting.RESOURCE),
    )
    assert begun.history.fold(Order, ORDER).lines[LINE_1].backordered == 3


def test_units_from_elsewhere_are_released_by_the_process() -> None:
    begun = story(munich=3)
    done = begun.history.execute(pick({LINE_1: 1}, Rerouting.RESOURCE))
    for event in done.events[ORDER]:
        begun.after(*next_steps(ORDER, event))
    assert begun.history.fold(Shipment, shipment_id(2)).location == "MUC"


# ------------------------------------------------------------------------- how long they wait

UNTIL = NOW + timedelta(days=2)
IMPATIENT = ConfigureChannel(code="web", backorders_cancel_after=timedelta(days=2))


def waits(begun: Story) -> tuple[int, datetime | None]:
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    return line.backordered, line.waits_until


@pytest.mark.parametrize(
    "lost",
    [
        pick({LINE_1: 1}, Rerouting.BACKORDER).model_copy(update={"picked_at": NOW}),
        pick({LINE_1: 1}, Rerouting.RESOURCE).model_copy(update={"picked_at": NOW}),
        CancelShipment(
            shipment_id=FIRST, reason="flooded", then=Withdrawal.RESOURCE, cancelled_at=NOW
        ),
        RejectAssignment(order_id=ORDER, location="HAM", reason="full", rejected_at=NOW),
    ],
    ids=["short pick", "short pick, no other source", "cancelled", "rejected"],
)
def test_units_that_lost_their_source_wait_no_longer_than_others(lost: Command) -> None:
    begun = story().after(IMPATIENT, lost)
    units, until = waits(begun)
    assert (units > 0, until) == (True, UNTIL)
    begun.after(CancelBackorder(order_id=ORDER, line_id=LINE_1, waits_until=UNTIL))
    assert waits(begun)[0] == 0


def test_a_lost_parcel_waits_no_longer_than_others_either() -> None:
    begun = story().after(IMPATIENT, dispatch(1))
    begun.after(
        DeclareLost(shipment_id=FIRST, reason="?", then=Rerouting.BACKORDER, declared_at=NOW)
    )
    assert waits(begun)[1] == UNTIL


def test_a_line_that_waits_already_waits_as_long_as_it_was_told() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2}), IMPATIENT)
    begun.after(place(("CAP", 3), allow_backorder=True))
    begun.after(authorize("35.70"), capture("35.70"), ReleaseToWarehouse(order_id=ORDER))
    later = pick({LINE_1: 0}, Rerouting.BACKORDER)
    begun.after(later.model_copy(update={"picked_at": NOW + timedelta(days=1)}))
    assert waits(begun) == (3, UNTIL)


def test_without_a_limit_they_wait_for_ever() -> None:
    assert waits(story().after(pick({LINE_1: 1}, Rerouting.BACKORDER)))[1] is None
