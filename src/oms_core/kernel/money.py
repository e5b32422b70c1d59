"""Exact money: decimals with a currency, and splits whose parts sum to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import iso4217
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from oms_core.kernel.refusal import CurrencyMismatch, Invalid

ZERO = Decimal(0)
LARGEST_AMOUNT = Decimal(10) ** 15
"""Amounts stay below this, so that sums stay exact in every column and client."""


class UnknownCurrency(Invalid):
    """{currency} is not a currency of ISO 4217. Use a three-letter code such as EUR."""


class TooManyDecimals(Invalid):
    """{amount} has more decimals than {currency} has ({exponent}). Round it before you send it."""


class AmountOutOfRange(Invalid):
    """{amount} is not an amount that can be booked. It must be a number from 0 up to 10^15."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Money:
    """An amount in major units (`Decimal("19.90")`) of an ISO 4217 currency."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(given=other.currency, expected=self.currency)
        return other.amount


@cache
def exponent(currency: str) -> int:
    """Give the decimals of a currency by ISO 4217: EUR 2, JPY 0, KWD 3.

    Raises `UnknownCurrency`. Codes without minor units (gold, SDR) count as unknown.
    """
    units = str(iso4217.raw_table.get(currency, {}).get("CcyMnrUnts"))
    if not units.isdigit():
        raise UnknownCurrency(currency=currency, field=("currency",))
    return int(units)


@cache
def smallest(currency: str) -> Decimal:
    """Give the smallest unit of a currency: 0.01 of EUR. Raises `UnknownCurrency`."""
    return Decimal(1).scaleb(-exponent(currency))


def checked(amount: Decimal, currency: str, *, field: Sequence[str] = ()) -> Decimal:
    """Return a non-negative amount with exactly the currency's decimals.

    Raises `AmountOutOfRange`, `TooManyDecimals` or `UnknownCurrency`.
    """
    places = exponent(currency)
    if not amount.is_finite() or not ZERO <= amount < LARGEST_AMOUNT:
        raise AmountOutOfRange(amount=amount, field=field)
    exact = amount.quantize(smallest(currency))
    if exact != amount:
        raise TooManyDecimals(amount=amount, currency=currency, exponent=places, field=field)
    return exact


def rounded(amount: Decimal, currency: str, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round to the currency's decimals, halves away from zero (commercial rounding) by default."""
    return amount.quantize(smallest(currency), mode)


def split(whole: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split an amount by weights into parts that sum to it exactly (largest remainder).

    The smallest units left over after rounding down go to the largest remainders; of equal
    ones, the first. All weights zero: split evenly.
    """
    if not weights:
        return []
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    unit = smallest(currency)
    units, total = int(whole / unit), sum(weights)
    exact = [units * weight / total for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[: units - sum(parts)]:
        parts[i] += 1
    return [part * unit for part in parts]
