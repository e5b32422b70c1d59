"""Returns on their way: approved or not, received in parts, looked at again, given up or closed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.aftercare import (
    RESTOCK,
    SET_APART,
    delivered,
    goods,
    inspect,
    order,
    receive,
    refund_return,
    sent_back,
)
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

from oms_core.catalogue.events import ProductStocked
from oms_core.catalogue.product import product_id
from oms_core.channels.commands import ConfigureChannel, ReturnRules
from oms_core.kernel.message import Command
from oms_core.locations.commands import RegisterLocation
from oms_core.locations.location import NoSuchLocation
from oms_core.orders.events import LinesReturned, LinesReturnWithdrawn
from oms_core.orders.refusals import TooFewUnitsToReturn
from oms_core.returns.commands import (
    ApproveReturn,
    CancelReturn,
    CloseReturn,
    LineReason,
    RecordReturnLabel,
    RecordReturnSent,
    RejectReturn,
)
from oms_core.returns.events import (
    Condition,
    InspectedQuantity,
    ReturnApproved,
    ReturnCancelled,
    ReturnClosed,
    ReturnedQuantity,
    ReturnItemsInspected,
    ReturnItemsReceived,
    ReturnLabelRecorded,
    ReturnRejected,
    ReturnSent,
)
from oms_core.returns.policy import ReturnReason
from oms_core.returns.refunding import OutstandingUnits
from oms_core.returns.refusals import (
    NoSuchReturnLine,
    ReasonOfOtherLine,
    RestockedUnitsAreForSale,
    ReturnAlreadyApproved,
    ReturnAlreadyReceived,
    ReturnAlreadyRefunded,
    ReturnAlreadySent,
    ReturnIsOver,
    ReturnNotApproved,
    TooFewUnitsInCondition,
    TooFewUnitsOutstanding,
)
from oms_core.returns.view import ReturnStatus
from oms_core.stock.events import StockReceived
from oms_core.stock.stock_item import StockItem

APPROVE = ApproveReturn(return_id=RETURN, note="fine")
REJECT = RejectReturn(return_id=RETURN, reason="worn")
LABEL = RecordReturnLabel(return_id=RETURN, carrier="DHL", label_reference="L-1")
SENT = RecordReturnSent(return_id=RETURN, tracking_number="00340")
CANCEL = CancelReturn(return_id=RETURN, reason="likes it now")
CLOSE = CloseReturn(return_id=RETURN)
RESTOCKED, QUARANTINED, SCRAPPED = Condition.RESTOCKED, Condition.QUARANTINED, Condition.SCRAPPED
STRICT = ConfigureChannel(code="web", returns=ReturnRules(needs_approval=True))


def status(story: Story) -> ReturnStatus:
    return goods(story).view().status


def part(quantity: int, condition: Condition, location: str = "HAM") -> ReturnedQuantity:
    return ReturnedQuantity(**at(location, LINE_1, quantity).model_dump(), condition=condition)


def on_hand(story: Story, location: str = "HAM") -> int:
    item = CAP_AT_HAMBURG if location == "HAM" else CAP_AT_MUNICH
    return story.history.fold(StockItem, item).on_hand


def test_a_channel_may_want_to_approve_returns_first() -> None:
    """Vendure has no returns at all (vendurehq/vendure #3576): here they are agreed on first."""
    begun = delivered().after(STRICT, send_back({LINE_1: 2}))
    for command in (RESTOCK, receive((1, RESTOCKED)), LABEL, SENT):
        begun.when(command).refused(ReturnNotApproved, "Approve it first")
    begun.when(APPROVE).then({RETURN: [ReturnApproved(note="fine")]})
    assert (status(begun), goods(begun).view().decision) == (ReturnStatus.APPROVED, "fine")
    begun.when(APPROVE).refused(ReturnAlreadyApproved)
    begun.when(REJECT).refused(ReturnAlreadyApproved, "Cancel it")
    begun.after(RESTOCK)
    assert status(begun) is ReturnStatus.RECEIVED


def test_a_return_keeps_the_rules_it_was_requested_by() -> None:
    begun = sent_back().after(STRICT, RESTOCK)
    assert status(begun) is ReturnStatus.RECEIVED
    assert not goods(begun).view().needs_approval


def test_units_of_a_rejected_return_may_be_returned_again() -> None:
    begun = sent_back()
    begun.when(REJECT).then(
        {
            RETURN: [ReturnRejected(reason="worn")],
            ORDER: [LinesReturnWithdrawn(return_id=RETURN, lines=(units(LINE_1, 3),))],
        }
    )
    assert status(begun) is ReturnStatus.REJECTED
    for command in (RESTOCK, APPROVE, CANCEL, CLOSE, REJECT, LABEL, SENT):
        begun.when(command).refused(ReturnIsOver, "is rejected")
    done = begun.history.execute(send_back({LINE_1: 3}, uid(81)))
    assert set(done.events) == {ORDER, uid(81)}


def test_reasons_are_told_per_line() -> None:
    begun = delivered()
    told = LineReason(line_id=LINE_1, reason=ReturnReason.DEFECTIVE, comment="does not fit a head")
    request = send_back({LINE_1: 1})
    begun.when(
        request.model_copy(
            update={"reasons": (LineReason(**told.model_dump() | {"line_id": LINE_2}),)}
        )
    ).refused(ReasonOfOtherLine, str(LINE_2), field="reasons.0.line_id")
    begun.after(request.model_copy(update={"reasons": (told,)}))
    [line] = goods(begun).view().lines
    assert (line.reason, line.comment) == (ReturnReason.DEFECTIVE, "does not fit a head")


def test_a_label_and_the_way_back() -> None:
    begun = sent_back()
    begun.when(LABEL).then({RETURN: [ReturnLabelRecorded(carrier="DHL", label_reference="L-1")]})
    begun.when(LABEL).then({})
    begun.when(SENT).then({RETURN: [ReturnSent(tracking_number="00340")]})
    begun.when(SENT).refused(ReturnAlreadySent)
    view = goods(begun).view()
    assert view.status is ReturnStatus.IN_TRANSIT
    assert (view.carrier, view.label_reference, view.tracking_number) == ("DHL", "L-1", "00340")
    begun.after(RESTOCK).when(LABEL).refused(ReturnAlreadyReceived)


def test_goods_are_received_in_parts_each_in_its_condition() -> None:
    begun = sent_back()
    begun.when(receive((1, RESTOCKED), (1, SCRAPPED))).then(
        {
            RETURN: [ReturnItemsReceived(lines=(part(1, RESTOCKED), part(1, SCRAPPED)))],
            ORDER: [LinesReturned(return_id=RETURN, lines=(units(LINE_1, 2),))],
            CAP_AT_HAMBURG: [
                StockReceived(
                    sku="CAP", location="HAM", quantity=1, reference="1001", return_id=RETURN
                )
            ],
        }
    )
    assert status(begun) is ReturnStatus.PARTIALLY_RECEIVED
    begun.when(receive((2, QUARANTINED))).refused(
        TooFewUnitsOutstanding, "2 units of CAP came back, but only 1 are expected", field="lines"
    )
    begun.after(SET_APART)
    view = goods(begun).view()
    assert view.status is ReturnStatus.RECEIVED
    assert {(p.condition, p.quantity) for p in view.received} == {
        (RESTOCKED, 1),
        (SCRAPPED, 1),
        (QUARANTINED, 1),
    }
    assert order(begun).view().lines[0].returned == 3
    begun.when(RESTOCK).refused(ReturnAlreadyReceived)
    assert on_hand(begun) == 3


def test_two_shipments_are_unpacked_where_they_came_from() -> None:
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"))
    begun.after(dispatch(1), deliver(1), dispatch(2), deliver(2), send_back({LINE_1: 3}))
    done = begun.history.execute(receive((1, RESTOCKED), (1, RESTOCKED)))
    [event] = done.events[RETURN]
    assert event == ReturnItemsReceived(
        lines=(part(1, RESTOCKED, "HAM"), part(1, RESTOCKED, "MUC"))
    )
    begun.after(RESTOCK)
    assert (on_hand(begun), on_hand(begun, "MUC")) == (1, 2)


def test_goods_may_come_in_anywhere() -> None:
    begun = sent_back()
    begun.when(receive((1, RESTOCKED), location="MUC")).refused(
        NoSuchLocation, "no location MUC", field="lines.0.location"
    )
    begun.after(RegisterLocation(code="MUC", name="Munich", country="DE"))
    done = begun.history.execute(receive((1, RESTOCKED), location="MUC"))
    assert done.events[product_id("CAP")] == [ProductStocked(location="MUC")]
    assert on_hand(begun, "MUC") == 1
    begun.after(place(("CAP", 3), number="1002"))  # two from Hamburg, this one from Munich
    assert begun.history.fold(StockItem, CAP_AT_MUNICH).available == 0


def test_shopify_306586_what_was_set_apart_can_later_be_restocked() -> None:
    """At Shopify a disposition PROCESSING_REQUIRED can't become RESTOCKED (community t/306586)."""
    begun = sent_back().after(SET_APART)
    begun.when(inspect(2, RESTOCKED)).then(
        {
            RETURN: [
                ReturnItemsInspected(
                    lines=(
                        InspectedQuantity(
                            **part(2, QUARANTINED).model_dump(exclude={"condition"}),
                            condition=RESTOCKED,
                            were=QUARANTINED,
                        ),
                    )
                )
            ],
            CAP_AT_HAMBURG: [
                StockReceived(
                    sku="CAP", location="HAM", quantity=2, reference="1001", return_id=RETURN
                )
            ],
        }
    )
    begun.after(inspect(1, SCRAPPED))
    begun.when(inspect(1, RESTOCKED)).refused(
        TooFewUnitsInCondition, "only 0 are quarantined.", field="lines.0"
    )
    begun.after(inspect(1, QUARANTINED, were=SCRAPPED))
    begun.when(inspect(1, RESTOCKED, location="MUC")).refused(
        TooFewUnitsInCondition, "only 0 are quarantined at MUC", field="lines.0"
    )
    begun.after(inspect(1, RESTOCKED, location="HAM"))
    assert on_hand(begun) == 5


def test_nothing_is_restocked_twice() -> None:
    begun = sent_back().after(RESTOCK)
    begun.when(inspect(1, SCRAPPED, were=RESTOCKED)).refused(
        RestockedUnitsAreForSale, "Adjust the stock", field="lines.0.were"
    )
    with pytest.raises(ValidationError, match="another condition"):
        inspect(1, RESTOCKED, were=RESTOCKED)
    begun.after(CLOSE).when(inspect(1, RESTOCKED)).refused(ReturnIsOver, "is closed")


@pytest.mark.parametrize(
    "command",
    [
        receive((1, RESTOCKED), line_id=LINE_2),
        inspect(1, RESTOCKED, line_id=LINE_2),
    ],
)
def test_lines_that_are_not_in_the_return_are_refused(command: Command) -> None:
    fields: dict[Any, str] = {"ReceiveReturnItems": "lines", "InspectReturn": "lines.0.line_id"}
    sent_back().when(command).refused(
        NoSuchReturnLine, str(LINE_2), field=fields[type(command).__name__]
    )


def test_a_return_is_cancelled_before_anything_came_back() -> None:
    begun = sent_back()
    begun.when(CANCEL).then(
        {
            RETURN: [ReturnCancelled(reason="likes it now")],
            ORDER: [LinesReturnWithdrawn(return_id=RETURN, lines=(units(LINE_1, 3),))],
        }
    )
    for command in (CANCEL, REJECT):
        sent_back().after(receive((1, RESTOCKED))).when(command).refused(ReturnAlreadyReceived)
        refunded = sent_back().after(refund_return(outstanding=OutstandingUnits.ADVANCE))
        refunded.when(command).refused(ReturnAlreadyRefunded)


def test_what_never_came_is_not_expected_for_ever() -> None:
    begun = sent_back().after(receive((1, SCRAPPED)))
    begun.when(CLOSE).then(
        {
            RETURN: [ReturnClosed()],
            ORDER: [LinesReturnWithdrawn(return_id=RETURN, lines=(units(LINE_1, 2),))],
        }
    )
    view = goods(begun).view()
    assert (view.status, view.lines[0].outstanding) == (ReturnStatus.CLOSED, 0)
    begun.when(send_back({LINE_1: 3}, uid(81))).refused(
        TooFewUnitsToReturn, "but only 2", field="lines"
    )
    begun.after(send_back({LINE_1: 2}, uid(81)))


def test_units_given_up_come_back_to_where_they_came_from_all_the_same() -> None:
    """The first return named Hamburg and is cancelled; the second holds all that Munich sent."""
    stock = stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"))
    begun.after(dispatch(1), deliver(1), dispatch(2), deliver(2))
    begun.after(send_back({LINE_1: 1}), send_back({LINE_1: 2}, uid(81)), CANCEL)
    done = begun.history.execute(send_back({LINE_1: 1}, uid(82)))
    [event] = done.events[uid(82)]
    assert event.model_dump()["lines"][0]["location"] == "HAM"


def test_the_rest_comes_in_when_all_of_one_line_is_there_already() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 1, ("MUG", "HAM"): 1}))
    begun.after(place(("CAP", 1), ("MUG", 1)), *paid("23.80"), dispatch(1), deliver(1))
    begun.after(send_back({LINE_1: 1, LINE_2: 1}), receive((1, RESTOCKED)), RESTOCK)
    assert goods(begun).received == {LINE_1: 1, LINE_2: 1}
