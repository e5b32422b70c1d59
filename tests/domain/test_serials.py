"""Serial numbers: what is there is known by name."""

from __future__ import annotations

import pytest
from tests.domain.phones import (
    GONE,
    HAMBURG,
    ON_HAND,
    PLACE,
    counted,
    receive,
    send,
    story,
    where,
)
from tests.domain.shop import (
    paid,
    place,
)

from oms_core.kernel.message import Command
from oms_core.serials.commands import RecordSerials, WriteOffSerials
from oms_core.serials.events import SerialReceived
from oms_core.serials.naming import (
    NoSerialsKept,
    SerialElsewhere,
    SerialsNeeded,
)
from oms_core.serials.serial import serial_id
from oms_core.stock.commands import (
    AdjustStock,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition, StockReceived
from oms_core.stock.stock_item import StockItem


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
