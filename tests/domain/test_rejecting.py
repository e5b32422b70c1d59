"""A location says that it can't send what it was to send: others are asked, or it waits."""

from __future__ import annotations

from typing import Any

from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    NOW,
    ORDER,
    at,
    paid,
    place,
    shipment_id,
    stocked,
    uid,
    units,
    wanted,
)
from tests.domain.sourced import decisions, sourced, story

from oms_core.assignments.assignment import assignment_id
from oms_core.assignments.commands import NothingAssigned, RejectAssignment
from oms_core.backorders.commands import FillBackorders
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.events import LinesBackordered, LinesReserved, LinesUnassigned
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.orders.unassigning import TooFewUnitsAssigned
from oms_core.shipments.shipment import Shipment, ShipmentStatus
from oms_core.sourcing.explanation import WhyNot
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import ReservationReleased, StockReserved


def reject(**changed: Any) -> RejectAssignment:
    usual = {"order_id": ORDER, "location": "HAM", "reason": "short pick", "rejected_at": NOW}
    return RejectAssignment(**usual | changed)


def test_what_a_location_can_not_send_is_sent_by_another() -> None:
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5})
    sourced(begun, ("CAP", 2))
    begun.after(*paid("23.80"))
    done = begun.history.execute(reject(lines=wanted({LINE_1: 1})))
    [unassigned, reserved] = done.events[ORDER]
    assert isinstance(unassigned, LinesUnassigned)
    assert unassigned.units[0].shipment_id == shipment_id(1)
    assert reserved == LinesReserved(lines=(at("MUC", LINE_1, 1),))
    [released] = done.events[CAP_AT_HAMBURG]
    assert isinstance(released, ReservationReleased)
    assert isinstance(done.events[CAP_AT_MUNICH][0], StockReserved)
    shipment = begun.history.fold(Shipment, shipment_id(1))
    assert [line.quantity for line in shipment.lines.values()] == [1]
    assert decisions(begun)[-1].excluded == ("HAM",)
    begun.after(reject())
    assert begun.history.fold(Shipment, shipment_id(1)).status is ShipmentStatus.CANCELLED
    begun.when(reject()).refused(NothingAssigned, "HAM is to send nothing", field="location")


def test_a_location_that_said_no_is_not_asked_again_for_the_order() -> None:
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5})
    sourced(begun, ("CAP", 2))
    begun.after(reject())
    begun.after(reject(location="MUC"))
    order = begun.history.fold(Order, ORDER)
    assert (order.lines[LINE_1].backordered, sum(order.lines[LINE_1].reserved.values())) == (2, 0)
    whys = {other.location: other.why for other in decisions(begun)[-1].reasons.others}
    assert whys["HAM"] == whys["MUC"] == WhyNot.EXCLUDED


def test_without_rules_another_location_is_found_the_simple_way() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 1}), place(("CAP", 2)))
    done = begun.history.execute(reject())
    assert done.events[ORDER][1:] == [
        LinesReserved(lines=(at("MUC", LINE_1, 1),)),
        LinesBackordered(lines=(units(LINE_1, 1),)),
    ]
    assert assignment_id(ORDER) not in begun.history.streams


def test_what_waits_after_a_rejection_is_not_filled_where_it_was_rejected() -> None:
    """Hamburg still has five on its books: only what arrives elsewhere is for this order."""
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))
    begun.after(RegisterLocation(code="MUC", name="MUC", country="DE"), reject())
    begun.when(FillBackorders(sku="CAP")).then({})
    begun.after(ReceiveStock(sku="CAP", location="MUC", quantity=1), FillBackorders(sku="CAP"))
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    assert (line.reserved, line.backordered) == ({"MUC": 1}, 1)
    begun.after(reject(location="MUC"), FillBackorders(sku="CAP"))
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    assert (line.reserved, line.backordered) == ({}, 2)
    others = WantedLine(line_id=uid(31), sku="CAP", quantity=6)
    begun.after(place(number="1002", lines=(others,)))  # nothing is held back for who can't take it


def test_another_line_that_waited_already_is_not_filled_there_either() -> None:
    begun = Story().after(
        *stocked({("CAP", "HAM"): 2}, MUG="10"),
        place(("CAP", 2), ("MUG", 1), allow_backorder=True),
    )
    begun.after(reject(), ReceiveStock(sku="MUG", location="HAM", quantity=9))
    begun.when(FillBackorders(sku="MUG")).then({})


def test_a_location_gives_up_no_more_than_it_has() -> None:
    begun = story({("CAP", "HAM"): 5})
    sourced(begun, ("CAP", 2))
    begun.when(reject(lines=wanted({LINE_1: 3}))).refused(
        TooFewUnitsAssigned, "HAM is to send 2 units of CAP", field="lines"
    )
