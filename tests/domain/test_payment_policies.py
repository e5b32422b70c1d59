"""What a channel decides about payments: their terms, and what is collected by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.payments_shop import (
    CAPTURE,
    PAYMENT,
    WHOLE,
    answer,
    ask_authorization,
    ask_capture,
    order,
    payment,
    posted,
    report,
)
from tests.domain.shop import (
    NOW,
    ORDER,
    REQUEST,
    authorize,
    cancel,
    dispatch,
    eur,
    place,
    stocked,
    uid,
)

from oms_core.channels.commands import ConfigureChannel, PaymentRules
from oms_core.kernel.identity import natural_id
from oms_core.orders.commands import HoldOrder
from oms_core.orders.order import Order
from oms_core.payments.events import CaptureRequested, PaymentAuthorized
from oms_core.payments.events import PaymentReportKind as Kind
from oms_core.payments.outcomes import ExpireAuthorization, Result
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.policy import LapseCapture
from oms_core.payments.refusals import NoSuchPayment
from oms_core.payments.settling import CaptureBeforeLapse
from oms_core.payments.terms import PaymentTerms
from oms_core.shipments.commands import ReleaseToWarehouse

ON_DISPATCH, LATER = PaymentTerms.CAPTURE_ON_DISPATCH, PaymentTerms.PAY_LATER
LAPSES = NOW + timedelta(days=7)
DUE = LAPSES - timedelta(days=1)
BY_ITSELF = natural_id("capture when authorized", str(PAYMENT))
SAVED = natural_id("capture before lapse", str(PAYMENT), DUE.isoformat())
SAVE = CaptureBeforeLapse(payment_id=PAYMENT, at=DUE)


def story(**policy: Any) -> Story:
    """Two caps in a channel with this policy: 23.80 EUR with tax."""
    channel = ConfigureChannel(code="web", payments=PaymentRules(**policy))
    return Story().after(*stocked({("CAP", "HAM"): 5}), channel, place(("CAP", 2)))


def asked(id: Any, amount: str = WHOLE) -> CaptureRequested:
    return CaptureRequested(request_id=id, amount=eur(amount), reference=str(id), asked=True)


# --------------------------------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("provider", "said", "expected"),
    [
        ("sandbox", None, ON_DISPATCH),
        ("sandbox", LATER, LATER),
        ("sandbox", PaymentTerms.PREPAID, PaymentTerms.PREPAID),
        ("invoice", None, LATER),
    ],
)
def test_terms_are_those_said_or_usual_with_the_provider_or_in_the_channel(
    provider: str, said: PaymentTerms | None, expected: PaymentTerms
) -> None:
    begun = story(terms=ON_DISPATCH)
    begun.after(ask_authorization("1", provider=provider, terms=said))
    begun.after(authorize("1", provider=provider, reference="noted", terms=said))
    for reference in ("p-1", "noted"):
        opened = begun.history.fold(Payment, payment_id(provider, reference))
        assert opened.terms is expected


def test_money_that_nobody_requested_has_the_terms_of_the_channel() -> None:
    begun = story(terms=ON_DISPATCH).after(report(Kind.AUTHORIZED, order_id=ORDER))
    assert payment(begun).terms is ON_DISPATCH


def test_an_order_keeps_the_policy_that_it_was_placed_under() -> None:
    begun = story(terms=ON_DISPATCH).after(ConfigureChannel(code="web"), ask_authorization())
    assert payment(begun).terms is ON_DISPATCH


# --------------------------------------------------------------------------- when authorized


def test_what_was_asked_for_is_collected_as_soon_as_it_is_authorized() -> None:
    begun = story(capture_when_authorized=True).after(ask_authorization())
    begun.when(answer()).then(
        {
            PAYMENT: [
                PaymentAuthorized(request_id=REQUEST, amount=eur(WHOLE)),
                asked(BY_ITSELF),
            ],
            ORDER: [posted(authorized=WHOLE, capturing=WHOLE, authorizing="-23.80")],
        }
    )
    begun.when(answer()).then({})
    begun.after(answer(BY_ITSELF))
    assert order(begun).captured == Decimal(WHOLE)


def test_a_webhook_that_tells_of_an_authorization_has_it_collected_too() -> None:
    begun = story(capture_when_authorized=True).after(ask_authorization())
    begun.after(answer(result=Result.PENDING), report(Kind.AUTHORIZED, request_id=REQUEST))
    assert payment(begun).requests[-1].id == BY_ITSELF
    begun.after(
        answer(BY_ITSELF, Result.DECLINED), report(Kind.AUTHORIZED, event="e2", request_id=REQUEST)
    )
    assert len(payment(begun).requests) == 2  # a declined one is for people to ask again


@pytest.mark.parametrize(
    "told",
    [
        [ask_authorization(terms=ON_DISPATCH), answer()],
        [ask_authorization(), answer(result=Result.DECLINED)],
        [ask_authorization(), answer(result=Result.PENDING)],
        [report(Kind.AUTHORIZED, order_id=ORDER)],
        [ask_authorization(), report(Kind.CAPTURED)],
    ],
    ids=["on dispatch", "declined", "pending", "asked elsewhere", "collected already"],
)
def test_nothing_else_is_collected_by_itself(told: list[Any]) -> None:
    begun = story(capture_when_authorized=True).after(*told)
    assert all(request.id != BY_ITSELF for request in payment(begun).requests)


def test_no_more_than_is_owed_is_collected_by_itself() -> None:
    begun = story(capture_when_authorized=True).after(ask_authorization(), cancel({uid(1): 1}))
    begun.after(answer())
    assert payment(begun).requests[-1].amount == eur("11.90")
    too_late = story(capture_when_authorized=True).after(ask_authorization(), cancel(), answer())
    assert too_late.history.fold(Order, ORDER).account.capturing == 0


# ------------------------------------------------------------------------------ before it lapses


def authorized(policy: LapseCapture, **terms: Any) -> Story:
    begun = story(capture_before_lapse=policy)
    return begun.after(ask_authorization(**terms), answer(expires_at=LAPSES))


def test_when_it_is_collected_is_told_with_the_authorization() -> None:
    for policy, at in ((LapseCapture.NONE, None), (LapseCapture.ALL, DUE)):
        begun = authorized(policy)
        assert begun.history.streams[PAYMENT][-1] == PaymentAuthorized(
            request_id=REQUEST, amount=eur(WHOLE), expires_at=LAPSES, capture_at=at
        )
    forever = story(capture_before_lapse=LapseCapture.ALL).after(ask_authorization(), answer())
    assert forever.history.fold(Payment, PAYMENT).capture_at is None


def test_all_that_is_owed_is_collected_once_before_it_lapses() -> None:
    begun = authorized(LapseCapture.ALL)
    begun.when(SAVE).then({PAYMENT: [asked(SAVED)], ORDER: [posted(capturing=WHOLE)]})
    begun.when(SAVE).then({})
    begun.when(ExpireAuthorization(payment_id=PAYMENT, at=LAPSES)).then({})
    begun.after(answer(SAVED))
    assert order(begun).captured == Decimal(WHOLE)


def test_only_what_has_left_is_collected_where_the_channel_says_so() -> None:
    begun = Story().after(
        *stocked({("CAP", "HAM"): 1, ("CAP", "MUC"): 1}),
        ConfigureChannel(
            code="web", payments=PaymentRules(capture_before_lapse=LapseCapture.SHIPPED)
        ),
        place(("CAP", 2)),
        ask_authorization(terms=LATER),
        answer(expires_at=LAPSES),
        ReleaseToWarehouse(order_id=ORDER),
        dispatch(1),
    )
    begun.when(SAVE).then(
        {PAYMENT: [asked(SAVED, "11.90")], ORDER: [posted(capturing="11.90", terms=LATER)]}
    )
    begun.after(answer(SAVED), ExpireAuthorization(payment_id=PAYMENT, at=LAPSES))
    assert (order(begun).captured, order(begun).authorized) == (Decimal("11.90"),) * 2


@pytest.mark.parametrize("policy", [LapseCapture.NONE, LapseCapture.SHIPPED])
def test_nothing_is_collected_of_an_order_that_nothing_left_of(policy: LapseCapture) -> None:
    authorized(policy).when(SAVE).then({})


def test_an_order_on_hold_is_not_charged_for_what_may_never_be_sent() -> None:
    begun = authorized(LapseCapture.ALL).after(
        HoldOrder(order_id=ORDER, hold_id=uid(70), reason="three cards")
    )
    begun.when(SAVE).then({})


def test_nothing_is_saved_of_what_is_cancelled_collected_or_not_ours_to_ask_for() -> None:
    authorized(LapseCapture.ALL).after(cancel()).when(SAVE).then({})
    authorized(LapseCapture.ALL).after(ask_capture(), answer(CAPTURE)).when(SAVE).then({})
    noted = story(capture_before_lapse=LapseCapture.ALL)
    noted.after(authorize(WHOLE, provider="sandbox", reference="p-1", expires_at=LAPSES))
    noted.when(SAVE).then({})


def test_an_authorization_that_was_prolonged_is_saved_later() -> None:
    begun = authorized(LapseCapture.ALL, amount="10")
    later = LAPSES + timedelta(days=7)
    begun.after(report(Kind.AUTHORIZED, "13.80", transaction="t-2", expires_at=later))
    begun.when(SAVE).then({})
    begun.after(CaptureBeforeLapse(payment_id=PAYMENT, at=later - timedelta(days=1)))
    assert payment(begun).requests[-1].amount == eur(WHOLE)


def test_unknown_payments_are_refused() -> None:
    Story().when(SAVE).refused(NoSuchPayment)


def test_a_lead_of_no_time_is_refused() -> None:
    with pytest.raises(ValidationError, match="capture_ahead"):
        PaymentRules(capture_ahead=timedelta(0))
