"""Queries: pages, filters, ids, waiting for what was written, and how much SQL they cost."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, reached
from tests.api.shop import Shop

PAGE = """query Page($channel: [String!], $first: Int, $after: String, $last: Int, $before: String,
                     $position: Position) {
  orders(filter: {channel: $channel}, first: $first, after: $after, last: $last, before: $before,
         minPosition: $position) {
    nodes { number } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def page(client: Client, **asked: Any) -> tuple[list[str], JSON]:
    found = client.ask(PAGE, **asked)["orders"]
    return [node["number"] for node in found["nodes"]], found["pageInfo"]


def seven(shop: Shop) -> tuple[str, list[str], str]:
    """Place seven orders, two of them at the same moment; newest first."""
    channel = f"c-{uuid4()}"
    position = "0"
    for day in (1, 2, 3, 4, 4, 5, 6):
        given = shop.order(1, channel=channel, placedAt=f"2024-01-0{day}T00:00:00Z")
        position = shop.client.done("placeOrder", **given)["position"]
    numbers, _ = page(shop.client, channel=[channel], first=250, position=position)
    return channel, numbers, position


def test_pages_forward_and_backward_meet(client: Client, shop: Shop) -> None:
    channel, numbers, _ = seven(shop)
    assert len(numbers) == 7
    forward: list[str] = []
    cursor = None
    while True:
        some, info = page(client, channel=[channel], first=3, after=cursor)
        forward += some
        cursor = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert forward == numbers
    last, info = page(client, channel=[channel], last=3)
    assert last == numbers[-3:]
    assert info["hasPreviousPage"]
    middle, info = page(client, channel=[channel], last=2, before=info["startCursor"])
    assert middle == numbers[2:4]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, True)


def test_events_page_like_orders(client: Client, shop: Shop) -> None:
    order = shop.released()
    document = """query E($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
      order(id: $id) { events(first: $first, after: $after, last: $last, before: $before) {
        nodes { id type streamId version } pageInfo { endCursor startCursor hasNextPage } } } }"""
    every = client.ask(document, id=order["id"], first=250)["order"]["events"]["nodes"]
    first = client.ask(document, id=order["id"], first=2)["order"]["events"]
    cursor = first["pageInfo"]["endCursor"]
    rest = client.ask(document, id=order["id"], after=cursor, first=250)["order"]["events"]
    assert first["nodes"] + rest["nodes"] == every
    last = client.ask(document, id=order["id"], last=1)["order"]["events"]["nodes"]
    assert last == every[-1:]
    stream = client.ask(
        "query L($s: ID!) { eventLog(first: 250, streamId: $s) { nodes { id type } } }",
        s=order["id"],
    )["eventLog"]["nodes"]
    own = [e for e in every if e["streamId"] == every[0]["streamId"]]
    assert [e["id"] for e in stream] == [e["id"] for e in own]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 0", "INVALID"),
        ("first: 251", "INVALID"),
        ("last: -1", "INVALID"),
        ("first: 1, last: 1", "INVALID"),
        ('first: 1, after: "nonsense"', "INVALID_CURSOR"),
        ('first: 1, after: "WyJldmVudHMiLDFd"', "INVALID_CURSOR"),
        ('first: 1, after: "WyJvcmRlcnMiLCJ4IiwieSJd"', "INVALID_CURSOR"),
    ],
)
def test_paging_that_can_not_be(client: Client, arguments: str, code: str) -> None:
    extensions = client.error(f"{{ orders({arguments}) {{ nodes {{ id }} }} }}")
    assert extensions == {"code": code}


def test_filters(client: Client, shop: Shop) -> None:
    reference = f"C-{uuid4()}"
    customer = {"reference": reference, "name": "Grace Muster"}
    order = shop.placed(1, customer=customer, placedAt="2024-05-05T05:05:05Z")
    held = client.done("holdOrder", "", orderId=order["id"], reason="?")
    document = """query F($filter: OrderFilter, $position: Position) {
      orders(filter: $filter, first: 5, minPosition: $position) { nodes { number } } }"""

    def found(**filter: Any) -> bool:
        wanted = {"customer": reference, **filter}
        asked = client.ask(document, filter=wanted, position=held["position"])
        return [node["number"] for node in asked["orders"]["nodes"]] == [order["number"]]

    assert found()
    assert found(status=["ON_HOLD"], paymentStatus=["UNPAID", "PAID"])
    assert not found(status=["OPEN"])
    assert found(fulfillmentStatus=["UNFULFILLED"], sku=shop.sku)
    assert not found(sku="other")
    assert found(placedFrom="2024-05-05T05:05:05Z", placedTo="2024-05-05T07:05:06+02:00")
    assert not found(placedTo="2024-05-05T05:05:05Z")
    assert found(search="muster")
    assert found(search=shop.sku.lower())
    assert not found(search="100%")


def test_every_kind_of_thing_is_found_by_its_id(client: Client, shop: Shop) -> None:
    order = shop.returned()
    price = {"amount": "1", "currency": "EUR"}
    product = client.done(
        "registerProduct", "product { id }", sku=f"{shop.sku}-2", name="Pen", price=price
    )["product"]["id"]
    location = client.done(
        "registerLocation", "location { id }", code=f"{shop.location}-2", name="Kiel", country="DE"
    )
    ids = {
        "Order": order["id"],
        "Shipment": order["shipments"][0]["id"],
        "Return": order["returns"][0]["id"],
        "Product": product,
        "Location": location["location"]["id"],
    }
    document = "query N($id: ID!) { node(id: $id) { __typename id } }"
    for kind, id in ids.items():
        found = client.ask(document, reached(location), id=id)["node"]
        assert found == {"__typename": kind, "id": id}
    events = client.ask("{ eventLog(last: 1) { nodes { id } } }")["eventLog"]["nodes"]
    assert client.ask(document, id=events[0]["id"])["node"]["__typename"] == "Event"


