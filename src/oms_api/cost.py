"""What a document costs: so many objects may its answer have.

An object costs 1, a command 10, and plain fields nothing: their number is bounded by the schema
and the limit on aliases. What is in a list counts as often as the list can be long: by `first` or
`last`, by a list among the arguments, or by what is assumed of a list that has neither. It is an
upper bound in so far as two selections of one field are counted twice; lists without arguments
are the exception, which are short by their nature (the lines of an order, not the orders).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from oms_api.connections import DEFAULT_SIZE

OBJECT = 1
COMMAND = 10
INTROSPECTION = 1_000
"""Of the whole schema; its answer has that many objects, and its nesting is limited elsewhere."""

COUNT = 50
"""Of `totalCount`: it reads up to 10,000 rows to tell two things."""

ASSUMED = 5
"""Of a list without a page size: lines, payments, shipments."""

LONGEST = 500
"""More is refused by the field itself, which tells better than we could."""

PAGING = ("first", "last")
Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How long a list may be: by the first of these variables that says so, or so long."""

    otherwise: int
    variables: tuple[str, ...] = ()

    def of(self, variables: Variables) -> int:
        """Tell the length, given the variables."""
        for name in self.variables:
            value = variables.get(name)
            if isinstance(value, list):
                return max(len(value), self.otherwise)
            if isinstance(value, int):
                return _within(value)
        return self.otherwise


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum: so much in any case, and parts that depend on variables."""

    fixed: int = 0
    parts: tuple[tuple[Size, Cost], ...] = ()

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.fixed + other.fixed, self.parts + other.parts)

    def times(self, size: Size) -> Cost:
        """Count it so many times."""
        if not size.variables and not self.parts:
            return Cost(self.fixed * size.otherwise)
        return Cost(0, ((size, self),))

    def given(self, variables: Variables) -> int:
        """Tell the sum. What is fixed takes no time."""
        return self._given(variables, {}) if self.parts else self.fixed

    def _given(self, variables: Variables, known: dict[int, int]) -> int:
        """Look at a fragment that is used in many places once."""
        if id(self) not in known:
            known[id(self)] = self.fixed + sum(
                size.of(variables) * part._given(variables, known) for size, part in self.parts
            )
        return known[id(self)]


class Costs:
    """Adds up the operations of one valid document."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[tuple[str, Size | None], Cost] = {}

    def of(self, operation: OperationDefinitionNode) -> Cost:
        """Add up an operation."""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        return self._selected(root, operation.selection_set, None)

    def _selected(
        self, parent: GraphQLNamedType, selections: SelectionSetNode, page: Size | None
    ) -> Cost:
        """Add up selections; `page` is the size of the lists in a connection."""
        total = Cost()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += self._field(parent, node, page)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value, page)
            else:
                on = getattr(node, "type_condition", None)
                kind = parent if on is None else self._schema.type_map[on.name.value]
                total += self._selected(kind, node.selection_set, page)  # type: ignore[attr-defined]
        return total

    def _fragment(self, name: str, page: Size | None) -> Cost:
        if (name, page) not in self._known:
            fragment = self._fragments[name]
            kind = self._schema.type_map[fragment.type_condition.name.value]
            whole = self._selected(kind, fragment.selection_set, page)
            self._known[name, page] = whole.times(Size(1))  # one part, wherever it is used
        return self._known[name, page]

    def _field(self, parent: GraphQLNamedType, node: FieldNode, page: Size | None) -> Cost:
        name = node.name.value
        if name in ("__schema", "__type"):
            return Cost(INTROSPECTION)
        found = self._schema.get_field(parent, name)  # type: ignore[arg-type]
        if found is None or node.selection_set is None or is_leaf_type(get_named_type(found.type)):
            return Cost()
        kind = get_named_type(found.type)
        if name == "totalCount":
            return Cost(COUNT)
        own = Cost(COMMAND if parent is self._schema.mutation_type else OBJECT)
        if _is_connection(kind):
            return own + self._selected(kind, node.selection_set, _size(found, node))
        each = own + self._selected(kind, node.selection_set, None)
        if not _is_list(found.type):
            return each
        return each.times(page or _size(found, node))


def _size(field: GraphQLField, node: FieldNode) -> Size:
    """Tell how long a list is by the arguments of its field."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    otherwise = DEFAULT_SIZE if set(PAGING) & set(field.args) else ASSUMED
    if isinstance(default := getattr(field.args.get("first"), "default_value", None), int):
        otherwise = default
    pages = [given[name] for name in PAGING if name in given]
    lists = [value for name, value in given.items() if _is_list(field.args[name].type)]
    return _by_pages(pages, otherwise) if pages else _by_lists(lists, otherwise)


def _by_pages(pages: list[ValueNode], otherwise: int) -> Size:
    for value in pages:
        if isinstance(value, IntValueNode):
            return Size(_within(int(value.value)))
    return Size(otherwise, _names(pages))


def _by_lists(lists: list[ValueNode], otherwise: int) -> Size:
    written = [len(value.values) for value in lists if isinstance(value, ListValueNode)]
    return Size(max(otherwise, *written) if written else otherwise, _names(lists))


def _names(values: list[ValueNode]) -> tuple[str, ...]:
    return tuple(value.name.value for value in values if isinstance(value, VariableNode))


def _within(size: int) -> int:
    return min(max(size, 0), LONGEST)


def _is_list(kind: Any) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _is_connection(kind: GraphQLNamedType) -> bool:
    return isinstance(kind, GraphQLObjectType) and {"edges", "pageInfo"} <= set(kind.fields)
