"""What is announced, with its day, and what comes of it: in full, in parts, short, or over."""

from __future__ import annotations

from datetime import date

from tests.domain.kit import Story
from tests.domain.shop import CAP_AT_HAMBURG, place, stocked

from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import StockReceived, SupplyCancelled, SupplyExpected, SupplyRevised
from oms_core.stock.refusals import NoSuchSupply, SupplyAlreadyExpected
from oms_core.stock.stock_item import InsufficientStock, StockItem
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply

PLACE = {"sku": "CAP", "location": "HAM"}
SUPPLY = {**PLACE, "supply": "PO-7"}
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
EXPECT = ExpectSupply(**SUPPLY, quantity=10, expected_on=MAY)


def story() -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 0}))


def receive(quantity: int, *, complete: bool = False) -> ReceiveStock:
    return ReceiveStock(**SUPPLY, quantity=quantity, supply_complete=complete)


def incoming(story: Story) -> int:
    return story.history.fold(StockItem, CAP_AT_HAMBURG).view().incoming


def test_what_is_announced_is_incoming_and_not_for_sale_yet() -> None:
    begun = story()
    done = begun.history.execute(EXPECT)
    expected = SupplyExpected(**SUPPLY, quantity=10, expected_on=MAY)
    assert done.events[CAP_AT_HAMBURG] == [expected]
    assert incoming(begun) == 10
    begun.when(place(("CAP", 1))).refused(
        InsufficientStock, "0 available", field="lines.0.quantity"
    )


def test_announcing_it_twice_is_the_same_or_refused() -> None:
    begun = story().after(EXPECT)
    begun.when(EXPECT).then({})
    begun.when(ExpectSupply(**SUPPLY, quantity=11, expected_on=MAY)).refused(
        SupplyAlreadyExpected, "PO-7 of CAP is expected at HAM already", field="supply"
    )


def test_it_comes_in_parts() -> None:
    begun = story().after(EXPECT, receive(4))
    assert incoming(begun) == 6
    begun.after(receive(6))
    assert incoming(begun) == 0
    begun.when(receive(1)).refused(NoSuchSupply, "No supply PO-7 of CAP", field="supply")
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).on_hand == 10


def test_more_may_come_than_was_announced() -> None:
    begun = story().after(EXPECT, receive(12))
    assert incoming(begun) == 0
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).on_hand == 12


def test_less_may_come_and_nothing_more() -> None:
    begun = story().after(EXPECT)
    done = begun.when(receive(7, complete=True)).then(
        {CAP_AT_HAMBURG: [StockReceived(**SUPPLY, quantity=7, supply_complete=True)]}
    )
    assert done.answer.view().incoming == 0


def test_the_day_or_the_quantity_is_revised() -> None:
    begun = story().after(EXPECT, receive(4))
    begun.when(ReviseSupply(**SUPPLY, expected_on=JUNE)).then(
        {CAP_AT_HAMBURG: [SupplyRevised(**SUPPLY, quantity=10, expected_on=JUNE)]}
    )
    begun.when(ReviseSupply(**SUPPLY, expected_on=JUNE)).then({})
    begun.after(ReviseSupply(**SUPPLY, quantity=5))
    assert incoming(begun) == 1
    begun.after(ReviseSupply(**SUPPLY, quantity=4))
    assert incoming(begun) == 0
    begun.when(ReviseSupply(**SUPPLY, quantity=9)).refused(NoSuchSupply, field="supply")


def test_the_rest_is_cancelled() -> None:
    begun = story().after(EXPECT, receive(4))
    cancel = CancelSupply(**SUPPLY, reason="sold out")
    begun.when(cancel).then({CAP_AT_HAMBURG: [SupplyCancelled(**SUPPLY, reason="sold out")]})
    assert incoming(begun) == 0
    begun.when(cancel).refused(NoSuchSupply, "never announced", field="supply")
