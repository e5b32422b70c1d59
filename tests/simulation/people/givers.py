"""Givers: they buy gift cards, and those who got one pay with it what it covers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from tests.simulation.people.merchants import CURRENCY
from tests.simulation.people.person import Person
from tests.simulation.world import BEGIN

from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.kernel.money import Money
from oms_core.orders.events import OrderPlaced
from oms_core.payments.gift_cards import PayWithGiftCard

CARDS_OF_A_CURRENCY = 3
AMOUNTS = (Decimal(5), Decimal(50), Decimal(500))


class Givers(Person):
    """Give cards in every currency, some of which expire, and one of which nobody ever bought."""

    def listen(self) -> None:
        self.on(OrderPlaced, lambda id, _: self._placed(id))

    def begin(self, orders: int) -> None:
        for currency in sorted(set(CURRENCY.values())):
            for number in range(CARDS_OF_A_CURRENCY):
                expires = BEGIN + timedelta(hours=orders / 8) if number == 0 else None
                amount = Money(self.one_of(AMOUNTS), currency)
                code = _code(currency, number)
                self.ask(IssueGiftCard(code=code, amount=amount, expires_at=expires))

    def _placed(self, id: UUID) -> None:
        if self.chance(0.15):
            for _ in range(self.one_of([1, 1, 2])):
                self.world.soon(self.one_of([0.1, 20]), lambda: self._pay(id))

    def _pay(self, id: UUID) -> None:
        order = self.order(id)
        currency = self.one_of([order.terms.currency] * 9 + ["EUR"])
        part = self.part_of(max(order.to_pay, Decimal(0)) / 2, order.terms.currency)
        self.ask(
            PayWithGiftCard(
                order_id=id,
                request_id=self.world.new_id(),
                code=_code(currency, self.rng.randint(0, CARDS_OF_A_CURRENCY)),
                amount=part if part.amount and self.chance(0.4) else None,
                at=self.now,
            )
        )


def _code(currency: str, number: int) -> str:
    return f"GIFT-{currency}-{number}"
