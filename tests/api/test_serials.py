"""Serial numbers over HTTP: received, sent, found, returned, and never at two places."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop

SERIALS = """query S($filter: SerialFilter, $position: Position) {
  serials(filter: $filter, minPosition: $position) {
    nodes { sku serial status location condition orderId shipmentId
      history { type sentence } } } }"""


@pytest.fixture
def phones(client: Client) -> Shop:
    """A shop whose product has serial numbers; four units are there."""
    shop = Shop(client, stock=1)
    shop.sku = f"PHONE-{uuid4().hex[:8]}"
    price = {"amount": "12.50", "currency": "EUR"}
    client.done(
        "registerProduct",
        sku=shop.sku,
        name="Phone",
        price=price,
        taxRate="0.19",
        serialNumbered=True,
    )
    receive(shop, "A", "B", "C", "D")
    return shop


def receive(shop: Shop, *serials: str) -> JSON:
    place = {"sku": shop.sku, "location": shop.location}
    return shop.client.done("receiveStock", **place, quantity=len(serials), serials=serials)


def found(shop: Shop, position: object, **given: object) -> list[JSON]:
    asked = {"filter": {"sku": shop.sku, **given}, "position": position}
    nodes: list[JSON] = shop.client.ask(SERIALS, **asked)["serials"]["nodes"]
    return nodes


def test_where_a_unit_is_and_what_became_of_it(client: Client, phones: Shop) -> None:
    order = phones.released()
    [shipment], [line] = order["shipments"], order["lines"]
    sent = {"shipmentId": shipment["id"], "carrier": "DHL"}
    error = client.refused("dispatchShipment", **sent)
    assert (error["code"], error["reason"]) == ("INVALID", "SERIALS_NEEDED")
    named = [{"lineId": line["id"], "serials": ["A", "C"]}]
    done = client.done("dispatchShipment", "shipment { lines { serials } }", **sent, serials=named)
    assert done["shipment"]["lines"] == [{"serials": ["A", "C"]}]
    [unit] = found(phones, done["position"], serial="A")
    assert (unit["status"], unit["location"]) == ("SHIPPED", phones.location)
    assert (unit["orderId"], unit["shipmentId"]) == (order["id"], shipment["id"])
    assert [event["type"] for event in unit["history"]] == ["SerialReceived", "SerialShipped"]
    assert unit["history"][1]["sentence"].endswith(f"A left {phones.location} with a shipment.")
    out = found(phones, done["position"], orderId=order["id"])
    assert [each["serial"] for each in out] == ["A", "C"]
    here = found(phones, done["position"], status=["ON_HAND"], location=[phones.location])
    assert [each["serial"] for each in here] == ["B", "D"]
    again = client.refused(
        "receiveStock", sku=phones.sku, location=phones.location, quantity=1, serials=["A"]
    )
    assert again["reason"] == "SERIAL_ELSEWHERE"
    assert "with the customer" in again["message"]


def test_a_unit_on_hold_is_seen_and_what_a_count_did_not_name_is_too(
    client: Client, phones: Shop
) -> None:
    place = {"sku": phones.sku, "location": phones.location}
    hold = {"before": "AVAILABLE", "after": "QUALITY_HOLD", "reason": "scratch", "quantity": 1}
    client.done("changeStockCondition", **place, **hold, serials=["B"])
    done = client.done("countStock", "position", **place, counted=3, reason="count")
    units = found(phones, done["position"])
    assert {each["serial"]: each["condition"] for each in units} == {
        **dict.fromkeys("ACD", "AVAILABLE"),
        "B": "QUALITY_HOLD",
    }
    document = """query S($l: String!, $f: StockItemFilter, $p: Position) {
      stockAt(location: $l, filter: $f, minPosition: $p) { nodes { sku onHand serialsOnHand } } }"""
    asked = {"l": phones.location, "f": {"serialsDiffer": True}}
    differs = client.ask(document, **asked, p=done["position"])["stockAt"]["nodes"]
    assert differs == [{"sku": phones.sku, "onHand": 3, "serialsOnHand": 4}]
    client.done("writeOffSerials", "position", **place, serials=["C"], reason="count")
    eventually(lambda: client.ask(document, **asked)["stockAt"]["nodes"] == [])


def test_serial_numbers_go_along_when_a_location_is_merged(client: Client, phones: Shop) -> None:
    code = f"L-{uuid4().hex[:12]}"
    client.done("registerLocation", code=code, name="Munich", country="DE")
    merge = {"code": phones.location, "into": code, "reason": "one is enough"}
    left, position = 1, None
    for _ in range(20):
        done = client.done("mergeLocation", "left problems { message }", **merge)
        assert not done["problems"]
        left, position = done["left"], done["position"] or position
        if not left:
            break
    assert left == 0
    assert {unit["location"] for unit in found(phones, position)} == {code}
