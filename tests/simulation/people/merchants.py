"""Merchants: they open the shop, offer coupons, and close a location for a while."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.simulation.people.person import Person
from tests.simulation.world import BEGIN

from oms_core.catalogue.commands import RegisterProduct
from oms_core.channels.commands import ConfigureChannel, PaymentRules, ReturnRules
from oms_core.coupons.commands import IssueCoupon, WithdrawCoupon
from oms_core.kernel.money import Money
from oms_core.locations.commands import (
    CloseLocation,
    ConfigureLocation,
    RegisterLocation,
    ReopenLocation,
)
from oms_core.locations.traits import LocationKind
from oms_core.payments.policy import LapseCapture
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.shipments.policy import Rerouting
from oms_core.stock.commands import ReceiveStock

PRICES = {"CAP": "19.99", "MUG": "0.05", "PEN": "10", "SET": "249.90", "TEA": "7.77"}
LOCATIONS = ("HAM", "MUC", "LEJ")
CURRENCY = {"web": "EUR", "counter": "EUR", "tokyo": "JPY", "kuwait": "KWD"}
BEST_BEFORE = {"OLD": BEGIN + timedelta(days=1), "NEW": BEGIN + timedelta(days=6), "DRY": None}
"""The lots that tea comes in."""

COUPONS = ("TENTH", "FIVE", "SPRING", "OVER", "ENDED")


def lot_of(sku: str, lot: str = "DRY") -> dict[str, Any]:
    """Say which lot units are of that come in, where their product has lots."""
    until = BEST_BEFORE[lot]
    day = None if until is None else until.date()
    return {"lot": lot, "best_before": day} if sku == "TEA" else {}


class Merchants(Person):
    """Everything that is there before an order can be placed, and what keeps the shop going."""

    def begin(self, orders: int) -> None:
        for code in LOCATIONS:
            self.ask(RegisterLocation(code=code, name=code.title(), country="DE"))
        for sku, price in PRICES.items():
            self.ask(self._product(sku, price))
        self.world.flush()
        for sku in PRICES:
            for code in LOCATIONS[:2]:
                units = self.rng.randint(2, 40)
                self.ask(ReceiveStock(sku=sku, location=code, quantity=units, **lot_of(sku)))
        self._channels()
        self._coupons()
        self.world.flush()
        for _ in range(orders // 50 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._change_location)

    def _product(self, sku: str, price: str) -> RegisterProduct:
        rate = Decimal("0.07") if sku == "TEA" else Decimal("0.19")
        money = Money(Decimal(price), "EUR")
        named = {"sku": sku, "name": sku.title(), "price": money, "tax_rate": rate}
        return RegisterProduct(**named, keeps_lots=bool(lot_of(sku)))

    def _channels(self) -> None:
        rate = Decimal("0.19")
        self.ask(
            ConfigureChannel(
                code="counter",
                currency="EUR",
                prices_include_tax=True,
                rounding_mode=RoundingMode.HALF_EVEN,
                rounding_level=RoundingLevel.DOCUMENT,
                shipping_tax_rate=rate,
                unpaid_expires_after=timedelta(days=2),
                holds_escalate_after=timedelta(hours=6),
                short_picks=Rerouting.CANCEL,
                returns=ReturnRules(needs_approval=True, fee_percent=Decimal(5)),
                payments=PaymentRules(capture_before_lapse=LapseCapture.ALL),
            )
        )
        day = timedelta(days=1)
        self.ask(
            ConfigureChannel(
                code="web",
                unpaid_expires_after=day,
                holds_escalate_after=day,
                backorders_cancel_after=5 * day,
                short_picks=Rerouting.BACKORDER,
                payments=PaymentRules(capture_before_lapse=LapseCapture.SHIPPED),
            )
        )
        self.ask(ConfigureChannel(code="tokyo", currency="JPY", prices_include_tax=True))
        at_once = PaymentRules(capture_when_authorized=True)
        self.ask(
            ConfigureChannel(
                code="kuwait", currency="KWD", shipping_tax_rate=rate, payments=at_once
            )
        )

    def _coupons(self) -> None:
        five = Money(Decimal(5), "EUR")
        self.ask(IssueCoupon(code="TENTH", percent=Decimal(10), usage_limit=20))
        self.ask(IssueCoupon(code="FIVE", amount=five, usage_limit_per_customer=1))
        self.ask(IssueCoupon(code="SPRING", percent=Decimal("2.5")))
        self.ask(IssueCoupon(code="OVER", amount=five))
        end = BEGIN + timedelta(hours=12)
        self.ask(IssueCoupon(code="ENDED", percent=Decimal(50), valid_until=end))
        self.world.soon(20, lambda: self.ask(WithdrawCoupon(code="OVER", reason="over")))

    def _change_location(self) -> None:
        code = self.one_of(LOCATIONS)
        self.ask(
            ConfigureLocation(
                code=code,
                kind=self.one_of(list(LocationKind)),
                capacity_per_day=self.one_of([None, 5, 50]),
            )
        )
        self.ask(CloseLocation(code=code, reason="flooded"))
        self.world.soon(20, lambda: self.ask(ReopenLocation(code=code, reason="dry again")))
