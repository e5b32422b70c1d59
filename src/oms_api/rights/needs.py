"""What a document needs, found once when it is read, and compared with what its sender may.

It follows from the document alone, so that nothing of a refused one is executed; a field that a
directive would leave out counts, too. Inputs that come in variables are looked through each time,
but only for those who lack a right that an input may need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    get_named_type,
    type_from_ast,
)

from oms_api.rights.fields import REQUIRED
from oms_api.rights.principal import KEY, Principal
from oms_api.rights.right import Right

MOST_TOLD = 10
"""Of the rights that are missing; a document may have thousands of fields."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an operation needs: `fields` for each set of rights the first place that asks for it.

    `inputs` are its variables whose values may need more, with their types and all that they may.
    """

    fields: Mapping[frozenset[Right], str] = field(default_factory=dict)
    inputs: tuple[tuple[str, GraphQLInputObjectType, frozenset[Right]], ...] = ()

    def refused(self, who: Principal, variables: Mapping[str, Any]) -> list[GraphQLError]:
        """Tell what somebody may not ask; nothing when all is allowed."""
        lacking = {
            place: rights for rights, place in self.fields.items() if who.rights.isdisjoint(rights)
        }
        for name, kind, needed in self.inputs:
            if not needed <= who.rights:
                for place in _given(kind, variables.get(name)):
                    if who.rights.isdisjoint(REQUIRED[place]):
                        lacking[place] = REQUIRED[place]
        return [forbidden(who, *each) for each in list(lacking.items())[:MOST_TOLD]]


def forbidden(who: Principal, place: str, rights: frozenset[Right]) -> GraphQLError:
    """Say which right is missing for what."""
    whose = "this API key" if who.kind == KEY else f"the role {who.kind}"
    names = " or ".join(sorted(rights))
    message = f"`{place}` needs the right {names}, which {whose} does not have."
    extensions = {"code": "FORBIDDEN", "anyOf": sorted(rights)}
    return GraphQLError(message, extensions=extensions)


def refuse_unless(who: Principal, place: str) -> None:
    """Raise an error when somebody may not ask for a place that shows only as it is executed."""
    if who.rights.isdisjoint(REQUIRED[place]):
        raise forbidden(who, place, REQUIRED[place])


class Reader:
    """Finds what the operations of one valid document need."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._fragments = fragments

    def needs(self, operation: OperationDefinitionNode) -> Needs:
        """Read an operation."""
        self._found: dict[frozenset[Right], str] = {}
        self._seen: set[str] = set()
        inputs = tuple(self._variables(operation.variable_definitions or ()))
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        self._read(root, operation.selection_set)
        return Needs(self._found, inputs)

    def _variables(
        self, definitions: tuple[VariableDefinitionNode, ...]
    ) -> Iterator[tuple[str, GraphQLInputObjectType, frozenset[Right]]]:
        for definition in definitions:
            given = type_from_ast(self._schema, definition.type)
            kind = None if given is None else get_named_type(given)
            if isinstance(kind, GraphQLInputObjectType) and (rights := _may_need(kind)):
                if definition.default_value is not None:
                    self._literal(kind, definition.default_value)
                yield definition.variable.name.value, kind, rights

    def _read(self, parent: GraphQLNamedType, selections: SelectionSetNode) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(parent, node)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                kind = parent if on is None else self._schema.type_map[on.name.value]
                self._read(kind, node.selection_set)

    def _fragment(self, name: str) -> None:
        """Read a fragment where it is used first: it needs the same everywhere."""
        if name not in self._seen:
            self._seen.add(name)
            fragment = self._fragments[name]
            kind = self._schema.type_map[fragment.type_condition.name.value]
            self._read(kind, fragment.selection_set)

    def _field(self, parent: GraphQLNamedType, node: FieldNode) -> None:
        name = node.name.value
        found = self._schema.get_field(parent, name)  # type: ignore[arg-type]
        if found is None or name.startswith("__"):
            return
        self._ask_for(f"{parent.name}.{name}")
        for argument in node.arguments or ():
            self._literal(found.args[argument.name.value].type, argument.value)
        if node.selection_set is not None:
            self._read(get_named_type(found.type), node.selection_set)

    def _literal(self, given: GraphQLType, value: ValueNode) -> None:
        kind = get_named_type(given)
        if isinstance(value, ListValueNode):
            for item in value.values:
                self._literal(kind, item)
        elif isinstance(value, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
            for part in value.fields:
                name = part.name.value
                if not isinstance(part.value, NullValueNode):
                    self._ask_for(f"{kind.name}.{name}")
                self._literal(kind.fields[name].type, part.value)

    def _ask_for(self, place: str) -> None:
        if (rights := REQUIRED.get(place)) is not None:
            self._found.setdefault(rights, place)


def _may_need(kind: GraphQLInputObjectType) -> frozenset[Right]:
    """Tell which rights the fields of a value of this type may need."""
    places = (f"{each.name}.{name}" for each in _types_in(kind, set()) for name in each.fields)
    return frozenset(right for place in places for right in REQUIRED.get(place, ()))


def _types_in(kind: GraphQLNamedType, seen: set[str]) -> Iterator[GraphQLInputObjectType]:
    if isinstance(kind, GraphQLInputObjectType) and kind.name not in seen:
        seen.add(kind.name)
        yield kind
        for part in kind.fields.values():
            yield from _types_in(get_named_type(part.type), seen)


def _given(kind: GraphQLNamedType, value: Any) -> Iterator[str]:
    """Name the places of a value, as JSON gave it, that need a right."""
    if isinstance(value, list):
        for item in value:
            yield from _given(kind, item)
    elif isinstance(value, dict) and isinstance(kind, GraphQLInputObjectType):
        for name, part in value.items():
            if part is None or name not in kind.fields:
                continue
            if (place := f"{kind.name}.{name}") in REQUIRED:
                yield place
            yield from _given(get_named_type(kind.fields[name].type), part)
