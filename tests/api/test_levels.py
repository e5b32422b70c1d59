"""No document takes more SQL statements than it has levels, however much is side by side."""

from __future__ import annotations

import asyncio
import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    Visitor,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    visit,
)
from tests.api.played import Counting, Played
from tests.api.test_statements import LISTS

from oms_api import levels
from oms_api.levels import Levels
from oms_api.limits import MOST_ALIASES
from oms_api.schema import SCHEMA
from oms_projections.packing import Query, packed, read_at_once

T = "{ __typename }"
TIME = 'from: "2020-01-01T00:30:00Z", to: "2030-01-01T00:30:00Z", bucket: MONTH'

ROOTS = {
    "node": '(id: "{node}")',
    "order": '(number: "{number}")',
    "orders": "",
    "trackOrder": '(number: "{number}", secret: "x")',
    "orderDiff": '(id: "{order}", from: 1, to: 2)',
    "shipments": "",
    "payments": "",
    "returns": "",
    "claims": "",
    "stockItem": '(sku: "A", location: "L")',
    "stockAt": '(location: "L")',
    "availability": '(skus: ["A", "B"], country: "DE", channel: "web")',
    "stockLedger": '(sku: "A")',
    "transfer": '(id: "{order}")',
    "transfers": '(location: "L")',
    "serials": "",
    "backorders": '(sku: "C")',
    "subscribers": '(sku: "A")',
    "product": '(sku: "A")',
    "products": "",
    "channel": '(code: "web")',
    "channels": "",
    "location": '(code: "L")',
    "locations": "",
    "explainSourcing": '(orderId: "{order}")',
    "shippingMethods": "",
    "dutyRates": "",
    "sourcingPolicy": "",
    "coupon": '(code: "X")',
    "giftCard": '(code: "X")',
    "eventLog": "",
    "signedRoots": "",
    "kpis": f"({TIME})",
    "refusedSteps": "",
    "accessLog": '(customer: "C-1")',
    "apiKeys": "",
}
"""How each field of `Query` is asked for."""

STEP_BY_STEP = {
    "previewOrderEdit": "decides as the command would, which reads as it goes",
    "previewSourcing": "decides as placing an order would, which reads as it goes",
    "deliveryOptions": "decides as placing an order would, which reads as it goes",
    "causationTree": "goes from event to event",
    "inclusionProof": "goes down a tree of hashes",
    "consistencyProof": "goes down a tree of hashes",
    "evidence": "has a proof of each event",
    "customerDataExport": "collects whatever there is about a person",
}
"""Fields that are a work of their own, and not a level of objects. So are the figures and lists of
the past, which are read in portions.
"""

WIDE = {
    "aliases of one field": " ".join(
        f"a{i}: orders(first: {i + 1}) {{ nodes {{ id }} }}" for i in range(45)
    ),
    "counts": f"""orders {{ totalCount {{ count }} nodes {{ id }} }}
        products {{ totalCount {{ count }} }} shipments {{ totalCount {{ count }} }}
        stockLedger(sku: "A") {{ totalCount {{ count }} }} eventLog {{ totalCount {{ count }} }}
        b: orders(filter: {{channel: "web"}}) {{ totalCount {{ count }} }} kpis({TIME}) {T}""",
    "lists in lists": """orders(first: 9) { nodes {
        shipments { order { payments { id } returns { id } shipments { id order { number } } } }
        links { order { claims { id } } } a: events { totalCount { count } }
        b: events(first: 5) { nodes { type cause { type } } } } }
        shipments(first: 9) { nodes { order { shipments { order { events { nodes { type } } } } }
        } }
        stockAt(location: "L") { nodes { supplies { __typename } lots { __typename } } }""",
    "fragments": """... on Query { ...a orders { nodes { ...o shipments { order { ...o } } } } } }
        fragment a on Query { a: orders(first: 2) { nodes { ...o } totalCount { count } } }
        fragment o on Order { shipments { id } payments { id } events { totalCount { count } }""",
    "the past": """orders(first: 3) { nodes { id } }
        a: stockItem(sku: "A", location: "L", asOf: "2030-01-01T00:00:00Z") { onHand }
        b: stockItem(sku: "A", location: "L") { onHand lots { __typename } }""",
}


