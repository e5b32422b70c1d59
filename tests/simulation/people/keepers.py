"""Keepers of the catalogue: they declare facts, change prices for a while, and publish duties."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tests.simulation.people.merchants import CURRENCY, PRICES
from tests.simulation.people.person import Person

from oms_core.catalogue.commands import DeclareProductFacts, SetPrice, WithdrawPrice
from oms_core.duties.commands import PublishDutyRates, WithdrawDutyRates
from oms_core.kernel.money import Money


class Keepers(Person):
    """Change something every other day, and take some of it back."""

    def begin(self, orders: int) -> None:
        for _ in range(orders // 40 + 1):
            act = self.one_of([self._declare, self._price, self._price, self._duties])
            self.world.after(self.rng.uniform(0, orders / 4), act)

    def _declare(self) -> None:
        grams = self.one_of([None, 50, 900, 2500])
        code = self.one_of([None, "61099020", "691200"])
        facts = {"weight_grams": grams, "origin_country": "CN", "commodity_code": code}
        self.ask(DeclareProductFacts(sku=self.one_of(list(PRICES)), **facts))

    def _price(self) -> None:
        sku, currency = self.one_of(list(PRICES)), self.one_of(["EUR", "EUR", "JPY"])
        price = Money(Decimal(self.rng.randint(0, 60)), currency)
        at = {"valid_from": self.now, "channel": self.one_of([None, *CURRENCY])}
        until = self.now + timedelta(days=2) if self.chance(0.5) else None
        self.ask(SetPrice(sku=sku, price=price, valid_until=until, **at))
        if self.chance(0.5):
            withdraw = WithdrawPrice(sku=sku, currency=currency, **at)
            self.world.soon(10, lambda: self.ask(withdraw))

    def _duties(self) -> None:
        """Hamburg is at home; goods that are sent from outside pay, while there is an outside."""
        rates = [{"commodity_code": code, "rate": Decimal("0.12")} for code in ("", "6109")]
        self.ask(
            PublishDutyRates.model_validate(
                {
                    "territory": self.one_of(["EU", "CH"]),
                    "countries": ("DE",),
                    "rates": rates[: self.rng.randint(1, 2)],
                    "includes_shipping": self.chance(0.5),
                }
            )
        )
        withdraw = WithdrawDutyRates(territory=self.one_of(["EU", "CH"]), reason="treaty")
        self.world.soon(10, lambda: self.ask(withdraw))
