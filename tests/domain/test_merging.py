"""A location is merged into another: its orders and goods go there, and nothing is lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    NOW,
    ORDER,
    dispatch,
    paid,
    place,
    shipment_id,
    stocked,
    uid,
)

from oms_core.kernel.message import Command
from oms_core.locations.commands import CloseLocation, MergeLocation, ReopenLocation
from oms_core.locations.events import LocationMerged
from oms_core.locations.location import (
    AlreadyMerged,
    Location,
    LocationIsClosed,
    MergedIntoItself,
    NoSuchLocation,
    location_id,
)
from oms_core.orders.order import Order
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import ShipmentStatus
from oms_core.stock.commands import ChangeStockCondition, CountStock, ReceiveStock
from oms_core.stock.events import StockCondition
from oms_core.stock.policy_commands import SetChannelShare, SetStockPolicy
from oms_core.stock.stock_item import InsufficientStock, StockItem
from oms_core.stock.supply_commands import ExpectSupply
from oms_core.transfers.merging import CollectedThere, MoveReserved, MoveStock
from oms_core.transfers.transfer import Transfer, TransferStatus, TransferToItself

HAMBURG = location_id("HAM")
MERGE = MergeLocation(code="HAM", into="MUC", reason="too small")
WAY = {"source": "HAM", "destination": "MUC", "reason": "merged", "moved_at": NOW}
MAY = date(2026, 5, 1)


def orders(number: int = 95, **given: Any) -> MoveReserved:
    return MoveReserved(**{**WAY, "transfer_id": uid(number), "order_id": ORDER, **given})


def goods(number: int = 96, *skus: str) -> MoveStock:
    return MoveStock(**WAY, transfer_id=uid(number), skus=skus or ("CAP",))


def story(*commands: Command, munich: int = 0) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): munich}), *commands)


def stock(begun: Story) -> tuple[StockItem, StockItem]:
    fold = begun.history.fold
    return fold(StockItem, CAP_AT_HAMBURG), fold(StockItem, CAP_AT_MUNICH)


def figures(item: StockItem) -> tuple[int, int, int, int]:
    return item.on_hand, item.reserved, item.quality_hold, item.damaged


def test_a_merger_closes_the_location_and_says_where_all_goes() -> None:
    begun = story()
    begun.when(MERGE).then({HAMBURG: [LocationMerged(into="MUC", reason="too small")]})
    begun.when(MERGE).then({})
    assert not begun.history.fold(Location, HAMBURG).is_open
    begun.after(*stocked({("MUG", "LEJ"): 1}))
    elsewhere = MERGE.model_copy(update={"into": "LEJ"})
    begun.when(elsewhere).refused(AlreadyMerged, "merged into MUC already", field="into")
    begun.after(ReopenLocation(code="HAM", reason="after all"), elsewhere)


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"into": "HAM"}, MergedIntoItself, "into"),
        ({"into": "LEJ"}, NoSuchLocation, "into"),
        ({"code": "LEJ"}, NoSuchLocation, "code"),
    ],
)
def test_mergers_that_cannot_be(given: dict[str, str], refusal: Any, field: str) -> None:
    story().when(MERGE.model_copy(update=given)).refused(refusal, field=field)


def test_nothing_is_merged_into_a_closed_location() -> None:
    begun = story(CloseLocation(code="MUC", reason="flooded"))
    begun.when(MERGE).refused(LocationIsClosed, "MUC is closed", field="into")
    begun.when(goods()).refused(LocationIsClosed, "MUC is closed", field="destination")


def test_an_order_goes_with_its_goods_and_is_sent_from_there() -> None:
    begun = story(place(("CAP", 2)), *paid("23.80"), MERGE, orders())
    here, there = stock(begun)
    assert (figures(here), figures(there)) == ((3, 0, 0, 0), (2, 2, 0, 0))
    assert begun.history.fold(Shipment, shipment_id(1)).status is ShipmentStatus.CANCELLED
    assert begun.history.fold(Transfer, uid(95)).status is TransferStatus.RECEIVED
    begun.when(orders(97)).then({})
    begun.after(ReleaseToWarehouse(order_id=ORDER), dispatch(2))
    [line] = begun.history.fold(Order, ORDER).view().lines
    assert (line.shipped, figures(stock(begun)[1])) == (2, (0, 0, 0, 0))


def test_an_order_that_is_not_paid_goes_too_whatever_is_kept_back_there() -> None:
    kept = SetStockPolicy(sku="CAP", location="MUC", safety_stock=9)
    begun = story(place(("CAP", 5)), kept, MERGE, orders())
    assert (figures(stock(begun)[0]), figures(stock(begun)[1])) == ((0, 0, 0, 0), (5, 5, 0, 0))


def test_an_order_that_is_collected_there_stays() -> None:
    begun = story(place(("CAP", 1), pickup_location="HAM"), MERGE)
    begun.when(orders()).refused(CollectedThere, "collects the order at HAM")


def test_what_a_count_did_not_find_has_to_be_settled_first() -> None:
    short = CountStock(sku="CAP", location="HAM", counted=2, reason="count")
    begun = story(place(("CAP", 4)), short, MERGE)
    begun.when(orders()).refused(InsufficientStock, "4 wanted, 2 available")
    begun.after(goods())
    assert figures(stock(begun)[0]) == (2, 4, 0, 0)


def test_what_is_made_to_order_goes_where_it_is_made_only() -> None:
    made = {"sku": "CAP", "unlimited": True}
    begun = story(SetStockPolicy(**made, location="HAM"), place(("CAP", 9)), MERGE)
    begun.when(orders()).refused(InsufficientStock, "9 wanted")
    begun.after(SetStockPolicy(**made, location="MUC"), orders())
    here, there = stock(begun)
    assert (here.made_to_order, there.made_to_order) == ({}, {LINE_1: 9})


def test_all_that_is_free_goes_in_the_condition_that_it_has() -> None:
    place_ = {"sku": "CAP", "location": "HAM"}
    begun = story(
        ChangeStockCondition(
            **place_,
            quantity=2,
            before=StockCondition.AVAILABLE,
            after=StockCondition.QUALITY_HOLD,
            reason="wet",
        ),
        ReceiveStock(**place_, quantity=1, condition=StockCondition.DAMAGED),
        SetStockPolicy(**place_, safety_stock=1),
        place(("CAP", 1)),
        MERGE,
        munich=4,
    )
    begun.after(goods())
    here, there = stock(begun)
    assert (figures(here), figures(there)) == ((0, 0, 0, 0), (10, 1, 2, 1))
    begun.when(goods(97)).then({})


def test_shares_and_announced_supply_go_along() -> None:
    place_ = {"sku": "CAP", "location": "HAM"}
    there_ = {"sku": "CAP", "location": "MUC"}
    begun = story(
        SetChannelShare(**place_, channel="market", quantity=3),
        SetChannelShare(**there_, channel="market", quantity=1),
        ExpectSupply(**place_, supply="PO-1", quantity=7, expected_on=MAY),
        ExpectSupply(**place_, supply="PO-2", quantity=1, expected_on=MAY),
        ExpectSupply(**there_, supply="PO-2", quantity=2, expected_on=MAY),
        MERGE,
        goods(),
        munich=2,
    )
    here, there = stock(begun)
    assert (here.shares, here.supplies) == ({}, {})
    assert there.shares == {"market": 4}
    announced = {name: supply.quantity for name, supply in there.supplies.items()}
    assert announced == {"PO-1": 7, "PO-2": 3}


def test_a_way_goes_somewhere() -> None:
    itself = goods().model_copy(update={"destination": "HAM"})
    story().when(itself).refused(TransferToItself, "both are HAM", field="destination")
    nowhere = goods().model_copy(update={"destination": "LEJ"})
    story().when(nowhere).refused(NoSuchLocation, field="destination")


def test_a_location_that_was_merged_may_send_the_order_once_it_is_open_again() -> None:
    """It did not decline: somebody gave it up, and thought again."""
    begun = story().after(place(("CAP", 2)), MERGE, orders())
    begun.after(ReopenLocation(code="HAM", reason="too few"))
    assert begun.history.fold(Order, ORDER).may_come_from("HAM")
