"""Discounts, one after the other, each split over the lines so that its shares sum to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms_core.kernel.money import split
from oms_core.kernel.refusal import Invalid
from oms_core.pricing.policy import PricingPolicy

ZERO = Decimal(0)


class DiscountTooLarge(Invalid):
    """A discount of {discount} is more than the goods cost ({subtotal})."""


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount off, or a percentage (10 is 10 %) of what the discounts before it left.

    One that is `capped` takes what is left when its amount is more than that; any other is
    refused then, naming its `field` in the input.
    """

    amount: Decimal = ZERO
    percent: Decimal | None = None
    code: str | None = None
    reason: str | None = None
    capped: bool = False
    field: tuple[str, ...] = ()

    def off(self, price: Decimal, policy: PricingPolicy, currency: str) -> Decimal:
        """Tell what it takes off a price. Raises `DiscountTooLarge`."""
        if self.percent is not None:
            return policy.rounded(price * self.percent / 100, currency)
        if self.amount > price and not self.capped:
            raise DiscountTooLarge(discount=self.amount, subtotal=price, field=self.field)
        return min(self.amount, price)


def shares(
    discount: Discount, prices: Sequence[Decimal], policy: PricingPolicy, currency: str
) -> list[Decimal]:
    """Split what a discount takes off all prices together by these; no share exceeds its price.

    Raises `DiscountTooLarge`.
    """
    return split(discount.off(sum(prices, ZERO), policy, currency), prices, currency)
