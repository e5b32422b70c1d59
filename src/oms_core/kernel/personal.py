"""Which fields are about a person: said beside the fields, and read from there by all who care.

`Personal[str]` is erased when the person asks for it. Below a field that is `Booked[…]`, or on one,
it is part of what tax and commercial law have the shop keep: it goes when that term is over. The
`Subject[str]` of a message is the caller's own id of the person that all of this is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oms_core.kernel.paths import Path, holders, leaves

ERASED = "[erased]"
"""What stands where a person's text was."""


class Purpose(StrEnum):
    """What a field is held for: to serve the customer, or for the books as the law demands."""

    SERVICE = "SERVICE"
    BOOKS = "BOOKS"


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str


_PERSONAL, _BOOKED, _SUBJECT = _Mark("personal"), _Mark("booked"), _Mark("subject")

T = TypeVar("T")
Personal = Annotated[T, _PERSONAL]
Booked = Annotated[T, _BOOKED]
Subject = Annotated[T, _SUBJECT]


@dataclass(frozen=True, slots=True)
class PersonalField:
    """Where a personal value stands in an event: `("lines", "comment")` is in each of the lines."""

    path: Path
    purpose: Purpose


@cache
def personal_fields(shape: type[BaseModel]) -> tuple[PersonalField, ...]:
    """Name the personal fields of a shape, those of its parts included."""
    return tuple(
        PersonalField(path, Purpose.BOOKS if _BOOKED in marks else Purpose.SERVICE)
        for path, marks in _marked(shape)
        if _PERSONAL in marks
    )


@cache
def _subject_path(shape: type[BaseModel]) -> Path:
    return next((path for path, marks in _marked(shape) if _SUBJECT in marks), ())


def subject_of(message: BaseModel) -> str | None:
    """Give the person that a message is about; None where it does not say so itself.

    Raises `ValueError` for one about several: there is no key that an event could be sealed with.
    """
    found: Any = message
    for name in _subject_path(type(message)):
        if isinstance(found, tuple):
            [found] = found
        found = getattr(found, name)
    return found if isinstance(found, str) else None


def subjects_named(shape: type[BaseModel], data: Any) -> list[str]:
    """Give the persons whom the JSON of an event names as those whom it is about."""
    path = _subject_path(shape)
    named = [holder[name] for holder, name in slots(data, path)] if path else []
    return [one for one in named if isinstance(one, str)]


def slots(value: Any, path: Path) -> list[tuple[dict[str, Any], str]]:
    """Find the places of a path in JSON: the objects that have its last name, and that name."""
    *above, name = path
    return [(holder, name) for holder in holders(value, above) if name in holder]


def erased(value: BaseModel) -> Mapping[str, object]:
    """Give the fields of a message without what is personal in it, to show in its place."""
    data = value.model_dump(mode="json")
    for field in personal_fields(type(value)):
        for holder, name in slots(data, field.path):
            holder[name] = without(holder[name])
    return data


def without(value: object) -> object:
    """Give what stands in the place of a personal value that is gone."""
    return ERASED if isinstance(value, str) else None


def _marked(shape: type[BaseModel]) -> Iterator[tuple[Path, frozenset[_Mark]]]:
    for path, fields in leaves(shape):
        yield path, frozenset(mark for field in fields for mark in _marks(field))


def _marks(field: FieldInfo) -> Iterator[_Mark]:
    annotation: Any = field.annotation
    inner = annotation.__metadata__ if get_origin(annotation) is Annotated else ()
    return (mark for mark in (*field.metadata, *inner) if isinstance(mark, _Mark))
