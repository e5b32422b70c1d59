"""When goods may leave, and what is collected as they do: prepaid, on dispatch, later."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from tests.domain.edits import edit
from tests.domain.kit import Story
from tests.domain.payments_shop import (
    PAYMENT,
    answer,
    ask_authorization,
    ask_void,
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
    deliver,
    dispatch,
    eur,
    place,
    shipment_id,
    stocked,
    uid,
)

from oms_core.fulfillment.process import next_steps
from oms_core.kernel.identity import natural_id
from oms_core.orders.order import Order
from oms_core.payments.events import CaptureRequested, PaymentReportKind, VoidRequested
from oms_core.payments.outcomes import RecordPaymentOutcome, Result
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequest, PaymentRequestKind
from oms_core.payments.settling import CaptureForShipment, VoidUnneededAuthorizations
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import PaymentState
from oms_core.shipments.commands import ReleaseToWarehouse

ON_DISPATCH, LATER = PaymentTerms.CAPTURE_ON_DISPATCH, PaymentTerms.PAY_LATER


def go_on(story: Story, seen: int = 0) -> None:
    """Let the process react to the order's events after so many of them, until nothing comes."""
    while seen < len(events := story.history.streams[ORDER]):
        story.after(*next_steps(ORDER, events[seen]))
        seen += 1


def last_request(story: Story) -> PaymentRequest:
    return list(story.history.fold(Payment, PAYMENT).requests.values())[-1]


def released(story: Story) -> int:
    return len(story.history.fold(Order, ORDER).releases)


@pytest.mark.parametrize(
    ("terms", "leaves"),
    [(PaymentTerms.PREPAID, 0), (ON_DISPATCH, 1), (LATER, 1)],
)
def test_terms_decide_whether_an_authorization_lets_goods_go(
    terms: PaymentTerms, leaves: int
) -> None:
    asked = story().after(ask_authorization(terms=terms), answer())
    noted = story().after(authorize("23.80", terms=terms))
    for begun in (asked, noted):
        go_on(begun)
        assert released(begun) == leaves


def test_nothing_leaves_on_an_authorization_that_is_pending_declined_or_voided() -> None:
    pending = story().after(ask_authorization(terms=LATER), answer(result=Result.PENDING))
    declined = story().after(ask_authorization(terms=LATER), answer(result=Result.DECLINED))
    voided = story().after(ask_authorization(terms=LATER), answer(), ask_void(), answer(uid(93)))
    for begun in (pending, declined, voided):
        begun.when(ReleaseToWarehouse(order_id=ORDER)).then({})


def test_a_part_on_account_and_the_rest_prepaid_leave_when_both_are_good() -> None:
    begun = story().after(
        ask_authorization("10", terms=LATER),
        answer(),
        authorize("13.80", reference="pi_2"),
    )
    go_on(begun)
    assert released(begun) == 0
    begun.after(
        report(
            PaymentReportKind.CAPTURED,
            "13.80",
            provider="stripe",
            reference="pi_2",
            transaction="ch_1",
        )
    )
    go_on(begun)
    assert released(begun) == 1


# ----------------------------------------------------------------------- capture on dispatch


def parted() -> Story:
    """Three caps from two places, with shipping: 11.90 + 23.80 + 5 EUR, paid on dispatch."""
    begun = Story().after(
        *stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 2}),
        place(("CAP", 3), shipping_price=eur("5")),
        ask_authorization(terms=ON_DISPATCH),
        answer(),
    )
    go_on(begun)
    return begun


def capture_of(shipment: int) -> UUID:
    return natural_id("capture", str(PAYMENT), str(shipment_id(shipment)))


def settle(story: Story, request: UUID, result: Result = Result.SUCCEEDED) -> None:
    story.after(RecordPaymentOutcome(payment_id=PAYMENT, request_id=request, result=result))


def test_each_shipment_s_part_is_captured_as_it_leaves_and_shipping_with_the_first() -> None:
    begun = parted().after(dispatch(1))
    step = CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(1))
    begun.when(step).then(
        {
            PAYMENT: [
                CaptureRequested(
                    request_id=capture_of(1),
                    amount=eur("16.90"),
                    reference=str(capture_of(1)),
                    asked=True,
                )
            ],
            ORDER: [posted(capturing="16.90", terms=ON_DISPATCH)],
        }
    )
    begun.when(step).then({})
    settle(begun, capture_of(1))
    begun.after(dispatch(2), CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(2)))
    settle(begun, capture_of(2))
    assert (order(begun).captured, order(begun).balance_due) == (Decimal("40.70"), 0)


