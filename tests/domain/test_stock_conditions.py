"""What is on hold or damaged is there, but not for sale; counts, scrap and policies."""

from __future__ import annotations

from uuid import UUID

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    ORDER,
    cancel,
    dispatch,
    paid,
    place,
    stocked,
    uid,
    units,
)

from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import (
    ChannelSafetyStockSet,
    ChannelShareSet,
    ReservationReleased,
    StockCondition,
    StockConditionChanged,
    StockCounted,
    StockPolicySet,
    StockReceived,
    StockReserved,
    StockScrapped,
    StockShipped,
)
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.refusals import (
    ConditionUnchanged,
    CountedLessThanUnsellable,
    CountOutdated,
    TooFewInCondition,
    TooManySetAside,
)
from oms_core.stock.stock_item import InsufficientStock, NothingToTakeAway, StockItem
from oms_core.stock.view import UNLIMITED, StockItemView

AVAILABLE, HOLD, DAMAGED = StockCondition
PLACE = {"sku": "CAP", "location": "HAM"}


def story(on_hand: int = 5) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): on_hand}))


def stock(story: Story, id: UUID = CAP_AT_HAMBURG) -> StockItemView:
    return story.history.fold(StockItem, id).view()


def change(quantity: int, before: StockCondition, after: StockCondition) -> ChangeStockCondition:
    return ChangeStockCondition(
        **PLACE, quantity=quantity, before=before, after=after, reason="wet", reference="R-1"
    )


def hold(quantity: int) -> ChangeStockCondition:
    return change(quantity, AVAILABLE, HOLD)


def scrap(quantity: int, condition: StockCondition = DAMAGED) -> ScrapStock:
    return ScrapStock(**PLACE, quantity=quantity, condition=condition, reason="wet")


def count(counted: int, expected: int | None = None) -> CountStock:
    return CountStock(**PLACE, counted=counted, reason="inventory", expected_on_hand=expected)


def policy(safety_stock: int = 0, *, unlimited: bool = False) -> SetStockPolicy:
    return SetStockPolicy(**PLACE, safety_stock=safety_stock, unlimited=unlimited)


def share(quantity: int, channel: str = "web") -> SetChannelShare:
    return SetChannelShare(**PLACE, channel=channel, quantity=quantity)


def keep(quantity: int, channel: str = "web") -> SetChannelSafetyStock:
    return SetChannelSafetyStock(**PLACE, channel=channel, quantity=quantity)


# --------------------------------------------------------------------------------- conditions


def test_units_on_hold_are_there_but_not_for_sale() -> None:
    begun = story()
    begun.when(hold(3)).then(
        {
            CAP_AT_HAMBURG: [
                StockConditionChanged(
                    **PLACE,
                    quantity=3,
                    before=AVAILABLE,
                    after=HOLD,
                    reason="wet",
                    reference="R-1",
                )
            ]
        }
    )
    seen = stock(begun)
    assert (seen.on_hand, seen.quality_hold, seen.available) == (5, 3, 2)
    begun.when(place(("CAP", 3))).refused(
        InsufficientStock, "3 wanted, 2 available", field="lines.0.quantity"
    )
    begun.after(change(1, HOLD, AVAILABLE), change(2, HOLD, DAMAGED), place(("CAP", 3)))
    seen = stock(begun)
    assert (seen.on_hand, seen.quality_hold, seen.damaged, seen.available) == (5, 0, 2, 0)


def test_goods_may_come_in_on_hold() -> None:
    begun = story(0)
    come = ReceiveStock(**PLACE, quantity=4, condition=HOLD)
    begun.after(come)
    assert (stock(begun).on_hand, stock(begun).available) == (4, 0)
    assert begun.history.streams[CAP_AT_HAMBURG] == [
        StockReceived(**PLACE, quantity=4, condition=HOLD)
    ]


def test_no_more_units_change_their_condition_than_are_in_it() -> None:
    begun = story().after(hold(2))
    begun.when(change(3, HOLD, DAMAGED)).refused(
        TooFewInCondition, "2 units are QUALITY_HOLD, so not 3", field="quantity"
    )
    begun.when(hold(4)).refused(TooFewInCondition, "3 units are AVAILABLE", field="quantity")
    begun.when(change(1, HOLD, HOLD)).refused(
        ConditionUnchanged, "QUALITY_HOLD already", field="after"
    )


def test_what_is_promised_may_turn_out_damaged_and_then_does_not_leave() -> None:
    begun = story(4).after(place(("CAP", 4)), *paid("47.60"))
    begun.after(change(2, AVAILABLE, DAMAGED))
    assert stock(begun).available == -2
    begun.when(dispatch(1)).refused(InsufficientStock, "4 wanted, 2 available")


