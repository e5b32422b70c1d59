"""A closed location gets no new promises, whoever asks; what it has promised already stays."""

from __future__ import annotations

import pytest
from tests.domain.history_places import RULES
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    ORDER,
    dispatch,
    paid,
    place,
    shipment_id,
    stocked,
)

from oms_core.backorders.commands import FillBackorders
from oms_core.kernel.message import Command
from oms_core.locations.commands import CloseLocation, ReopenLocation
from oms_core.locations.location import LocationIsClosed
from oms_core.orders.order import Order
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.withdrawing import RelocateShipment
from oms_core.stock.stock_item import InsufficientStock, StockItem

CLOSE = CloseLocation(code="HAM", reason="flooded")
REOPEN = ReopenLocation(code="HAM", reason="dry again")
WITHOUT: list[Command] = []
BY_RULES: list[Command] = [RULES]


def story(*commands: Command, munich: int = 0) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): munich}), *commands)


def reserved(begun: Story) -> tuple[int, int]:
    """What is promised in Hamburg and in Munich."""
    items = (begun.history.fold(StockItem, id) for id in (CAP_AT_HAMBURG, CAP_AT_MUNICH))
    hamburg, munich = (item.reserved for item in items)
    return hamburg, munich


@pytest.mark.parametrize("rules", [WITHOUT, BY_RULES], ids=["without rules", "by rules"])
def test_no_order_is_sourced_there(rules: list[Command]) -> None:
    begun = story(*rules, CLOSE, munich=1)
    begun.when(place(("CAP", 2))).refused(
        InsufficientStock, "2 wanted, 1 available", field="lines.0.quantity"
    )
    begun.after(REOPEN, place(("CAP", 2)))
    assert reserved(begun) == (2, 0)


def test_no_backorder_is_filled_there() -> None:
    begun = story(CLOSE, place(("CAP", 2), allow_backorder=True))
    fill = FillBackorders(sku="CAP")
    begun.when(fill).then({})
    begun.after(REOPEN, fill)
    assert reserved(begun) == (2, 0)


def test_no_short_pick_is_made_good_there() -> None:
    begun = story(CLOSE, munich=2).after(place(("CAP", 2)), *paid("23.80"))
    picked = RecordPick(
        shipment_id=shipment_id(1),
        lines=(PickedLine(line_id=LINE_1, quantity=1),),
        if_short=Rerouting.RESOURCE,
    )
    begun.after(picked)
    line = begun.history.fold(Order, ORDER).lines[LINE_1]
    assert (line.backordered, reserved(begun)) == (1, (0, 1))


def test_no_shipment_is_relocated_there() -> None:
    begun = story(CLOSE, munich=2).after(place(("CAP", 2)), *paid("23.80"))
    there = RelocateShipment(shipment_id=shipment_id(1), location="HAM", reason="nearer")
    begun.when(there).refused(LocationIsClosed, "HAM is closed", field="location")


def test_what_was_promised_before_still_leaves() -> None:
    begun = story().after(place(("CAP", 2)), *paid("23.80"), CLOSE)
    begun.after(dispatch(1))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).on_hand == 3
