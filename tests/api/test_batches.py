"""Many orders in one request: each is answered as if it had come alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
from tests.api.running import JSON, Client, Running
from tests.api.shop import Shop

ANSWERS = """results { order { number status } position replayed
  userErrors { code reason message field } }"""


def batch(client: Client, orders: list[JSON]) -> JSON:
    """Place orders and give the payload, which `position` belongs to."""
    document = f"""mutation Place($input: PlaceOrdersInput!) {{ placeOrders(input: $input) {{
      position userErrors {{ code reason field }} {ANSWERS} }} }}"""
    payload: JSON = client.ask(document, input={"orders": orders})["placeOrders"]
    return payload


def codes(payload: JSON) -> list[str]:
    return [error["code"] for result in payload["results"] for error in result["userErrors"]]


def test_each_order_of_a_batch_is_answered_by_itself(client: Client, shop: Shop) -> None:
    unknown = shop.order(lines=[{"sku": shop.sku, "quantity": 1}, {"sku": "NONE", "quantity": 1}])
    taken = shop.placed()["number"]
    payload = batch(
        client, [shop.order(), unknown, shop.order(99), shop.order(number=taken), shop.order(96)]
    )
    placed, *refused, last = payload["results"]
    assert placed["order"]["status"] == last["order"]["status"] == "OPEN"
    assert placed["order"]["number"] != last["order"]["number"]
    assert payload["position"] == max(placed["position"], last["position"], key=int)
    assert codes(payload) == ["NOT_FOUND", "INSUFFICIENT_STOCK", "ALREADY_EXISTS"]
    assert [one["order"] for one in refused] == [None, None, None]
    fields = [one["userErrors"][0]["field"] for one in refused]
    assert fields == [
        ["input", "orders", "1", "lines", "1", "sku"],
        ["input", "orders", "2", "lines", "0", "quantity"],
        ["input", "orders", "3", "number"],
    ]


def test_a_batch_never_promises_more_than_there_is(client: Client, shop: Shop) -> None:
    payload = batch(client, [shop.order(1) for _ in range(150)])
    assert codes(payload) == ["INSUFFICIENT_STOCK"] * 50
    item = f'stockItem(sku: "{shop.sku}", location: "{shop.location}"'
    document = f'{{ {item}, minPosition: "{payload["position"]}") {{ reserved available }} }}'
    assert client.ask(document)["stockItem"] == {"reserved": 100, "available": 0}


def test_a_batch_sent_again_places_nothing_twice(client: Client, shop: Shop) -> None:
    orders: list[dict[str, Any]] = [shop.order(idempotencyKey=uuid4().hex) for _ in range(5)]
    first = batch(client, orders[:3])
    again = batch(client, orders)
    numbers = [result["order"]["number"] for result in again["results"]]
    assert numbers[:3] == [result["order"]["number"] for result in first["results"]]
    assert len(set(numbers)) == 5
    assert [result["replayed"] for result in again["results"]] == [True] * 3 + [False] * 2


def test_a_key_is_the_same_alone_and_in_a_batch(client: Client, shop: Shop) -> None:
    given = shop.order(idempotencyKey=uuid4().hex)
    alone = client.done("placeOrder", "order { number }", **given)["order"]["number"]
    other = {**given, "channel": "other"}
    same, changed = batch(client, [given, other])["results"]
    assert (same["order"]["number"], same["replayed"]) == (alone, True)
    assert changed["userErrors"][0]["code"] == "IDEMPOTENCY_CONFLICT"


def test_the_same_key_twice_in_a_batch_is_one_order(client: Client, shop: Shop) -> None:
    given = shop.order(idempotencyKey=uuid4().hex)
    results = batch(client, [given] * 4)["results"]
    assert len({result["order"]["number"] for result in results}) == 1
    assert sorted(result["replayed"] for result in results) == [False, True, True, True]


def test_a_batch_sent_twice_at_once_is_placed_once(client: Client, shop: Shop) -> None:
    orders = [shop.order(1, idempotencyKey=uuid4().hex) for _ in range(40)]
    with ThreadPoolExecutor(2) as threads:
        one, two = threads.map(lambda _: batch(client, orders)["results"], range(2))
    assert [result["order"] for result in one] == [result["order"] for result in two]
    assert all(a["replayed"] != b["replayed"] for a, b in zip(one, two, strict=True))


def test_a_batch_has_at_least_one_and_at_most_500_orders(client: Client, shop: Shop) -> None:
    for orders in ([], [shop.order(number="never")] * 501):
        payload = batch(client, orders)
        [error] = payload["userErrors"]
        assert (error["code"], error["reason"]) == ("INVALID", "BATCH_OUT_OF_BOUNDS")
        assert error["field"] == ["input", "orders"]
        assert (payload["results"], payload["position"]) == ([], None)
    assert client.rows("SELECT FROM read.orders WHERE number = 'never'") == []


def test_orders_without_an_answer_are_told_apart(server_url: str, template_url: str) -> None:
    """The database goes away: each order is null, with an error at its place."""
    name, template = f"b_{uuid4().hex}", template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        url = server_url.replace("/postgres?", f"/{name}?")
        with Running(OMS_DATABASE_URL=url) as running, Client(running.url, url) as client:
            shop = Shop(client)
            orders = [shop.order(number=f"gone-{i}") for i in range(3)]
            owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            document = """mutation P($input: PlaceOrdersInput!) { placeOrders(input: $input) {
              results { order { number } } } }"""
            answer = client.result(document, input={"orders": orders})
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    assert answer["data"]["placeOrders"]["results"] == [None, None, None]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAVAILABLE"}
    paths = [error["path"] for error in answer["errors"]]
    assert paths == [["placeOrders", "results", i] for i in range(3)]
