"""Requests that nobody sends by mistake: none gets a fault, none is told what is inside."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.api.running import Client

TEN_MEGABYTES = 9_900_000
"""Almost: what is larger is not read at all."""

LEAKS = ("Traceback", "psycopg", "site-packages", "/src/", ".py", "SELECT ", "oms_core", "INTERNAL")
ORDER = "query ($id: ID, $n: String) { order(id: $id, number: $n) { id } }"
PAGE = """query ($first: Int, $after: String, $p: Position, $filter: OrderFilter) {
  orders(first: $first, after: $after, minPosition: $p, filter: $filter) { nodes { id } } }"""
RECEIVE = """mutation ($input: ReceiveStockInput!) {
  receiveStock(input: $input) { position userErrors { code message } } }"""
RECEIPT: dict[str, Any] = {"sku": "NO-SUCH-SKU", "location": "NOWHERE", "quantity": 1}


def sent(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def raw(query: str, variables: str) -> bytes:
    return f'{{"query": {json.dumps(query)}, "variables": {variables}}}'.encode("latin-1")


def cursor(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


BODIES = {
    "broken UTF-8 in the document": b'{"query": "{ __typename } # \xc3\x28"}',
    "broken UTF-8 in a variable": raw(ORDER, '{"n": "\xff\xfe"}'),
    "broken UTF-8 in a name": raw(ORDER, '{"\xff": 1}'),
    "an overlong slash": raw(ORDER, '{"n": "\xc0\xaf"}'),
    "half a surrogate": raw(ORDER, '{"n": "\\ud800"}'),
    "UTF-16": sent("{ __typename }").decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + sent("{ __typename }"),
    "a NUL byte": sent(ORDER)[:-2] + b"\x00}}",
    "an escaped NUL": raw(ORDER, '{"n": "a\\u0000b"}'),
    "a NUL whose backslash is escaped": raw(
        ORDER.replace("$n)", '"\\u0000")'), "{}"
    ).replace(b"\\\\u0000", b"\\u005cu0000"),
    "a NUL as a code point": sent('{ order(number: "a\\u{0}b") { id } }'),
    "a NUL as a long code point": sent('{ order(number: "a\\u{000000}b") { id } }'),
    "half a surrogate in the document": sent('{ order(number: "\\uD800") { id } }'),
    "half a surrogate as a code point": sent('{ order(number: "\\u{D800}") { id } }'),
    "a number of 5,000 digits": sent("{ orders(first: " + "9" * 5_000 + ") { nodes { id } } }"),
    "a variable of 5,000 digits": raw(PAGE, '{"first": ' + "9" * 5_000 + "}"),
    "2^31": sent(PAGE, first=2**31),
    "-2^31": sent(PAGE, first=-(2**31)),
    "2^63": sent(RECEIVE, input=RECEIPT | {"quantity": 2**63}),
    "2^64": raw(RECEIVE, '{"input": {"quantity": 18446744073709551616}}'),
    "1e999": raw(PAGE, '{"first": 1e999}'),
    "not a number": raw(PAGE, '{"first": NaN}'),
    "a fraction": sent(PAGE, first=1.5),
    "a truth": sent(PAGE, first=True),
    "the largest quantity": sent(RECEIVE, input=RECEIPT | {"quantity": 2**31 - 1}),
    "a position of 100 digits": sent(PAGE, p="9" * 100),
    "a position below zero": sent(PAGE, p="-1"),
    "a position in Arabic digits": sent(PAGE, p="١٢٣"),
    "a total without end": sent(PAGE, filter={"total": {"gte": "1e999999999"}}),
    "an amount that is none": sent(PAGE, filter={"minTotal": "NaN"}),
    "a moment that never was": sent(PAGE, filter={"placedAt": {"gte": "0000-00-00T99:99:99Z"}}),
    "the last moment": sent(PAGE, filter={"placedAt": {"gte": "9999-12-31T23:59:59-14:00"}}),
    "what was true at the end of time": sent(
        '{ stockItem(sku: "A", location: "B", validAt: "9999-12-31T23:59:59Z") { sku } }'
    ),
    "what was known at its beginning": sent(
        '{ orders(asOf: "0001-01-01T00:00:00Z") { nodes { id } } }'
    ),
    "deep JSON": b'{"query": ' + b"[" * 100_000,
    "deep variables": raw(ORDER, '{"n": ' + "[" * 1_000 + "]" * 1_000 + "}"),
    "deep objects": raw(PAGE, '{"filter": ' + '{"a":' * 1_000 + "1" + "}" * 1_000 + "}"),
    "deep lists for a list": raw(
        PAGE, '{"filter": {"status": ' + "[" * 1_000 + "]" * 1_000 + "}}"
    ),
    "deep lists in the document": sent("{ a(b: " + "[" * 2_400 + "]" * 2_400 + ") }"),
    "deep types": sent("query ($a: " + "[" * 2_000 + "Int" + "]" * 2_000 + ") { __typename }"),
    "a string of 10 MB": sent(ORDER, n="x" * TEN_MEGABYTES),
    "an id of 10 MB": sent(ORDER, id="x" * TEN_MEGABYTES),
    "a cursor of 10 MB": sent(PAGE, after="x" * TEN_MEGABYTES),
    "a key of 10 MB": sent(RECEIVE, input=RECEIPT | {"idempotencyKey": "k" * TEN_MEGABYTES}),
    "a SKU of 10 MB": sent(RECEIVE, input=RECEIPT | {"sku": "k" * TEN_MEGABYTES}),
    "a comment of 10 MB": sent("{ __typename } #" + "x" * TEN_MEGABYTES),
    "a name of 10 MB": sent("query " + "a" * TEN_MEGABYTES + " { __typename }"),
    "a string of 10 MB in the document": sent(
        '{ order(number: "' + "x" * TEN_MEGABYTES + '") { id } }'
    ),
    "a wrong type name of 100 kB": sent("query ($a: " + "A" * 100_000 + ") { __typename }"),
    "ten thousand variables": sent(ORDER, **{f"v{i}": i for i in range(10_000)}),
    "a list for a string": sent(ORDER, n=["a", "b"]),
    "an object for a string": sent(ORDER, n={"a": "b"}),
    "a string for an object": sent(RECEIVE, input="x"),
    "a list for an object": sent(RECEIVE, input=[RECEIPT, RECEIPT]),
    "null for what must be": sent(RECEIVE, input=None),
    "nothing for what must be": sent(RECEIVE),
    "an unknown field": sent(RECEIVE, input=RECEIPT | {"__proto__": {"admin": True}}),
    "an unknown status": sent(PAGE, filter={"status": ["SHIPED"]}),
    "an empty id": sent(ORDER, id=""),
    "an id of another kind": sent(ORDER, id=cursor(b"Location:1")),
    "an id that is no UUID": sent(ORDER, id=cursor(b"Order:" + b"z" * 40)),
    "an id of broken UTF-8": sent(ORDER, id=cursor(b"Order:\xff\xfe")),
    "a cursor that is no JSON": sent(PAGE, after=cursor(b"\xff")),
    "a cursor with NUL": sent(PAGE, after=cursor(b'["orders","\\u0000","\\u0000"]')),
    "a cursor of numbers": sent(PAGE, after=cursor(b'["orders",1e308,99999999999999999999]')),
    "a cursor without end": sent(PAGE, after=cursor(b"[" * 10_000)),
    "SQL": sent(ORDER, n="'; DROP TABLE oms.events; --"),
    "a pattern for SQL": sent(PAGE, filter={"search": "%_\\%' OR 1=1"}),
    "a string that does not end": sent('{ order(number: "'),
    "a block string that does not end": sent('{ order(number: """'),
    "a fragment inside itself": sent("{ ...a } fragment a on Query { ...a }"),
    "a subscription": sent("subscription { orderChanged { id } }"),
    "a definition of types": sent("type Query { a: Int }"),
    "an unknown directive": sent("{ __typename @deprecated(reason: 1) }"),
    "deferred": sent("{ ... @defer { __typename } }"),
    "two of one name in JSON": b'{"query": "{", "query": "{ __typename }"}',
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_hostile_body_is_answered_politely(client: Client, body: str) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        answer = client.post(BODIES[body], Accept=accept)
        assert answer.status_code < 500, answer.text[:300]
        assert [leak for leak in LEAKS if leak in answer.text] == []
        assert len(answer.content) < 50_000
        told = answer.json()
        for error in told.get("errors", ()):
            assert error["extensions"]["code"]
        assert told.get("errors") or told["data"]


