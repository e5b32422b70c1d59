"""GraphQL over HTTP: status codes, media types, and what malformed requests get."""

from __future__ import annotations

import gzip
import json
import socket
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from tests.api.running import Client, eventually
from tests.api.shop import Shop

from oms_core.stock.stock_item import stock_item_id

DRAFT = "application/graphql-response+json"
GOOD = "{ __typename }"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (DRAFT, DRAFT),
        ("application/json", "application/json"),
        (f"{DRAFT}, application/json;q=0.9", DRAFT),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_media_type_is_negotiated(client: Client, accept: str, answered: str) -> None:
    client.http.headers.pop("accept", None)
    answer = client.post({"query": GOOD}, Accept=accept)
    assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})
    assert answer.headers["content-type"] == f"{answered}; charset=utf-8"


def test_nothing_acceptable(client: Client) -> None:
    assert client.post({"query": GOOD}, Accept="image/png").status_code == 406


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "DOCUMENT_INVALID"),
        ({"query": ""}, "DOCUMENT_INVALID"),
        ({"query": "{ nothing }"}, "DOCUMENT_INVALID"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_UNKNOWN"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_UNKNOWN"),
        ({"query": "query Q($id: ID!) { node(id: $id) { id } }"}, "VARIABLES_INVALID"),
        ({"query": "{ node(id: " + '"' + "x" * 10 + '") { id ' * 1}, "DOCUMENT_INVALID"),
        ({"query": "{" + " __typename" * 5001 + "}"}, "TOO_MANY_TOKENS"),
        (
            {
                "query": "{ __schema { types { fields { type {"
                + " ofType {" * 20
                + "name"
                + "}" * 25
            },
            "TOO_DEEP",
        ),
    ],
)
def test_what_can_not_be_executed(client: Client, body: dict[str, Any], code: str) -> None:
    for accept, status in ((DRAFT, 400), ("application/json", 200)):
        answer = client.post(body, Accept=accept)
        assert answer.status_code == status
        assert set(answer.json()) == {"errors"}
        assert answer.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 400),
        (b'"{ __typename }"', 400),
        (b"{}", 400),
        (b'[{"query": "{ __typename }"}]', 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ __typename }", "variables": []}', 400),
        (b'{"query": "{ __typename }", "operationName": {}}', 400),
        (b'{"query": "{ __typename }", "extensions": 7}', 400),
        (b'{"query": "{ node(id: \\"\\u0000\\") { id } }"}', 400),
        (b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}', 400),
        (b'{"query": "{ __typename }\x00"}', 400),
        (b'{"query": "{ __typename } # \xff"}', 400),
        (b'{"query": "{ node(id: \\"\\ud800\\") { id } }"}', 400),
        (b'{"query": "' + b" " * 10_000_000 + b'"}', 413),
    ],
)
def test_malformed_bodies(client: Client, body: bytes, status: int) -> None:
    answer = client.post(body)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "Traceback" not in answer.text


def test_only_json_is_taken(client: Client) -> None:
    body = b'{"query": "{ __typename }"}'
    for kind in ("text/plain", "application/graphql", "multipart/form-data; boundary=x"):
        assert client.post(body, **{"Content-Type": kind}).status_code == 415
    assert client.post(body, **{"Content-Type": ""}).status_code == 415
    latin = "application/json; charset=latin-1"
    assert client.post(body, **{"Content-Type": latin}).status_code == 415
    utf = "application/json; charset=utf-8"
    assert client.post(body, **{"Content-Type": utf}).status_code == 200
    assert client.post(gzip.compress(body)).status_code == 400


def test_null_parameters_are_no_parameters(client: Client) -> None:
    body = {"query": GOOD, "variables": None, "operationName": None, "extensions": None}
    assert client.post(body).json()["data"] == {"__typename": "Query"}


def test_get_may_only_read(client: Client) -> None:
    get = client.http.get
    headers = client.headers
    document = "query Q($n: String) { order(number: $n) { id } }"
    found = get("/graphql", params={"query": document, "variables": '{"n": "x"}'}, headers=headers)
    assert found.json()["data"] == {"order": None}
    write = 'mutation { holdOrder(input: {orderId: "x", reason: "x"}) { position } }'
    refused = get("/graphql", params={"query": write}, headers=headers)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    for params in ({}, {"query": GOOD, "variables": "["}, {"query": GOOD, "variables": "[]"}):
        assert get("/graphql", params=params, headers=headers).status_code == 400


def test_other_methods_and_paths(client: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.http.request(method, "/graphql", headers=client.headers).status_code == 405
    answer = client.http.get("/nothing")
    assert (answer.status_code, set(answer.json())) == (404, {"errors"})
    assert client.http.get("/", follow_redirects=False).headers["location"] == "/graphql"


def test_the_correlation_id_comes_back(client: Client) -> None:
    mine = "0190a0a0-0000-7000-8000-000000000001"
    answer = client.post({"query": GOOD}, **{"X-Correlation-Id": mine})
    assert answer.headers["x-correlation-id"] == mine
    other = client.post({"query": GOOD}, **{"X-Correlation-Id": "not a uuid"})
    assert other.headers["x-correlation-id"] not in ("not a uuid", mine)


def test_a_caller_who_hangs_up_does_not_lose_the_command(client: Client, shop: Shop) -> None:
    """The order waits for its stock, which is locked here, when its caller goes away."""
    number = f"HANGUP-{uuid4().hex}"
    document = "mutation P($input: PlaceOrderInput!) { placeOrder(input: $input) { position } }"
    given = {"query": document, "variables": {"input": shop.order(number=number)}}
    body = json.dumps(given).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: {client.headers['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    address = urlsplit(client.url)
    lock = stock_item_id(shop.sku, shop.location).int >> 65
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(client.database_url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(head.encode() + body)
            eventually(lambda: client.rows(waiting))
    query = "SELECT FROM oms.events WHERE body ->> 'number' = %s"
    assert len(eventually(lambda: client.rows(query, number))) == 1
