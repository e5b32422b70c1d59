"""Stock through the API: conditions, counts, supply by date, shares of channels."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.api.running import JSON, Client
from tests.api.shop import Shop

STOCK = """stockItem { version onHand reserved available qualityHold damaged safetyStock incoming
  madeToOrder unlimited }"""
AVAILABLE = """query A($skus: [String!]!, $channel: String, $on: Date, $position: Position) {
  availability(skus: $skus, channel: $channel, on: $on, minPosition: $position) {
    sku available locations { location incoming supplies {
      supply expectedOn quantity received incoming closed delta } } } }"""


class Warehouse:
    """The shop's one stock item."""

    def __init__(self, shop: Shop) -> None:
        self.client = shop.client
        self.place = {"sku": shop.sku, "location": shop.location}

    def done(self, mutation: str, **given: object) -> JSON:
        payload = self.client.done(mutation, STOCK + " position", **self.place, **given)
        return {**payload["stockItem"], "position": payload["position"]}

    def refused(self, mutation: str, **given: object) -> JSON:
        return self.client.refused(mutation, **self.place, **given)

    def available(self, **asked: object) -> JSON:
        [found] = self.client.ask(AVAILABLE, skus=[self.place["sku"]], **asked)["availability"]
        return dict(found)


@pytest.fixture
def warehouse(shop: Shop) -> Warehouse:
    return Warehouse(shop)


def test_conditions_counts_and_scrap(warehouse: Warehouse) -> None:
    hold = {"before": "AVAILABLE", "after": "QUALITY_HOLD", "reason": "wet"}
    held = warehouse.done("changeStockCondition", quantity=10, **hold)
    assert (held["onHand"], held["qualityHold"], held["available"]) == (100, 10, 90)
    spoilt = {"before": "QUALITY_HOLD", "after": "DAMAGED", "reason": "wet"}
    warehouse.done("changeStockCondition", quantity=4, **spoilt)
    gone = warehouse.done("scrapStock", quantity=4, reason="wet")
    assert (gone["onHand"], gone["damaged"], gone["available"]) == (96, 0, 90)
    counted = warehouse.done("countStock", counted=95, reason="inventory", expectedOnHand=96)
    assert (counted["onHand"], counted["available"]) == (95, 89)
    again = warehouse.refused("countStock", counted=94, reason="inventory", expectedOnHand=96)
    assert (again["code"], again["reason"]) == ("VERSION_CONFLICT", "COUNT_OUTDATED")
    assert again["field"] == ["input", "expectedOnHand"]
    assert "95 are booked by now" in again["message"]
    stale = warehouse.refused("countStock", counted=94, reason="x", expectedVersion=1)
    assert (stale["code"], stale["reason"]) == ("VERSION_CONFLICT", "VERSION_CONFLICT")


def test_the_tables_show_what_the_command_answered(warehouse: Warehouse) -> None:
    warehouse.done("setStockPolicy", safetyStock=7)
    hold = {"before": "AVAILABLE", "after": "DAMAGED", "reason": "wet"}
    answered = warehouse.done("changeStockCondition", quantity=3, **hold)
    document = f"""query S($sku: String!, $location: String!, $position: Position) {{
      stockItem(sku: $sku, location: $location, minPosition: $position) {STOCK[10:]} }}"""
    position = answered.pop("position")
    assert warehouse.client.ask(document, **warehouse.place, position=position) == {
        "stockItem": answered
    }
    assert answered["available"] == 90


def test_supply_counts_on_its_day(warehouse: Warehouse) -> None:
    soon = {"supply": "PO-1", "quantity": 20, "expectedOn": "2030-05-01"}
    later = {"supply": "PO-2", "quantity": 5, "expectedOn": "2030-06-01"}
    warehouse.done("expectSupply", **soon)
    answered = warehouse.done("expectSupply", **later)
    assert answered["incoming"] == 25
    at = {"position": answered["position"]}
    assert warehouse.available(**at)["available"] == 100
    days = {"2030-04-30": 100, "2030-05-01": 120, "2030-05-31": 120, "2030-06-01": 125}
    for day, units in days.items():
        assert warehouse.available(on=day, **at)["available"] == units
    warehouse.done("receiveStock", quantity=18, supply="PO-1", supplyComplete=True)
    done = warehouse.done("receiveStock", quantity=6, supply="PO-2")
    assert (done["onHand"], done["incoming"]) == (124, 0)
    [location] = warehouse.available(position=done["position"])["locations"]
    short, over = location["supplies"]
    assert short == {
        "supply": "PO-1",
        "expectedOn": "2030-05-01",
        "quantity": 20,
        "received": 18,
        "incoming": 0,
        "closed": True,
        "delta": -2,
    }
    assert (over["closed"], over["delta"]) == (True, 1)
    refused = warehouse.refused("receiveStock", quantity=1, supply="PO-1")
    assert (refused["code"], refused["reason"]) == ("NOT_FOUND", "NO_SUCH_SUPPLY")