def test_scrap_is_taken_from_the_condition_that_it_was_in() -> None:
    begun = story().after(change(2, AVAILABLE, DAMAGED))
    begun.when(scrap(3)).refused(TooFewInCondition, "2 units are DAMAGED", field="quantity")
    begun.when(scrap(2)).then(
        {CAP_AT_HAMBURG: [StockScrapped(**PLACE, quantity=2, condition=DAMAGED, reason="wet")]}
    )
    begun.after(scrap(1, AVAILABLE))
    seen = stock(begun)
    assert (seen.on_hand, seen.damaged, seen.available) == (2, 0, 2)


def test_a_correction_takes_nothing_that_is_on_hold() -> None:
    begun = story().after(hold(4))
    begun.when(AdjustStock(**PLACE, delta=-2, reason="lost")).refused(
        NothingToTakeAway, "1 on hand, so 2 can't", field="delta"
    )


# ------------------------------------------------------------------------------------- counts


def test_a_count_sets_the_figure_and_says_by_how_much_it_was_off() -> None:
    begun = story()
    for counted, expected in ((3, 5), (3, 3), (8, 3)):
        counting = StockCounted(
            **PLACE,
            expected=expected,
            counted=counted,
            delta=counted - expected,
            reason="inventory",
        )
        begun.when(count(counted)).then({CAP_AT_HAMBURG: [counting]})
    assert stock(begun).on_hand == 8


def test_of_two_people_who_count_the_second_sees_the_first() -> None:
    begun = story().after(count(3, expected=5))
    begun.when(count(4, expected=5)).refused(
        CountOutdated, "began at 5 on hand, but 3 are booked", field="expected_on_hand"
    )
    begun.after(count(4, expected=3))
    assert stock(begun).on_hand == 4


def test_a_count_below_what_is_on_hold_asks_for_those_first() -> None:
    story().after(hold(4)).when(count(3)).refused(
        CountedLessThanUnsellable, "4 units are on hold or damaged", field="counted"
    )


def test_a_count_may_find_less_than_was_promised() -> None:
    begun = story().after(place(("CAP", 4)), count(1))
    assert (stock(begun).reserved, stock(begun).available) == (4, -3)
    begun.when(place(("CAP", 1), number="1002")).refused(
        InsufficientStock, "0 available", field="lines.0.quantity"
    )


@pytest.mark.parametrize("counted", [-1, 1_000_001])
def test_nobody_counts_less_than_nothing(counted: int) -> None:
    with pytest.raises(ValidationError, match="counted"):
        count(counted)


# ------------------------------------------------------------------------------------ policies


def test_the_safety_stock_is_kept_back() -> None:
    begun = story()
    begun.when(policy(2)).then({CAP_AT_HAMBURG: [StockPolicySet(**PLACE, safety_stock=2)]})
    begun.when(policy(2)).then({})
    begun.when(place(("CAP", 4))).refused(
        InsufficientStock, "3 available", field="lines.0.quantity"
    )
    begun.after(place(("CAP", 3)), policy(4))
    assert (stock(begun).available, stock(begun).safety_stock) == (-2, 4)


def test_what_is_made_to_order_needs_no_stock() -> None:
    begun = story(0).after(policy(unlimited=True), place(("CAP", 7)), *paid("83.30"))
    seen = stock(begun)
    assert (seen.on_hand, seen.reserved, seen.made_to_order, seen.available) == (0, 0, 7, UNLIMITED)
    begun.when(dispatch(1))
    done = begun.history.execute(dispatch(1))
    assert done.events[CAP_AT_HAMBURG] == [
        StockShipped(
            **PLACE,
            order_id=ORDER,
            shipment_id=done.answer.id,
            lines=(units(LINE_1, 7),),
            made_to_order=True,
        )
    ]
    assert (stock(begun).on_hand, stock(begun).made_to_order) == (0, 0)


def test_promises_stay_what_they_were_when_the_policy_changes() -> None:
    begun = story(3).after(
        place(("CAP", 3)),
        policy(unlimited=True),
        place(("CAP", 9), number="1002", lines=place(("CAP", 9)).lines),
    )
    assert (stock(begun).reserved, stock(begun).made_to_order) == (3, 9)


def test_a_policy_change_leaves_each_unit_of_a_line_what_it_was() -> None:
    line = units(LINE_1, 5)
    item = StockItem(CAP_AT_HAMBURG)
    item.receive(StockReceived(**PLACE, quantity=2))
    item.reserve(ORDER, [units(LINE_1, 2)])
    item.set_policy(StockPolicySet(**PLACE, unlimited=True))
    item.reserve(ORDER, [units(LINE_1, 3)])
    item.pending.clear()
    item.release(ORDER, [line])
    made, shelf = item.pending
    assert made == ReservationReleased(
        **PLACE, order_id=ORDER, lines=(units(LINE_1, 3),), made_to_order=True
    )
    assert shelf == ReservationReleased(**PLACE, order_id=ORDER, lines=(units(LINE_1, 2),))
    assert (item.reserved, item.reservations, item.made_to_order) == (0, {}, {})


