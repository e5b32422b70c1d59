"""Checked field types of commands. What breaks them becomes a refusal that names the field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import pycountry
from pydantic import (
    AfterValidator,
    AnyUrl,
    AwareDatetime,
    Field,
    TypeAdapter,
    UrlConstraints,
    ValidationError,
)
from stdnum import ean

from oms_core.kernel.card_numbers import FEWEST_DIGITS, has_card_number
from oms_core.kernel.money import LARGEST_AMOUNT, Money, UnknownCurrency, exponent

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_COMMODITY_CODE = re.compile(r"(?!00|77)\d{2}([ .]?\d){4,10}")
TIME_ZONES = frozenset(available_timezones())
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

CARD_NUMBER = "must not contain a card number; leave it with the payment provider"


def _clean(value: str) -> str:
    if value.isprintable() and value and not value.isspace():  # as it mostly is
        return value
    if not value.strip():
        raise ValueError("must not be blank")
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _no_card(value: str) -> str:
    if has_card_number(value):
        raise ValueError(CARD_NUMBER)
    return value


def _text(value: str) -> str:
    return value if _is_short_and_plain(value) else _no_card(_clean(value))


def _key(value: str) -> str:
    if not _is_short_and_plain(value) and has_card_number(_clean(value), key=True):
        raise ValueError(CARD_NUMBER)
    return value


def _is_short_and_plain(value: str) -> bool:
    """Tell at a glance, as of most texts, that nothing can be wrong with one."""
    return 0 < len(value) < FEWEST_DIGITS and value.isprintable() and not value.isspace()


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address, such as name@example.org")
    return value


_URL = TypeAdapter(Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], host_required=True)])


def _https(value: str) -> str:
    try:
        url = _URL.validate_python(value)
    except ValidationError:
        raise ValueError("is not an https URL, such as https://files.example.org/1") from None
    if url.username or url.password:
        raise ValueError("must not contain a user name or a password")
    return value


def _country(value: str) -> str:
    if value not in _countries():
        raise ValueError("is not a country code of ISO 3166-1 alpha-2, such as DE")
    return value


@cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


def _time_zone(value: str) -> str:
    if value not in TIME_ZONES:
        raise ValueError("is not a time zone of the IANA database, such as Europe/Berlin")
    return value


def _gtin(value: str) -> str:
    if not value.isdecimal() or not ean.is_valid(value):  # which would skip spaces and hyphens
        raise ValueError("is not a GTIN: 8, 12, 13 or 14 digits with a correct check digit")
    return value


def _commodity_code(value: str) -> str:
    if not _COMMODITY_CODE.fullmatch(value):
        raise ValueError("is not a commodity code of the Harmonized System: 6 to 12 digits")
    return value


def _currency(value: str) -> str:
    try:
        exponent(value)
    except UnknownCurrency as refusal:
        raise ValueError(str(refusal)) from None
    return value


def _money(value: Money) -> Money:
    _currency(value.currency)
    places = exponent(value.currency)
    if not value.amount.is_finite() or not 0 <= value.amount < LARGEST_AMOUNT:
        raise ValueError(f"{value.amount} is not an amount from 0 up to 10^15")
    exact = value.amount.quantize(Decimal(1).scaleb(-places))
    if exact != value.amount:
        raise ValueError(f"{value.amount} has more than the {places} decimals of {value.currency}")
    return Money(abs(exact), value.currency)  # -0 is no amount


def _positive(value: Money) -> Money:
    if value.amount <= 0:
        raise ValueError("must be more than zero")
    return value


_NoCard = AfterValidator(_no_card)
Text = Annotated[str, Field(max_length=200), AfterValidator(_text)]
LongText = Annotated[str, Field(max_length=2000), AfterValidator(_text)]
Letter = Annotated[str, Field(max_length=20_000), AfterValidator(_text)]
HttpsUrl = Annotated[
    str, Field(max_length=2000), AfterValidator(_clean), AfterValidator(_https), _NoCard
]
EventId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[1-9][0-9]{0,8}$")
]
"""An event's permanent name: its stream and its version."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MediaType = Annotated[str, Field(max_length=127, pattern=r"^[a-z0-9.+-]+/[A-Za-z0-9.+_-]+$")]
Email = Annotated[
    str, Field(max_length=254), AfterValidator(_clean), AfterValidator(_email), _NoCard
]
Code = Annotated[str, Field(max_length=80), AfterValidator(_key)]
Number = Annotated[str, Field(max_length=80), AfterValidator(_clean)]
"""The number that others gave a product, an order or a parcel: long rows of digits are usual."""
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Gtin = Annotated[str, AfterValidator(_gtin)]
CommodityCode = Annotated[str, AfterValidator(_commodity_code)]
"""Six digits by the WCO's Harmonized System, then those of a customs union or a country. Chapters
are 01 to 99, of which 77 is reserved. Spaces and dots between digits are kept as they are given."""
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Rate = Annotated[Decimal, Field(ge=0, le=1, max_digits=9, decimal_places=6), AfterValidator(abs)]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Price = Annotated[Money, AfterValidator(_money)]
PositivePrice = Annotated[Money, AfterValidator(_money), AfterValidator(_positive)]
Moment = Annotated[datetime, AwareDatetime]
Span = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=3660))]