def test_the_process_asks_for_the_capture() -> None:
    begun = parted().after(dispatch(1), dispatch(2))
    go_on(begun)
    requests = begun.history.fold(Payment, PAYMENT).requests
    assert {capture_of(1), capture_of(2)} & set(requests)
    assert begun.history.fold(Order, ORDER).account.capturing == Decimal("40.70")


def test_what_a_failed_capture_left_is_asked_for_with_the_next_shipment() -> None:
    begun = parted().after(dispatch(1))
    begun.after(CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(1)))
    settle(begun, capture_of(1), Result.DECLINED)
    begun.after(dispatch(2), CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(2)))
    assert begun.history.fold(Payment, PAYMENT).requests[capture_of(2)].amount == eur("40.70")


def test_what_is_paid_otherwise_is_not_captured_again() -> None:
    begun = Story().after(
        *stocked({("CAP", "HAM"): 2}),
        place(("CAP", 2)),
        authorize("20", reference="pi_1"),
    )
    begun.after(
        report(
            PaymentReportKind.CAPTURED,
            "20",
            provider="stripe",
            reference="pi_1",
            transaction="ch_1",
        ),
        ask_authorization(terms=ON_DISPATCH),
        answer(),
    )
    go_on(begun)
    begun.after(dispatch(1), CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(1)))
    assert begun.history.fold(Payment, PAYMENT).requests[capture_of(1)].amount == eur("3.80")


def test_other_terms_capture_nothing_on_dispatch() -> None:
    begun = story().after(ask_authorization(terms=LATER), answer())
    go_on(begun)
    begun.after(dispatch(1))
    begun.when(CaptureForShipment(order_id=ORDER, shipment_id=shipment_id(1))).then({})


# ---------------------------------------------------------------------------- pay later, let go


def test_an_invoice_is_paid_after_delivery() -> None:
    begun = story().after(ask_authorization(provider="sandbox", terms=LATER), answer())
    go_on(begun)
    begun.after(dispatch(1), deliver(1))
    assert (order(begun).status, order(begun).balance_due) == ("COMPLETED", Decimal("23.80"))
    begun.after(report(PaymentReportKind.CAPTURED))
    assert (order(begun).payment_status, order(begun).balance_due) == ("PAID", 0)


def test_what_is_set_aside_for_a_cancelled_order_is_let_go_once() -> None:
    begun = story().after(ask_authorization(), answer(), cancel())
    void = natural_id("void", str(PAYMENT), "2")
    step = VoidUnneededAuthorizations(order_id=ORDER)
    begun.when(step).then(
        {PAYMENT: [VoidRequested(request_id=void, amount=eur("23.80"), asked=True)]}
    )
    begun.when(step).then({})
    settle(begun, void)
    assert payment(begun).status is PaymentState.VOIDED


def test_what_is_left_of_an_authorization_after_the_last_capture_is_let_go() -> None:
    begun = parted().after(dispatch(1), cancel({uid(1): 2}))
    go_on(begun)
    settle(begun, capture_of(1))
    go_on(begun)
    void = next(
        r for r in begun.history.fold(Payment, PAYMENT).requests.values() if "VOID" in r.kind
    )
    assert void.amount == eur("23.80")


@pytest.mark.parametrize("terms", PaymentTerms)
def test_what_a_provider_sets_aside_after_the_cancellation_is_let_go(terms: PaymentTerms) -> None:
    begun = story().after(ask_authorization(terms=terms), cancel())
    seen = len(begun.history.streams[ORDER])
    begun.after(answer())
    go_on(begun, seen)
    assert last_request(begun).kind is PaymentRequestKind.VOID


def test_what_is_left_over_is_let_go_when_the_last_goods_leave() -> None:
    """Of 23.80 EUR for two caps, the 11.90 of the one that is still wanted are paid early."""
    begun = story().after(ask_authorization(terms=LATER), answer(), edit({uid(1): 1}))
    go_on(begun)
    begun.after(report(PaymentReportKind.CAPTURED, "11.90"))
    seen = len(begun.history.streams[ORDER])
    go_on(begun, seen)
    assert last_request(begun).kind is not PaymentRequestKind.VOID  # goods are still to come
    begun.after(dispatch(1))
    go_on(begun, seen)
    assert last_request(begun).kind is PaymentRequestKind.VOID


def test_what_was_authorized_elsewhere_is_left_to_whoever_did_it() -> None:
    begun = story().after(authorize("23.80"), cancel())
    begun.when(VoidUnneededAuthorizations(order_id=ORDER)).then({})


def test_an_authorization_that_is_still_needed_is_kept() -> None:
    begun = story().after(ask_authorization(), answer(), cancel({uid(1): 1}))
    begun.when(VoidUnneededAuthorizations(order_id=ORDER)).then({})