@pytest.fixture(autouse=True)
def _on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No level is taken apart because others have the processor."""
    monkeypatch.setattr(levels, "TOGETHER_SECONDS", 30.0)


class _Depth(Visitor):
    deepest = depth = 0

    def enter_field(self, _node: FieldNode, *_: Any) -> None:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)

    def leave_field(self, *_: Any) -> None:
        self.depth -= 1


def depth(document: str) -> int:
    """Count the levels of a document. What is in fragments counts where it is defined."""
    visit(parse(document), found := _Depth())
    return found.deepest


def test_no_query_takes_more_than_it_has_levels(shelf: Played) -> None:
    newest = "SELECT id, number FROM read.orders ORDER BY version DESC LIMIT 1"
    [(order, number)] = shelf.rows(newest)
    node = shelf.ask(f'{{ order(id: "{order}") {{ id }} }}')["order"]["id"]
    given = {"order": order, "number": number, "node": node}
    kind = SCHEMA.query_type
    assert kind is not None
    assert set(kind.fields) == {*ROOTS, *STEP_BY_STEP}
    for name, arguments in ROOTS.items():
        for n in (1, 3):
            asked = f"{name}{_formatted(arguments, given)} {{ __typename }}"
            shelf.ask(f"{{ {' '.join(f'a{i}: {asked}' for i in range(n))} }}")
            assert len(Counting.statements) <= 2, (name, n, Counting.statements)


def _formatted(arguments: str, given: dict[str, object]) -> str:
    for name, value in given.items():
        arguments = arguments.replace(f"{{{name}}}", str(value))
    return arguments


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_document_takes_one_for_each_level(
    shelf: Played, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = f"{{ {WIDE[name]} }}"
    data = shelf.ask(document)
    assert 1 <= len(Counting.statements) <= depth(document), Counting.statements
    monkeypatch.setattr(levels, "TOGETHER_SECONDS", 0.0)
    assert shelf.ask(document) == data


def below(
    schema: GraphQLSchema, kind: GraphQLObjectType, chance: random.Random, levels: int
) -> Iterator[str]:
    """Select some fields of a type at random, with aliases."""
    yield "__typename"
    fields = [
        (name, field)
        for name, field in kind.fields.items()
        if not any(map(is_required_argument, field.args.values())) and name != "proof"
    ]
    for i, (name, field) in enumerate(chance.choices(fields, k=chance.randint(1, 6))):
        inner: Any = get_named_type(field.type)
        if is_leaf_type(inner):
            yield name
        elif levels and isinstance(inner, GraphQLObjectType):
            size = "(first: 3)" if "first" in field.args else ""
            yield f"a{i}: {name}{size} {{ {' '.join(below(schema, inner, chance, levels - 1))} }}"


@pytest.mark.parametrize("seed", range(12))
def test_random_documents_take_one_for_each_level(shelf: Played, seed: int) -> None:
    chance = random.Random(seed)
    kind: Any = SCHEMA.query_type
    document = ""
    while not 20 < document.count(": ") <= MOST_ALIASES:
        document = "{"
        for i, name in enumerate(chance.choices(list(LISTS), k=4)):
            inner: Any = get_named_type(kind.fields[name].type)
            selected = " ".join(below(SCHEMA, inner, chance, chance.randint(2, 6)))
            document += f" r{i}: {name}({LISTS[name].format(n=3)}) {{ {selected} }}"
        document += " }"
    assert "data" in shelf.result(document)
    assert 1 <= len(Counting.statements) <= depth(document), (document, Counting.statements)


def test_what_cannot_be_read_spoils_only_itself(shelf: Played) -> None:
    nowhere = urlsafe_b64encode(b'["orders","yesterday","x"]').decode().rstrip("=")
    result = shelf.result(
        f'{{ a: orders(after: "{nowhere}") {{ nodes {{ id }} }} product(sku: "A") {{ sku }} }}'
    )
    assert [error["extensions"]["code"] for error in result["errors"]] == ["INVALID_CURSOR"]
    assert result["data"] is None  # a list is never null
    result = shelf.result(
        f"""{{ kpis({TIME}) {{ rows {{ start }} }} product(sku: "A") {{ sku }}
              order(number: "{"x" * 3000}") {{ id }} }}"""
    )
    assert result["data"]["product"] == {"sku": "A"}
    assert len(Counting.statements) == 1


SLOW = Query("SELECT 'slow', pg_sleep(%s)::text", (0.4,))


def test_what_is_slow_holds_up_nothing_else(shelf: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "TOGETHER_SECONDS", 0.05)

    async def ask() -> list[Any]:
        one = Levels(shelf.pool)
        one.turns = 9
        first = asyncio.ensure_future(one.read(Query("SELECT 1")))
        both = asyncio.gather(first, one.read(SLOW))
        await asyncio.wait({first}, timeout=0.3)
        assert first.done()
        return await both

    Counting.statements.clear()
    assert shelf.run(ask()) == [[(1,)], [("slow", "")]]
    assert len(Counting.statements) == 3


@pytest.mark.parametrize("together", [5.0, 0.01])
def test_who_gives_up_cancels_the_statement(
    shelf: Played, monkeypatch: pytest.MonkeyPatch, together: float
) -> None:
    monkeypatch.setattr(levels, "TOGETHER_SECONDS", together)
    long = Query("SELECT pg_sleep(%(seconds)s)::text", {"seconds": 20})

    async def ask() -> None:
        one = Levels(shelf.pool)
        one.turns = 9
        async with asyncio.timeout(0.1):
            await asyncio.gather(one.read(long), one.read(long))

    with pytest.raises(TimeoutError):
        shelf.run(ask())
    sleeping = "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep($%'"
    sleeping += " AND pid <> pg_backend_pid()"
    for _ in range(50):
        if not shelf.rows(sleeping):
            return
        shelf.run(asyncio.sleep(0.02))
    raise AssertionError("It still runs.")


def test_everybody_is_told_that_there_is_no_database() -> None:
    class Nowhere:
        @asynccontextmanager
        async def connection(self) -> Any:
            raise psycopg.OperationalError("gone")
            yield

    async def ask() -> list[Any]:
        pool: Any = Nowhere()
        one = Levels(pool)
        one.turns = 9
        reading = (one.read(Query("SELECT 1")) for _ in range(3))
        return await asyncio.gather(*reading, return_exceptions=True)

    assert [str(error) for error in asyncio.run(ask())] == ["gone"] * 3


def test_packed_queries_keep_their_values_their_types_and_their_order(shelf: Played) -> None:
    queries = [
        Query(
            "SELECT n, n::text AS t, n / 2.00 FROM generate_series(1, %s) AS n ORDER BY n DESC",
            (3,),
        ),
        Query("SELECT %(a)s, '100%%', %(a)s, %(b)s::text[]", {"a": "50%s", "b": ["%", "x"]}),
        Query("SELECT 'a' LIKE '%', now(), null, '{\"a\": [1.50]}'::jsonb, '\\x00'::bytea"),
        Query("SELECT 1 WHERE false"),
        packed([Query("SELECT md5('a')::uuid, current_date"), Query("SELECT 2 WHERE %s", (True,))]),
    ]

    async def read() -> tuple[list[Any], list[Any]]:
        async with shelf.pool.connection() as connection:
            together = await read_at_once(connection, *queries)
            apart = [await q.read(connection) for q in queries]
        return together, apart

    together, apart = shelf.run(read())
    moment = together[2][0][1]
    assert apart[2][0][1] > moment
    apart[2] = [(apart[2][0][0], moment, *apart[2][0][2:])]
    assert together == apart
    assert [row[0] for row in together[0]] == [3, 2, 1]