# --------------------------------------------------------------------------- shares of channels


def test_no_other_channel_takes_what_is_set_aside() -> None:
    begun = story()
    begun.when(share(4, "market")).then(
        {CAP_AT_HAMBURG: [ChannelShareSet(**PLACE, channel="market", quantity=4)]}
    )
    begun.when(place(("CAP", 2))).refused(
        InsufficientStock, "2 wanted, 1 available", field="lines.0.quantity"
    )
    done = begun.history.execute(place(("CAP", 5), channel="market"))
    assert done.events[CAP_AT_HAMBURG] == [
        StockReserved(
            **PLACE,
            order_id=ORDER,
            lines=(units(LINE_1, 5),),
            channel="market",
            from_share=4,
        )
    ]


def test_what_was_taken_from_a_share_goes_back_to_it() -> None:
    begun = story().after(share(4, "market"), place(("CAP", 5), channel="market"))
    begun.after(cancel({LINE_1: 2}))
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.shares, item.available_to("web"), item.available_to("market")) == (
        {"market": 2},
        0,
        2,
    )
    begun.after(cancel())
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.shares, item.drawn, item.available_to("web")) == ({"market": 4}, {}, 1)


def test_a_share_that_is_set_anew_begins_anew() -> None:
    begun = story().after(share(4, "market"), place(("CAP", 4), channel="market"))
    begun.after(share(1, "market"), cancel())
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.shares, item.available_to("web")) == ({"market": 1}, 4)
    begun.after(share(0, "market"))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).available_to("web") == 5


def test_what_was_shipped_does_not_come_back_to_a_share() -> None:
    begun = story().after(share(4, "market"), place(("CAP", 4), channel="market"))
    begun.after(*paid("47.60"), dispatch(1))
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.shares, item.drawn, item.on_hand) == ({}, {}, 1)
    assert begun.history.fold(Order, ORDER).lines[LINE_1].in_transit == 4


def test_no_more_is_set_aside_than_is_free() -> None:
    begun = story().after(share(3, "market"))
    begun.when(share(3)).refused(
        TooManySetAside, "2 units are free to be set aside, so not 3", field="quantity"
    )
    begun.after(share(2), share(3, "market"))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).shares == {"market": 3, "web": 2}


# ------------------------------------------------------------------ what is kept back from channels


def test_a_channel_gets_none_of_the_last_units() -> None:
    begun = story()
    kept = ChannelSafetyStockSet(**PLACE, channel="web", quantity=3)
    begun.when(keep(3)).then({CAP_AT_HAMBURG: [kept]})
    begun.when(keep(3)).then({})
    begun.when(place(("CAP", 3))).refused(
        InsufficientStock, "3 wanted, 2 available", field="lines.0.quantity"
    )
    begun.after(place(("CAP", 2)), place(("CAP", 3), number="1002", channel="market"))
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.available, item.available_to("web"), item.available_to("market")) == (0, -3, 0)
    begun.after(keep(0))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).kept_from == {}


def test_of_two_safety_stocks_the_larger_counts_and_shares_come_on_top() -> None:
    begun = story(10).after(keep(3), policy(4))
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.available_to("web"), item.available_to("market")) == (6, 6)
    begun.after(policy(1), share(2, "market"))
    item = begun.history.fold(StockItem, CAP_AT_HAMBURG)
    assert (item.available_to("web"), item.available_to("market")) == (5, 9)
    assert item.available_to(None) == 7


def test_what_needs_no_stock_has_no_last_units() -> None:
    begun = story(0).after(policy(unlimited=True), keep(3), place(("CAP", 7)))
    assert stock(begun).made_to_order == 7


def test_an_order_that_is_edited_keeps_units_that_its_channel_would_not_get_now() -> None:
    begun = story().after(place(("CAP", 2)), keep(4))
    line = WantedLine(line_id=uid(9), sku="CAP", quantity=2)
    begun.when(
        EditOrder(order_id=ORDER, add_lines=(line.model_copy(update={"quantity": 1}),))
    ).refused(InsufficientStock, "0 available", field="add_lines.0.quantity")
    gone = (LineChange(line_id=LINE_1, quantity=0),)
    begun.after(EditOrder(order_id=ORDER, lines=gone, add_lines=(line,)))
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).reservations == {uid(9): 2}


@pytest.mark.parametrize("quantity", [-1, 1_000_001])
def test_less_than_nothing_is_kept_from_nobody(quantity: int) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        keep(quantity)