def test_what_is_set_aside_for_a_channel_is_not_sold_on_another(
    warehouse: Warehouse, shop: Shop
) -> None:
    set_aside = warehouse.done("setChannelShare", channel="market", quantity=95)
    at = {"position": set_aside["position"]}
    assert warehouse.available(channel="web", **at)["available"] == 5
    assert warehouse.available(channel="market", **at)["available"] == 100
    assert warehouse.available(**at)["available"] == 100
    error = shop.client.refused("placeOrder", **shop.order(6))
    assert (error["code"], error["field"]) == (
        "INSUFFICIENT_STOCK",
        ["input", "lines", "0", "quantity"],
    )
    placed = shop.client.done("placeOrder", **shop.order(6, channel="market"))
    at = {"position": placed["position"]}
    assert warehouse.available(channel="web", **at)["available"] == 5
    assert warehouse.available(channel="market", **at)["available"] == 94


def test_the_last_units_are_kept_back_from_a_channel(warehouse: Warehouse, shop: Shop) -> None:
    warehouse.done("setChannelShare", channel="app", quantity=7)
    kept = warehouse.done("setChannelSafetyStock", channel="web", quantity=90)
    at = {"position": kept["position"]}
    assert kept["available"] == 100
    assert [warehouse.available(channel=c, **at)["available"] for c in ("web", "app")] == [3, 100]
    error = shop.client.refused("placeOrder", **shop.order(4))
    assert error["code"] == "INSUFFICIENT_STOCK"
    placed = shop.client.done("placeOrder", **shop.order(3))
    at = {"position": placed["position"]}
    assert [warehouse.available(channel=c, **at)["available"] for c in ("web", "app")] == [0, 97]
    document = """query S($sku: String!, $location: String!) {
      stockItem(sku: $sku, location: $location) { channels { channel setAside safetyStock } } }"""
    assert shop.client.ask(document, **warehouse.place)["stockItem"]["channels"] == [
        {"channel": "app", "setAside": 7, "safetyStock": 0},
        {"channel": "web", "setAside": 0, "safetyStock": 90},
    ]


def test_what_is_made_to_order_is_sold_without_stock(client: Client, shop: Shop) -> None:
    place = {"sku": f"PRINT-{uuid4().hex[:8]}", "location": shop.location}
    price = {"amount": "12.50", "currency": "EUR"}
    client.done("registerProduct", sku=place["sku"], name="Print", price=price)
    client.done("setStockPolicy", **place, unlimited=True)
    lines = [{"sku": place["sku"], "quantity": 1000}]
    placed = client.done("placeOrder", **shop.order(lines=lines))
    document = f"""query S($sku: String!, $location: String!, $position: Position) {{
      stockItem(sku: $sku, location: $location, minPosition: $position) {STOCK[10:]} }}"""
    seen = client.ask(document, **place, position=placed["position"])["stockItem"]
    assert (seen["onHand"], seen["reserved"], seen["madeToOrder"]) == (0, 0, 1000)
    assert seen["unlimited"]


@pytest.mark.parametrize(
    ("mutation", "given", "field"),
    [
        ("receiveStock", {"quantity": 0}, "quantity"),
        ("countStock", {"counted": -1, "reason": "x"}, "counted"),
        ("setStockPolicy", {"safetyStock": -1}, "safetyStock"),
        ("setChannelSafetyStock", {"channel": "web", "quantity": -1}, "quantity"),
        ("scrapStock", {"quantity": -2, "reason": "x"}, "quantity"),
        ("expectSupply", {"supply": " ", "quantity": 1, "expectedOn": "2030-01-01"}, "supply"),
    ],
)
def test_what_cannot_be_is_refused(
    warehouse: Warehouse, mutation: str, given: JSON, field: str
) -> None:
    error = warehouse.refused(mutation, **given)
    assert (error["code"], error["field"]) == ("INVALID", ["input", field])
