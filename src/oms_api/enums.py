"""Publishes the domain's enums, with a description of every value."""

from __future__ import annotations

from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def describe(enum: type[StrEnum], description: str, **values: str) -> None:
    """Publish an enum of the domain. Raises `ValueError` unless every value is described."""
    if set(values) != set(enum.__members__):
        raise ValueError(f"{enum.__name__}: {set(values) ^ set(enum.__members__)}")
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
