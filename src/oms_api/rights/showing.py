"""Shows in the printed schema which rights a field needs: `@requires(anyOf: […])`."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DirectiveLocation,
    DocumentNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    parse,
)

from oms_api.rights.fields import REQUIRED
from oms_api.rights.right import Right


def requires(right: GraphQLEnumType) -> GraphQLDirective:
    """Declare the directive."""
    return GraphQLDirective(
        "requires",
        [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.INPUT_FIELD_DEFINITION],
        {
            "anyOf": GraphQLArgument(
                GraphQLNonNull(GraphQLList(GraphQLNonNull(right))),
                description="One of them is enough.",
            )
        },
        description="Whoever asks for the field, or gives the input, needs one of these rights.",
    )


def with_rights(printed: str) -> str:
    """Add the directive to a printed schema, wherever a right is needed."""
    text = printed
    for end, rights in sorted(_places(parse(printed)), reverse=True):
        text = f"{text[:end]} @requires(anyOf: [{', '.join(rights)}]){text[end:]}"
    return text


def _places(document: DocumentNode) -> Iterator[tuple[int, list[Right]]]:
    """Find where the types of those fields end in the text."""
    for kind in document.definitions:
        if isinstance(kind, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode):
            for field in kind.fields or ():
                rights = REQUIRED.get(f"{kind.name.value}.{field.name.value}")
                end = getattr(field, "default_value", None) or field.type
                if rights is not None and end.loc is not None:
                    yield end.loc.end, sorted(rights)
