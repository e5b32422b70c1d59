"""Writes the bodies of facts in one pass: orjson asks how it writes what is of a class it does not
know.

pydantic goes by the types that fields declare, and first makes a copy of everything. What is not
exactly as declared is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import orjson
import rfc8785
from pydantic_core import to_jsonable_python

from oms_core.kernel.message import Event
from oms_core.kernel.money import Money
from oms_core.kernel.paths import Path, floats_of, shapes_in
from oms_core.kernel.personal import personal_fields

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME

_Show = Callable[[Any], Any]


class NotAsDeclared(Exception):
    """A value is left to pydantic: of a class that is not declared there, or of a rare one."""


class BodyOf(dict[type, _Show]):
    """How facts of one shape are written: for a class, what gives its values in JSON's terms."""

    def __init__(self, shape: type[Event]) -> None:
        super().__init__(_KNOWN)
        self._declared = shapes_in(shape)
        self._personal = _tree(field.path for field in personal_fields(shape))
        self.may_be_personal = bool(personal_fields(shape))

    def __missing__(self, kind: Any) -> _Show:
        """Find out how a class is written that was not met before. Raises `NotAsDeclared`."""
        declared = [base for base in kind.__mro__ if base in self._declared]
        if not declared or len({frozenset(c.model_fields) for c in (kind, *declared)}) > 1:
            raise NotAsDeclared(kind)  # what a subclass adds is not written
        fractions = [name for above, names in floats_of(kind) if not above for name in names]
        self[kind] = _with_fractions(fractions) if fractions else vars
        return self[kind]

    def opened(self, event: Event) -> dict[str, Any]:
        """Give the fields of a fact; what has something personal in it is a dictionary as well."""
        fields: dict[str, Any] = self._opened(event, self._personal)
        return fields

    def written(self, fact: Event | dict[str, Any]) -> bytes:
        """Write a fact, or what `opened` gave, in canonical form. Raises `JSONEncodeError`."""
        return orjson.dumps(fact, self._shown, _OPTIONS)

    def _shown(self, value: Any) -> Any:
        kind = value.__class__
        return str(value) if kind is Decimal else self[kind](value)  # as most of them are

    def _opened(self, value: Any, below: Mapping[str, Any]) -> Any:
        if value is None:
            return None
        if isinstance(value, tuple):
            return [self._opened(each, below) for each in value]
        fields = self._shown(value)
        if fields is not vars(value):
            raise NotAsDeclared(value)  # sealed fractions keep the form that they have in JSON
        fields = fields.copy()
        for name, further in below.items():
            fields[name] = self._opened(fields[name], further)
        return fields


body_of = cache(BodyOf)


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    """Put paths to fields together: what holds them, by the names that lead there."""
    tree: dict[str, Any] = {}
    for path in paths:
        below = tree
        for name in path[:-1]:
            below = below.setdefault(name, {})
    return tree


def _with_fractions(names: Iterable[str]) -> _Show:
    """Give the fields of a message with binary fractions as RFC 8785 writes them."""

    def show(message: Any) -> dict[str, Any]:
        fields: dict[str, Any] = vars(message)
        given = {name: value for name in names if (value := fields[name]).__class__ is float}
        if not given:  # as mostly
            return fields
        return fields | {name: orjson.Fragment(rfc8785.dumps(each)) for name, each in given.items()}

    return show


def _money(money: Money) -> dict[str, str]:
    return {"amount": str(money.amount), "currency": money.currency}


def _moment(moment: datetime) -> str:
    text = moment.isoformat()
    if not text.endswith("+00:00"):
        raise NotAsDeclared(moment)
    return f"{text[:-6]}Z"


_KNOWN: dict[type, _Show] = {
    Money: _money,
    datetime: _moment,
    date: date.isoformat,
    timedelta: to_jsonable_python,
}
