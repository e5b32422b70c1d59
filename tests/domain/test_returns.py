"""Returns: never more than arrived, back to where each unit came from, restocked or set apart."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    LINE_2,
    ORDER,
    RETURN,
    at,
    deliver,
    dispatch,
    paid,
    place,
    send_back,
    stocked,
    uid,
    units,
)

from oms_core.kernel.message import Event
from oms_core.orders.events import LinesReturned, LinesReturnRequested
from oms_core.orders.order import Order
from oms_core.orders.refusals import (
    NoSuchOrder,
    NoSuchOrderLine,
    ReturnAlreadyRequested,
    TooFewUnitsToReturn,
)
from oms_core.returns.events import (
    RequestedQuantity,
    ReturnedQuantity,
    ReturnItemsReceived,
    ReturnRequested,
)
from oms_core.returns.goods_return import Return
from oms_core.returns.receiving import ReceiveReturn
from oms_core.returns.refusals import NoSuchReturn, ReturnAlreadyReceived
from oms_core.returns.view import ReturnStatus
from oms_core.stock.events import StockReceived
from oms_core.stock.stock_item import StockItem

RESTOCK = ReceiveReturn(return_id=RETURN, restock=True)
SET_APART = ReceiveReturn(return_id=RETURN, restock=False)


def story() -> Story:
    """Three caps delivered: one from Hamburg as the first shipment, two from Munich."""
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"))
    return begun.after(dispatch(1), deliver(1), dispatch(2), deliver(2))


def origins(events: list[Event]) -> tuple[RequestedQuantity, ...]:
    [event] = events
    assert isinstance(event, ReturnRequested)
    return event.lines


def asked(location: str, quantity: int) -> RequestedQuantity:
    return RequestedQuantity(**at(location, LINE_1, quantity).model_dump())


def came_back(location: str, quantity: int) -> StockReceived:
    return StockReceived(
        sku="CAP", location=location, quantity=quantity, reference="1001", return_id=RETURN
    )


def test_a_return_over_two_shipments_names_where_each_unit_came_from() -> None:
    begun = story()
    begun.when(send_back({LINE_1: 2})).then(
        {
            ORDER: [LinesReturnRequested(return_id=RETURN, lines=(units(LINE_1, 2),))],
            RETURN: [
                ReturnRequested(
                    order_id=ORDER,
                    lines=(asked("HAM", 1), asked("MUC", 1)),
                    reason="too small",
                )
            ],
        }
    )
    assert begun.history.fold(Order, ORDER).view().return_ids == (RETURN,)
    assert begun.history.fold(Order, ORDER).view().lines[0].returned == 0


def test_restocked_units_are_sellable_where_they_came_from() -> None:
    begun = story().after(send_back({LINE_1: 3}))
    begun.when(RESTOCK).then(
        {
            RETURN: [
                ReturnItemsReceived(
                    lines=(
                        ReturnedQuantity(
                            **at("HAM", LINE_1, 1).model_dump(), condition="restocked"
                        ),
                        ReturnedQuantity(
                            **at("MUC", LINE_1, 2).model_dump(), condition="restocked"
                        ),
                    )
                )
            ],
            ORDER: [LinesReturned(return_id=RETURN, lines=(units(LINE_1, 3),))],
            CAP_AT_HAMBURG: [came_back("HAM", 1)],
            CAP_AT_MUNICH: [came_back("MUC", 2)],
        }
    )
    assert begun.history.fold(StockItem, CAP_AT_MUNICH).available == 2
    assert begun.history.fold(Order, ORDER).view().lines[0].returned == 3
    assert begun.history.fold(Return, RETURN).view().status is ReturnStatus.RECEIVED


def test_units_set_apart_stay_out_of_stock() -> None:
    begun = story().after(send_back({LINE_1: 1}))
    done = begun.history.execute(SET_APART)
    assert set(done.events) == {RETURN, ORDER}
    assert done.events[RETURN] == [
        ReturnItemsReceived(
            lines=(ReturnedQuantity(**at("HAM", LINE_1, 1).model_dump(), condition="quarantined"),)
        )
    ]


def test_a_second_return_takes_the_units_that_the_first_left() -> None:
    begun = story().after(send_back({LINE_1: 1}))
    done = begun.history.execute(send_back({LINE_1: 2}, uid(81)))
    assert origins(done.events[uid(81)]) == (asked("MUC", 2),)


def test_units_go_back_to_where_they_came_from_whichever_shipment_arrived_first() -> None:
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"), dispatch(1), dispatch(2))
    begun.after(deliver(2))
    first = begun.history.execute(send_back({LINE_1: 2}))
    assert origins(first.events[RETURN]) == (asked("MUC", 2),)
    begun.after(deliver(1))
    second = begun.history.execute(send_back({LINE_1: 1}, uid(81)))
    assert origins(second.events[uid(81)]) == (asked("HAM", 1),)


def test_a_later_return_takes_from_the_shipments_that_the_earlier_ones_left() -> None:
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "LEJ"): 2, ("CAP", "MUC"): 1})
    begun = Story().after(*stock, place(("CAP", 4)), *paid("47.60"))
    begun.after(*(step(number) for number in (1, 2, 3) for step in (dispatch, deliver)))
    begun.after(send_back({LINE_1: 3}))
    done = begun.history.execute(send_back({LINE_1: 1}, uid(81)))
    assert origins(done.events[uid(81)]) == (asked("MUC", 1),)


def test_no_more_comes_back_than_arrived() -> None:
    begun = story()
    begun.when(send_back({LINE_1: 4})).refused(
        TooFewUnitsToReturn,
        "4 units of CAP were to be returned or claimed",
        field="lines",
    )
    begun.after(send_back({LINE_1: 1}))
    begun.when(send_back({LINE_1: 3}, uid(81))).refused(
        TooFewUnitsToReturn, "but only 2", field="lines"
    )
    begun.after(RESTOCK)
    begun.when(send_back({LINE_1: 3}, uid(81))).refused(
        TooFewUnitsToReturn, "but only 2", field="lines"
    )


def test_units_on_their_way_cannot_come_back_yet() -> None:
    stock = stocked({("CAP", "HAM"): 3})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"), dispatch(1))
    begun.when(send_back({LINE_1: 1})).refused(TooFewUnitsToReturn, "but only 0", field="lines")


def test_unknown_orders_lines_and_returns_are_refused() -> None:
    Story().when(send_back({LINE_1: 1})).refused(NoSuchOrder)
    story().when(send_back({LINE_2: 1})).refused(NoSuchOrderLine, field="lines")
    story().when(RESTOCK).refused(NoSuchReturn, "no such return")


def test_a_return_is_requested_once() -> None:
    story().after(send_back({LINE_1: 1})).when(send_back({LINE_1: 1})).refused(
        ReturnAlreadyRequested, str(RETURN)
    )


def test_a_return_is_received_once() -> None:
    begun = story().after(send_back({LINE_1: 1}), RESTOCK)
    begun.when(RESTOCK).refused(ReturnAlreadyReceived, "received already")
    begun.when(SET_APART).refused(ReturnAlreadyReceived)


def test_returned_units_may_be_sold_again() -> None:
    begun = story().after(send_back({LINE_1: 2}), RESTOCK)
    again = begun.history.execute(place(("CAP", 2), number="1002"))
    assert {CAP_AT_HAMBURG, CAP_AT_MUNICH} <= set(again.events)


def test_a_return_has_lines() -> None:
    with pytest.raises(ValidationError, match="lines"):
        send_back({})
