"""Every connection of the schema: filtered, sorted, paged both ways, and counted up to a limit."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, GraphQLObjectType
from graphql import get_named_type as named
from tests.api.played import Played

from oms_api import connections
from oms_api.cost import _is_connection
from oms_api.schema import SCHEMA
from oms_projections import paging

ARGUMENTS = {
    "Query.orders": 'filter: {currency: "EUR"}',
    "Query.shipments": "",
    "Query.payments": "",
    "Query.returns": "",
    "Query.claims": "",
    "Query.stockAt": 'location: "L"',
    "Query.stockLedger": 'sku: "A"',
    "Query.backorders": 'sku: "C"',
    "Query.products": "",
    "Query.serials": "",
    "Query.eventLog": 'filter: {types: ["OrderPlaced", "OrderCancelled"]}',
    "Query.signedRoots": "",
    "Order.events": "",
}
"""What is asked of each connection here, besides the page. A new one needs a line, and rows."""

LONGEST = """SELECT number FROM read.orders JOIN oms.events ON stream_id = id
GROUP BY id, number ORDER BY count(*) DESC LIMIT 1"""
"""The order of which most is to be told."""

PAGING = {"first", "after", "last", "before"}
Row = tuple[str, str]


def fields() -> dict[str, GraphQLField]:
    """Find every field of the schema that gives a connection."""
    return {
        f"{kind.name}.{name}": field
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if _is_connection(named(field.type))
    }


FIELDS = fields()


def sorted_by(place: str) -> list[str]:
    """Give the fields that a connection can be sorted by."""
    given = named(FIELDS[place].args["sort"].type)
    assert isinstance(given, GraphQLInputObjectType)
    enum = named(given.fields["field"].type)
    assert isinstance(enum, GraphQLEnumType)
    return list(enum.values)


class List:
    """A connection, sorted one way, as a client reads it."""

    def __init__(self, shelf: Played, place: str, by: str, direction: str) -> None:
        self._shelf = shelf
        self._kind, self._name = place.split(".")
        self._arguments = f"{ARGUMENTS[place]} sort: {{field: {by}, direction: {direction}}}"
        self._key = self._sort_key(place, by)

    def _sort_key(self, place: str, by: str) -> str:
        first, *rest = by.lower().split("_")
        name = first + "".join(map(str.capitalize, rest))
        connection: Any = named(FIELDS[place].type)
        node: Any = named(connection.fields["nodes"].type)
        if name not in node.fields:
            return "__typename"  # an order that no field shows
        return f"key: {name} {{ amount }}" if name == "total" else f"key: {name}"

    def page(self, paging: str) -> dict[str, Any]:
        """Ask for a page."""
        asked = (
            f"{self._name}({self._arguments} {paging}) {{ edges {{ cursor node {{ {self._key} }} }}"
            " pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
            " totalCount { count precision } }"
        )
        if self._kind == "Order":
            [(number,)] = self._shelf.rows(LONGEST)
            found = self._shelf.ask(f'{{ order(number: "{number}") {{ {asked} }} }}')
            return dict(found["order"][self._name])
        return dict(self._shelf.ask(f"{{ {asked} }}")[self._name])

    def rows(self, paging: str = "first: 250") -> list[Row]:
        """Give cursors and what rows are sorted by."""
        edges = self.page(paging)["edges"]
        return [(edge["cursor"], orjson.dumps(edge["node"].get("key")).decode()) for edge in edges]

    def walk(self, size: int, way: str, beyond: str, more: str, end: str) -> list[list[Row]]:
        """Read page after page to the end."""
        pages, place = [], ""
        while True:
            asked = f"{way}: {size} {place}"
            info = self.page(asked)["pageInfo"]
            pages.append(self.rows(asked))
            if not info[more]:
                return pages
            place = f'{beyond}: "{info[end]}"'


def test_every_connection_is_a_list_like_the_others() -> None:
    assert set(FIELDS) == set(ARGUMENTS)
    for place, field in FIELDS.items():
        assert {*PAGING, "filter", "sort"} <= set(field.args), place
        connection: Any = named(field.type)
        assert {"edges", "nodes", "pageInfo", "totalCount"} == set(connection.fields), place
        thing = connection.name.removesuffix("Connection")
        assert named(field.args["filter"].type).name == f"{thing}Filter"
        assert named(field.args["sort"].type).name == f"{thing}Sort"


def value(text: str) -> Any:
    """Read what a row is sorted by. What has not happened comes last."""
    found = orjson.loads(text)
    if isinstance(found, dict):
        return Decimal(found["amount"])
    if str(found).isdecimal():  # eight digits could be taken for a day
        return int(found)
    try:
        return datetime.max.replace(tzinfo=UTC) if found is None else datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return found


@pytest.mark.parametrize("place", ARGUMENTS)
def test_pages_give_every_row_once_and_in_order(shelf: Played, place: str) -> None:
    for by in sorted_by(place):
        up, down = (List(shelf, place, by, direction) for direction in ("ASC", "DESC"))
        every = up.rows()
        assert 4 <= len(every) < 250
        assert len(dict(every)) == len(every)
        if up._key != "__typename":
            values = [value(key) for _, key in every]
            assert all(one <= next for one, next in pairwise(values)), by
        assert down.rows() == every[::-1]
        size = len(every) // 3 + 1
        for ordered, rows in ((up, every), (down, every[::-1])):
            forward = ordered.walk(size, "first", "after", "hasNextPage", "endCursor")
            assert list(chain(*forward)) == rows
            back = ordered.walk(size, "last", "before", "hasPreviousPage", "startCursor")
            assert list(chain(*back[::-1])) == rows
        between = f'first: 250 after: "{every[0][0]}" before: "{every[-1][0]}"'
        assert up.rows(between) == every[1:-1]
        total = up.page("first: 1")["totalCount"]
        assert total == {"count": len(every), "precision": "EXACT"}


def test_many_rows_are_alike_in_what_they_are_sorted_by(shelf: Played) -> None:
    """Or the test above shows nothing about ties."""
    for place, by in (("orders", "PLACED_AT"), ("orders", "TOTAL"), ("shipments", "DISPATCHED_AT")):
        keys = [key for _, key in List(shelf, f"Query.{place}", by, "ASC").rows()]
        assert 1 < len(set(keys)) < len(keys) - 2


def cursor(*parts: object) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode()


@pytest.mark.parametrize("place", ARGUMENTS)
def test_cursors_of_another_list_are_refused(shelf: Played, place: str) -> None:
    name, arguments = place.split(".")[1], ARGUMENTS[place]
    own = orjson.loads(_decoded(List(shelf, place, sorted_by(place)[0], "ASC").rows()[0][0]))[0]
    other = next(p for p in ARGUMENTS if p.split(".")[1] != name and p != "Order.events")
    foreign = List(shelf, other, sorted_by(other)[0], "ASC").rows()[0][0]
    for bad in (
        foreign,
        "nonsense",
        cursor(own),
        cursor(own, "x", "y", "z"),
        cursor(own, *["x"] * 3),
        cursor(own, None),
        cursor(own, 1, "x"),
        cursor("orders by NOTHING", "x"),
    ):
        asked = f'{name}({arguments} first: 1 after: "{bad}") {{ pageInfo {{ endCursor }} }}'
        if place == "Order.events":
            asked = f"orders(first: 1) {{ nodes {{ {asked} }} }}"
        code, message = shelf.error(f"{{ {asked} }}")
        assert code == "INVALID_CURSOR", bad
        assert message.endswith("Take one from its answers.")


def _decoded(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_a_cursor_of_another_order_is_refused(shelf: Played) -> None:
    by_number = List(shelf, "Query.orders", "NUMBER", "ASC").rows()[2][0]
    asked = '{ orders(first: 1 after: "%s") { nodes { id } } }'
    assert shelf.error(asked % by_number)[0] == "INVALID_CURSOR"
    for place in ("x", "2024-13-45", "9" * 400):
        bad = cursor("orders", place, str(uuid4()))
        assert shelf.error(asked % bad)[0] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("orders(sort: {field: TOTAL})", "Totals are compared within one currency"),
        ('orders(filter: {search: "ab"})', "`search` needs at least 3 characters"),
        ('products(filter: {search: "ab"})', "`search` needs at least 3 characters"),
        (f"products(filter: {{sku: {orjson.dumps(['x'] * 251).decode()}}})", "at most 250 values"),
        ('orders(sort: {field: NUMBER}, asOf: "2026-01-01T00:00:00Z")', "newest first"),
        ('eventLog(types: ["A"], filter: {types: ["B"]})', "not both"),
        ('stockLedger(sku: "A", location: "L", filter: {location: ["M"]})', "not both"),
        ("products(first: 251)", "1 to 250"),
        ("products(last: 0)", "1 to 250"),
    ],
)
def test_what_can_not_be_listed(shelf: Played, asked: str, told: str) -> None:
    code, message = shelf.error(f"{{ {asked} {{ pageInfo {{ endCursor }} }} }}")
    assert code == "INVALID"
    assert told in message


def test_filters_of_the_other_lists(shelf: Played) -> None:
    def nodes(list: str, filter: str, wanted: str) -> list[dict[str, Any]]:
        place = f"Query.{list.split('(', maxsplit=1)[0]}"
        joined = list if "(" in list else f"{list}("
        document = f"{{ {joined} filter: {{{filter}}} first: 250) {{ nodes {{ {wanted} }} }} }}"
        found: list[dict[str, Any]] = shelf.ask(document)[place.split(".")[1]]["nodes"]
        return found

    everything = nodes('stockLedger(sku: "A"', "", "type location reference occurredAt")
    types = {row["type"] for row in everything}
    assert len(types) > 1
    for type in types:
        found = nodes('stockLedger(sku: "A"', f'type: ["{type}"]', "type")
        assert len(found) == sum(row["type"] == type for row in everything)
    moment = everything[len(everything) // 2]["occurredAt"]
    late = nodes('stockLedger(sku: "A"', f'occurredFrom: "{moment}", location: ["L"]', "occurredAt")
    early = nodes('stockLedger(sku: "A"', f'occurredTo: "{moment}", location: ["L"]', "occurredAt")
    assert all(row["occurredAt"] >= moment for row in late)
    assert all(row["occurredAt"] < moment for row in early)
    assert len(late) + len(early) == sum(row["location"] == "L" for row in everything)
    stock = nodes('stockAt(location: "L"', "", "sku available unlimited")
    few = nodes('stockAt(location: "L"', "availableTo: 5", "sku available unlimited")
    many = nodes('stockAt(location: "L"', "availableFrom: 5", "sku available unlimited")
    assert all(row["available"] < 5 for row in few)
    assert all(row["available"] >= 5 for row in many)
    assert sorted(r["sku"] for r in few + many) == [row["sku"] for row in stock]
    assert [row["sku"] for row in nodes("products", 'search: "tea"', "sku")] == ["T"]
    assert [row["sku"] for row in nodes("products", 'sku: ["A", "none"]', "sku")] == ["A"]
    first = nodes("eventLog", "", "correlationId")[-1]["correlationId"]
    of_one = nodes("eventLog", f'correlationId: "{first}"', "correlationId")
    assert {row["correlationId"] for row in of_one} == {first}
    assert nodes("signedRoots", 'sealedTo: "2020-01-01T00:00:00Z"', "size") == []
    assert len(nodes("signedRoots", 'sealedFrom: "2020-01-01T00:00:00Z"', "size")) == 7
    assert nodes('backorders(sku: "C"', 'pickupLocation: ["nowhere"]', "sku") == []


def test_payments_returns_and_claims_are_found_without_their_orders(shelf: Played) -> None:
    def ids(list: str, filter: str = "") -> set[str]:
        asked = (
            f"{{ {list}(filter: {{{filter}}}, first: 250) {{ nodes {{ id order {{ id }} }} }} }}"
        )
        nodes = shelf.ask(asked)[list]["nodes"]
        assert all(node["order"] is not None for node in nodes)
        return {node["id"] for node in nodes}

    for list, one in (("payments", "AUTHORIZED"), ("returns", "REQUESTED"), ("claims", "OPEN")):
        enum = named(named(FIELDS[f"Query.{list}"].args["filter"].type).fields["status"].type)  # type: ignore[union-attr]
        parts = [ids(list, f"status: [{status}]") for status in enum.values]  # type: ignore[union-attr]
        assert set().union(*parts) == ids(list)
        assert sum(map(len, parts)) == len(ids(list))
        assert one in enum.values  # type: ignore[union-attr]
    assert len(ids("payments", "contested: true")) == 1
    assert ids("payments", "contested: true") | ids("payments", "contested: false") == ids(
        "payments"
    )
    soon = 'expiresBefore: "2026-01-02T00:00:00Z"'
    assert len(ids("payments", soon)) == 3
    assert len(ids("returns", 'trackingNumber: "T-4"')) == 1


def test_a_count_stops(shelf: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    found = shelf.ask("{ orders(first: 1) { totalCount { count precision } } }")["orders"]
    assert found["totalCount"] == {"count": 3, "precision": "AT_LEAST"}


def test_a_list_that_takes_too_long_is_given_up(
    shelf: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LIST_SECONDS", 0.1)
    monkeypatch.setattr(connections, "COUNT_SECONDS", 0.1)
    monkeypatch.setattr(paging, "_where", lambda _: "WHERE pg_sleep(9) IS NOT NULL")
    document = "{ products(first: 1) { nodes { id } } }"
    code, message = shelf.error(document)
    assert code == "TOO_COSTLY"
    assert "Narrow it" in message
    running = """SELECT count(*) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep(9)%' AND state = 'active' AND pid <> pg_backend_pid()"""
    with psycopg.connect(shelf.database_url) as connection:
        assert connection.execute(running).fetchone() == (0,)


def test_a_count_that_takes_too_long_is_left_out(
    shelf: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "COUNT_SECONDS", 0.0)
    found = shelf.ask("{ products(first: 1) { nodes { sku } totalCount { count } } }")["products"]
    assert found["totalCount"] is None
    assert len(found["nodes"]) == 1
