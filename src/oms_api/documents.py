"""GraphQL documents: parsed and validated once, then kept, within limits on their size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)

from oms_api.plain_fields import Selections

MOST_TOKENS = 5_000
LONGEST_CACHED = 20_000
"""Characters; longer documents, mostly those with values written into them, are not kept."""

DEEPEST = 15
CACHED = 500


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or the errors that it can't be executed for.

    `selections` are kept for one whose selections are the same each time.
    """

    node: DocumentNode | None
    errors: Sequence[GraphQLError] = ()
    selections: Selections | None = None


class DepthLimit(ValidationRule):
    """Refuse documents that nest deeper than anybody needs. Introspection has no end of its own."""

    def enter_document(self, node: DocumentNode, *_args: Any) -> None:
        fragments = {
            part.name.value: part.selection_set
            for part in node.definitions
            if isinstance(part, FragmentDefinitionNode)
        }
        depths: dict[str, int] = {}
        for definition in node.definitions:
            selections = getattr(definition, "selection_set", None)
            if selections is not None and _depth(selections, fragments, depths) > DEEPEST:
                self.report_error(
                    GraphQLError(f"The document nests deeper than {DEEPEST} levels.", definition)
                )


def _depth(
    selections: SelectionSetNode, fragments: dict[str, SelectionSetNode], depths: dict[str, int]
) -> int:
    """Count the levels; `depths` remembers each fragment's, and ends cycles (refused elsewhere)."""
    deepest = 0
    for node in selections.selections:
        below = 0
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in depths and name in fragments:
                depths[name] = 0
                depths[name] = _depth(fragments[name], fragments, depths)
            below = depths.get(name, 0)
        elif isinstance(node, FieldNode | InlineFragmentNode):
            below = int(isinstance(node, FieldNode))
            if node.selection_set is not None:
                below += _depth(node.selection_set, fragments, depths)
        deepest = max(deepest, below)
    return deepest


class Documents:
    """The documents of one schema; the least recently used ones are forgotten."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, source: str) -> Document:
        """Parse and validate a document, or remember having done so."""
        found = self._kept.get(source)
        if found is not None:
            self._kept.move_to_end(source)
            return found
        document = self._read(source)
        if len(source) <= LONGEST_CACHED and document.node is not None:
            self._kept[source] = document
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return document

    def _read(self, source: str) -> Document:
        try:
            node = parse(source, max_tokens=MOST_TOKENS, allow_empty_selection_sets=False)
        except GraphQLError as error:
            return Document(None, [error])
        errors = validate(self._schema, node, RULES, max_errors=10)
        if errors:
            return Document(None, errors)
        # A text without an @ has no directive; one with it, such as an e-mail address, may have.
        return Document(node, selections=None if "@" in source else Selections())


RULES: tuple[type[ASTValidationRule], ...] = (DepthLimit, *specified_rules)
