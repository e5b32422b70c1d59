"""Facts that are not so: they stay, and what puts them right refers to them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import ORDER, place, stocked

from oms_core.corrections.commands import RecordCorrection
from oms_core.corrections.correction import (
    AlreadyCorrected,
    CorrectsItself,
    NoSuchEventToCorrect,
    corrections_id,
)
from oms_core.corrections.events import CorrectionRecorded
from oms_core.kernel.identity import natural_id
from oms_core.runtime.kinds import KINDS
from oms_core.stock.commands import AdjustStock, CountStock, NothingAdjusted
from oms_core.stock.events import StockAdjusted, StockCounted
from oms_core.stock.stock_item import NothingToTakeAway, stock_item_id

CAPS = stock_item_id("CAP", "HAM")
OF_CAPS = corrections_id(CAPS)


def adjust(delta: int, corrects: str | None = None) -> AdjustStock:
    return AdjustStock(sku="CAP", location="HAM", delta=delta, reason="twice", corrects=corrects)


def story() -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5}))


def test_a_wrong_receipt_is_countered_by_an_adjustment_that_refers_to_it() -> None:
    wrong, right = f"{CAPS}/1", f"{CAPS}/2"
    adjusted = StockAdjusted(sku="CAP", location="HAM", delta=-5, reason="twice")
    correction = CorrectionRecorded(corrects=wrong, corrected_by=right, reason="twice")
    begun = story()
    begun.when(adjust(-5, wrong)).then({CAPS: [adjusted], OF_CAPS: [correction]})


def test_a_wrong_count_is_countered_by_another_that_refers_to_it() -> None:
    begun = story().after(CountStock(sku="CAP", location="HAM", counted=50, reason="typo"))
    wrong = f"{CAPS}/2"
    again = CountStock(sku="CAP", location="HAM", counted=5, reason="counted anew", corrects=wrong)
    counted = StockCounted(
        sku="CAP", location="HAM", counted=5, expected=50, delta=-45, reason="counted anew"
    )
    correction = CorrectionRecorded(corrects=wrong, corrected_by=f"{CAPS}/3", reason="counted anew")
    begun.when(again).then({CAPS: [counted], OF_CAPS: [correction]})
    elsewhere = again.model_copy(update={"corrects": f"{ORDER}/1"})
    begun.when(elsewhere).refused(NoSuchEventToCorrect, field="corrects")


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_of_every_capability_can_be_said_to_be_wrong(kind: str) -> None:
    stream = natural_id(kind, "any")
    said = RecordCorrection(corrects=f"{stream}/1", reason="a mistake")
    fact = CorrectionRecorded(corrects=f"{stream}/1", reason="a mistake")
    Story().when(said).then({corrections_id(stream): [fact]})


def test_an_adjustment_that_corrects_nothing_leaves_no_trace_of_it() -> None:
    adjusted = StockAdjusted(sku="CAP", location="HAM", delta=-5, reason="twice")
    story().when(adjust(-5)).then({CAPS: [adjusted]})


@pytest.mark.parametrize("wrong", [f"{CAPS}/2", f"{ORDER}/1"])
def test_only_an_event_of_this_stock_is_countered_by_it(wrong: str) -> None:
    story().when(adjust(-1, wrong)).refused(NoSuchEventToCorrect, field="corrects")


def test_what_is_refused_corrects_nothing() -> None:
    story().when(adjust(0, f"{CAPS}/1")).refused(NothingAdjusted, field="delta")
    story().when(adjust(-9, f"{CAPS}/1")).refused(NothingToTakeAway, field="delta")


def test_any_event_may_be_said_to_be_wrong_once() -> None:
    begun = story().after(place(("CAP", 1)))
    said = RecordCorrection(corrects=f"{ORDER}/1", reason="a test", order_id=ORDER)
    fact = CorrectionRecorded(corrects=f"{ORDER}/1", reason="a test", order_id=ORDER)
    begun.when(said).then({corrections_id(ORDER): [fact]})
    begun.when(said).refused(AlreadyCorrected, field="corrects")
    countered = said.model_copy(update={"corrected_by": f"{ORDER}/2"})
    begun.history.execute(countered)


def test_nothing_puts_itself_right() -> None:
    said = RecordCorrection(corrects=f"{ORDER}/1", corrected_by=f"{ORDER}/1", reason="odd")
    story().when(said).refused(CorrectsItself, field="corrected_by")


@pytest.mark.parametrize("id", ["1", f"{ORDER}/0", f"{ORDER}", f"{ORDER}/1 or so"])
def test_what_names_no_event_is_refused(id: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        RecordCorrection(corrects=id, reason="odd")
