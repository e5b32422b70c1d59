"""Our readers of inputs give what Strawberry's own conversion gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    get_nullable_type,
    is_non_null_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import InputContext, convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from oms_api.scalars import SCALARS
from oms_api.schema import SCHEMA

INPUTS = [t for t in SCHEMA.type_map.values() if isinstance(t, GraphQLInputObjectType)]
LEAVES = {
    "Decimal": Decimal("1.50"),
    "DateTime": datetime(2026, 1, 31, tzinfo=UTC),
    "Int": 2,
    "Float": 0.5,
    "Boolean": True,
}


def definition(named: GraphQLInputObjectType) -> StrawberryObjectDefinition:
    found: StrawberryObjectDefinition = named.extensions["strawberry-definition"]
    return found


def value_of(declared: Any, *, optional: bool) -> Any:
    kind = get_nullable_type(declared)
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type, optional=optional)] * 2
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: value_of(field.type, optional=optional)
            for name, field in kind.fields.items()
            if optional or is_non_null_type(field.type)
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values.values())).value
    return LEAVES.get(kind.name, "x")


@strawberry.type
class Unrelated:
    """A schema of its own: building one changes the fields of its types."""

    name: str


def scalar_registry() -> Any:
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(Unrelated, config=config).schema_converter.scalar_registry


@pytest.fixture
def by_strawberry() -> Iterator[Any]:
    """Strawberry's conversion, with all our readers taken away for a while."""
    ours = {named.name: definition(named).from_input for named in INPUTS}
    for named in INPUTS:
        definition(named).from_input = None
    yield lambda given, kind: convert_argument(given, kind, scalar_registry(), StrawberryConfig())
    for named in INPUTS:
        definition(named).from_input = ours[named.name]


@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize("named", INPUTS, ids=lambda named: named.name)
def test_a_reader_builds_what_strawberry_builds(
    named: GraphQLInputObjectType, *, optional: bool, request: pytest.FixtureRequest
) -> None:
    kind = definition(named)
    given = value_of(named, optional=optional)
    context = InputContext(None, StrawberryConfig(), {}, ())
    assert kind.from_input is not None
    ours = kind.from_input(kind.origin, given, context)
    assert ours == request.getfixturevalue("by_strawberry")(given, kind.origin)
