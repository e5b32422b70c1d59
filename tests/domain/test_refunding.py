"""Refunds of returns: exactly what the units were sold for, less a fee, and once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.aftercare import (
    RESTOCK,
    SET_APART,
    delivered,
    goods,
    order,
    receive,
    refund_return,
    sent_back,
)
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    LINE_2,
    ORDER,
    RETURN,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    refund,
    send_back,
    stocked,
    uid,
    units,
)

from oms_core.channels.commands import ConfigureChannel, ReturnRules
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import CreditedLine, CreditGranted, LinesReturnWithdrawn
from oms_core.orders.refusals import (
    CreditAlreadyGranted,
    ShippingAlreadyCredited,
    TooFewUnitsToReturn,
)
from oms_core.payments.payment import RefundExceedsCapture
from oms_core.returns.commands import ApproveReturn, CancelReturn, CloseReturn, LineReason
from oms_core.returns.events import Condition, ReturnResolved
from oms_core.returns.policy import ReturnReason
from oms_core.returns.refunding import OutstandingUnits
from oms_core.returns.refusals import (
    FeeExceedsRefund,
    NoSuchReturnLine,
    NothingToRefund,
    ReturnAlreadyRefunded,
    ReturnIsOver,
    ReturnNotApproved,
    TooFewUnitsToRefund,
)
from oms_core.returns.view import ReturnStatus
from oms_core.shipments.commands import ReleaseToWarehouse

ADVANCE, KEEP = OutstandingUnits.ADVANCE, OutstandingUnits.KEEP


def returns_cost(**rules: Any) -> ConfigureChannel:
    return ConfigureChannel(code="web", returns=ReturnRules(**rules))


def credited(quantity: int, subtotal: str, tax: str, discount: str = "0") -> CreditedLine:
    net = Decimal(subtotal) - Decimal(discount)
    return CreditedLine(
        line_id=LINE_1,
        quantity=quantity,
        subtotal=Decimal(subtotal),
        discount=Decimal(discount),
        tax=Decimal(tax),
        amount=net + Decimal(tax),
    )


def test_a_refund_is_what_the_units_were_sold_for() -> None:
    """Ten cents of discount on three caps: 0.03 each, the odd cent with the middle one."""
    begun = sent_back(discount=eur("0.10")).after(receive((1, Condition.SCRAPPED)))
    line = credited(1, "10", "1.89", "0.03")
    begun.when(refund_return()).then(
        {
            ORDER: [
                CreditGranted(
                    credit_id=uid(95), return_id=RETURN, lines=(line,), amount=Decimal("11.86")
                )
            ],
            RETURN: [
                ReturnResolved(
                    credit_id=uid(95), currency="EUR", lines=(line,), amount=Decimal("11.86")
                )
            ],
        }
    )
    assert order(begun).refund_due == Decimal("11.86")
    begun.after(refund("11.86"), RESTOCK, refund_return(number=96))
    assert order(begun).refund_due == Decimal("23.72")
    assert order(begun).credits.granted == order(begun).total == Decimal("35.58")


@settings(max_examples=30)
@given(
    parts=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    discount=st.integers(0, 2500),
    fee=st.sampled_from(["0", "10", "33.3333", "100"]),
    once=st.sampled_from([None, "0.05", "7"]),
    include_tax=st.booleans(),
)
def test_refunding_one_by_one_comes_to_the_same_as_all_at_once(
    parts: list[int], discount: int, fee: str, once: str | None, include_tax: bool
) -> None:
    rules = ReturnRules(fee_percent=Decimal(fee), fee_amount=None if once is None else eur(once))
    channel = ConfigureChannel(code="web", prices_include_tax=include_tax, returns=rules)
    count = sum(parts)
    terms = {"discount": eur(str(Decimal(min(discount, count * 1000)).scaleb(-2)))}
    all_at_once, one_by_one = (_priced(channel, count, terms) for _ in range(2))
    all_at_once.after(RESTOCK, refund_return())
    for i, units_ in enumerate(parts):
        one_by_one.after(
            receive((units_, Condition.RESTOCKED)), refund_return({LINE_1: units_}, 95 + i)
        )
    assert order(one_by_one).credits.granted == order(all_at_once).credits.granted
    assert order(one_by_one).owed == order(all_at_once).owed >= 0
    assert fee != "0" or once is not None or order(all_at_once).owed == 0


def _priced(channel: ConfigureChannel, count: int, terms: dict[str, Any]) -> Any:

    begun = Story().after(
        channel, *stocked({("CAP", "HAM"): count}), place(("CAP", count), **terms)
    )
    total = order(begun).total
    pay = paid(str(total)) if total else [ReleaseToWarehouse(order_id=ORDER)]
    return begun.after(*pay, dispatch(1), deliver(1), send_back({LINE_1: count}))


def test_the_channels_fee_is_kept_from_the_refund() -> None:
    begun = delivered().after(returns_cost(fee_percent=Decimal(10), fee_amount=eur("2")))
    begun.after(send_back({LINE_1: 3}), RESTOCK, refund_return({LINE_1: 1}))
    assert goods(begun).resolutions[0].fee == Decimal("3.19")  # 10 % of 11.90, and 2 once
    begun.after(refund_return(number=96))
    assert goods(begun).resolutions[1].fee == Decimal("2.38")
    assert order(begun).refund_due == Decimal("30.13")


def test_no_fee_is_kept_when_the_shop_is_at_fault() -> None:
    begun = delivered().after(returns_cost(fee_percent=Decimal(50)))
    reason = LineReason(line_id=LINE_1, reason=ReturnReason.WRONG_ITEM)
    request = send_back({LINE_1: 3}).model_copy(update={"reasons": (reason,)})
    begun.after(request, RESTOCK, refund_return())
    assert order(begun).refund_due == Decimal("35.70")


def test_a_fee_that_is_given_counts_instead_of_the_channels() -> None:
    begun = delivered().after(returns_cost(fee_percent=Decimal(50)))
    begun.after(send_back({LINE_1: 3}), RESTOCK)
    begun.when(refund_return({LINE_1: 1}, fee=eur("11.91"))).refused(
        FeeExceedsRefund, "11.91 EUR is more than the refund of the goods, 11.90", field="fee"
    )
    begun.when(refund_return(fee=Money(Decimal(1), "USD"))).refused(CurrencyMismatch, field="fee")
    begun.after(refund_return({LINE_1: 1}, fee=eur("0")))
    begun.after(refund_return({LINE_1: 1}, 96, fee_percent=Decimal(25)))
    assert [each.fee for each in goods(begun).resolutions] == [0, Decimal("2.98")]


def test_a_fee_in_another_currency_is_not_taken() -> None:
    begun = delivered().after(returns_cost(fee_amount=Money(Decimal(1), "USD")))
    begun.after(send_back({LINE_1: 3}), RESTOCK, refund_return())
    assert order(begun).refund_due == Decimal("35.70")


def test_shipping_is_refunded_only_if_asked_and_once() -> None:
    begun = sent_back(shipping_price=eur("4.90"), shipping_tax_rate=Decimal("0.19")).after(RESTOCK)
    begun.after(refund_return({LINE_1: 1}))
    assert order(begun).refund_due == Decimal("11.90")
    begun.after(refund_return({LINE_1: 1}, 96, refund_shipping=True))
    resolved = goods(begun).resolutions[1]
    assert (resolved.shipping_price, resolved.shipping_tax) == (Decimal("4.90"), Decimal("0.93"))
    assert order(begun).refund_due == Decimal("29.63")
    begun.when(refund_return(number=97, refund_shipping=True)).refused(
        ShippingAlreadyCredited, field="refund_shipping"
    )


def test_units_are_refunded_once_and_not_before_they_come() -> None:
    begun = sent_back()
    begun.when(refund_return()).refused(NothingToRefund, "Receive them first")
    begun.after(receive((2, Condition.RESTOCKED)))
    begun.when(refund_return({LINE_1: 3})).refused(
        TooFewUnitsToRefund, "only 2 came back", field="lines"
    )
    begun.when(refund_return({LINE_2: 1})).refused(NoSuchReturnLine, field="lines")
    begun.after(refund_return())
    begun.when(refund_return()).refused(CreditAlreadyGranted)
    begun.when(refund_return(number=96)).refused(NothingToRefund)


def test_the_money_is_bounded_by_what_was_captured() -> None:
    begun = sent_back().after(RESTOCK, refund_return(), refund("35.70"))
    begun.when(refund("0.01")).refused(RefundExceedsCapture, field="amount")


def test_a_refund_in_advance_waits_for_the_goods_all_the_same() -> None:
    begun = sent_back().after(refund_return(outstanding=ADVANCE))
    view = goods(begun).view()
    assert (view.status, view.lines[0].credited) == (ReturnStatus.REQUESTED, 3)
    begun.when(CancelReturn(return_id=RETURN, reason="keeps it")).refused(ReturnAlreadyRefunded)
    begun.after(SET_APART)
    begun.when(refund_return(number=96)).refused(NothingToRefund)
    assert order(begun).refund_due == Decimal("35.70")


def test_a_customer_may_keep_what_is_not_worth_sending_back() -> None:
    """A return without goods: refunded, not expected, and never returned later."""
    begun = sent_back().after(receive((1, Condition.RESTOCKED)))
    done = begun.history.execute(refund_return({LINE_1: 2}, outstanding=KEEP))
    assert done.events[ORDER][1:] == [
        LinesReturnWithdrawn(return_id=RETURN, lines=(units(LINE_1, 1),), kept=True)
    ]
    view = goods(begun).view().lines[0]
    assert (view.received, view.kept, view.outstanding, view.credited) == (1, 1, 1, 2)
    begun.after(refund_return(number=96, outstanding=KEEP))
    assert goods(begun).view().status is ReturnStatus.RECEIVED
    assert order(begun).refund_due == Decimal("35.70")
    begun.when(send_back({LINE_1: 1}, uid(81))).refused(
        TooFewUnitsToReturn, "but only 0", field="lines"
    )


def test_a_return_of_which_everything_is_kept_is_closed() -> None:
    begun = sent_back().after(refund_return(outstanding=KEEP))
    assert goods(begun).view().status is ReturnStatus.CLOSED
    begun.when(RESTOCK).refused(ReturnIsOver)


def test_what_is_not_approved_or_over_is_not_refunded() -> None:
    begun = delivered().after(returns_cost(needs_approval=True), send_back({LINE_1: 3}))
    begun.when(refund_return(outstanding=KEEP)).refused(ReturnNotApproved)
    begun.after(ApproveReturn(return_id=RETURN), RESTOCK, CloseReturn(return_id=RETURN))
    begun.when(refund_return()).refused(ReturnIsOver, "is closed")


@pytest.mark.parametrize("percent", ["-1", "100.1"])
def test_a_fee_is_a_part_of_the_price(percent: str) -> None:
    with pytest.raises(ValueError, match="fee_percent"):
        refund_return(fee_percent=Decimal(percent))
