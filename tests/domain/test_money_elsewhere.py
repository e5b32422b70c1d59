"""What went wrong with money elsewhere, and how it goes here."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError
from tests.domain.aftercare import delivered
from tests.domain.aftercare import order as order_of
from tests.domain.edits import edit, new, view
from tests.domain.edits import story as three_caps
from tests.domain.kit import Story
from tests.domain.payments_shop import (
    REFUND,
    WHOLE,
    answer,
    ask_authorization,
    ask_capture,
    ask_refund,
    captured,
    order,
    report,
    story,
)
from tests.domain.shop import (
    HOLD,
    LINE_1,
    ORDER,
    authorize,
    cancel,
    capture,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    refund,
    send_back,
    stocked,
    uid,
)

from oms_core.orders.commands import HoldOrder
from oms_core.orders.edit_commands import ContactChange
from oms_core.orders.order import Order
from oms_core.orders.refusals import NoSuchOrder, PaymentExceedsTotal
from oms_core.orders.status import OrderStatus, PaymentStatus
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.payment import payment_id
from oms_core.payments.refusals import RefundExceedsCapture
from oms_core.returns.receiving import ReceiveReturn
from oms_core.returns.refunding import RefundReturn
from oms_core.stock.stock_item import InsufficientStock


def test_vendure_3535_what_gets_cheaper_is_refunded_over_all_payments() -> None:
    """There, an order that a coupon makes cheaper can't be changed: no payment to refund is found,
    or the workaround of a refund of one cent is needed.
    """
    begun = three_caps().after(
        authorize("11.90"),
        capture("11.90"),
        authorize("23.80", reference="pi_2"),
        capture("23.80", reference="pi_2"),
        edit(prices={LINE_1: "5"}),
    )
    assert (view(begun).total, view(begun).refund_due) == (Decimal("17.85"), Decimal("17.85"))
    begun.after(refund("11.90"), refund("5.95", reference="pi_2"))
    assert (view(begun).refund_due, view(begun).balance_due) == (0, 0)


def test_medusa_9261_money_may_be_given_back_though_nothing_is_outstanding() -> None:
    """ "Order does not have an outstanding balance to refund": no goodwill there."""
    begun = three_caps().after(*paid("35.70"), dispatch(1), deliver(1), refund("5"))
    assert view(begun).refunded == Decimal(5)
    assert (view(begun).refund_due, view(begun).balance_due) == (0, 0)


def test_medusa_12588_one_payment_is_refunded_as_often_as_there_is_something_left() -> None:
    """There, only the first refund of a payment session goes through."""
    begun = three_caps().after(*paid("35.70"))
    for number, amount in enumerate(("5", "7", "23.70")):
        begun.after(refund(amount, request_id=uid(95 + number)))
    assert (view(begun).refunded, view(begun).payment_status) == (
        Decimal("35.70"),
        PaymentStatus.REFUNDED,
    )
    begun.when(refund("0.01", request_id=uid(98))).refused(RefundExceedsCapture, field="amount")


def test_medusa_13433_several_returns_of_one_payment_add_up() -> None:
    """There, the summary of an order is wrong from its second return on."""
    begun = delivered(units=3)
    for number in range(1, 4):
        id = uid(80 + number)
        begun.after(
            send_back({LINE_1: 1}, id),
            ReceiveReturn(return_id=id, restock=True),
            RefundReturn(return_id=id, credit_id=uid(100 + number)),
        )
        assert order_of(begun).refund_due == Decimal("11.90")
        begun.after(refund("11.90", request_id=uid(110 + number)))
        now = order_of(begun).view()
        assert now.credited == now.refunded == number * Decimal("11.90")
        assert (now.refund_due, now.balance_due) == (0, 0)
    assert order_of(begun).view().payment_status is PaymentStatus.REFUNDED


def test_medusa_12481_what_is_not_there_is_refused_before_anybody_pays() -> None:
    """Paid, and no order: here an order has its stock before there is anything to pay for."""
    begun = Story().after(*stocked({("CAP", "HAM"): 5}))
    begun.when(place(("CAP", 6))).refused(InsufficientStock, field="lines.0.quantity")
    begun.when(authorize("71.40")).refused(NoSuchOrder)
    begun.after(place(("CAP", 5)), authorize("59.50"), capture("59.50"))
    assert order(begun).payment_status is PaymentStatus.PAID
    assert order(begun).lines[0].reserved == 5


def test_nextjs_starter_medusa_453_a_webhook_that_is_faster_than_its_order_is_told_again() -> None:
    """Paid, and no order in the shop: the money came before the customer did, and was forgotten."""
    begun = Story().after(*stocked({("CAP", "HAM"): 5}))
    told = report(Kind.CAPTURED, "23.80", order_id=ORDER)
    begun.when(told).refused(NoSuchOrder)
    begun.after(place(("CAP", 2)), told)
    assert (order(begun).payment_status, order(begun).balance_due) == (PaymentStatus.PAID, 0)


def test_vendure_4013_nothing_is_due_back_after_something_was_added_and_taken_out_again() -> None:
    """Refunds money that is not owed after an item was added and removed."""
    begun = captured().after(ask_refund("1"), answer(REFUND))
    assert (order(begun).refund_due, order(begun).balance_due) == (0, 0)
    begun.after(cancel({uid(1): 1}))
    assert order(begun).refund_due == Decimal("10.90")


def test_vendure_2523_a_refund_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="amount"):
        ask_refund("0")


def test_medusa_10491_what_is_outstanding_can_be_given_back_after_a_partial_cancellation() -> None:
    """ "No outstanding amount to refund", although an item was taken out of a paid order."""
    begun = captured().after(cancel({uid(1): 1}))
    assert order(begun).refund_due == Decimal("11.90")
    begun.after(ask_refund("11.90"), answer(REFUND))
    assert (order(begun).refund_due, order(begun).balance_due) == (0, 0)


def test_vendure_1753_refunds_are_of_what_was_paid_by_all_payments_together() -> None:
    begun = story().after(
        authorize("10"),
        capture("10"),
        authorize("13.80", reference="pi_2"),
        capture("13.80", reference="pi_2"),
        cancel(),
        refund("10"),
        refund("13.80", reference="pi_2"),
    )
    assert (order(begun).refund_due, order(begun).payment_status) == (0, PaymentStatus.REFUNDED)


def test_a_goodwill_refund_leaves_nothing_to_pay() -> None:
    begun = story().after(*paid(WHOLE), dispatch(1), deliver(1), refund("2"))
    assert (order(begun).balance_due, order(begun).refund_due) == (0, 0)


def test_an_order_that_was_refunded_in_full_can_be_paid_anew_and_needs_all_of_it() -> None:
    begun = captured().after(ask_refund(), answer(REFUND))
    assert order(begun).balance_due == Decimal(WHOLE)
    second = payment_id("sandbox", "p-2")
    begun.after(ask_authorization("1", reference="p-2", request_id=uid(94)))
    begun.after(answer(uid(94), payment_id=second))
    begun.after(ask_capture(payment_id=second, request_id=uid(95)))
    begun.after(answer(uid(95), payment_id=second))
    assert not begun.history.fold(Order, ORDER).is_secured
    third = payment_id("sandbox", "p-3")
    begun.after(ask_authorization(reference="p-3", request_id=uid(96)))
    begun.after(answer(uid(96), payment_id=third))
    begun.after(ask_capture(payment_id=third, request_id=uid(97)))
    begun.after(answer(uid(97), payment_id=third))
    assert begun.history.fold(Order, ORDER).is_secured


def test_medusa_11645_what_an_edit_leaves_over_can_be_refunded() -> None:
    """There, an edit lost what was to be given back, and the refund was refused for ever."""
    begun = three_caps().after(*paid("35.70"), edit({LINE_1: 2}))
    assert view(begun).refund_due == Decimal("11.90")
    begun.after(refund("11.90"))
    assert (view(begun).refund_due, view(begun).balance_due) == (0, 0)


def test_medusa_13068_an_edit_of_a_paid_order_owes_just_the_difference() -> None:
    """There, what was paid before was forgotten, and the whole new total was asked for."""
    begun = three_caps().after(*paid("35.70"), edit({LINE_1: 4}))
    assert view(begun).balance_due == Decimal("11.90")
    begun.after(edit({LINE_1: 5}))
    assert view(begun).balance_due == Decimal("23.80")
    begun.when(authorize("23.81", reference="pi_2", request_id=uid(94))).refused(
        PaymentExceedsTotal, field="amount"
    )


def test_saleor_3987_price_tax_and_a_gift_may_be_agreed_on_after_placing() -> None:
    """There, an order that was placed keeps its price, whatever was said on the telephone, and
    its tax, although the buyer is a business abroad that owes it itself.
    """
    begun = three_caps().after(edit(prices={LINE_1: "9"}))
    begun.after(edit(add_lines=new(2, "MUG", 1, unit_price=eur("0"))))
    assert (view(begun).total, len(view(begun).lines)) == (Decimal("32.13"), 2)
    begun.after(edit(rates={LINE_1: "0"}, contact=ContactChange(vat_id="FR40303265045")))
    assert (view(begun).total, view(begun).tax) == (Decimal("27"), 0)
    assert view(begun).customer.vat_id == "FR40303265045"


def test_saleor_dashboard_4099_an_order_that_is_not_confirmed_yet_can_be_edited() -> None:
    """There, nothing could be added to one. Here it is on hold meanwhile."""
    hold = HoldOrder(order_id=ORDER, hold_id=HOLD, reason="to be confirmed")
    begun = three_caps().after(hold, edit(add_lines=new(2, "MUG", 1)))
    assert view(begun).total == Decimal("47.60")
    assert view(begun).status is OrderStatus.ON_HOLD


def test_mollie_562_what_is_charged_is_what_the_lines_come_to() -> None:
    """There, a unit at 0.4756 was told as 0.48, and fifty of them came to 23.78."""
    with pytest.raises(ValidationError, match=r"0\.4756 has more than the 2 decimals"):
        new(1, "CAP", 5, unit_price=eur("0.4756"))
    begun = Story().after(*stocked({("CAP", "HAM"): 5}))
    line = new(1, "CAP", 5, unit_price=eur("0.48"), tax_rate=Decimal(0))
    begun.after(place(lines=line, shipping_price=eur("6.25")))
    [only] = view(begun).lines
    assert (only.total, view(begun).total) == (Decimal("2.40"), only.total + Decimal("6.25"))
