"""What commands accept: facts of ISO 3166, ISO 4217 and GS1, and texts that can be stored."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from oms_core.kernel import fields
from oms_core.kernel.money import Money, UnknownCurrency, exponent


def accepted(name: str, value: object) -> Any:
    return TypeAdapter(getattr(fields, name)).validate_python(value)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Country", "DE"),
        ("Country", "GB"),
        ("Country", "SS"),  # since 2011
        ("Currency", "EUR"),
        ("Currency", "JPY"),
        ("Currency", "CLF"),
        ("Gtin", "96385074"),  # GTIN-8, GTIN-12, GTIN-13, GTIN-14, each with its check digit
        ("Gtin", "036000291452"),
        ("Gtin", "4006381333931"),
        ("Gtin", "10012345678902"),
        ("Email", "ada@example.org"),
        ("Email", "ada+shop@mail.example.co.uk"),
        ("Email", "ädä@exämple.org"),
        ("Text", "Grüße, 株式会社 🎁\nsecond line\tand a tab"),
        ("Text", "x" * 200),
        ("LongText", "x" * 2000),
        ("Code", "x" * 80),
        ("Rate", Decimal(0)),
        ("Rate", Decimal("0.055")),
        ("Rate", Decimal(1)),
        ("Quantity", 1),
        ("Quantity", 1_000_000),
        ("Latitude", -90),
        ("Longitude", 180),
        ("Price", money("0.00")),
        ("Price", money("999999999999999.99")),
        ("PositivePrice", money("0.01")),
        ("Moment", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_accepted_as_it_is(name: str, value: object) -> None:
    assert accepted(name, value) == value


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("Country", "ZZ", "ISO 3166-1"),  # user-assigned, as are XA to XZ
        ("Country", "UK", "ISO 3166-1"),  # exceptionally reserved; the country is GB
        ("Country", "SU", "ISO 3166-1"),  # withdrawn in 1992
        ("Country", "de", "ISO 3166-1"),
        ("Country", "DEU", "ISO 3166-1"),
        ("Country", "", "ISO 3166-1"),
        ("Currency", "DEM", "DEM is not a currency"),  # withdrawn in 2002
        ("Currency", "XAU", "XAU is not a currency"),  # gold has no minor unit
        ("Currency", "XXX", "XXX is not a currency"),
        ("Currency", "eur", "eur is not a currency"),
        ("Currency", "", "not a currency"),
        ("Gtin", "4006381333932", "check digit"),
        ("Gtin", "400638133393", "check digit"),
        ("Gtin", "4006381-333931", "check digit"),
        ("Gtin", " 4006381333931", "check digit"),
        ("Gtin", "٤٠٠٦٣٨١٣٣٣٩٣١", "check digit"),
        ("Gtin", "", "check digit"),
        ("Email", "ada", "e-mail"),
        ("Email", "ada@localhost", "e-mail"),
        ("Email", "ada@example..org", "e-mail"),
        ("Email", "ada@@example.org", "e-mail"),
        ("Email", "a da@example.org", "e-mail"),
        ("Email", "a" * 250 + "@b.c", None),  # 254 are the most; this one is accepted
        ("Email", "a" * 251 + "@b.c", "at most 254"),
        ("Text", "", "blank"),
        ("Text", " \t\n", "blank"),
        ("Text", "\u00a0\u2003", "blank"),
        ("Text", "a\x00b", "control characters"),
        ("Text", "a\x1bb", "control characters"),
        ("Text", "a\x7fb", "control characters"),
        ("Text", "a\ud800b", "unicode"),
        ("Text", "x" * 201, "at most 200"),
        ("LongText", "x" * 2001, "at most 2000"),
        ("Code", "x" * 81, "at most 80"),
        ("Code", "a\x1fb", "control characters"),  # it joins natural keys
        ("Rate", Decimal("1.000001"), "less than or equal to 1"),
        ("Rate", Decimal("-0.01"), "greater than or equal to 0"),
        ("Rate", Decimal("0.0000001"), "6 decimal places"),
        ("Rate", Decimal("NaN"), "finite"),
        ("Quantity", 0, "greater than or equal to 1"),
        ("Quantity", 1_000_001, "less than or equal to 1000000"),
        ("Quantity", 1.5, "integer"),
        ("Latitude", 90.1, "90"),
        ("Latitude", float("nan"), "90"),
        ("Longitude", -180.1, "180"),
        ("Longitude", float("inf"), "180"),
        ("Price", money("-0.01"), "from 0 up to"),
        ("Price", money("1000000000000000"), "from 0 up to"),
        ("Price", money("0.001"), "more than the 2 decimals of EUR"),
        ("Price", money("1", "DEM"), "DEM is not a currency"),
        ("Price", {"amount": "NaN", "currency": "EUR"}, "finite"),
        ("Price", {"amount": "Infinity", "currency": "EUR"}, "finite"),
        ("Price", {"amount": "1", "currency": "EUR", "cents": 5}, "cents"),
        ("PositivePrice", money("0"), "more than zero"),
        ("PositivePrice", money("-0"), "more than zero"),
        ("Moment", datetime(2026, 3, 1), "timezone"),  # noqa: DTZ001 - that is the point
    ],
)
def test_refused_with_the_reason(name: str, value: object, sentence: str | None) -> None:
    if sentence is None:
        assert accepted(name, value) == value
        return
    with pytest.raises(ValidationError, match=sentence):
        accepted(name, value)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4)],
)
def test_each_currency_has_its_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals
    smallest = Money(Decimal(1).scaleb(-decimals), currency)
    assert accepted("Price", smallest) == smallest
    with pytest.raises(ValidationError, match=f"the {decimals} decimals of {currency}"):
        accepted("Price", Money(smallest.amount / 10, currency))


def test_an_unknown_currency_has_no_decimals() -> None:
    with pytest.raises(UnknownCurrency, match="ISO 4217"):
        exponent("EURO")


@pytest.mark.parametrize(
    ("given", "kept"), [("5", "5.00"), ("5.100", "5.10"), ("5E+1", "50.00"), ("-0", "0.00")]
)
def test_an_amount_is_kept_with_all_its_decimals_and_no_others(given: str, kept: str) -> None:
    assert str(accepted("Price", money(given)).amount) == kept


def test_no_tax_is_never_less_than_nothing() -> None:
    assert str(accepted("Rate", Decimal("-0"))) == "0"
