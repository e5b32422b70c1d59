"""Values are looked at for how deep they nest where their type allows any depth, and only there."""

from __future__ import annotations

from graphql import GraphQLInputObjectType, build_schema
from graphql.execution import values

from oms_api.schema import SCHEMA
from oms_api.shallow_inputs import contains_itself

OTHERS = build_schema("""
    input Filter { name: String, all: [Filter!] }
    input Search { filter: Filter!, after: String }
    input Leaf { name: String }
    input Pair { left: Leaf, right: Leaf }
    type Query { find(search: Search, pair: Pair): String }
""").type_map


def test_a_type_contains_itself_also_by_way_of_others() -> None:
    found = {name for name, kind in OTHERS.items() if contains_itself(kind)}
    assert found == {"Filter", "Search"}


def test_what_nests_too_deeply_is_still_found() -> None:
    deep: dict[str, object] = {"name": "x"}
    for _ in range(values.MAX_NESTING_DEPTH + 1):
        deep = {"all": [deep]}
    assert values.input_is_nested_too_deeply({"filter": deep}, OTHERS["Search"])
    assert not values.input_is_nested_too_deeply({"filter": {"name": "x"}}, OTHERS["Search"])


def test_no_input_of_ours_needs_the_look() -> None:
    inputs = [t for t in SCHEMA.type_map.values() if isinstance(t, GraphQLInputObjectType)]
    assert inputs
    assert not any(map(contains_itself, inputs))
