"""Fields whose resolver gives the domain's own value, which the GraphQL type then shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(resolver: Callable[..., Any], graphql_type: Any, description: str) -> Any:
    """Declare a field of a type that is computed from what the type shows."""
    return strawberry.field(resolver=resolver, graphql_type=graphql_type, description=description)


def query(graphql_type: Any, description: str) -> Callable[[F], F]:
    """Declare a query."""

    def declare(resolver: F) -> F:
        field: Any = strawberry.field(
            resolver=resolver, graphql_type=graphql_type, description=description
        )
        return field  # type: ignore[no-any-return]

    return declare


def mutation(payload: type[Any], description: str) -> Callable[[F], F]:
    """Declare a mutation whose resolver gives an `Answer`. Nullable: a fault stays its own."""

    def declare(resolver: F) -> F:
        field: Any = strawberry.mutation(
            resolver=resolver, graphql_type=payload | None, description=description
        )
        return field  # type: ignore[no-any-return]

    return declare


def subscription(graphql_type: Any, description: str) -> Callable[[F], F]:
    """Declare a subscription, whose resolver yields what one message shows after the other."""

    def declare(resolver: F) -> F:
        field: Any = strawberry.subscription(
            resolver=resolver, graphql_type=graphql_type, description=description
        )
        return field  # type: ignore[no-any-return]

    return declare