HEADERS = {
    "a token of 6 kB": {"Authorization": "Bearer " + "x" * 6_000},
    "a token of dots": {"Authorization": "Bearer ..."},
    "a token in another alphabet": {"Authorization": "Bearer \xe4\xf6\xfc"},
    "a position that is text": {"X-Min-Position": "1 OR 1=1"},
    "a position without end": {"X-Min-Position": "9" * 5_000},
    "a correlation id with a line in it": {"X-Correlation-Id": "a\tb"},
    "a media type that is none": {"Accept": ";;;,,,///"},
    "a body that is none": {"Content-Type": "application/json; charset=\xff"},
    "a content encoding": {"Content-Encoding": "gzip"},
    "another host": {"Host": "evil.example"},
    "another method": {"X-HTTP-Method-Override": "DELETE"},
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_hostile_header_is_answered_politely(client: Client, header: str) -> None:
    content = sent("{ orders(first: 1) { nodes { id } } }")
    headers = {"Content-Type": "application/json", **client.headers, **HEADERS[header]}
    coded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = client.http.post("/graphql", content=content, headers=coded)
    assert answer.status_code < 500, answer.text
    assert [leak for leak in LEAKS if leak in answer.text] == []


@pytest.mark.parametrize(
    "query",
    [
        "query=%00",
        "query=%ff%fe",
        "query={__typename}&variables=%ff",
        "query={__typename}&variables=" + "[" * 2_000,
        "query={__typename}&extensions=7",
        "query={__typename}&query={",
        "query=" + "%7B" * 2_000,
        "=&&&==",
    ],
)
def test_a_hostile_address_is_answered_politely(client: Client, query: str) -> None:
    answer = client.http.get(f"/graphql?{query}", headers=client.headers)
    assert answer.status_code < 500, answer.text
    assert [leak for leak in LEAKS if leak in answer.text] == []
