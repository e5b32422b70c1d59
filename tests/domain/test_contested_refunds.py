"""A provider that says it gave back more than is here: nothing moves until a person has decided."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from tests.domain.kit import Story
from tests.domain.payments_shop import (
    PAYMENT,
    REFUND,
    WHOLE,
    answer,
    ask_refund,
    captured,
    order,
    payment,
    posted,
    report,
)
from tests.domain.shop import ORDER, eur, uid

from oms_core.payments.events import (
    ContestedRefundAccepted,
    ContestedRefundDismissed,
    PaymentRefunded,
    RefundContested,
)
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.outcomes import DecideContestedRefund, Result
from oms_core.payments.refusals import (
    ContestedRefundDecided,
    NoContestedRefund,
    RefundExceedsCapture,
)
from oms_core.payments.view import ContestState


def refunded_twice() -> Story:
    """A refund seemed to be declined, so that all was given back by another one."""
    begun = captured().after(ask_refund("10"), answer(REFUND, Result.DECLINED))
    return begun.after(ask_refund(request_id=uid(94)), answer(uid(94)))


def test_a_refund_of_more_than_is_here_moves_nothing_until_a_person_decides() -> None:
    begun = refunded_twice()
    contested = RefundContested(request_id=REFUND, amount=eur("10"))
    begun.when(answer(REFUND)).then({PAYMENT: [contested]})
    begun.when(answer(REFUND)).then({})
    assert (order(begun).refunded, order(begun).balance_due) == (Decimal(WHOLE), Decimal(WHOLE))
    [told] = payment(begun).contested
    assert (told.request_id, told.state) == (REFUND, ContestState.OPEN)
    begun.when(ask_refund("0.01", request_id=uid(95))).refused(RefundExceedsCapture, field="amount")


def decide(*, accept: bool, request: UUID = REFUND) -> DecideContestedRefund:
    return DecideContestedRefund(payment_id=PAYMENT, request_id=request, accept=accept)


def test_a_contested_refund_that_did_take_place_is_owed_by_the_customer() -> None:
    begun = refunded_twice().after(answer(REFUND))
    begun.when(decide(accept=True)).then(
        {
            PAYMENT: [
                ContestedRefundAccepted(request_id=REFUND),
                PaymentRefunded(request_id=REFUND, amount=eur("10")),
            ],
            ORDER: [posted(refunded="10")],
        }
    )
    assert (order(begun).refunded, order(begun).balance_due) == (Decimal("33.80"), Decimal("33.80"))
    begun.when(decide(accept=True)).then({})
    begun.when(decide(accept=False)).refused(ContestedRefundDecided, "accepted")


def test_a_contested_refund_that_did_not_take_place_changes_nothing() -> None:
    begun = refunded_twice().after(answer(REFUND))
    begun.when(decide(accept=False)).then({PAYMENT: [ContestedRefundDismissed(request_id=REFUND)]})
    begun.when(decide(accept=False)).then({})
    begun.when(answer(REFUND)).then({})
    begun.when(decide(accept=True)).refused(ContestedRefundDecided, "dismissed")
    begun.when(decide(accept=True, request=uid(96))).refused(NoContestedRefund, field="request_id")


def test_what_may_be_gone_is_not_refunded_again_meanwhile() -> None:
    """15 of 23.80 went back; the provider then tells of 16 more, of which 8.80 are here."""
    begun = captured().after(ask_refund("15"), answer(REFUND))
    begun.after(report(Kind.REFUNDED, "16", event="evt-9", transaction="another"))
    assert payment(begun).contested[0].state is ContestState.OPEN
    begun.when(ask_refund("5", request_id=uid(95))).refused(RefundExceedsCapture, field="amount")
    unasked = payment(begun).contested[0].request_id
    begun.after(decide(accept=False, request=unasked), ask_refund("5", request_id=uid(95)))
