"""Buyers: they order, on several channels, with and without coupons, and some change their mind."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.domain.shop import ADDRESS
from tests.simulation.people.merchants import COUPONS, CURRENCY, LOCATIONS, PRICES
from tests.simulation.people.person import Person

from oms_core.kernel.money import Money, smallest
from oms_core.orders.commands import CancelOrder
from oms_core.orders.events import OrderPlaced
from oms_core.orders.placing import Customer, PlaceOrder, WantedDiscount, WantedLine

MEAN_HOURS_BETWEEN = 0.25
QUANTITIES = (*[1] * 12, *[2] * 8, *[3] * 4, 5, 5, 8, 40)
METHODS = ("STANDARD", "EXPRESS", "van")


class Buyers(Person):
    """Place the orders of a world, a few an hour."""

    def listen(self) -> None:
        self.on(OrderPlaced, self._placed)

    def begin(self, orders: int) -> None:
        self._number = 0
        self._left = orders
        self._next()

    def _next(self) -> None:
        self._number += 1
        self.ask(self._wanted(f"{self._number}"))
        self._left -= 1
        if self._left > 0:
            self.world.soon(MEAN_HOURS_BETWEEN, self._next)

    def _wanted(self, number: str) -> PlaceOrder:
        channel = self.one_of(["web", "web", "counter", "counter", "tokyo", "kuwait"])
        currency = CURRENCY[channel]
        skus = self.rng.choices(list(PRICES), k=self.rng.randint(1, 4))
        wanted: dict[str, Any] = {
            "number": number,
            "channel": channel,
            "currency": "USD" if self.chance(0.01) else currency,
            "placed_at": self.now,
            "customer": Customer(reference=f"C-{self.rng.randint(1, 200)}"),
            "shipping_address": ADDRESS,
            "lines": tuple(self._line(sku, currency) for sku in skus),
            "allow_backorder": self.chance(0.4),
            "pickup_location": self.one_of(LOCATIONS) if self.chance(0.15) else None,
            "coupon_code": self.one_of(COUPONS) if self.chance(0.15) else None,
            "shipping_price": self._money(5, currency) if self.chance(0.5) else None,
            "shipping_tax_rate": Decimal("0.07") if self.chance(0.1) else None,
            "duties": self._money(20, currency) if self.chance(0.1) else None,
            "discounts": self._discounts(currency),
            "discount": self._money(3, currency) if self.chance(0.1) else None,
            "shipping_method": self._method(currency),
            "priority": self.one_of([0, 0, 0, 5]),
        }
        return PlaceOrder(**wanted)

    def _method(self, currency: str) -> str | None:
        likely = 0.3 if currency == "EUR" else 0.03
        return self.one_of(METHODS) if self.chance(likely) else None

    def _line(self, sku: str, currency: str) -> WantedLine:
        priced = currency != "EUR" or self.chance(0.2)
        free = self.chance(0.02)
        return WantedLine(
            line_id=self.world.new_id(),
            sku="NONE" if self.chance(0.003) else sku,
            quantity=self.one_of(QUANTITIES),
            unit_price=self._money(0 if free else 50, currency) if priced or free else None,
            tax_rate=Decimal("0.1") if priced and self.chance(0.5) else None,
            discount=WantedDiscount(percent=Decimal("12.5")) if self.chance(0.1) else None,
            promised_by=self.now + timedelta(days=9) if self.chance(0.1) else None,
        )

    def _discounts(self, currency: str) -> tuple[WantedDiscount, ...]:
        if self.chance(0.05):
            amount = Money(smallest(currency) * 777, currency)
            return (WantedDiscount(amount=amount), WantedDiscount(percent=Decimal(1)))
        return (WantedDiscount(percent=Decimal(100)),) if self.chance(0.01) else ()

    def _money(self, most: int, currency: str) -> Money:
        unit = smallest(currency)
        return Money(self.rng.randint(0, int(most / unit)) * unit, currency)

    def _placed(self, id: UUID, _: OrderPlaced) -> None:
        if self.chance(0.06):
            self.world.soon(6, lambda: self._cancel(id))

    def _cancel(self, id: UUID) -> None:
        some = self.some(self.order(id), lambda line: line.cancellable) or None
        self.ask(CancelOrder(order_id=id, reason="changed my mind", lines=some))
