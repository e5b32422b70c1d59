"""How much one request may ask for. A stranger's document is measured before work is spent on it.

What they guard against is listed with them in docs/api.md. All can be set by environment
variables that start with `OMS_`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    SelectionSetNode,
)
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MOST_CHARACTERS = 200_000
MOST_TOKENS = 5_000
DEEPEST = 15
MOST_ALIASES = 50
MOST_DIRECTIVES = 50
MOST_FRAGMENTS = 50
MOST_OPERATIONS = 20
MOST_REPEATS = 20
"""Selections of one field at one place: to tell whether they may be merged takes their square."""

MOST_SELECTIONS = 5_000
"""With every fragment written out wherever it is used."""


class Audience(StrEnum):
    """For whom a setting holds. The public are programs that strangers can look into."""

    ALL = "all"
    STAFF = "staff"
    PUBLIC = "public"
    NOBODY = "nobody"

    def has(self, *, public: bool) -> bool:
        """Tell whether somebody belongs to it."""
        return self in (Audience.ALL, Audience.PUBLIC if public else Audience.STAFF)


class Limits(BaseSettings):
    """What an operator may set. The other limits are constants of this module.

    `introspection` tells who is told the schema, by introspection and by guesses at what was
    misspelt; `trusted_only` who may execute only the documents of the file `trusted_documents`.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    most_cost: int = Field(default=20_000, ge=1)
    request_seconds: float = Field(default=30.0, gt=0)
    introspection: Audience = Audience.STAFF
    trusted_documents: Path | None = None
    trusted_only: Audience = Audience.NOBODY


class OverLimit(GraphQLError):
    """A document asks for more than a request may."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


@dataclass(slots=True)
class _Place:
    """Where fields of one name are merged: how often it is selected, and what is selected below."""

    times: int = 0
    below: dict[str, _Place] = field(default_factory=dict)


def over_limit(document: DocumentNode) -> OverLimit | None:
    """Tell what a document has too much of. It takes one walk, without the schema."""
    walk = _Walk(document)
    return next(
        (
            OverLimit(code, f"A document may have at most {most:,} {what}.")
            for code, what, has, most in walk.counts()
            if has > most
        ),
        None,
    )


class _Walk:
    """Counts what is in a document, with its fragments written out. It stops when it is enough."""

    def __init__(self, document: DocumentNode) -> None:
        parts = [
            part for part in document.definitions if isinstance(part, ExecutableDefinitionNode)
        ]
        self._bodies = {
            part.name.value: part.selection_set
            for part in parts
            if isinstance(part, FragmentDefinitionNode)
        }
        self._operations = len(parts) - len(self._bodies)
        self._inside: set[str] = set()
        self._deepest = self._aliases = self._directives = 0
        self._repeats = self._selections = 0
        for part in parts:
            self._directives += len(part.directives or ())
            self._look_at(part.selection_set, {}, 1)

    def counts(self) -> Iterator[tuple[str, str, int, int]]:
        """Give each count with its code, its name and its limit."""
        yield "TOO_DEEP", "levels", self._deepest, DEEPEST
        yield "TOO_MANY_ALIASES", "aliases", self._aliases, MOST_ALIASES
        yield "TOO_MANY_DIRECTIVES", "directives", self._directives, MOST_DIRECTIVES
        yield "TOO_MANY_FRAGMENTS", "fragments", len(self._bodies), MOST_FRAGMENTS
        yield "TOO_MANY_OPERATIONS", "operations", self._operations, MOST_OPERATIONS
        same = "selections of one field at one place"
        yield "TOO_MANY_REPEATS", same, self._repeats, MOST_REPEATS
        yield "TOO_MANY_SELECTIONS", "selections", self._selections, MOST_SELECTIONS

    def _look_at(self, selections: SelectionSetNode, at: dict[str, _Place], level: int) -> None:
        for node in selections.selections:
            self._selections += 1
            self._directives += len(node.directives or ())
            if self._selections > MOST_SELECTIONS or level > DEEPEST + 1:
                return
            if isinstance(node, FieldNode):
                self._field(node, at, level)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(node.name.value, at, level)
            elif isinstance(node, InlineFragmentNode):
                self._look_at(node.selection_set, at, level)

    def _field(self, node: FieldNode, at: dict[str, _Place], level: int) -> None:
        self._deepest = max(self._deepest, level)
        self._aliases += node.alias is not None
        place = at.setdefault((node.alias or node.name).value, _Place())
        place.times += 1
        self._repeats = max(self._repeats, place.times)
        if node.selection_set is not None:
            self._look_at(node.selection_set, place.below, level + 1)

    def _fragment(self, name: str, at: dict[str, _Place], level: int) -> None:
        """Look into a fragment, unless it is one inside itself, which validation refuses."""
        if name in self._bodies and name not in self._inside:
            self._inside.add(name)
            self._look_at(self._bodies[name], at, level)
            self._inside.remove(name)
