"""Money: exact sums, and splits that give every cent to somebody."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oms_core.kernel.money import (
    AmountOutOfRange,
    Money,
    TooManyDecimals,
    checked,
    exponent,
    rounded,
    split,
)
from oms_core.kernel.refusal import CurrencyMismatch

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
LARGEST = 10**15 - 1


@st.composite
def splits(draw: st.DrawFn) -> tuple[Decimal, list[Decimal], str]:
    """An amount of any size and 1 to 12 weights, some equal and some zero."""
    currency = draw(CURRENCIES)
    unit = Decimal(1).scaleb(-exponent(currency))
    sizes = st.one_of(st.integers(0, 5), st.integers(0, 10**6), st.integers(0, LARGEST))
    weights = draw(st.lists(sizes, min_size=1, max_size=12))
    return draw(sizes) * unit, [weight * unit for weight in weights], currency


@given(splits())
@example((Decimal("0.02"), [Decimal(1)] * 3, "EUR"))
@example((Decimal(LARGEST), [Decimal(LARGEST), Decimal(1), Decimal(LARGEST)], "JPY"))
def test_parts_sum_to_the_whole_and_none_is_off_by_a_unit(
    case: tuple[Decimal, list[Decimal], str],
) -> None:
    whole, weights, currency = case
    parts = split(whole, weights, currency)
    unit = Fraction(Decimal(1).scaleb(-exponent(currency)))
    assert sum(parts) == whole
    weights = weights if any(weights) else [Decimal(1)] * len(weights)
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(whole) * Fraction(weight) / Fraction(sum(weights))
        assert part >= 0
        assert abs(Fraction(part) - share) < unit


@given(splits(), st.randoms(use_true_random=False))
def test_the_order_of_weights_only_decides_between_equal_remainders(
    case: tuple[Decimal, list[Decimal], str], random: object
) -> None:
    whole, weights, currency = case
    order = list(range(len(weights)))
    random.shuffle(order)  # type: ignore[attr-defined]
    parts = split(whole, weights, currency)
    shuffled = split(whole, [weights[i] for i in order], currency)
    assert sorted(parts) == sorted(shuffled)
    unit = Decimal(1).scaleb(-exponent(currency))
    for place, i in enumerate(order):
        assert abs(shuffled[place] - parts[i]) <= unit


@given(splits())
def test_a_part_of_a_sum_is_never_more_than_its_own_amount(
    case: tuple[Decimal, list[Decimal], str],
) -> None:
    whole, weights, currency = case
    if whole <= sum(weights):
        parts = split(whole, weights, currency)
        assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(splits())
def test_a_larger_weight_gets_no_smaller_part(case: tuple[Decimal, list[Decimal], str]) -> None:
    whole, weights, currency = case
    parts = split(whole, weights, currency)
    by_weight = sorted(zip(weights, parts, strict=True))
    assert [part for _, part in by_weight] == sorted(parts)


def test_nothing_is_split_over_nobody() -> None:
    assert split(Decimal(5), [], "EUR") == []


def test_weights_of_zero_share_evenly() -> None:
    assert split(Decimal("0.05"), [Decimal(0)] * 2, "EUR") == [Decimal("0.03"), Decimal("0.02")]


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.0049", "EUR", "0.00"),
        ("2.675", "EUR", "2.68"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
    ],
)
def test_halves_are_rounded_up(amount: str, currency: str, result: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == result


def test_a_checked_amount_has_exactly_the_currencys_decimals() -> None:
    assert str(checked(Decimal(5), "EUR")) == "5.00"
    for amount in ("-0.01", "1e15", "NaN", "Infinity"):
        with pytest.raises(AmountOutOfRange):
            checked(Decimal(amount), "EUR")
    with pytest.raises(TooManyDecimals, match=r"more decimals than JPY has \(0\)"):
        checked(Decimal("5.5"), "JPY")


def test_amounts_of_two_currencies_do_not_mix() -> None:
    euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
    assert euro != dollar
    assert euro + euro - euro == euro
    assert str(euro) == "1 EUR"
    for mixed in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro <= dollar,
    ):
        with pytest.raises(CurrencyMismatch, match="USD was given where EUR is needed"):
            mixed()
