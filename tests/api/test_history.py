"""History as a story, what led to what, and the sentences of single events."""

from __future__ import annotations

from typing import Any

from tests.api.running import JSON, Client
from tests.api.shop import Shop

HISTORY = """query H($id: ID!, $language: Language!) { order(id: $id) {
  channel history(language: $language) {
    sentence occurredAt recordedAt actor channel correlationId causationId
    event { id type position sentence(language: $language) cause { id type } }
  } events(first: 250) { nodes { id } } } }"""
TREE = """query T($id: ID!) { causationTree(eventId: $id) {
  depth link parentId event { id type correlationId } } }"""


def history(client: Client, order: JSON, language: str = "EN") -> list[JSON]:
    found = client.ask(HISTORY, id=order["id"], language=language)["order"]
    told: list[JSON] = found["history"]
    assert [one["event"]["id"] for one in told] == [node["id"] for node in found["events"]["nodes"]]
    return told


def tree(client: Client, event_id: str) -> list[JSON]:
    found: list[JSON] = client.ask(TREE, id=event_id)["causationTree"]
    return found


def test_an_order_tells_its_story_in_both_languages(client: Client, shop: Shop) -> None:
    order = shop.delivered()
    english, german = history(client, order), history(client, order, "DE")
    told = [one["sentence"] for one in english]
    assert told[0] == (
        f"Order {order['number']} was placed on the channel web by customer C-1:"
        f" 2 × {shop.sku}, 29.75 EUR in all."
    )
    assert f"2 × {shop.sku} left {shop.location}." in told
    assert "The parcel was handed to DHL." in told
    assert set(told[-2:]) == {
        f"2 × {shop.sku} reached the customer.",
        "The parcel reached the customer.",
    }
    assert "29,75 EUR wurden eingezogen." in [one["sentence"] for one in german]
    assert [one["event"] | {"sentence": ""} for one in english] == [
        one["event"] | {"sentence": ""} for one in german
    ]
    assert {one["channel"] for one in english} == {"web"}


def test_each_event_tells_who_did_it_and_what_led_to_it(client: Client, shop: Shop) -> None:
    told = history(client, shop.released())
    by_type = {one["event"]["type"]: one for one in told}
    planned, captured = by_type["ShipmentPlanned"], by_type["PaymentPosted"]
    assert planned["actor"] == "process:fulfillment"
    assert planned["event"]["cause"]["id"] == captured["event"]["id"]
    assert planned["correlationId"] == captured["correlationId"]
    assert (captured["causationId"], captured["event"]["cause"]) == (None, None)
    assert by_type["OrderPlaced"]["actor"] != "process:fulfillment"


def test_the_tree_leads_from_the_click_to_the_parcel(client: Client, shop: Shop) -> None:
    order = shop.delivered()
    told = history(client, order)
    arrived = next(one["event"] for one in told if one["event"]["type"] == "ShipmentDelivered")
    found = tree(client, arrived["id"])
    by_id = {step["event"]["id"]: step for step in found}
    assert {one["event"]["id"] for one in told} <= by_id.keys()
    assert len(by_id) == len(found)
    path: list[tuple[str, str]] = []
    step: Any = by_id[arrived["id"]]
    while step is not None:
        path.append((step["event"]["type"], step["link"]))
        parent = by_id.get(step["parentId"])
        assert step["depth"] == (0 if parent is None else parent["depth"] + 1)
        step = parent
    assert path[::-1] == [
        ("OrderPlaced", "ASKED"),
        ("AuthorizationRequested", "FOLLOWED"),
        ("PaymentAuthorized", "FOLLOWED"),
        ("CaptureRequested", "FOLLOWED"),
        ("PaymentPosted", "TOGETHER"),
        ("ShipmentPlanned", "CAUSED"),
        ("ShipmentDispatched", "FOLLOWED"),
        ("ShipmentDelivered", "FOLLOWED"),
    ]
    assert ("StockReserved", "TOGETHER") in [(s["event"]["type"], s["link"]) for s in found]


def test_every_event_of_an_order_stands_in_the_same_tree(client: Client, shop: Shop) -> None:
    order = shop.dispatched()
    first = history(client, order)[0]["event"]["id"]
    found = tree(client, first)
    for step in found:
        assert tree(client, step["event"]["id"]) == found


def test_orders_of_one_batch_have_trees_of_their_own(client: Client, shop: Shop) -> None:
    document = """mutation P($orders: [PlaceOrderInput!]!) {
      placeOrders(input: {orders: $orders}) { results {
        order { events(first: 1) { nodes { id } } } } } }"""
    done = client.ask(document, orders=[shop.order(1), shop.order(3)])["placeOrders"]
    first = [result["order"]["events"]["nodes"][0]["id"] for result in done["results"]]
    of_one, of_two = (tree(client, event) for event in first)
    ids = [{step["event"]["id"] for step in found} for found in (of_one, of_two)]
    assert not ids[0] & ids[1]
    assert of_one[0]["event"]["correlationId"] == of_two[0]["event"]["correlationId"]


def test_what_has_no_order_shows_what_its_request_did(client: Client, shop: Shop) -> None:
    document = """query L($id: ID!) { eventLog(streamId: $id, first: 1) {
      nodes { id type sentence(language: DE) } } }"""
    received = {"sku": shop.sku, "location": shop.location, "quantity": 1}
    item = client.done("receiveStock", "stockItem { id }", **received)["stockItem"]
    [event] = client.ask(document, id=item["id"])["eventLog"]["nodes"]
    assert event["sentence"] == (f"100 × {shop.sku} gingen in {shop.location} ein (verkäuflich).")
    found = tree(client, event["id"])
    assert found[0]["event"]["type"] in ("StockReceived", "ProductStocked")
    assert event["id"] in [step["event"]["id"] for step in found]


def test_an_event_that_is_not_there_has_no_tree(client: Client, shop: Shop) -> None:
    assert tree(client, "3f0c0a7e-6b0e-5d5a-9f6b-6f6d732e6f72/1") == []
    order = shop.placed()
    answer = client.post({"query": TREE, "variables": {"id": order["id"]}}).json()
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_ID"
