"""The served schema has all that the fixed part of the API promises, and is checked in as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_specified_scalar_type,
)

import oms_api
from oms_api.schema import SCHEMA, printed

CONTRACT = build_schema(Path(__file__).with_name("core.graphql").read_text())
Place = GraphQLArgument | GraphQLInputField
Fields = GraphQLObjectType | GraphQLInterfaceType


def missing(contract: GraphQLSchema, served: GraphQLSchema) -> list[str]:
    """Tell what the contract has and the schema has not, or has otherwise."""
    found = []
    for name, promised in contract.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(promised):
            continue
        given = served.type_map.get(name)
        if given is None or not isinstance(given, type(promised)):
            found.append(f"{name}: {given!r}")
        else:
            found += [f"{name}.{what}" for what in _differences(promised, given)]
    return found


def _differences(promised: GraphQLNamedType, given: GraphQLNamedType) -> list[str]:
    if isinstance(promised, GraphQLEnumType) and isinstance(given, GraphQLEnumType):
        return sorted(set(promised.values) - set(given.values))
    if isinstance(promised, GraphQLInputObjectType) and isinstance(given, GraphQLInputObjectType):
        return _inputs(promised.fields, given.fields)
    if isinstance(promised, Fields) and isinstance(given, Fields):
        without = {i.name for i in promised.interfaces} - {i.name for i in given.interfaces}
        return [f"implements {name}" for name in without] + [
            difference
            for name, field in promised.fields.items()
            for difference in _field(name, field, given.fields.get(name))
        ]
    return []


def _field(name: str, promised: GraphQLField, given: GraphQLField | None) -> list[str]:
    if given is None or str(given.type) != str(promised.type):
        return [f"{name}: {given and given.type}, not {promised.type}"]
    return [f"{name}({what})" for what in _inputs(promised.args, given.args)]


def _inputs(promised: dict[str, Place], given: dict[str, Place]) -> list[str]:
    found = []
    for name, place in promised.items():
        other = given.get(name)
        if other is None or str(other.type) != str(place.type):
            found.append(f"{name}: {other and other.type}, not {place.type}")
        elif default_of(other) != default_of(place):
            found.append(f"{name} = {default_of(other)!r}, not {default_of(place)!r}")
    found += [
        f"{name}: added, but required"
        for name, place in given.items()
        if name not in promised and str(place.type).endswith("!") and default_of(place) is Undefined
    ]
    return found


def default_of(place: Place) -> object:
    if place.default is not None:
        literal = place.default.literal
        return place.default.value if literal is None else literal.value  # type: ignore[attr-defined]
    return place.default_value


def test_everything_in_the_contract_is_served() -> None:
    assert missing(CONTRACT, SCHEMA) == []


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("subtotal: Money! ", "subtotal: Money ", "Order.subtotal"),
        ("NOT_FOUND ", "NOT_FOUND LOST ", "ErrorCode.LOST"),
        ("allowBackorder: Boolean = false", "allowBackorder: Boolean = true", "allowBackorder"),
        ("first: Int, after: String, last: Int, before: String, minPosition", "minPosition", ""),
        ("country: String, minPosition", "country: String!, minPosition", "Query.availability"),
        ("type ShipmentLine {", "type ShipmentLine implements Node { id: ID! ", "ShipmentLine"),
        ("scalar Date\n", "scalar Date\nscalar Color\n", "Color"),
    ],
)
def test_a_difference_is_seen(before: str, after: str, difference: str) -> None:
    text = Path(__file__).with_name("core.graphql").read_text()
    assert before in text
    found = missing(build_schema(text.replace(before, after)), SCHEMA)
    assert any(difference in one for one in found) if difference else not found


def test_everything_is_described() -> None:
    undescribed = []
    for name, type_ in SCHEMA.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(type_):
            continue
        parts: dict[str, object] = {"": type_}
        if isinstance(type_, GraphQLEnumType):
            parts |= type_.values
        if isinstance(type_, Fields | GraphQLInputObjectType):
            parts |= type_.fields
        if isinstance(type_, Fields):
            for field_name, field in type_.fields.items():
                parts |= {f"{field_name}({arg})": a for arg, a in field.args.items()}
        undescribed += [
            f"{name}.{part}"
            for part, described in parts.items()
            if not getattr(described, "description", None)
        ]
    assert undescribed == []


def test_the_checked_in_schema_is_current() -> None:
    checked_in = Path(oms_api.__file__).with_name("schema.graphql")
    assert checked_in.read_text() == printed(), "run `make schema`"
