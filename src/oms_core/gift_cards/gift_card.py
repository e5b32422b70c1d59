"""A gift card: what is left on it, never less than nothing nor more than was issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from oms_core.gift_cards.events import (
    GiftCardCredited,
    GiftCardEvent,
    GiftCardIssued,
    GiftCardRedeemed,
)
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import (
    AlreadyExists,
    CurrencyMismatch,
    NotAllowedInState,
    NotFound,
    Refusal,
)


class NoSuchGiftCard(NotFound):
    """There is no gift card of this code. Check how it is written."""


class GiftCardAlreadyIssued(AlreadyExists):
    """A gift card of this code was issued already. Choose another code."""


class GiftCardExpired(NotAllowedInState):
    """The gift card expired at {expires_at}. Pay in another way."""


class GiftCardBalanceTooLow(Refusal):
    """{wanted} were to be paid with the gift card, but only {balance} are left on it. Pay the rest
    in another way.
    """

    CODE = "PAYMENT_EXCEEDED"


def gift_card_id(code: str) -> UUID:
    """Give the stream of a code; upper and lower case are the same."""
    return natural_id("gift card", code.casefold())


@dataclass(frozen=True, slots=True)
class GiftCardView:
    """A gift card as an answer shows it: never its code."""

    id: UUID
    version: int
    last4: str
    amount: Money
    balance: Money
    expires_at: datetime | None


class GiftCard(Aggregate[GiftCardEvent]):
    """One code."""

    MISSING = NoSuchGiftCard
    facts: GiftCardIssued
    balance: Money

    def issue(self, facts: GiftCardIssued) -> None:
        """Put the amount on it, once."""
        if self.exists:
            raise GiftCardAlreadyIssued(field=("code",))
        self.record(facts)

    def refuse_unless_pays(self, amount: Money, at: datetime) -> None:
        """Refuse to pay what it can't at a moment; ask before anything is recorded."""
        expires_at = self.facts.expires_at
        if expires_at is not None and at >= expires_at:
            raise GiftCardExpired(expires_at=expires_at.isoformat(), field=("code",))
        if amount.currency != self.balance.currency:
            raise CurrencyMismatch(
                given=self.balance.currency, expected=amount.currency, field=("code",)
            )
        if self.balance < amount or not self.balance.amount:
            raise GiftCardBalanceTooLow(wanted=amount, balance=self.balance, field=("amount",))

    def redeem(self, payment_id: UUID, order_id: UUID, amount: Money) -> None:
        """Pay for an order."""
        self.record(GiftCardRedeemed(payment_id=payment_id, order_id=order_id, amount=amount))

    def credit(self, payment_id: UUID, order_id: UUID, amount: Money) -> None:
        """Take back what it paid. The payment guards that it is no more than that."""
        self.record(GiftCardCredited(payment_id=payment_id, order_id=order_id, amount=amount))

    def evolve(self, event: GiftCardEvent) -> None:
        match event:
            case GiftCardIssued():
                self.facts, self.balance = event, event.amount
            case GiftCardRedeemed():
                self.balance -= event.amount
            case GiftCardCredited():
                self.balance += event.amount
            case _:
                assert_never(event)

    def view(self) -> GiftCardView:
        """Show the gift card as it is now."""
        return GiftCardView(
            id=self.id,
            version=self.version,
            last4=self.facts.last4,
            amount=self.facts.amount,
            balance=self.balance,
            expires_at=self.facts.expires_at,
        )
