"""Serial numbers: a unit is at one place at a time, and leaves once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    NOW,
    ORDER,
    RETURN,
    deliver,
    eur,
    paid,
    place,
    send_back,
    shipment_id,
    uid,
    wanted,
)

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.message import Command
from oms_core.locations.commands import RegisterLocation
from oms_core.returns.events import Condition
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturn,
    ReceiveReturnItems,
)
from oms_core.serials.commands import MoveSerials, RecordSerials, WriteOffSerials
from oms_core.serials.events import SerialConditionChanged, SerialReceived, SerialShipped
from oms_core.serials.naming import (
    NoSerialsKept,
    SerialElsewhere,
    SerialInOtherCondition,
    SerialNamedTwice,
    SerialNotExpected,
    SerialsNeeded,
    SerialsOfLine,
    SerialsOfSku,
)
from oms_core.serials.serial import Serial, SerialStatus, serial_id
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.pickup import HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.refusals import NoSuchShipmentLine
from oms_core.shipments.regrouping import SplitShipment
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition, StockReceived
from oms_core.stock.inbound_commands import ExpectSupplies, ReceiveSupplies
from oms_core.stock.lot_commands import ExpireLot
from oms_core.stock.policy_commands import SetStockPolicy
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.transfers.commands import (
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)

PLACE = {"sku": "PHONE", "location": "HAM"}
HAMBURG = stock_item_id("PHONE", "HAM")
MOVE = {"transfer_id": uid(95)}
SENT = {"carrier": "DHL", "dispatched_at": NOW}


def story(*commands: Command) -> Story:
    """Phones have serial numbers; mugs do not."""
    phone = {"price": eur("10"), "tax_rate": Decimal("0.19"), "serial_numbered": True}
    return Story().after(
        RegisterProduct(sku="PHONE", name="Phone", **phone),
        RegisterProduct(sku="MUG", name="Mug", price=eur("10"), tax_rate=Decimal("0.19")),
        RegisterLocation(code="HAM", name="Hamburg", country="DE"),
        RegisterLocation(code="MUC", name="Munich", country="DE"),
        *commands,
    )


def receive(*serials: str, location: str = "HAM") -> ReceiveStock:
    place = {"sku": "PHONE", "location": location}
    return ReceiveStock(**place, quantity=len(serials), serials=serials, reference="note 7")


def released(*serials: str) -> Story:
    """Those phones are there, and two of them are to be sent."""
    return story(receive(*serials), place(("PHONE", 2)), *paid("23.80"))


def of_line(*serials: str) -> tuple[SerialsOfLine, ...]:
    return (SerialsOfLine(line_id=LINE_1, serials=serials),)


def send(*serials: str, shipment: int = 1, **given: Any) -> DispatchShipment:
    named = of_line(*serials) if serials else ()
    return DispatchShipment(shipment_id=shipment_id(shipment), **SENT, serials=named, **given)


def pick(*serials: str, quantity: int | None = None, **given: Any) -> RecordPick:
    units = len(serials) if quantity is None else quantity
    line = PickedLine(line_id=LINE_1, quantity=units, serials=serials)
    return RecordPick(shipment_id=shipment_id(1), lines=(line,), **given)


def where(begun: Story, serial: str) -> tuple[SerialStatus, str]:
    unit = begun.history.fold(Serial, serial_id("PHONE", serial))
    return unit.status, unit.location


def condition(begun: Story, serial: str) -> StockCondition | None:
    return begun.history.fold(Serial, serial_id("PHONE", serial)).view().condition


def counted(units: int, *serials: str) -> CountStock:
    return CountStock(**PLACE, counted=units, reason="count", serials=serials)


def changed(before: StockCondition, after: StockCondition, *serials: str) -> ChangeStockCondition:
    about = {"before": before, "after": after, "reason": "look", "serials": serials}
    return ChangeStockCondition(**PLACE, quantity=len(serials) or 1, **about)


AVAILABLE, HOLD, DAMAGED = StockCondition
ON_HAND, SHIPPED, APART, TRANSIT, GONE = SerialStatus


def test_a_receipt_names_each_unit() -> None:
    done = story().history.execute(receive("A", "B"))
    facts = {"quantity": 2, "reference": "note 7", "serial_numbered": True}
    assert done.events[HAMBURG] == [StockReceived(**PLACE, **facts)]
    assert done.events[serial_id("PHONE", "B")] == [
        SerialReceived(**PLACE, serial="B", reference="note 7")
    ]


@pytest.mark.parametrize(
    ("command", "refusal", "sentence"),
    [
        (ReceiveStock(**PLACE, quantity=2), SerialsNeeded, "each of the 2 units, not 0"),
        (ReceiveStock(**PLACE, quantity=2, serials=("X",)), SerialsNeeded, "2 units, not 1"),
        (receive("A"), SerialElsewhere, "A of PHONE is on hand at HAM, so it can't come in"),
        (receive("A", location="MUC"), SerialElsewhere, "is on hand at HAM"),
        (AdjustStock(**PLACE, delta=-1, reason="gone"), SerialsNeeded, "1 units, not 0"),
        (
            AdjustStock(**PLACE, delta=-1, reason="gone", serials=("X",)),
            SerialElsewhere,
            "X of PHONE is not known, so it can't leave HAM",
        ),
        (
            AdjustStock(**PLACE, delta=1, reason="found", serials=("A",)),
            SerialElsewhere,
            "on hand at HAM",
        ),
        (ScrapStock(**PLACE, quantity=1, reason="wet"), SerialsNeeded, "1 units"),
        (RecordSerials(**PLACE, serials=("A",), reason="c"), SerialElsewhere, "on hand at HAM"),
        (
            WriteOffSerials(sku="PHONE", location="MUC", serials=("A",), reason="gone"),
            SerialElsewhere,
            "is on hand at HAM, so it can't leave MUC",
        ),
    ],
)
def test_what_does_not_name_each_unit_or_names_another_is_refused(
    command: Command, refusal: type[Exception], sentence: str
) -> None:
    begun = story(receive("A", "B"))
    hold = {"condition": StockCondition.AVAILABLE} if isinstance(command, ScrapStock) else {}
    begun.when(command.model_copy(update=hold)).refused(refusal, sentence, field="serials")  # type: ignore[arg-type]


def test_a_product_without_serial_numbers_has_none_to_name() -> None:
    mug = {"sku": "MUG", "location": "HAM", "serials": ("A",)}
    begun = story(ReceiveStock(sku="MUG", location="HAM", quantity=9))
    for command in (ReceiveStock(**mug, quantity=1), RecordSerials(**mug, reason="?")):
        begun.when(command).refused(NoSerialsKept, "MUG has no serial numbers", field="serials")
    begun.after(place(("MUG", 1)), *paid("11.90"))
    begun.when(send("A")).refused(NoSerialsKept, field="serials")


def test_corrections_of_the_figure_name_what_is_gone_or_found() -> None:
    begun = story(
        receive("A", "B", "C"), AdjustStock(**PLACE, delta=-1, reason="gone", serials=("A",))
    )
    wet = {"condition": StockCondition.AVAILABLE, "reason": "wet"}
    begun.after(ScrapStock(**PLACE, quantity=1, **wet, serials=("B",)))
    assert (where(begun, "A")[0], where(begun, "B")[0]) == (GONE, GONE)
    begun.after(AdjustStock(**PLACE, delta=1, reason="behind the shelf", serials=("A",)))
    assert where(begun, "A") == (ON_HAND, "HAM")
    assert begun.history.fold(StockItem, HAMBURG).on_hand == 2


def test_a_count_is_of_units_and_what_it_means_for_serial_numbers_is_said_apart() -> None:
    begun = story(receive("A", "B"), CountStock(**PLACE, counted=1, reason="count"))
    begun.after(WriteOffSerials(**PLACE, serials=("B",), reason="count"))
    assert where(begun, "B")[0] is GONE
    begun.after(RecordSerials(**PLACE, serials=("C",), reason="count"))
    assert where(begun, "C") == (ON_HAND, "HAM")
    assert begun.history.fold(StockItem, HAMBURG).on_hand == 1


def test_a_count_may_name_its_difference() -> None:
    begun = story(receive("A", "B"))
    for names, units in ((("B", "A"), "1 units, not 2"), (("X",), "X of PHONE is not known")):
        begun.when(counted(1, *names)).refused(
            SerialsNeeded if "not 2" in units else SerialElsewhere, units, field="serials"
        )
    begun.after(counted(1, "B"))
    assert (where(begun, "B")[0], begun.history.fold(StockItem, HAMBURG).on_hand) == (GONE, 1)
    begun.when(counted(1, "A")).refused(SerialsNeeded, "0 units, not 1", field="serials")
    begun.when(counted(2, "A")).refused(SerialElsewhere, "can't come in", field="serials")
    begun.after(counted(3, "B", "C"))
    assert [where(begun, each) for each in "BC"] == [(ON_HAND, "HAM")] * 2


def test_a_unit_has_the_condition_that_was_said_of_it() -> None:
    begun = story(receive("A", "B"), receive("C").model_copy(update={"condition": HOLD}))
    begun.when(changed(AVAILABLE, HOLD)).refused(SerialsNeeded, field="serials")
    begun.when(changed(AVAILABLE, HOLD, "C")).refused(
        SerialInOtherCondition, "C of PHONE is QUALITY_HOLD, not AVAILABLE", field="serials"
    )
    done = begun.history.execute(changed(AVAILABLE, HOLD, "A"))
    assert done.events[serial_id("PHONE", "A")] == [
        SerialConditionChanged(**PLACE, serial="A", condition=HOLD, reason="look")
    ]
    begun.after(changed(HOLD, DAMAGED, "A"), changed(HOLD, AVAILABLE, "C"))
    assert [condition(begun, each) for each in "ABC"] == [DAMAGED, AVAILABLE, AVAILABLE]
    begun.when(ScrapStock(**PLACE, quantity=1, reason="wet", serials=("B",))).refused(
        SerialInOtherCondition, "B of PHONE is AVAILABLE, not DAMAGED", field="serials"
    )
    begun.after(ScrapStock(**PLACE, quantity=1, reason="wet", serials=("A",)))
    assert (where(begun, "A")[0], condition(begun, "A")) == (GONE, None)


def test_what_is_on_hold_is_not_picked_sent_moved_or_missed() -> None:
    begun = released("A", "B", "C").after(changed(AVAILABLE, HOLD, "A"))
    begun.when(pick("A", "B")).refused(SerialInOtherCondition, field="lines")
    begun.when(send("A", "B")).refused(SerialInOtherCondition, field="serials")
    gone = AdjustStock(**PLACE, delta=-1, reason="gone", serials=("A",))
    begun.when(gone).refused(SerialInOtherCondition, field="serials")
    moved = moving().after(changed(AVAILABLE, HOLD, "A"))
    move = DispatchTransfer(**MOVE, serials=of_phones("A", "B"))
    moved.when(move).refused(SerialInOtherCondition, field="serials")
    begun.after(send("B", "C"))


def test_what_a_carrier_brings_back_unfit_is_on_hold_until_it_is_released() -> None:
    begun = released("A", "B").after(
        send("A", "B"),
        ReceiveReturnToSender(
            shipment_id=shipment_id(1), then=Rerouting.CANCEL, restock=False, received_at=NOW
        ),
    )
    assert (where(begun, "A"), condition(begun, "A")) == ((ON_HAND, "HAM"), HOLD)
    begun.after(changed(HOLD, AVAILABLE, "A"), place(("PHONE", 1), number="1002"))


def test_of_a_lot_that_expired_nobody_named_the_units() -> None:
    pill = {"sku": "PILL", "location": "HAM"}
    begun = story(
        RegisterProduct(
            sku="PILL", name="Pill", price=eur("10"), keeps_lots=True, serial_numbered=True
        ),
        ReceiveStock(
            **pill, quantity=2, serials=("A", "B"), lot="L-1", best_before=date(2026, 3, 1)
        ),
        ExpireLot(**pill, lot="L-1", at=datetime(2026, 3, 2, tzinfo=UTC)),
    )
    gone = {"condition": HOLD, "reason": "expired", "serials": ("A", "B")}
    begun.after(ScrapStock(**pill, quantity=2, **gone))
    assert begun.history.fold(StockItem, stock_item_id("PILL", "HAM")).on_hand == 0


def test_a_unit_that_turns_up_may_be_damaged() -> None:
    begun = story(RecordSerials(**PLACE, serials=("A",), reason="count", condition=DAMAGED))
    assert condition(begun, "A") is DAMAGED


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


def moving(units: int = 2) -> Story:
    plan = PlanTransfer(
        **MOVE,
        source="HAM",
        destination="MUC",
        lines=(WantedUnits(sku="PHONE", quantity=units),),
        expected_on=date(2026, 3, 9),
        reason="balance",
    )
    return story(receive("A", "B", "C"), plan)


def of_phones(*serials: str) -> tuple[SerialsOfSku, ...]:
    return (SerialsOfSku(sku="PHONE", serials=serials),)


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
