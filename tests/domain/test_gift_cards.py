"""Gift cards: money under a secret code that pays for orders and takes refunds back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.payments_shop import (
    ask_authorization,
    ask_refund,
    order,
    report,
    story,
)
from tests.domain.shop import NOW, ORDER, REQUEST, authorize, cancel, eur, paid, refund, uid

from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.gift_cards.events import GiftCardCredited, GiftCardIssued, GiftCardRedeemed
from oms_core.gift_cards.gift_card import (
    GiftCard,
    GiftCardAlreadyIssued,
    GiftCardBalanceTooLow,
    GiftCardExpired,
    NoSuchGiftCard,
    gift_card_id,
)
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import PaymentPosted
from oms_core.orders.refusals import OrderCancelled, PaymentExceedsTotal
from oms_core.payments.events import (
    AuthorizationRequested,
    CaptureRequested,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentRefunded,
    PaymentReportKind,
    RefundRequested,
)
from oms_core.payments.gift_cards import PayWithGiftCard
from oms_core.payments.payment import payment_id
from oms_core.payments.refusals import GiftCardsPayThemselves, NothingToAuthorize

CODE = "Rosen-7K2q"
CARD = gift_card_id(CODE)
REFERENCE = f"7K2q {REQUEST}"
PAYMENT = payment_id("gift_card", REFERENCE)
CAPTURE = natural_id("capture", str(PAYMENT))


def issue(amount: str = "50", **changed: Any) -> IssueGiftCard:
    return IssueGiftCard(**{"code": CODE, "amount": eur(amount)} | changed)


def pay(amount: str | None = None, **changed: Any) -> PayWithGiftCard:
    usual: dict[str, Any] = {"order_id": ORDER, "request_id": REQUEST, "code": CODE, "at": NOW}
    money = None if amount is None else eur(amount)
    return PayWithGiftCard(**usual | {"amount": money} | changed)


def begun(amount: str = "50") -> Story:
    return story().after(issue(amount))


def balance(story: Story) -> Money:
    return story.history.fold(GiftCard, CARD).balance


def test_a_card_is_issued_without_its_code() -> None:
    story().when(issue(expires_at=NOW)).then(
        {CARD: [GiftCardIssued(last4="7K2q", amount=eur("50"), expires_at=NOW)]}
    )


def test_a_code_is_issued_once_whatever_its_case() -> None:
    begun().when(issue(code=CODE.lower())).refused(GiftCardAlreadyIssued, field="code")


@pytest.mark.parametrize("code", ["short", "", "4111 1111 1111 1111"])
def test_a_code_is_long_enough_and_no_card_number(code: str) -> None:
    with pytest.raises(ValidationError, match="code"):
        issue(code=code)


def test_it_pays_in_the_transaction_of_the_payment() -> None:
    begun().when(pay("20", code=CODE.upper())).then(
        {
            CARD: [GiftCardRedeemed(payment_id=PAYMENT, order_id=ORDER, amount=eur("20"))],
            PAYMENT: [
                AuthorizationRequested(
                    request_id=REQUEST,
                    order_id=ORDER,
                    amount=eur("20"),
                    method="gift_card",
                    provider="gift_card",
                    reference=REFERENCE,
                    gift_card_id=CARD,
                ),
                PaymentAuthorized(request_id=REQUEST, amount=eur("20")),
                CaptureRequested(request_id=CAPTURE, amount=eur("20"), reference=REFERENCE),
                PaymentCaptured(request_id=CAPTURE, amount=eur("20")),
            ],
            ORDER: [
                PaymentPosted(payment_id=PAYMENT, authorized=Decimal(20), captured=Decimal(20))
            ],
        }
    )


@pytest.mark.parametrize(("on_card", "paid", "left"), [("50", "23.80", "26.20"), ("5", "5", "0")])
def test_without_an_amount_it_pays_as_much_as_it_can(on_card: str, paid: str, left: str) -> None:
    done = begun(on_card).after(pay())
    assert (order(done).captured, balance(done)) == (Decimal(paid), eur(left))


def test_the_same_payment_is_made_once() -> None:
    begun().after(pay("5")).when(pay("5")).then({})


def test_several_cards_and_a_card_payment_pay_one_order() -> None:
    done = begun("10").after(issue("5", code="another-code"), pay())
    done.after(pay(code="another-code", request_id=uid(94)), ask_authorization())
    assert order(done).captured == Decimal(15)
    assert order(done).payment_ids[0] == PAYMENT


def test_it_pays_no_more_than_is_left_on_it() -> None:
    begun("5").when(pay("5.01")).refused(
        GiftCardBalanceTooLow,
        "5.01 EUR were to be paid with the gift card, but only 5.00 EUR are left",
        field="amount",
    )
    used_up = begun("5").after(pay())
    used_up.when(pay(request_id=uid(94))).refused(GiftCardBalanceTooLow, field="amount")


def test_it_pays_no_more_than_is_owed() -> None:
    begun().when(pay("23.81")).refused(PaymentExceedsTotal, field="amount")
    begun().after(authorize("23.80")).when(pay()).refused(NothingToAuthorize)
    begun().after(cancel()).when(pay("1")).refused(OrderCancelled)


def test_it_pays_until_it_expires() -> None:
    done = story().after(issue(expires_at=NOW))
    done.when(pay("1")).refused(GiftCardExpired, "expired at 2026-03-01T12:00:00", field="code")
    done.after(pay("1", at=NOW - timedelta(seconds=1)))


def test_it_pays_in_its_own_currency() -> None:
    dollars = issue().model_copy(update={"amount": Money(Decimal(9), "USD")})
    story().after(dollars).when(pay("1")).refused(CurrencyMismatch, field="code")


def test_an_unknown_code_is_refused_without_repeating_it() -> None:
    with pytest.raises(NoSuchGiftCard) as caught:
        story().history.execute(pay())
    assert CODE not in str(caught.value)


@pytest.mark.parametrize("asked", [True, False])
def test_a_refund_goes_back_to_the_card_at_once(asked: bool) -> None:
    done = begun().after(pay("20"))
    noted = refund("5", provider="gift_card", method="gift_card", reference=REFERENCE)
    command: Command = ask_refund("5", payment_id=PAYMENT, installed=()) if asked else noted
    reference = command.model_dump().get("reference", str(uid(92)))
    request_id = command.model_dump()["request_id"]
    done.when(command.model_copy(update={"request_id": uid(92)})).then(
        {
            PAYMENT: [
                RefundRequested(request_id=uid(92), amount=eur("5"), reference=reference),
                PaymentRefunded(request_id=uid(92), amount=eur("5")),
            ],
            ORDER: [PaymentPosted(payment_id=PAYMENT, refunded=Decimal(5))],
            CARD: [GiftCardCredited(payment_id=PAYMENT, order_id=ORDER, amount=eur("5"))],
        }
    )
    assert request_id
    assert balance(done) == eur("35")


def test_a_refund_of_another_payment_leaves_the_card_alone() -> None:
    done = begun().after(pay("3.80"), *paid("20"), refund("20"))
    assert balance(done) == eur("46.20")


def test_nobody_else_speaks_for_a_gift_card() -> None:
    done = begun().after(pay("5"))
    commands: list[Command] = [
        authorize("1", provider="gift_card", reference="x"),
        ask_authorization("1", provider="gift_card"),
        report(PaymentReportKind.CAPTURED, provider="gift_card", reference=REFERENCE),
    ]
    for command in commands:
        done.when(command).refused(GiftCardsPayThemselves, "payWithGiftCard", field="provider")
