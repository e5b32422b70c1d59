"""Short words for payments that are asked for, answered and reported."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.domain.kit import Story
from tests.domain.shop import ORDER, REQUEST, eur, place, stocked, uid

from oms_core.orders.events import PaymentPosted
from oms_core.orders.order import Order
from oms_core.orders.view import OrderView
from oms_core.payments.asking import (
    RequestAuthorization,
    RequestCapture,
    RequestRefund,
    RequestVoid,
)
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.outcomes import RecordPaymentOutcome, ReportPaymentEvent, Result
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.view import PaymentView

PAYMENT = payment_id("sandbox", "p-1")
CAPTURE, REFUND, VOID = uid(91), uid(92), uid(93)
WHOLE = "23.80"


def story() -> Story:
    """Two caps: 23.80 EUR with tax."""
    return Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2)))


def ask_authorization(amount: str | None = None, **changed: Any) -> RequestAuthorization:
    usual: dict[str, Any] = {
        "order_id": ORDER,
        "request_id": REQUEST,
        "amount": None if amount is None else eur(amount),
        "method": "card",
        "provider": "sandbox",
        "reference": "p-1",
    }
    return RequestAuthorization(**usual | changed)


def ask_capture(amount: str | None = None, **changed: Any) -> RequestCapture:
    money = None if amount is None else eur(amount)
    return RequestCapture(
        **{"payment_id": PAYMENT, "request_id": CAPTURE, "amount": money} | changed
    )


def ask_refund(amount: str | None = None, **changed: Any) -> RequestRefund:
    money = None if amount is None else eur(amount)
    return RequestRefund(**{"payment_id": PAYMENT, "request_id": REFUND, "amount": money} | changed)


def ask_void(**changed: Any) -> RequestVoid:
    return RequestVoid(**{"payment_id": PAYMENT, "request_id": VOID} | changed)


def answer(
    request: UUID = REQUEST, result: Result = Result.SUCCEEDED, **told: Any
) -> RecordPaymentOutcome:
    return RecordPaymentOutcome(
        **{"payment_id": PAYMENT, "request_id": request, "result": result} | told
    )


def report(
    kind: PaymentReportKind, amount: str = WHOLE, event: str = "evt-1", **told: Any
) -> ReportPaymentEvent:
    usual: dict[str, Any] = {"provider": "sandbox", "reference": "p-1", "amount": eur(amount)}
    return ReportPaymentEvent(kind=kind, event_id=event, **usual | told)


def posted(**changed: Any) -> PaymentPosted:
    amounts = {n: Decimal(v) if type(v) is str else v for n, v in changed.items()}
    return PaymentPosted(payment_id=PAYMENT, **amounts)


def authorized() -> Story:
    return story().after(ask_authorization(), answer())


def captured() -> Story:
    return authorized().after(ask_capture(), answer(CAPTURE))


def order(story: Story) -> OrderView:
    return story.history.fold(Order, ORDER).view()


def payment(story: Story) -> PaymentView:
    return story.history.fold(Payment, PAYMENT).view()
