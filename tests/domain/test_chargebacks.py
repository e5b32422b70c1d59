"""Chargebacks: a bank takes money back, and the dispute about it is won or lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
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
    report,
    story,
)
from tests.domain.shop import (
    ORDER,
    authorize,
    cancel,
    capture,
    eur,
    refund,
)
from tests.domain.test_payment_reports import heard, noted

from oms_core.orders.status import PaymentStatus
from oms_core.payments.events import (
    ChargebackLost,
    ChargebackOpened,
    ChargebackWon,
)
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.payment import Payment


def test_a_chargeback_takes_the_money_until_it_is_won() -> None:
    begun = captured()
    opened = report(Kind.CHARGEBACK_OPENED, "10", transaction="dp-1", reason="Not received.")
    begun.when(opened).then(
        {
            PAYMENT: [
                heard(Kind.CHARGEBACK_OPENED, "10"),
                ChargebackOpened(case="dp-1", amount=eur("10"), reason="Not received."),
            ],
            ORDER: [posted(charged_back="10")],
            **noted(),
        }
    )
    assert (order(begun).payment_status, order(begun).balance_due) == (
        PaymentStatus.CHARGED_BACK,
        Decimal(10),
    )
    won = report(Kind.CHARGEBACK_WON, "10", event="evt-2", transaction="dp-1")
    begun.when(won).then(
        {
            PAYMENT: [
                heard(Kind.CHARGEBACK_WON, "10", event="evt-2"),
                ChargebackWon(case="dp-1"),
            ],
            ORDER: [posted(charged_back="-10")],
            **noted("evt-2"),
        }
    )
    assert order(begun).payment_status is PaymentStatus.PAID


def test_two_disputes_about_the_same_money_take_it_once() -> None:
    """A bank can't take back more than was paid. Else what another payment brought looked gone."""
    begun = story().after(
        ask_authorization("10"),
        answer(),
        ask_capture("10"),
        answer(CAPTURE),
        authorize("13.80", reference="pi_2"),
        capture("13.80", reference="pi_2"),
        cancel(),
    )
    for number in (1, 2):
        case = f"dp-{number}"
        begun.after(report(Kind.CHARGEBACK_OPENED, "10", event=case, transaction=case))
    assert (order(begun).charged_back, order(begun).refund_due) == (Decimal(10), Decimal("13.80"))
    begun.after(refund("13.80", reference="pi_2"))
    assert (order(begun).refund_due, order(begun).balance_due) == (0, 0)
    begun.after(report(Kind.CHARGEBACK_WON, "10", event="won-1", transaction="dp-1"))
    assert (order(begun).charged_back, order(begun).refund_due) == (Decimal(10), 0)
    begun.after(report(Kind.CHARGEBACK_WON, "10", event="won-2", transaction="dp-2"))
    assert (order(begun).charged_back, order(begun).refund_due) == (0, Decimal(10))
    begun.after(ask_refund("10"), answer(REFUND))
    assert order(begun).refund_due == 0


def test_a_payment_that_bounces_and_is_disputed_as_well_is_gone_once() -> None:
    begun = captured().after(report(Kind.CHARGEBACK_OPENED, transaction="dp-1"))
    begun.after(report(Kind.CAPTURE_FAILED, event="evt-2", request_id=CAPTURE))
    assert (order(begun).captured, order(begun).charged_back) == (0, 0)
    assert order(begun).balance_due == Decimal(WHOLE)


def test_disputed_money_is_not_refunded_as_well() -> None:
    begun = captured().after(report(Kind.CHARGEBACK_OPENED, "20", transaction="dp-1"))
    begun.after(ask_refund())
    assert begun.history.fold(Payment, PAYMENT).requests[REFUND].amount == eur("3.80")


@pytest.mark.parametrize(
    ("kinds", "gone"),
    [
        ([Kind.CHARGEBACK_OPENED, Kind.CHARGEBACK_LOST], "10"),
        ([Kind.CHARGEBACK_OPENED, Kind.CHARGEBACK_WON, Kind.CHARGEBACK_LOST], "10"),
        ([Kind.CHARGEBACK_OPENED, Kind.CHARGEBACK_LOST, Kind.CHARGEBACK_WON], "0"),
        ([Kind.CHARGEBACK_OPENED, Kind.CHARGEBACK_OPENED, Kind.CHARGEBACK_LOST], "10"),
        ([Kind.CHARGEBACK_LOST, Kind.CHARGEBACK_OPENED], "10"),
        ([Kind.CHARGEBACK_WON], "0"),
    ],
)
def test_a_dispute_ends_as_it_was_decided_last(kinds: list[Kind], gone: str) -> None:
    begun = captured()
    for number, kind in enumerate(kinds):
        begun.after(report(kind, "10", event=f"evt-{number}", transaction="dp-1"))
    assert order(begun).charged_back == Decimal(gone)
    assert payment(begun).charged_back == eur(gone)


def test_a_lost_dispute_is_recorded_even_beyond_what_was_left() -> None:
    begun = captured().after(ask_refund(), answer(REFUND))
    begun.when(report(Kind.CHARGEBACK_LOST, "10", transaction="dp-1")).then(
        {
            PAYMENT: [
                heard(Kind.CHARGEBACK_LOST, "10"),
                ChargebackOpened(case="dp-1", amount=eur("10")),
                ChargebackLost(case="dp-1"),
            ],
            ORDER: [posted(charged_back="10")],
            **noted(),
        }
    )
