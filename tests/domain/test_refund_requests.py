"""Giving back what was paid: as a whole, and line by line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.domain.kit import Story
from tests.domain.payments_shop import (
    CAPTURE,
    PAYMENT,
    REFUND,
    WHOLE,
    answer,
    ask_authorization,
    ask_capture,
    ask_refund,
    captured,
    order,
    payment,
    posted,
)
from tests.domain.shop import (
    LINE_1,
    LINE_2,
    ORDER,
    authorize,
    capture,
    eur,
    place,
    refund,
    stocked,
    uid,
)
from tests.domain.shop import PAYMENT as STRIPE

from oms_core.orders.events import LineRefund
from oms_core.orders.refusals import NoSuchOrderLine, RefundExceedsLine
from oms_core.orders.status import PaymentStatus
from oms_core.payments.events import (
    LineAmount,
    PaymentRefunded,
    RefundFailed,
    RefundRequested,
)
from oms_core.payments.line_amounts import WantedLineAmount
from oms_core.payments.outcomes import Result
from oms_core.payments.payment import (
    RefundExceedsCapture,
)
from oms_core.payments.refusals import (
    NothingLeftToRefund,
    RefundLinesExceedAmount,
)
from oms_core.payments.view import PaymentState


def test_a_refund_is_asked_for_and_counts_when_it_succeeds() -> None:
    begun = captured()
    begun.when(ask_refund("3.80")).then(
        {
            PAYMENT: [
                RefundRequested(
                    request_id=REFUND, amount=eur("3.80"), reference=str(REFUND), asked=True
                )
            ],
            ORDER: [posted(refunding="3.80")],
        }
    )
    assert order(begun).refunded == 0
    begun.when(ask_refund("20.01", request_id=uid(94))).refused(
        RefundExceedsCapture, "only 20.00 EUR", field="amount"
    )
    begun.when(answer(REFUND)).then(
        {
            PAYMENT: [PaymentRefunded(request_id=REFUND, amount=eur("3.80"))],
            ORDER: [posted(refunded="3.80", refunding="-3.80")],
        }
    )
    assert payment(begun).status is PaymentState.PARTIALLY_REFUNDED


def test_a_failed_refund_gives_nothing_back_and_can_be_asked_for_again() -> None:
    begun = captured().after(ask_refund())
    begun.when(ask_refund(request_id=uid(94))).refused(NothingLeftToRefund)
    begun.when(answer(REFUND, Result.DECLINED, reason="Account closed.")).then(
        {
            PAYMENT: [RefundFailed(request_id=REFUND, reason="Account closed.")],
            ORDER: [posted(refunding="-23.80")],
        }
    )
    begun.after(ask_refund(request_id=uid(94)), answer(uid(94)))
    assert order(begun).payment_status is PaymentStatus.REFUNDED


def of_line(amount: str, line: Any = LINE_1) -> tuple[WantedLineAmount, ...]:
    return (WantedLineAmount(line_id=line, amount=eur(amount)),)


def test_a_refund_per_line_comes_to_its_lines_and_never_to_more_than_was_paid_for_one() -> None:
    begun = captured()
    begun.when(ask_refund(lines=of_line("11.90"))).then(
        {
            PAYMENT: [
                RefundRequested(
                    request_id=REFUND,
                    amount=eur("11.90"),
                    reference=str(REFUND),
                    asked=True,
                    lines=(LineAmount(line_id=LINE_1, amount=Decimal("11.90")),),
                )
            ],
            ORDER: [
                posted(
                    refunding="11.90",
                    lines=(LineRefund(line_id=LINE_1, amount=Decimal("11.90")),),
                )
            ],
        }
    )
    assert order(begun).lines[0].refunded == Decimal("11.90")
    begun.when(ask_refund("11.91", lines=of_line("11.91"), request_id=uid(94))).refused(
        RefundExceedsCapture, field="amount"
    )
    begun.after(answer(REFUND, Result.DECLINED))
    assert order(begun).lines[0].refunded == 0


def test_a_line_is_not_refunded_beyond_its_price_even_when_more_was_paid() -> None:
    begun = Story().after(
        *stocked({("CAP", "HAM"): 5, ("MUG", "HAM"): 5}), place(("CAP", 1), ("MUG", 1))
    )
    begun.after(ask_authorization(), answer(), ask_capture(), answer(CAPTURE))
    begun.when(ask_refund(lines=of_line("11.91"))).refused(
        RefundExceedsLine,
        "11.91 EUR would be refunded for CAP in all, but the line came to 11.90",
        field="lines",
    )
    twice = of_line("6") + of_line("5.91")
    begun.when(ask_refund(lines=twice)).refused(RefundExceedsLine, field="lines")
    begun.when(ask_refund("5", lines=of_line("6"))).refused(
        RefundLinesExceedAmount, "The lines come to 6.00 EUR, but only 5.00 EUR", field="lines"
    )


def test_a_refund_that_is_noted_comes_to_its_lines_as_well() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))
    begun.after(authorize(WHOLE), capture(WHOLE))
    begun.when(refund("5", lines=of_line("5.01"))).refused(RefundLinesExceedAmount, field="lines")
    begun.when(refund("5", lines=of_line("5", LINE_2))).refused(NoSuchOrderLine, field="lines")
    begun.when(ask_refund("5", lines=of_line("5", LINE_2), payment_id=STRIPE)).refused(
        NoSuchOrderLine, field="lines"
    )
    begun.after(refund("5", lines=of_line("5")))
    assert order(begun).lines[0].refunded == Decimal("5")


def test_a_noted_refund_of_a_line_is_not_more_than_it_came_to() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5, ("MUG", "HAM"): 5}))
    begun.after(place(("CAP", 1), ("MUG", 1)), authorize(WHOLE), capture(WHOLE))
    begun.when(refund("12", lines=of_line("11.91"))).refused(RefundExceedsLine, field="lines")
