"""Serial numbers of what leaves and comes back: a unit leaves once."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.domain.kit import Story
from tests.domain.phones import (
    APART,
    AVAILABLE,
    GONE,
    HAMBURG,
    MOVE,
    ON_HAND,
    PLACE,
    SENT,
    SHIPPED,
    TRANSIT,
    moving,
    of_line,
    of_phones,
    pick,
    receive,
    released,
    send,
    story,
    where,
)
from tests.domain.shop import (
    LINE_1,
    NOW,
    ORDER,
    RETURN,
    deliver,
    paid,
    place,
    send_back,
    shipment_id,
    uid,
    wanted,
)

from oms_core.returns.events import Condition
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturn,
    ReceiveReturnItems,
)
from oms_core.serials.commands import MoveSerials
from oms_core.serials.events import SerialShipped
from oms_core.serials.naming import (
    SerialElsewhere,
    SerialNamedTwice,
    SerialNotExpected,
    SerialsNeeded,
    SerialsOfLine,
    SerialsOfSku,
)
from oms_core.serials.serial import Serial, serial_id
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.pickup import HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.refusals import NoSuchShipmentLine
from oms_core.shipments.regrouping import SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender
from oms_core.stock.commands import (
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.inbound_commands import ExpectSupplies, ReceiveSupplies
from oms_core.stock.policy_commands import SetStockPolicy
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.transfers.commands import (
    DispatchTransfer,
    MissTransfer,
    ReceiveTransfer,
    WantedUnits,
)


def test_a_unit_leaves_once() -> None:
    begun = released("A", "B", "C")
    begun.when(send()).refused(SerialsNeeded, "each of the 2 units, not 0", field="serials")
    begun.when(send("A", "X")).refused(SerialElsewhere, "X of PHONE is not known", field="serials")
    twice = DispatchShipment(
        shipment_id=shipment_id(1), **SENT, serials=of_line("A") + of_line("A")
    )
    begun.when(twice).refused(SerialNamedTwice, "A of PHONE is named twice", field="serials")
    done = begun.history.execute(send("A", "B"))
    left = SerialShipped(**PLACE, serial="A", order_id=ORDER, shipment_id=shipment_id(1))
    assert done.events[serial_id("PHONE", "A")] == [left]
    begun.when(receive("A")).refused(
        SerialElsewhere, "A of PHONE is with the customer since it left HAM", field="serials"
    )
    assert where(begun, "C") == (ON_HAND, "HAM")


def test_units_are_named_when_they_are_picked() -> None:
    begun = released("A", "B", "C")
    begun.when(pick("A", quantity=2)).refused(SerialsNeeded, field="lines")
    begun.when(pick("A", "X")).refused(SerialElsewhere, "X of PHONE", field="lines")
    begun.after(pick("A", "B"))
    begun.when(pick("A", "B")).then({})
    begun.after(pick("A", "C"), send())
    assert [where(begun, each)[0] for each in "ABC"] == [SHIPPED, ON_HAND, SHIPPED]
    [line] = begun.history.fold(Shipment, shipment_id(1)).view().lines
    assert line.serials == ("A", "C")


def test_a_part_that_leaves_says_which_units_it_has() -> None:
    begun = released("A", "B", "C").after(pick("A", "B"))
    one = wanted({LINE_1: 1})
    begun.when(send(lines=one)).refused(SerialsNeeded, "1 units, not 2", field="serials")
    begun.after(send("B", lines=one))
    rest = begun.history.fold(Shipment, shipment_id(2))
    assert (rest.picked[LINE_1], rest.serials) == (1, {})
    begun.after(send("A", shipment=2))
    assert [where(begun, each)[0] for each in "ABC"] == [SHIPPED, SHIPPED, ON_HAND]


def test_a_whole_line_takes_its_units_along() -> None:
    begun = story(
        *(receive("A", "B"), ReceiveStock(sku="MUG", location="HAM", quantity=5)),
        *(place(("PHONE", 1), ("MUG", 2)), *paid("35.70")),
    )
    begun.after(pick("B"), SplitShipment(shipment_id=shipment_id(1), lines=wanted({LINE_1: 1})))
    assert begun.history.fold(Shipment, shipment_id(2)).serials == {LINE_1: ("B",)}
    begun.when(send("A")).refused(NoSuchShipmentLine, field="lines")
    begun.after(send(shipment=2))
    assert where(begun, "B")[0] is SHIPPED


def test_what_is_collected_is_named_too() -> None:
    begun = story(receive("A", "B"), place(("PHONE", 1), pickup_location="HAM"), *paid("11.90"))
    begun.after(pick(quantity=1), MarkReadyForPickup(shipment_id=shipment_id(1), ready_at=NOW))
    hand_over = HandOver(shipment_id=shipment_id(1), handed_over_at=NOW)
    begun.when(hand_over).refused(SerialsNeeded, field="serials")
    begun.after(hand_over.model_copy(update={"serials": of_line("A")}))
    assert where(begun, "A")[0] is SHIPPED


def test_what_is_made_to_order_leaves_without_a_name() -> None:
    begun = story(receive("A"), SetStockPolicy(**PLACE, unlimited=True), place(("PHONE", 1)))
    begun.after(*paid("11.90"), send())
    assert where(begun, "A")[0] is ON_HAND


def delivered() -> Story:
    return released("A", "B", "C").after(send("A", "B"), deliver(1))


def back(condition: Condition, *serials: str) -> ReceiveReturnItems:
    line = {"line_id": LINE_1, "quantity": 1, "condition": condition, "serials": serials}
    return ReceiveReturnItems(return_id=RETURN, lines=(ReceivedLine.model_validate(line),))


def test_what_comes_back_is_what_left() -> None:
    begun = delivered().after(send_back({LINE_1: 2}))
    begun.when(back(Condition.RESTOCKED)).refused(SerialsNeeded, field="lines.0.serials")
    begun.when(back(Condition.RESTOCKED, "C")).refused(
        SerialElsewhere, "C of PHONE is on hand at HAM, so it can't come back", field="lines"
    )
    begun.after(back(Condition.RESTOCKED, "B"), back(Condition.QUARANTINED, "A"))
    assert (where(begun, "A"), where(begun, "B")) == ((APART, "HAM"), (ON_HAND, "HAM"))


def test_what_was_set_apart_is_for_sale_once_it_was_looked_at() -> None:
    begun = delivered().after(send_back({LINE_1: 2}), back(Condition.QUARANTINED, "A"))
    seen = {"line_id": LINE_1, "quantity": 1, "condition": Condition.RESTOCKED}
    inspect = InspectReturn(
        return_id=RETURN, lines=(InspectedLine.model_validate(seen | {"serials": ("B",)}),)
    )
    begun.when(inspect).refused(SerialElsewhere, "with the customer", field="lines")
    fine = InspectedLine.model_validate(seen | {"serials": ("A",)})
    begun.after(inspect.model_copy(update={"lines": (fine,)}))
    assert where(begun, "A") == (ON_HAND, "HAM")


def test_all_of_a_return_is_taken_in_by_name() -> None:
    begun = delivered().after(send_back({LINE_1: 2}))
    whole = ReceiveReturn(return_id=RETURN, restock=True)
    begun.when(whole).refused(SerialsNeeded, "2 units, not 0", field="serials")
    begun.after(whole.model_copy(update={"serials": of_line("A", "B")}))
    assert begun.history.fold(StockItem, HAMBURG).on_hand == 3
    assert where(begun, "A") == (ON_HAND, "HAM")
    begun.after(place(("PHONE", 3), number="1002"))


def test_scrapped_units_are_gone() -> None:
    begun = delivered().after(send_back({LINE_1: 1}), back(Condition.SCRAPPED, "A"))
    assert where(begun, "A")[0] is GONE


def test_what_a_carrier_brings_back_or_loses_need_not_be_named_when_it_is_all() -> None:
    away = {"shipment_id": shipment_id(1), "then": Rerouting.CANCEL}
    begun = released("A", "B", "C").after(send("A", "B"))
    begun.after(ReceiveReturnToSender(**away, received_at=NOW))
    assert (where(begun, "A"), where(begun, "B")) == ((ON_HAND, "HAM"), (ON_HAND, "HAM"))
    lost = released("A", "B").after(send("A", "B"), DeclareLost(**away, reason="lost"))
    assert where(lost, "A")[0] is GONE
    wrong = released("A", "B", "C").after(send("A", "B"))
    other = DeclareLost(**away, reason="lost", serials=of_line("A", "C"))
    wrong.when(other).refused(SerialNotExpected, "C of PHONE is not among", field="serials")
    stray = DeclareLost(
        **away, reason="lost", serials=(SerialsOfLine(line_id=uid(9), serials=("A",)),)
    )
    wrong.when(stray).refused(NoSuchShipmentLine, field="serials")


def test_a_transfer_names_its_units() -> None:
    begun = moving()
    begun.when(DispatchTransfer(**MOVE)).refused(SerialsNeeded, field="serials")
    strange = (*of_phones("A", "B"), SerialsOfSku(sku="MUG", serials=("A",)))
    begun.when(DispatchTransfer(**MOVE, serials=strange)).refused(
        SerialsNeeded, "each of the 0 units, not 1", field="serials"
    )
    begun.after(DispatchTransfer(**MOVE, serials=of_phones("A", "B")))
    begun.when(receive("A")).refused(SerialElsewhere, "on its way from HAM", field="serials")
    one = {"lines": (WantedUnits(sku="PHONE", quantity=1),)}
    begun.when(ReceiveTransfer(**MOVE, **one)).refused(SerialsNeeded, field="serials")
    begun.when(ReceiveTransfer(**MOVE, **one, serials=of_phones("C"))).refused(
        SerialNotExpected, field="serials"
    )
    begun.after(ReceiveTransfer(**MOVE, **one, serials=of_phones("B")))
    assert (where(begun, "B"), where(begun, "A")) == ((ON_HAND, "MUC"), (TRANSIT, "HAM"))
    there = begun.history.fold(StockItem, stock_item_id("PHONE", "MUC"))
    assert there.serial_numbered
    begun.after(MissTransfer(**MOVE, reason="fell"))
    assert where(begun, "A")[0] is GONE


def test_all_that_arrives_need_not_be_named() -> None:
    begun = moving().after(DispatchTransfer(**MOVE, serials=of_phones("A", "C")))
    begun.after(ReceiveTransfer(**MOVE))
    assert (where(begun, "A"), where(begun, "B")) == ((ON_HAND, "MUC"), (ON_HAND, "HAM"))


def test_units_go_along_when_a_location_is_merged() -> None:
    begun = story(receive("A", "B"))
    move = MoveSerials(**PLACE, **MOVE, serials=("A",), destination="MUC", reason="merged")
    begun.after(move)
    assert where(begun, "A") == (ON_HAND, "MUC")
    begun.when(move).then({})
    begun.when(move.model_copy(update={"location": "MUC"})).then({})
    both = begun.history.execute(move.model_copy(update={"serials": ("A", "B")}))
    assert both.events.keys() == {serial_id("PHONE", "B")}


def test_a_delivery_of_many_products_names_units_where_they_have_numbers() -> None:
    supply: dict[str, Any] = {"location": "HAM", "supply": "PO-1"}
    phones: dict[str, Any] = {"sku": "PHONE", "quantity": 2}
    lines = [{"sku": "MUG", "quantity": 5}, phones]
    day = date(2026, 3, 9)
    begun = story(ExpectSupplies.model_validate({**supply, "lines": lines, "expected_on": day}))
    bare = ReceiveSupplies.model_validate({**supply, "lines": lines})
    begun.when(bare).refused(SerialsNeeded, "2 units, not 0", field="lines.1.serials")
    named = [lines[0], phones | {"serials": ["A", "B"]}]
    begun.after(ReceiveSupplies.model_validate({**supply, "lines": named}))
    assert where(begun, "B") == (ON_HAND, "HAM")


def test_a_unit_that_came_back_leaves_again() -> None:
    begun = delivered().after(send_back({LINE_1: 1}), back(Condition.RESTOCKED, "A"))
    unit = begun.history.fold(Serial, serial_id("PHONE", "A")).view()
    assert (unit.order_id, unit.shipment_id, unit.status) == (ORDER, shipment_id(1), ON_HAND)
    begun.after(ScrapStock(**PLACE, quantity=1, condition=AVAILABLE, reason="old", serials=("A",)))
    assert where(begun, "A")[0] is GONE
