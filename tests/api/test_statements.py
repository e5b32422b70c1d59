"""How many SQL statements a document takes: as many as it has levels, however many rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain as joined
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, is_leaf_type, is_required_argument
from graphql import get_named_type as named
from tests.api.played import Counting, Played

from oms_api.plain_fields import _getter
from oms_api.schema import SCHEMA

LISTS = {
    "orders": "first: {n}",
    "shipments": "first: {n}",
    "payments": "first: {n}",
    "returns": "first: {n}",
    "claims": "first: {n}",
    "stockAt": 'first: {n} location: "L"',
    "stockLedger": 'first: {n} sku: "A"',
    "backorders": 'first: {n} sku: "C"',
    "products": "first: {n}",
    "eventLog": "first: {n}",
    "signedRoots": "first: {n}",
}
"""Where many objects come from: what is below each of them is loaded for all at once."""

Step = tuple[str, str]
"""A field and its arguments."""


def chains() -> Iterator[list[Step]]:
    """Give a way to every field of the schema that has objects, from a list of many."""
    root: Any = SCHEMA.query_type
    ways: dict[str, list[Step]] = {}
    queue: deque[tuple[GraphQLObjectType, list[Step]]] = deque()
    for name, arguments in LISTS.items():
        connection: Any = named(root.fields[name].type)
        node: Any = named(connection.fields["nodes"].type)
        way = [(name, arguments), ("nodes", "")]
        yield way
        queue.append((node, way))
    while queue:
        kind, way = queue.popleft()
        if kind.name in ways or not isinstance(kind, GraphQLObjectType):
            continue
        ways[kind.name] = way
        for name, field in kind.fields.items():
            if name.startswith("__") or _needs_arguments(field):
                continue
            further = [*way, (name, "")]
            if _getter(field) is None:
                yield further
            queue.append((named(field.type), further))


def _needs_arguments(field: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def document(chain: list[Step], n: int) -> str:
    """Write a document that asks for what is at the end of a way."""
    kind: Any = SCHEMA.query_type
    opened, closed = "{", "}"
    for name, arguments in chain:
        kind = named(kind.fields[name].type)
        opened += f" {name}({arguments.format(n=n)})" if arguments else f" {name}"
        if not is_leaf_type(kind):
            opened, closed = f"{opened} {{ __typename", f"}} {closed}"
    return f"{opened} {closed}"


CHAINS = {".".join(name for name, _ in chain): chain for chain in chains()}


def found(data: Any, chain: list[Step]) -> list[Any]:
    """Give what the answer has at the end of a way."""
    there = [data]
    for name, _ in chain:
        values = [one[name] for one in there if one[name] is not None]
        lists = (value if isinstance(value, list) else [value] for value in values)
        there = list(joined.from_iterable(lists))
    return there


OF_EVENTS = "SELECT stream_id || '/' || version FROM oms.events LIMIT 9"
OF_ORDERS = "SELECT id FROM read.orders"
OF_RETURNS = "SELECT id FROM read.returns, generate_series(1, 9) WHERE requested > 9"
SELDOM = {
    "eventLog.nodes.cause": ("causation_id", OF_EVENTS),
    "eventLog.nodes.corrects": ("corrects", OF_EVENTS),
    "orders.nodes.links.order": ("order_id", OF_ORDERS),
    "returns.nodes.resolutions.replacement": ("replacement_id", OF_ORDERS),
    "claims.nodes.decision.replacement": ("replacement_id", OF_ORDERS),
    "claims.nodes.decision.goodsReturn": ("return_id", OF_RETURNS),
}
"""No history has many of them: they are asked for by hand, by what they go by."""


@pytest.mark.parametrize("name", CHAINS)
def test_a_document_takes_as_many_statements_as_it_has_levels(shelf: Played, name: str) -> None:
    chain = CHAINS[name]
    data = shelf.ask(document(chain, 250))
    assert len(Counting.statements) <= len(chain), Counting.statements
    if name not in SELDOM:
        asking = found(data, chain[:-1]) if len(chain) > 2 else found(data, chain)
        assert len(asking) > len(chain), (
            "Too few for a statement for each of them to be noticed: name the field in SELDOM."
        )


def test_what_is_beside_each_other_is_loaded_at_once(shelf: Played) -> None:
    of_orders = (chain for chain in CHAINS.values() if chain[0][0] == "orders")
    below = [chain[-1][0] for chain in of_orders if len(chain) == 3]
    assert len(below) > 5
    asked = " ".join(_selected("Order", name) for name in below)
    shelf.ask(f"{{ orders(first: 250) {{ totalCount {{ count }} nodes {{ {asked} }} }} }}")
    assert len(Counting.statements) == 2


def _selected(kind: str, name: str) -> str:
    field: Any = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
    return name if is_leaf_type(named(field.type)) else f"{name} {{ __typename }}"


@pytest.mark.parametrize("name", sorted(SELDOM))
def test_what_is_seldom_there_is_loaded_together(shelf: Played, name: str) -> None:
    attribute, rows = SELDOM[name]
    roots = [SimpleNamespace(**{attribute: id}) for (id,) in shelf.rows(rows)]
    *way, last = CHAINS[name]
    kind: Any = SCHEMA.query_type
    for step, _ in way:
        kind = named(kind.fields[step].type)
    answers = shelf.resolve(kind.fields[last[0]], roots)
    assert len(answers) > 5
    assert None not in answers
    assert len(Counting.statements) == 1
