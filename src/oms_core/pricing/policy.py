"""How prices are read and rounded: what a channel may configure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from oms_core.kernel.money import rounded


class RoundingMode(StrEnum):
    """Which way an amount goes that lies exactly between two."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"


class RoundingLevel(StrEnum):
    """What tax is rounded on: each line, or the sum of all that is taxed at one rate."""

    LINE = "LINE"
    DOCUMENT = "DOCUMENT"


_ROUNDING = {mode: f"ROUND_{mode}" for mode in RoundingMode}
"""What the decimal module calls them."""


@dataclass(frozen=True, slots=True)
class PricingPolicy:
    """How a channel's prices are meant. Rates are shares: 0.19 is 19 %."""

    prices_include_tax: bool = False
    rounding_mode: RoundingMode = RoundingMode.HALF_UP
    rounding_level: RoundingLevel = RoundingLevel.LINE
    shipping_tax_rate: Decimal = Decimal(0)

    def rounded(self, amount: Decimal, currency: str) -> Decimal:
        """Round to the currency's decimals, halves as configured."""
        return rounded(amount, currency, _ROUNDING[self.rounding_mode])
