"""Every limit, attacked: the attack is refused by its code, quickly, and the server goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY
from uuid import uuid4

import psycopg
import pytest
import strawberry
from graphql import get_introspection_query
from tests.api.fixtures import Running
from tests.api.running import Client

from oms_api.documents import Documents
from oms_api.executing import Executing
from oms_api.graphql_http import Asked
from oms_api.limits import Limits
from oms_api.rights.principal import with_role
from oms_api.rights.roles import Role
from oms_api.schema import SCHEMA

NEST = "shipments { order { "


def fragments(number: int, body: str) -> str:
    """Fragments that each use the next one twice, and a query of the first one."""
    chain = "".join(
        f"fragment f{i} on Query {{ a: node(id: 1) {{ id }} ...f{i + 1} ...f{i + 1} }}"
        for i in range(number)
    )
    return f"{{ ...f0 }} {chain} fragment f{number} on Query {{ {body} }}"


ATTACKS = {
    "deep": ("{ orders { nodes { " + NEST * 7 + "id" + "}" * 17, "TOO_DEEP"),
    "deeper than the parser goes": ("{ a" * 2_400 + "}" * 2_400, "TOO_DEEP"),
    "a comment that takes seconds to skip": ("{ __typename } #" + "x" * 9_000_000, "TOO_LONG"),
    "tokens": ("{" + " __typename" * 5_000 + "}", "TOO_MANY_TOKENS"),
    "aliases": ("{" + "".join(f" a{i}: __typename" for i in range(51)) + "}", "TOO_MANY_ALIASES"),
    "directives": ("{ __typename" + " @skip(if: false)" * 51 + "}", "TOO_MANY_DIRECTIVES"),
    "one field, the square of which is compared": (
        "{" + " orders { nodes { id } }" * 600 + "}",
        "TOO_MANY_REPEATS",
    ),
    "the same in inline fragments": (
        "{" + " ... on Query { orders { nodes { id } } }" * 400 + "}",
        "TOO_MANY_REPEATS",
    ),
    "the same on two levels": (
        "{" + (" orders {" + " nodes { id }" * 6 + "}") * 6 + "}",
        "TOO_MANY_REPEATS",
    ),
    "fragments, the square of which is compared": (
        "{"
        + "".join(f" ...f{i}" for i in range(300))
        + "}"
        + "".join(f"fragment f{i} on Query {{ __typename }}" for i in range(300)),
        "TOO_MANY_FRAGMENTS",
    ),
    "fragments that double": (fragments(30, "__typename"), "TOO_MANY_ALIASES"),
    "operations": (
        "".join(f"query q{i} {{ __typename }}" for i in range(800)),
        "TOO_MANY_OPERATIONS",
    ),
    "the whole schema, again and again": (
        "{" + "".join(f" a{i}: __schema {{ types {{ name }} }}" for i in range(21)) + "}",
        "TOO_COSTLY",
    ),
    "pages in pages": (
        "{ orders(first: 250) { nodes { events(first: 250) { nodes { id } } } } }",
        "TOO_COSTLY",
    ),
    "107 bytes that once took a server 1.65 s": (
        "{ orders(first: 20) { nodes { " + NEST * 4 + "shipments { id }" + "}}" * 4 + "}}}",
        "TOO_COSTLY",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(client: Client, attack: str) -> None:
    document, code = ATTACKS[attack]
    begun = time.monotonic()
    answer = client.post({"query": document}, Accept="application/graphql-response+json")
    assert time.monotonic() - begun < 3
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, code)
    assert error["message"].endswith(".")
    assert "data" not in answer.json()


def test_what_people_ask_for_is_served(client: Client) -> None:
    """Standard introspection, and an order with all that belongs to it, a hundred times."""
    client.ask(get_introspection_query())
    answer = client.result(
        "query Q($n: Int) { orders(first: $n) { nodes { id lines { id sku } payments { id }"
        " shipments { id lines { quantity } } returns { id } events(first: 20) { nodes { id } }"
        " } } }",
        n=100,
    )
    assert answer["extensions"]["cost"] == {
        "requestedQueryCost": 1 + 100 * 67,
        "maximumQueryCost": 20_000,
        "throttleStatus": {
            "maximumAvailable": 200_000,
            "currentlyAvailable": ANY,
            "restoreRate": 20_000,
        },
    }


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ __typename }", {}, 0),
        ('{ order(number: "x") { id number } }', {}, 1),
        ('{ order(number: "x") { lines { id } total { amount } } }', {}, 1 + 5 + 1),
        ("{ orders(first: 7) { nodes { id } } }", {}, 1 + 7),
        ("{ orders { nodes { id } } }", {}, 1 + 50),
        ("{ orders(last: 7) { edges { cursor node { id } } pageInfo { endCursor } } }", {}, 16),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 9}, 1 + 9),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {}, 1 + 50),
        ("query ($n: Int) { orders(first: $n) { nodes { id } } }", {"n": None}, 1 + 50),
        ("query ($n: Int = 3) { orders(first: $n) { nodes { id } } }", {"n": 3}, 1 + 3),
        ("query ($n: Int) { orders(first: $n) { nodes { lines { id } } } }", {"n": 9}, 1 + 9 * 6),
        ("query ($n: Int) { orders(first: $n, last: 2) { nodes { id } } }", {}, 1 + 2),
        ("{ orders(first: 2000000000) { nodes { id } } }", {}, 1 + 500),
        ("{ orders(first: -5) { nodes { id } } }", {}, 1),
        ("{ ...f } fragment f on Query { orders(first: 4) { ...g } }"
         " fragment g on OrderConnection { nodes { id } }", {}, 1 + 4),
        ("query ($n: Int) { ...f ...f } fragment f on Query { orders(last: $n) { nodes { id } } }",
         {"n": 2}, 2 * (1 + 2)),
        ("{ refusedSteps { message } }", {}, 50),
        ("query ($s: [String!]!) { availability(skus: $s) { sku } }", {"s": ["a"] * 30}, 30),
        ('{ availability(skus: ["a", "b", "c", "d", "e", "f", "g"]) { sku } }', {}, 7),
        ('{ node(id: "x") { id ... on Order { lines { id } } } }', {}, 1 + 5),
        ("{ __type(name: \"Order\") { name } }", {}, 1_000),
        ('mutation { holdOrder(input: {orderId: "x", reason: "x"}) { order { id } } }', {}, 10 + 1),
    ],
)  # fmt: skip
def test_the_cost_of(document: str, variables: dict[str, object], cost: int) -> None:
    read = Documents(SCHEMA).get(document)
    assert not read.errors
    [told] = read.costs.values()
    assert told.given(variables) == cost


def test_a_fixed_cost_is_added_up_once() -> None:
    documents = Documents(SCHEMA)
    document = documents.get("{ orders(first: 7) { nodes { lines { id } } } }")
    [cost] = document.costs.values()
    assert cost.parts == ()
    assert documents.get("{ orders(first: 7) { nodes { lines { id } } } }") is document


def test_an_operator_may_change_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_MOST_COST", "100")
    assert Limits().most_cost == 100


@pytest.fixture(scope="module")
def narrow(served_database: str) -> Iterator[Client]:
    """A server for strangers: it answers soon or not at all, and tells nothing of its schema."""
    settings = {"OMS_REQUEST_SECONDS": "0.5", "OMS_INTROSPECTION": "nobody"}
    with (
        Running(OMS_DATABASE_URL=served_database, **settings) as running,
        Client(running.url, served_database) as client,
    ):
        yield client


def test_a_request_that_takes_too_long_leaves_no_statement(narrow: Client) -> None:
    """The statement waits for a table that is locked here; it is cancelled, not left behind."""
    waiting = (
        "SELECT query FROM pg_stat_activity WHERE application_name = 'oms api'"
        " AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    with psycopg.connect(narrow.database_url) as holder:
        holder.execute("LOCK TABLE read.orders IN ACCESS EXCLUSIVE MODE")
        answer = narrow.post({"query": "{ orders(first: 1) { nodes { id } } }"})
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"] == {"code": "TIMED_OUT"}
        assert narrow.rows(waiting) == []
    narrow.ask("{ orders(first: 1) { nodes { id } } }")


def test_a_closed_schema_is_not_told(narrow: Client) -> None:
    for document in ("{ __schema { types { name } } }", '{ __type(name: "Order") { name } }'):
        answer = narrow.post({"query": document})
        assert answer.json()["errors"][0]["extensions"] == {"code": "INTROSPECTION_OFF"}
    assert narrow.ask("{ __typename }") == {"__typename": "Query"}


def test_a_closed_schema_makes_no_guesses(narrow: Client, client: Client) -> None:
    bad: list[tuple[str, dict[str, object]]] = [
        ("{ ordr { id } }", {}),
        ("{ orders(frst: 1) { nodes { id } } }", {}),
        ("query ($f: OrderFilter) { orders(filter: $f) { nodes { id } } }", {"f": {"stats": 1}}),
        ("query ($f: OrderFiltr) { orders(filter: $f) { nodes { id } } }", {}),
    ]
    for document, variables in bad:
        body = {"query": document, "variables": variables}
        assert "Did you mean" in client.post(body).text
        assert "Did you mean" not in narrow.post(body).text


@strawberry.type
class Box:
    """A thing in a list that is longer than anybody assumes."""

    name: str = "box"

    @strawberry.field
    async def boxes(self) -> list[Box]:
        return [Box() for _ in range(20)]


@strawberry.type
class Boxes:
    box: Box = strawberry.field(resolver=Box, graphql_type=Box)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ box { boxes { boxes { name } } } }", None),
        ("{ box { boxes { boxes { boxes { name } } } } }", "TOO_COSTLY"),
    ],
)
def test_lists_that_turn_out_long_are_given_up(document: str, code: str | None) -> None:
    """Of two documents that look cheap enough, one has 8,000 objects in the end."""
    executing = Executing(strawberry.Schema(Boxes)._schema, Limits(most_cost=1_000))
    who = with_role("ada", Role.ADMIN)
    context: Any = SimpleNamespace(correlation_id=uuid4(), who=who, levels=SimpleNamespace())
    answered = asyncio.run(executing.answer(Asked(document), context, "application/json"))
    assert answered.codes == (() if code is None else (code,))
    assert len(answered.body) < 100_000
