"""What is due on goods that enter a country: the protocol of rates, and rates by a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from oms_core.duties.events import DutyRate, DutyRatesPublished
from oms_core.kernel.refusal import NotAllowedInState

ZERO = Decimal(0)


class NoDutyRate(NotAllowedInState):
    """There is no duty rate for {sku} (commodity code {code}, made in {origin}) into {country}.
    Declare the product's facts, publish a rate, or give the order's duties.
    """


@dataclass(frozen=True, slots=True)
class EnteringGoods:
    """So much of a product that is sent across the border. `value` is without tax."""

    sku: str
    value: Decimal
    commodity_code: str | None
    origin_country: str | None


@dataclass(frozen=True, slots=True)
class Consignment:
    """What enters a country with one order, from outside of its customs territory."""

    country: str
    currency: str
    goods: Sequence[EnteringGoods]
    shipping: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What is due on goods: `rate` of their customs value; nothing when they are free."""

    value: Decimal
    rate: Decimal

    @property
    def amount(self) -> Decimal:
        """The duty, not rounded yet."""
        return self.value * self.rate


class DutyRates(Protocol):
    """Tells what is due. Another source of rates than the table has this method."""

    def due(self, consignment: Consignment) -> list[Due | None]:
        """Tell what is due on each of the goods, in their order; None where no rate is known."""
        ...


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one territory: of those that fit, the longest code; then one that names the
    origin; then the first.
    """

    published: DutyRatesPublished

    def due(self, consignment: Consignment) -> list[Due | None]:
        """Tell what is due."""
        worth = sum((goods.value for goods in consignment.goods), ZERO)
        if self._is_free(worth, consignment.currency):
            return [Due(goods.value, ZERO) for goods in consignment.goods]
        shipping = consignment.shipping if self.published.includes_shipping else ZERO
        return [
            None
            if (rate := self._rate(goods)) is None
            else Due(goods.value + (shipping * goods.value / worth if worth else ZERO), rate)
            for goods in consignment.goods
        ]

    def _is_free(self, worth: Decimal, currency: str) -> bool:
        limits = {limit.currency: limit.amount for limit in self.published.free_up_to}
        return worth <= limits.get(currency, ZERO)

    def _rate(self, goods: EnteringGoods) -> Decimal | None:
        fitting = [rate for rate in self.published.rates if _fits(rate, goods)]
        if not fitting:
            return None
        return max(
            fitting, key=lambda each: (len(digits(each.commodity_code)), bool(each.origins))
        ).rate


def _fits(rate: DutyRate, goods: EnteringGoods) -> bool:
    return digits(goods.commodity_code or "").startswith(digits(rate.commodity_code)) and (
        not rate.origins or goods.origin_country in rate.origins
    )


def digits(commodity_code: str) -> str:
    """Leave out spaces and dots, so that a code is the same however it is written."""
    return re.sub(r"[ .]", "", commodity_code)
