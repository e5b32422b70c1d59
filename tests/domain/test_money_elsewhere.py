"""What went wrong with money elsewhere, and how it goes here."""

from __future__ import annotations

from decimal import Decimal

from tests.domain.aftercare import delivered
from tests.domain.aftercare import order as order_of
from tests.domain.edits import edit, view
from tests.domain.edits import story as three_caps
from tests.domain.kit import Story
from tests.domain.payments_shop import order, report
from tests.domain.shop import (
    LINE_1,
    ORDER,
    authorize,
    capture,
    deliver,
    dispatch,
    paid,
    place,
    refund,
    send_back,
    stocked,
    uid,
)

from oms_core.orders.refusals import NoSuchOrder
from oms_core.orders.status import PaymentStatus
from oms_core.payments.events import PaymentReportKind as Kind
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
