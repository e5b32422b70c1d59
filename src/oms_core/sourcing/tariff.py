"""What parcels of a weight cost, in whole millionths of the rules' currency."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal

from oms_core.sourcing.rules import ParcelTariff

MICROS = 6
CENT = Decimal("0.01")


def micros(amount: Decimal) -> int:
    """Write an amount in millionths, so that sums and comparisons are exact and fast."""
    return int(amount.scaleb(MICROS).to_integral_value())


def amount(value: int) -> Decimal:
    """Read millionths as an amount: with cents, or with as many decimals as it needs."""
    exact = Decimal(value).scaleb(-MICROS)
    cents = exact.quantize(CENT)
    return cents if cents == exact else exact.normalize()


class Tariff:
    """A price for every weight. It never falls with the weight."""

    __slots__ = ("_grams", "_prices", "key", "merges", "name")

    def __init__(self, name: str, steps: Iterable[tuple[int, int]]) -> None:
        self.name = name
        self._grams, self._prices = zip(*steps, strict=True)
        self.key = name, self._grams, self._prices
        """Orders tariffs by what they say: nothing depends on where they lie in memory."""
        self.merges = all(
            self.price(a + b) <= self.price(a) + self.price(b)
            for a in self._grams
            for b in self._grams
        )
        """Sending two parcels as one never costs more."""

    @classmethod
    def of(cls, published: ParcelTariff) -> Tariff:
        """Read a published tariff."""
        steps = ((step.up_to_grams, micros(step.price)) for step in published.steps)
        return cls(published.name, steps)

    def price(self, grams: int) -> int:
        """Tell what it costs to send so much; nothing is a parcel, too."""
        most = self._grams[-1]
        full = (grams - 1) // most if grams > most else 0
        rest = bisect_left(self._grams, grams - full * most)
        return int(full * self._prices[-1] + self._prices[rest])

    def steps(self, grams: int) -> Iterator[tuple[int, int]]:
        """Give the weights up to which a price holds, with it, until so much can be sent."""
        most, full = self._grams[-1], 0
        while True:
            for up_to, price in zip(self._grams, self._prices, strict=True):
                yield full * most + up_to, full * self._prices[-1] + price
                if full * most + up_to >= grams:
                    return
            full += 1


FREE = Tariff("", [(10**9, 0)])
"""Where no tariffs are published, parcels cost nothing."""
