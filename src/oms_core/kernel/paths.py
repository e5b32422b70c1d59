"""Where values stand in messages: paths of names, and the objects in JSON that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Path = tuple[str, ...]
"""`("lines", "comment")` is in each of the lines."""


def leaves(shape: type[BaseModel]) -> Iterator[tuple[Path, tuple[FieldInfo, ...]]]:
    """Name the fields of a shape and of its parts that have no parts; each after those above."""
    for name, field in shape.model_fields.items():
        parts = [part for part in _types(field.annotation) if _is_message(part)]
        if not parts:
            yield (name,), (field,)
        for part in parts:
            for path, fields in leaves(part):
                yield (name, *path), (field, *fields)


def shapes_in(shape: type[BaseModel]) -> frozenset[type[BaseModel]]:
    """Name a shape, and the shapes of all its parts."""
    parts = {part for field in shape.model_fields.values() for part in _types(field.annotation)}
    below = (shapes_in(part) for part in parts if _is_message(part))
    return frozenset({shape}).union(*below)


@cache
def floats_of(shape: type[BaseModel]) -> list[tuple[Path, list[str]]]:
    """Tell where a shape may have binary fractions, as `by_holder`. Amounts are decimals."""
    return by_holder(
        path for path, fields in leaves(shape) if float in _types(fields[-1].annotation)
    )


def by_holder(paths: Iterable[Path]) -> list[tuple[Path, list[str]]]:
    """Put the names together that objects at one path have."""
    return [
        (above, [path[-1] for path in together])
        for above, together in groupby(paths, lambda path: path[:-1])
    ]


def holders(value: Any, path: Sequence[str]) -> list[dict[str, Any]]:
    """Find the objects in JSON that a path leads to."""
    if isinstance(value, list):
        return [found for each in value for found in holders(each, path)]
    if not isinstance(value, dict):
        return []
    return holders(value.get(path[0]), path[1:]) if path else [value]


def _types(annotation: Any) -> Iterator[Any]:
    """Name the types that a field's values may be made of: parts of unions and of tuples."""
    if arguments := get_args(annotation):
        for argument in arguments:
            yield from _types(argument)
    else:
        yield annotation


def _is_message(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
