"""Facts of any event class, drawn field by field from the types it declares."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30)), timezone.max])

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    int: st.integers(-(10**12), 10**12),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(min_value=-(10**15), max_value=10**15, places=4),
    datetime: st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=ZONES),  # noqa: DTZ001 - bounds have none
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=3660)),
    UUID: st.uuids(),
}


def fact(kind: type[M]) -> st.SearchStrategy[M]:
    """Draw a message of this class."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: _value(hints[name]) for name in kind.model_fields})


def _value(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in PLAIN:
        return PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if origin in (Union, UnionType):
        return st.one_of(*map(_value, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(_value(arguments[0]), max_size=3).map(tuple)
    return _record(annotation)


def _record(kind: Any) -> st.SearchStrategy[Any]:
    if not is_dataclass(kind):
        return fact(kind)
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: _value(hints[field.name]) for field in fields(kind)})
