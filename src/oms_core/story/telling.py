"""How a sentence about an event is put together: the one place where facts become text for people.

A sentence is written once in each language, beside the events of its capability (`sentences.py`).
`{field}` or `{field.part}` is a field of the event. What stands in brackets is left out when a
field in it says nothing; `[field? text]` is there only when the field is true, `[!field? text]`
when it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from oms_core.kernel.calendar import local_time
from oms_core.kernel.message import Event, Message
from oms_core.kernel.money import Money
from oms_core.story.words import WORDS, Language

MOST_LISTED = 3
"""Of a longer list the first are named, and the others counted."""

_OPTIONAL = re.compile(r"\[(?:(!?)([a-z_]+)\? )?([^\]]*)\]")
_FIELD = re.compile(r"\{([a-z0-9_.]+)\}")
_NAMES = ("location", "sku", "number", "code", "name")
"""What a part of an event is called by, whichever it has."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What people read of an event, in each language."""

    en: str
    de: str

    def fields(self) -> frozenset[str]:
        """Name the fields that it speaks of."""
        text = self.en + self.de
        asked = [name for _, name, _ in _OPTIONAL.findall(text) if name]
        return frozenset([*asked, *(path.split(".")[0] for path in _FIELD.findall(text))])


@dataclass(frozen=True, slots=True)
class About:
    """What an event leaves unsaid because it is known of what it happened to."""

    currency: str | None = None
    skus: Mapping[UUID, str] = field(default_factory=dict)
    """The SKU of each order line."""


NOTHING = About()


def tell(sentence: Sentence, event: Event, language: Language, about: About = NOTHING) -> str:
    """Tell an event in a language."""
    teller = _Teller(event, language, about)
    text: str = getattr(sentence, language.lower())
    return teller.fill(_OPTIONAL.sub(teller.optional, text))


class _Teller:
    def __init__(self, event: Event, language: Language, about: About) -> None:
        self._event = event
        self._language = language
        self._about = about

    def optional(self, part: re.Match[str]) -> str:
        negated, condition, text = part.groups()
        if condition:
            return text if bool(self._value(condition)) != bool(negated) else ""
        return text if all(self._value(path) for path in _FIELD.findall(text)) else ""

    def fill(self, text: str) -> str:
        return _FIELD.sub(lambda found: self._say(self._value(found[1])), text)

    def _value(self, path: str) -> Any:
        value: Any = self._event
        for name in path.split("."):
            value = getattr(value, name, value)  # an erased whole stands for each of its parts
        return value

    def _say(self, value: Any) -> str:
        match value:
            case StrEnum():
                return self._word(value)
            case Money():
                return f"{self._number(value.amount)} {value.currency}"
            case Decimal():
                return " ".join(filter(None, (self._number(value), self._about.currency)))
            case date():
                return self._moment(value)
            case tuple():
                return self._listed(value)
            case _:
                return self._named(value)

    @staticmethod
    def _named(value: Any) -> str:
        if isinstance(value, Message):
            value = next(getattr(value, name) for name in _NAMES if hasattr(value, name))
        return "" if value is None else str(value)

    def _word(self, value: StrEnum) -> str:
        known = WORDS.get(str(value.value).upper())
        if known is None:
            return value.value.replace("_", " ").lower()
        return known[self._language is Language.DE]

    def _number(self, value: Decimal) -> str:
        text = f"{value:f}"
        return text if self._language is Language.EN else text.replace(".", ",")

    def _moment(self, value: date) -> str:
        day = value.isoformat() if self._language is Language.EN else f"{value:%d.%m.%Y}"
        if not isinstance(value, datetime):
            return day
        at = local_time(value, "UTC")
        return f"{self._moment(at.date())} {at:%H:%M} UTC"

    def _listed(self, values: Iterable[Any]) -> str:
        goods: dict[str, int] = {}
        for value in values:
            if hasattr(value, "quantity"):
                what = self._what(value)
                goods[what] = goods.get(what, 0) + value.quantity
            else:
                goods[self._say(value)] = 0
        told = [self._goods(what, count) if count else what for what, count in goods.items()]
        named, others = told[:MOST_LISTED], len(told) - MOST_LISTED
        more = {Language.EN: "and {} more", Language.DE: "und {} weitere"}[self._language]
        return ", ".join(named) + (f" {more.format(others)}" if others > 0 else "")

    def _what(self, goods: Any) -> str:
        sku = getattr(goods, "sku", None) or self._about.skus.get(goods.line_id, "")
        location = getattr(goods, "location", None)
        return f"{sku} ({location})" if sku and location else sku

    def _goods(self, what: str, count: int) -> str:
        if what:
            return f"{count} × {what}"
        if self._language is Language.DE:
            return f"{count} Stück"
        return "1 unit" if count == 1 else f"{count} units"
