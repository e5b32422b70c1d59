"""Reads the inputs of mutations and filters in one pass: what JSON gave becomes their objects.

graphql-core asks of every value what its type is and makes dictionaries, of which Strawberry makes
objects. Here it is found out once a type how its values are read. What is not quite right is left
to graphql-core, and so is every error, and so are values that a document has written into it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    coerce_input_value,
    is_required_input_field,
)
from graphql.execution import values
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition

Reader = Callable[[Any], Any]

_READER = "oms-reader"
_AS_IS = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Values of these classes are what the scalars make of them."""


class NotQuiteRight(Exception):
    """A value is left to graphql-core: it is wrong, or written in a way that few write it."""


class Part(NamedTuple):
    """How the values of a field are read, or the items of a list."""

    as_is: type | None
    nullable: bool
    read: Reader


def read_at_once(built: Schema) -> None:
    """Have the variables of a schema's documents read by readers that are prepared here."""
    kinds = built._schema.type_map.values()
    inputs = [kind for kind in kinds if isinstance(kind, GraphQLInputObjectType)]
    parts: dict[str, dict[str, tuple[str, Part]]] = {named.name: {} for named in inputs}
    for named in inputs:
        definition = named.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        named.extensions[_READER] = _reader_of(named, definition.origin, parts[named.name])
    for named in inputs:  # their readers are known by now
        definition = named.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        names = _python_names(built, definition)
        fields = named.fields.items()
        parts[named.name].update((name, (names[name], part(f.type))) for name, f in fields)
        named.out_type = _builder(definition.origin, names)  # type: ignore[assignment]
        definition.from_input = _as_it_is
    vars(values).update(coerce_input_value=read_value)


def read_value(value: Any, declared: GraphQLInputType) -> Any:
    """Read the value of a variable; `Undefined` when it is wrong, as graphql-core's own does."""
    try:
        return _one(value, part(declared))
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core knows how to tell of it
        return coerce_input_value(value, declared)


def _reader_of(
    named: GraphQLInputObjectType, origin: type[Any], parts: Mapping[str, tuple[str, Part]]
) -> Reader:
    """Give what makes an object of a class. What was not sent keeps the class's default."""
    fields = dataclasses.fields(origin)
    defaults = {f.name: None if f.default is dataclasses.MISSING else f.default for f in fields}
    required = {name for name, field in named.fields.items() if is_required_input_field(field)}
    new = object.__new__

    def read(given: Any) -> Any:
        if not required <= given.keys():
            raise NotQuiteRight
        found = defaults.copy()
        for name, value in given.items():
            python_name, (as_is, nullable, read) = parts[name]
            if value.__class__ is as_is:
                found[python_name] = value
            elif value is not None:
                found[python_name] = read(value)
            elif nullable:
                found[python_name] = None
            else:
                raise NotQuiteRight
        made = new(origin)
        made.__dict__ = found
        return made

    return read


def part(declared: Any) -> Part:
    """Tell how values of a type are read. Raises `KeyError` for those of other schemas."""
    nullable = not isinstance(declared, GraphQLNonNull)
    kind: Any = declared if nullable else declared.of_type
    if isinstance(kind, GraphQLList):
        return Part(None, nullable, _list_reader(part(kind.of_type)))
    if isinstance(kind, GraphQLInputObjectType):
        return Part(None, nullable, kind.extensions[_READER])
    return Part(_AS_IS.get(kind), nullable, kind.coerce_input_value)


def _list_reader(each: Part) -> Reader:
    def read(given: Any) -> list[Any]:
        if given.__class__ is not list:
            raise NotQuiteRight
        return [_one(value, each) for value in given]

    return read


def _one(value: Any, part: Part) -> Any:
    if value.__class__ is part.as_is:
        return value
    if value is not None:
        return part.read(value)
    if part.nullable:
        return None
    raise NotQuiteRight


def _python_names(built: Schema, definition: StrawberryObjectDefinition) -> dict[str, str]:
    name_of = built.config.name_converter.from_field
    return {name_of(field): field.python_name for field in definition.fields}


def _builder(origin: type[Any], names: Mapping[str, str]) -> Reader:
    """Give what makes an object of the values of its fields, which graphql-core has read."""

    def build(found: Mapping[str, Any]) -> Any:
        return origin(**{names[name]: value for name, value in found.items()})

    return build


def _as_it_is(_kind: type, made: Any, _context: object) -> Any:
    return made
