"""A location is closed, or has too much to send on a day: others send what it has not begun."""

from __future__ import annotations

from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    NOW,
    ORDER,
    at,
    dispatch,
    paid,
    place,
    shipment_id,
    stocked,
    uid,
    units,
)
from tests.domain.sourced import HOME, PLACES, decisions, sourced, story

from oms_core.assignments.events import Occasion
from oms_core.assignments.relieving import CustomerComesThere, RelieveLocation
from oms_core.backorders.commands import FillBackorders
from oms_core.locations.commands import (
    BeginRelief,
    CloseLocation,
    ConfigureLocation,
    ReopenLocation,
)
from oms_core.locations.events import ReliefBegun
from oms_core.locations.location import NoSuchLocation, location_id
from oms_core.orders.events import LinesBackordered, LinesReserved, LinesUnassigned
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus
from oms_core.stock.stock_item import StockItem

CLOSE = CloseLocation(code="HAM", reason="flooded")


def relieve(order: str = "1001", location: str = "HAM") -> RelieveLocation:
    about = {"order_id": order_id(order), "location": location, "reason": "flooded"}
    return RelieveLocation(**about, relieved_at=NOW)


def ordered() -> Story:
    """Two caps are to come from Hamburg, which is closed; Munich has one."""
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 1})
    assert sourced(begun, ("CAP", 2)) == {("CAP", "HAM"): 2}
    return begun.after(CLOSE)


def test_others_send_what_a_closed_location_was_to_send_and_the_rest_waits() -> None:
    begun = ordered()
    done = begun.history.execute(relieve())
    [unassigned, *moved] = done.events[ORDER]
    assert isinstance(unassigned, LinesUnassigned)
    assert (unassigned.location, unassigned.reason) == ("HAM", "flooded")
    assert not unassigned.declined
    assert moved == [
        LinesReserved(lines=(at("MUC", LINE_1, 1),)),
        LinesBackordered(lines=(units(LINE_1, 1),)),
    ]
    assert decisions(begun)[-1].occasion is Occasion.RELIEVED
    begun.when(relieve()).then({})
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).reserved == 0


def test_a_location_that_opens_again_may_serve_who_waits() -> None:
    begun = ordered().after(relieve(), FillBackorders(sku="CAP", asked_at=NOW))
    assert begun.history.fold(Order, ORDER).lines[LINE_1].backordered == 1
    begun.after(ReopenLocation(code="HAM", reason="dry"), FillBackorders(sku="CAP", asked_at=NOW))
    assert begun.history.fold(Order, ORDER).lines[LINE_1].reserved == {"MUC": 1, "HAM": 1}


def test_a_shipment_that_was_not_begun_is_given_up() -> None:
    begun = ordered().after(*paid("23.80"), relieve())
    assert begun.history.fold(Shipment, shipment_id(1)).status is ShipmentStatus.CANCELLED


def test_what_was_begun_stays() -> None:
    begun = ordered().after(*paid("23.80"))
    line = PickedLine(line_id=LINE_1, quantity=1)
    begun.after(RecordPick(shipment_id=shipment_id(1), lines=(line,)))
    begun.when(relieve()).then({})


def test_an_open_location_with_room_keeps_everything() -> None:
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5})
    sourced(begun, ("CAP", 2))
    begun.when(relieve()).then({})
    begun.when(relieve(location="LEJ")).then({})
    begun.when(relieve(location="X")).refused(NoSuchLocation, field="location")


def limit(orders: int) -> ConfigureLocation:
    latitude, longitude = PLACES["HAM"]
    return ConfigureLocation(
        code="HAM",
        capacity_per_day=orders,
        calendar={"working_days": [1, 2, 3, 4, 5, 6, 7]},  # type: ignore[arg-type]
        latitude=latitude,
        longitude=longitude,
    )


def test_who_came_last_goes_when_a_day_is_too_full() -> None:
    begun = story({("CAP", "HAM"): 9, ("CAP", "MUC"): 9}, limit(3))
    for number in ("1001", "1002", "1003"):
        lines = (WantedLine(line_id=uid(int(number)), sku="CAP", quantity=1),)
        begun.after(place(number=number, lines=lines, shipping_address=HOME))
    begun.after(limit(1))
    begun.when(relieve("1001")).then({})
    begun.after(relieve("1003"), relieve("1002"))
    begun.when(relieve("1002")).then({})
    places = [
        begun.history.fold(Order, order_id(number)).lines[uid(int(number))].reserved
        for number in ("1001", "1002", "1003")
    ]
    assert places == [{"HAM": 1}, {"MUC": 1}, {"MUC": 1}]


def test_without_rules_another_location_is_found_the_simple_way() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 2}), place(("CAP", 2)))
    begun.after(CLOSE, relieve())
    assert begun.history.fold(Order, ORDER).lines[LINE_1].reserved == {"MUC": 2}


def test_what_a_customer_collects_stays() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 2}))
    begun.after(place(("CAP", 2), pickup_location="HAM"), CLOSE)
    begun.when(relieve()).refused(
        CustomerComesThere, "The customer collects the order at HAM", field="order_id"
    )


def test_what_left_is_not_taken_back() -> None:
    begun = ordered().after(*paid("23.80"), dispatch(1))
    begun.when(relieve()).then({})


def test_which_orders_are_asked_for_is_recorded_where_there_are_any() -> None:
    begun = ordered()
    asked = {"reason": "flooded", "more": True}
    begun.when(BeginRelief(code="HAM", order_ids=(ORDER,), **asked)).then(
        {location_id("HAM"): [ReliefBegun(order_ids=(ORDER,), **asked)]}
    )
    begun.when(BeginRelief(code="HAM", order_ids=(), **asked)).then({})
    begun.when(BeginRelief(code="X", order_ids=(ORDER,), **asked)).refused(
        NoSuchLocation, field="code"
    )
