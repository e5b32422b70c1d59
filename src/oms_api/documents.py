"""GraphQL documents: parsed, measured and validated once, then kept."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from oms_api.cost import Cost, Costs
from oms_api.levels import turns_of
from oms_api.limits import DEEPEST, MOST_CHARACTERS, MOST_TOKENS, OverLimit, over_limit
from oms_api.personal import asks_for_personal
from oms_api.plain_fields import Selections
from oms_api.rights.needs import Needs, Reader

T = TypeVar("T")

LONGEST_CACHED = 20_000
"""Characters; longer documents, mostly those with values written into them, are not kept."""

CACHED = 500
_LONG = f"A document may have at most {MOST_CHARACTERS:,} characters. Send data in variables."
_INTROSPECTION = re.compile(r"\b__(schema|type)\b")


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or the errors that it can't be executed for.

    `selections` are kept for one whose selections are the same each time; `costs` are those of its
    operations, by name, and so are `needs`. A `personal` one asks for something about persons.
    `turns` are those of `turns_of`.
    """

    node: DocumentNode | None
    errors: Sequence[GraphQLError] = ()
    selections: Selections | None = None
    costs: Mapping[str | None, Cost] = field(default_factory=dict)
    needs: Mapping[str | None, Needs] = field(default_factory=dict)
    introspects: bool = False
    personal: bool = False
    turns: int = 0

    def cost(self, operation: OperationDefinitionNode) -> Cost:
        """Tell the cost of one of its operations."""
        return self.costs[_name(operation)]

    def needed(self, operation: OperationDefinitionNode) -> Needs:
        """Tell which rights one of its operations needs."""
        return self.needs[_name(operation)]


class Documents:
    """The documents of one schema; the least recently used ones are forgotten."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, source: str, *, open: bool = True) -> Document:
        """Parse and validate a document, or remember having done so.

        Errors guess what was meant where the schema is `open`.
        """
        found = self._kept.get(source)
        if found is not None:
            self._kept.move_to_end(source)
            return found
        document = self._read(source, open)
        if len(source) <= LONGEST_CACHED and document.node is not None:
            self._kept[source] = document
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return document

    def _read(self, source: str, open: bool) -> Document:
        if len(source) > MOST_CHARACTERS:
            return Document(None, [OverLimit("TOO_LONG", _LONG)])
        try:
            node = parse(source, max_tokens=MOST_TOKENS, allow_empty_selection_sets=False)
        except GraphQLError as error:
            return Document(None, [_too_large(error) or error])
        over = over_limit(node)
        if over is not None:
            return Document(None, [over])
        errors = validate(
            self._schema, node, specified_rules, max_errors=10, hide_suggestions=not open
        )
        if errors:
            return Document(None, errors)
        # A text without an @ has no directive; one with it, such as an e-mail address, may have.
        return Document(
            node,
            selections=None if "@" in source else Selections(),
            costs=_of_operations(node, Costs(self._schema, _fragments(node)).of),
            needs=_of_operations(node, Reader(self._schema, _fragments(node)).needs),
            introspects=_INTROSPECTION.search(source) is not None,
            personal=asks_for_personal(self._schema, node),
            turns=turns_of(self._schema, node),
        )


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    parts = document.definitions
    return {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}


def _of_operations(
    document: DocumentNode, find: Callable[[OperationDefinitionNode], T]
) -> Mapping[str | None, T]:
    parts = document.definitions
    return {_name(part): find(part) for part in parts if isinstance(part, OperationDefinitionNode)}


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def _too_large(error: GraphQLError) -> OverLimit | None:
    """Tell apart what the parser gives up on from what it can't read."""
    if f"more than {MOST_TOKENS} tokens" in error.message:
        return OverLimit("TOO_MANY_TOKENS", f"A document may have at most {MOST_TOKENS:,} tokens.")
    if "nested too deeply" in error.message:
        return OverLimit("TOO_DEEP", f"A document may have at most {DEEPEST} levels.")
    return None
