"""Spares a look at every value of the variables for how deep it nests, where none can nest deeply.

graphql-core follows the types and counts how far, so that no value of a client overflows the stack.
In a type that does not contain itself, values nest no deeper than the type.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, get_named_type
from graphql.execution import values

_looked = values.input_is_nested_too_deeply


def spare_shallow() -> None:
    """Have graphql-core look only at values of types that contain themselves."""
    values.input_is_nested_too_deeply = _is_nested_too_deeply


def _is_nested_too_deeply(value: Any, type_: GraphQLInputType) -> bool:
    return contains_itself(get_named_type(type_)) and _looked(value, type_)


@cache
def contains_itself(kind: Any) -> bool:
    """Tell whether values of an input type may have others of their own type somewhere in them."""
    return _leads_to_a_circle(kind, ())


def _leads_to_a_circle(kind: Any, above: tuple[Any, ...]) -> bool:
    if not isinstance(kind, GraphQLInputObjectType):
        return False
    parts = {get_named_type(field.type) for field in kind.fields.values()}
    return kind in above or any(_leads_to_a_circle(part, (*above, kind)) for part in parts)
