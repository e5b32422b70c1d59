"""Stock moves between locations through the API, and a location is closed without losing any."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.api.running import JSON
from tests.api.shop import Shop

TRANSFER = """transfer { id version status source destination
  lines { sku quantity received inTransit missing } }"""


@pytest.fixture
def other(shop: Shop) -> str:
    """Another location."""
    code = f"L-{uuid4().hex[:12]}"
    shop.client.done("registerLocation", code=code, name="Munich", country="DE")
    return code


def plan(shop: Shop, other: str, quantity: int = 10) -> JSON:
    return {
        "source": shop.location,
        "destination": other,
        "lines": [{"sku": shop.sku, "quantity": quantity}],
        "expectedOn": "2030-01-01",
        "reason": "balance",
    }


def stock(shop: Shop, location: str, position: str) -> tuple[int, int, int]:
    document = """query S($sku: String!, $location: String!, $position: Position) {
      stockItem(sku: $sku, location: $location, minPosition: $position) {
        onHand available incoming } }"""
    asked = {"sku": shop.sku, "location": location, "position": position}
    found = shop.client.ask(document, **asked)["stockItem"]
    return found["onHand"], found["available"], found["incoming"]


def test_a_transfer_from_plan_to_arrival(shop: Shop, other: str) -> None:
    client = shop.client
    planned = client.done("planTransfer", TRANSFER, **plan(shop, other))["transfer"]
    assert planned["status"] == "PLANNED"
    sent = client.done("dispatchTransfer", TRANSFER, transferId=planned["id"])
    assert sent["transfer"]["lines"][0]["inTransit"] == 10
    assert stock(shop, shop.location, sent["position"]) == (90, 90, 0)
    assert stock(shop, other, sent["position"]) == (0, 0, 10)
    under_way = """query T($location: String!, $position: Position) {
      transfers(location: $location, minPosition: $position) { id status } }"""
    asked = {"location": other, "position": sent["position"]}
    assert client.ask(under_way, **asked)["transfers"] == [
        {"id": planned["id"], "status": "IN_TRANSIT"}
    ]
    lines = [{"sku": shop.sku, "quantity": 7}]
    client.done("receiveTransfer", TRANSFER, transferId=planned["id"], lines=lines)
    missed = client.done("missTransfer", TRANSFER, transferId=planned["id"], reason="fell")
    [line] = missed["transfer"]["lines"]
    assert (line["received"], line["inTransit"], line["missing"]) == (7, 0, 3)
    assert stock(shop, other, missed["position"]) == (7, 7, 0)
    document = """query T($id: ID!, $position: Position) {
      transfer(id: $id, minPosition: $position) { status lines { missing } }
      node(id: $id) { ... on Transfer { status } } }"""
    found = client.ask(document, id=planned["id"], position=missed["position"])
    assert found == {
        "transfer": {"status": "RECEIVED", "lines": [{"missing": 3}]},
        "node": {"status": "RECEIVED"},
    }
    asked = {"location": other, "position": missed["position"]}
    assert client.ask(under_way, **asked)["transfers"] == []


def test_a_transfer_to_itself_is_refused(shop: Shop) -> None:
    error = shop.client.refused("planTransfer", **plan(shop, shop.location))
    assert (error["code"], error["reason"]) == ("INVALID", "TRANSFER_TO_ITSELF")
    assert error["field"] == ["input", "destination"]


def test_a_location_is_merged_into_another_without_losing_a_unit(shop: Shop, other: str) -> None:
    client = shop.client
    shop.placed(30)
    client.done("closeLocation", code=shop.location, reason="merged")
    more = client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=5)
    at = """query A($location: String!, $position: Position) {
      stockAt(location: $location, minPosition: $position) {
        nodes { sku onHand reserved } pageInfo { hasNextPage } } }"""
    asked = {"location": shop.location, "position": more["position"]}
    assert client.ask(at, **asked)["stockAt"]["nodes"] == [
        {"sku": shop.sku, "onHand": 105, "reserved": 30}
    ]
    clearing = {
        "source": shop.location,
        "destination": other,
        "expectedOn": "2030-01-01",
        "reason": "merged",
        "idempotencyKey": f"clear {uuid4()}",
    }
    planned = client.done("clearLocation", TRANSFER, **clearing)["transfer"]
    assert planned["lines"][0]["quantity"] == 75
    client.done("dispatchTransfer", transferId=planned["id"])
    done = client.done("receiveTransfer", transferId=planned["id"])
    assert stock(shop, other, done["position"])[0] == 75
    again = client.done("clearLocation", TRANSFER, **clearing)
    assert (again["replayed"], again["transfer"]["id"]) == (True, planned["id"])
    clearing["idempotencyKey"] = f"clear {uuid4()}"
    error = client.refused("clearLocation", **clearing)
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "NOTHING_TO_TRANSFER")
    asked["position"] = done["position"]
    assert client.ask(at, **asked)["stockAt"]["nodes"] == [
        {"sku": shop.sku, "onHand": 30, "reserved": 30}
    ]
