"""One event of every topic of payments and gift cards, in full."""

from __future__ import annotations

from decimal import Decimal

from tests.domain.expected_values import (
    AMOUNT,
    GIFT_CARD,
    LINE,
    NOON,
    ORDER,
    PAYMENT,
    PAYMENTS,
    REQUEST,
)

from oms_core.gift_cards import events as gift_cards
from oms_core.kernel.message import Event
from oms_core.payments import events as payments
from oms_core.payments.terms import PaymentTerms
from oms_core.provider_events.events import ProviderEventHeard

PAYMENT_EVENTS: tuple[Event, ...] = (
    gift_cards.GiftCardIssued(last4="7K2Q", amount=AMOUNT, expires_at=NOON),
    gift_cards.GiftCardRedeemed(payment_id=PAYMENT, order_id=ORDER, amount=AMOUNT),
    gift_cards.GiftCardCredited(payment_id=PAYMENT, order_id=ORDER, amount=AMOUNT),
    payments.AuthorizationRequested(
        request_id=REQUEST,
        order_id=ORDER,
        amount=AMOUNT,
        method="card",
        provider="stripe",
        reference="pi_1",
        asked=True,
        terms=PaymentTerms.CAPTURE_ON_DISPATCH,
        gift_card_id=GIFT_CARD,
        policy=PAYMENTS,
    ),
    payments.PaymentAuthorized(
        request_id=REQUEST,
        amount=AMOUNT,
        expires_at=NOON,
        capture_at=NOON,
        transaction="auth_1",
    ),
    payments.AuthorizationDeclined(request_id=REQUEST, reason="Insufficient funds."),
    payments.AuthorizationExpired(amount=AMOUNT),
    payments.VoidRequested(request_id=REQUEST, amount=AMOUNT, asked=True),
    payments.AuthorizationVoided(request_id=REQUEST, amount=AMOUNT, transaction="void_1"),
    payments.VoidFailed(request_id=REQUEST, reason="Captured already."),
    payments.CaptureRequested(request_id=REQUEST, amount=AMOUNT, reference="ch_1", asked=True),
    payments.PaymentCaptured(request_id=REQUEST, amount=AMOUNT, transaction="ch_1"),
    payments.CaptureFailed(request_id=REQUEST, reason="Insufficient funds."),
    payments.RefundRequested(
        request_id=REQUEST,
        amount=AMOUNT,
        reference="re_1",
        asked=True,
        lines=(payments.LineAmount(line_id=LINE, amount=Decimal("9.90")),),
    ),
    payments.PaymentRefunded(request_id=REQUEST, amount=AMOUNT, transaction="re_1"),
    payments.RefundFailed(request_id=REQUEST, reason="Account closed."),
    payments.RefundReversed(request_id=REQUEST, reason="Account closed."),
    payments.RefundContested(request_id=REQUEST, amount=AMOUNT, transaction="re_8"),
    payments.ContestedRefundAccepted(request_id=REQUEST),
    payments.ContestedRefundDismissed(request_id=REQUEST),
    payments.OutcomeDeferred(request_id=REQUEST),
    payments.ProviderReported(
        report_id="evt_1",
        kind=payments.PaymentReportKind.CAPTURED,
        amount=AMOUNT,
        request_id=REQUEST,
    ),
    payments.ChargebackOpened(case="dp_1", amount=AMOUNT, reason="Not received."),
    payments.ChargebackWon(case="dp_1"),
    payments.ChargebackLost(case="dp_1"),
    ProviderEventHeard(provider="stripe", event_id="evt_1", payment_id=PAYMENT),
)
