"""The texts that commands take: found by walking their fields, so that no command is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from oms_core.kernel.handling import HANDLERS
from oms_core.runtime.kinds import KINDS

Path = tuple[str | int, ...]
"""Where a field is: names, and 0 for the first of many."""

assert KINDS, "importing the kinds makes every command known"


def texts() -> Iterator[tuple[type[BaseModel], Path]]:
    """Give every text of every command."""
    for command in sorted(HANDLERS, key=lambda each: each.__name__):
        for path in _texts(command):
            yield command, path


def _texts(model: type[BaseModel]) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        for path in _inside(field.annotation):
            yield name, *path


def _inside(kind: Any) -> Iterator[Path]:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _inside(parts[0])
    elif origin in {Union, UnionType}:
        for part in parts:
            yield from _inside(part)
    elif origin in {tuple, list, frozenset}:
        for path in _inside(parts[0]):
            yield 0, *path
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from _texts(kind)
    elif kind is str:
        yield ()
    elif origin is not Literal:
        assert isinstance(kind, type), f"{kind} is no type that this walk knows"
        assert not issubclass(kind, str | bytes | dict) or issubclass(kind, Enum)


def holding(path: Path, value: object) -> Any:
    """Give the input that has only this value, where the path says."""
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
    return value
