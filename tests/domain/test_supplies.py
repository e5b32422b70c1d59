"""What is announced, with its day, and what comes of it: in full, in parts, short, or over."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import CAP_AT_HAMBURG, MUG_AT_HAMBURG, place, stocked

from oms_core.catalogue.product import NoSuchProduct
from oms_core.locations.location import NoSuchLocation
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import (
    StockCondition,
    StockReceived,
    SupplyCancelled,
    SupplyExpected,
    SupplyRevised,
)
from oms_core.stock.inbound_commands import (
    ArrivedUnits,
    ExpectSupplies,
    ReceiveSupplies,
    SuppliedUnits,
)
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


def lines(*skus: tuple[str, int]) -> tuple[SuppliedUnits, ...]:
    return tuple(SuppliedUnits(sku=sku, quantity=units) for sku, units in skus)


ORDERED = {"location": "HAM", "supply": "PO-9"}
CAPS_AND_MUGS = ExpectSupplies(**ORDERED, lines=lines(("MUG", 4), ("CAP", 9)), expected_on=MAY)


def test_a_purchase_order_of_several_products_is_announced_and_comes_as_one() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 0, ("MUG", "HAM"): 0}))
    done = begun.history.execute(CAPS_AND_MUGS)
    for id, sku, units in ((CAP_AT_HAMBURG, "CAP", 9), (MUG_AT_HAMBURG, "MUG", 4)):
        expected = {"sku": sku, **ORDERED, "quantity": units, "expected_on": MAY}
        assert done.events[id] == [SupplyExpected(**expected)]
    came = (
        ArrivedUnits(sku="CAP", quantity=7),
        ArrivedUnits(sku="MUG", quantity=5, condition=StockCondition.QUALITY_HOLD),
    )
    arrived = ReceiveSupplies(**ORDERED, lines=came, complete=True, reference="note 3")
    begun.after(arrived)
    caps, mugs = (begun.history.fold(StockItem, id) for id in (CAP_AT_HAMBURG, MUG_AT_HAMBURG))
    assert (caps.on_hand, caps.available, caps.supplies) == (7, 7, {})
    assert (mugs.on_hand, mugs.available, mugs.supplies) == (5, 0, {})
    begun.when(arrived).refused(NoSuchSupply, "No supply PO-9 of CAP", field="lines.0.sku")


def test_a_purchase_order_is_announced_once_and_whole() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 0, ("MUG", "HAM"): 0}))
    pens = CAPS_AND_MUGS.model_copy(update={"lines": lines(("CAP", 1), ("PEN", 1))})
    begun.when(pens).refused(NoSuchProduct, "no product PEN", field="lines.1.sku")
    elsewhere = CAPS_AND_MUGS.model_copy(update={"location": "LEJ"})
    begun.when(elsewhere).refused(NoSuchLocation, "no location LEJ", field="location")
    begun.after(ExpectSupply(sku="CAP", **ORDERED, quantity=9, expected_on=MAY))
    begun.when(CAPS_AND_MUGS).refused(SupplyAlreadyExpected, "PO-9 of CAP", field="lines.1.sku")
    with pytest.raises(ValidationError, match="another SKU"):
        ExpectSupplies(**ORDERED, lines=lines(("CAP", 1), ("CAP", 2)), expected_on=MAY)


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
