"""The values that GraphQL does not have by itself: exact decimals, moments, positions, JSON."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from pydantic import TypeAdapter
from strawberry.types.scalar import ScalarDefinition

Position = NewType("Position", int)
"""A place in the event log."""

Json = NewType("Json", object)
"""Any JSON value."""

_EARLIEST, _LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Moments between these can be counted on from, and back."""

_DECIMAL = re.compile(r"-?\d{1,24}(\.\d{1,12})?", re.ASCII)
_POSITION = re.compile(r"\d{1,18}", re.ASCII)
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_SPAN = re.compile(
    r"P(?=.)(\d{1,4}W|(\d{1,5}D)?(T(?=.)(\d{1,6}H)?(\d{1,7}M)?(\d{1,9}S)?)?)", re.ASCII
)
_SPANS = TypeAdapter(timedelta)


def parse_decimal(value: object) -> Decimal:
    """Read an exact decimal from a string such as "19.90"; an integer is exact as well."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise GraphQLError(f'{value!r} is not a decimal. Write it as a string: "19.90".')
    return Decimal(text)


def print_decimal(value: Any) -> str:
    """Write a decimal without exponent."""
    return format(value, "f")


def parse_moment(value: object) -> datetime:
    """Read a moment of RFC 3339; without an offset nobody can tell when it is."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise GraphQLError(
            f"{value!r} is not a moment of RFC 3339 with an offset, such as 2026-01-31T09:30:00Z."
        )
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(f"{value!r} is not a day and time that exists.") from None
    if not _EARLIEST <= moment <= _LATEST:
        raise GraphQLError(f"{value!r} is too far away: years have to be 1000 to 8999.")
    return moment


def print_moment(value: Any) -> str:
    """Write a moment in UTC."""
    utc: datetime = value.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def parse_day(value: object) -> date:
    """Read a calendar day such as 2026-01-31."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise GraphQLError(f"{value!r} is not a day, such as 2026-01-31.") from None


def print_day(value: Any) -> str:
    """Write a calendar day."""
    day: date = value
    return day.isoformat()


def parse_span(value: object) -> timedelta:
    """Read a duration of ISO 8601 without months and years, whose length nobody knows."""
    if not isinstance(value, str) or not _SPAN.fullmatch(value):
        raise GraphQLError(f"{value!r} is not a duration of ISO 8601, such as PT90M or P3DT12H.")
    return _SPANS.validate_python(value)


def print_span(value: Any) -> str:
    """Write a duration as ISO 8601."""
    return str(_SPANS.dump_python(value, mode="json"))


def parse_position(value: object) -> Position:
    """Read a position as an earlier answer gave it."""
    if not isinstance(value, str) or not _POSITION.fullmatch(value):
        raise GraphQLError(f"{value!r} is not a position. Send one as an answer gave it.")
    return Position(int(value))


def _same(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a string, such as "19.90". Never a float.',
        specified_by_url="https://scalars.graphql.org/chillicream/decimal.html",
        serialize=print_decimal,
        parse_value=parse_decimal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, RFC 3339 with an offset. Answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=print_moment,
        parse_value=parse_moment,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, such as 2026-01-31.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=print_day,
        parse_value=parse_day,
    ),
    timedelta: strawberry.scalar(
        name="Duration",
        description="A length of time, ISO 8601, in weeks, or in days, hours, minutes and seconds:"
        " PT90M, P3DT12H.",
        specified_by_url="https://scalars.graphql.org/andimarek/duration.html",
        serialize=print_span,
        parse_value=parse_span,
    ),
    Position: strawberry.scalar(
        name="Position",
        description="A place in the event log: opaque, ordered, never reused. Every command answers"
        " with one. Send it as `minPosition` to read what you have just written.",
        serialize=str,
        parse_value=parse_position,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_same,
        parse_value=_same,
    ),
}
"""Every scalar by the Python type that stands for it."""