@pytest.mark.parametrize("id", ["", "nonsense", "Og", "b3JkZXI6eA", "T3JkZXI6eA", "é"])
def test_ids_that_can_not_be(client: Client, id: str) -> None:
    document = "query N($id: ID!) { node(id: $id) { id } }"
    assert client.error(document, id=id)["code"] == "INVALID_ID"


def test_an_unknown_order_is_null(client: Client) -> None:
    assert client.ask('{ order(number: "none") { id } }') == {"order": None}
    assert client.error("{ order { id } }") == {"code": "INVALID"}
    assert client.error('{ order(id: "x", number: "x") { id } }') == {"code": "INVALID"}


def test_what_was_written_can_be_read(client: Client, shop: Shop) -> None:
    document = """query Q($number: String!) { order(number: $number) { version } }"""
    for _ in range(20):
        placed = client.done("placeOrder", "order { number version }", **shop.order(1))
        headers = {"X-Min-Position": placed["position"]}
        found = client.ask(document, headers, number=placed["order"]["number"])
        assert found["order"]["version"] == placed["order"]["version"]


def test_a_position_that_does_not_come(client: Client) -> None:
    started = time.monotonic()
    document = '{ order(number: "x", minPosition: "900000000000000000") { id } }'
    extensions = client.error(document)
    assert extensions["code"] == "READ_MODEL_BEHIND"
    assert int(extensions["currentPosition"]) >= 0
    assert 4 < time.monotonic() - started < 8
    bad = client.post({"query": "{ __typename }"}, **{"X-Min-Position": "-1"})
    assert bad.status_code == 400


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            '{ kpis(from: "2024-01-01T00:00:00Z", to: "2023-01-01T00:00:00Z", bucket: DAY)'
            " { total { ordersPlaced } } }",
            "INVALID",
        ),
        (
            '{ kpis(from: "2000-01-01T00:00:00Z", to: "2024-01-01T00:00:00Z", bucket: HOUR)'
            " { total { ordersPlaced } } }",
            "INVALID",
        ),
        ("{ availability(skus: []) { available } }", "INVALID"),
    ],
)
def test_questions_that_are_too_large_or_empty(client: Client, document: str, code: str) -> None:
    assert client.error(document)["code"] == code


@pytest.mark.parametrize(
    "moment",
    ["2024-01-01", "2024-01-01T00:00:00", "2024-02-30T00:00:00Z", "now", "20240101T000000Z"],
)
def test_moments_need_an_offset(client: Client, moment: str) -> None:
    answer = client.result(f'{{ order(number: "x", asOf: "{moment}") {{ id }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "DOCUMENT_INVALID"


@pytest.mark.parametrize("amount", ['"1e3"', '"NaN"', "1.5", '"1,5"', '" 1"', "true"])
def test_decimals_are_exact(client: Client, amount: str) -> None:
    document = (
        'mutation { registerProduct(input: {sku: "x", name: "x",'
        f' price: {{amount: {amount}, currency: "EUR"}}}}) {{ position }} }}'
    )
    answer = client.result(document)
    assert answer["errors"][0]["extensions"]["code"] == "DOCUMENT_INVALID"


def test_availability(client: Client, shop: Shop) -> None:
    placed = client.done("placeOrder", **shop.order(30))
    document = """query A($skus: [String!]!, $country: String, $position: Position) {
      availability(skus: $skus, country: $country, minPosition: $position) {
        sku available locations { location onHand } } }"""
    asked = {"skus": ["none", shop.sku], "position": placed["position"]}
    none, some = client.ask(document, **asked)["availability"]
    assert none == {"sku": "none", "available": 0, "locations": []}
    assert some["available"] == 70
    assert some["locations"] == [{"location": shop.location, "onHand": 100}]
    abroad = client.ask(document, country="FR", **asked)["availability"][1]
    assert abroad["available"] == 0


def test_nothing_is_available_at_a_closed_location(client: Client, shop: Shop) -> None:
    document = """query A($sku: String!, $p: Position) {
      availability(skus: [$sku], minPosition: $p) { available locations { available } } }"""
    for mutation, left in (("closeLocation", 0), ("reopenLocation", 100)):
        done = client.done(mutation, "position", code=shop.location, reason="flooded")
        [found] = client.ask(document, sku=shop.sku, p=done["position"])["availability"]
        assert found == {"available": left, "locations": [{"available": 100}]}


def test_stock_as_it_was(client: Client, shop: Shop) -> None:
    document = """query S($sku: String!, $location: String!, $asOf: DateTime) {
      stockItem(sku: $sku, location: $location, asOf: $asOf) { onHand version } }"""
    [[then]] = client.rows(
        "SELECT clock_timestamp() FROM oms.events WHERE body ->> 'sku' = %s LIMIT 1", shop.sku
    )
    client.done("adjustStock", sku=shop.sku, location=shop.location, delta=-1, reason="lost")
    asked = {"sku": shop.sku, "location": shop.location}
    assert client.ask(document, asOf=then.isoformat(), **asked)["stockItem"]["onHand"] == 100
    long_ago = client.ask(document, asOf="2020-01-01T00:00:00Z", **asked)
    assert long_ago["stockItem"] is None
