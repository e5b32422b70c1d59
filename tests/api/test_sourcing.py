"""Sourcing through the API: rules, explanations, previews, and locations that can't send.

Every test publishes rules that concern its own locations only, and withdraws them: an installation
has one set of rules, and other tests place orders at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually
from tests.api.shop import ADDRESS, ORDER, Shop

WHY = """occasion excluded unsourced { lineId quantity } reasons {
  rulesVersion method currency cost bound split
  chosen { location km shipOn grams cost parcel distance lines { lineId sku quantity } }
  others { location why rule km missing cost } counts { why locations }
}"""
TARIFF = {"name": "parcel", "steps": [{"upToGrams": 31500, "price": "4.90"}]}
HOME = {**ADDRESS, "latitude": 53.55, "longitude": 9.99}


class Network(Shop):
    """A shop with a second location, far away."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, stock=5)
        self.far = f"F-{uuid4().hex[:12]}"
        client.done("registerLocation", code=self.far, name="Munich", country="DE")
        client.done("receiveStock", sku=self.sku, location=self.far, quantity=9)
        for code, latitude, longitude in ((self.location, 53.55, 9.99), (self.far, 48.14, 11.58)):
            client.done(
                "configureLocation",
                "location { kind calendar { timeZone workingDays cutOff } isOpen }",
                code=code,
                calendar={"timeZone": "Europe/Berlin", "workingDays": [1, 2, 3, 4, 5, 6, 7]},
                latitude=latitude,
                longitude=longitude,
            )

    def placed_at_home(self, quantity: int) -> JSON:
        return self.placed(quantity, shippingAddress=HOME)

    def why(self, order: JSON) -> list[JSON]:
        document = f"query Q($id: ID!) {{ explainSourcing(orderId: $id) {{ {WHY} }} }}"
        found: list[JSON] = self.client.ask(document, id=order["id"])["explainSourcing"]
        return found


@pytest.fixture
def network(client: Client) -> Iterator[Network]:
    network = Network(client)
    client.done(
        "publishSourcingRules",
        "policy { version rules { maxSplit tariffs { name steps { upToGrams } } } }",
        currency="EUR",
        splitCost="2",
        costPerKm="0.01",
        tariffs=[TARIFF],
    )
    yield network
    client.done("withdrawSourcingRules", "policy { rules { currency } }", reason="test is over")


def test_an_order_says_why_it_is_sent_from_where(network: Network) -> None:
    order = network.placed_at_home(2)
    [decision] = network.why(order)
    reasons = decision["reasons"]
    assert (decision["occasion"], reasons["method"]) == ("PLACED", "EXACT")
    assert reasons["cost"] == reasons["bound"] == "4.90"
    [chosen], [other] = reasons["chosen"], reasons["others"]
    assert (chosen["location"], chosen["km"], chosen["parcel"]) == (network.location, 0, "4.90")
    assert chosen["lines"] == [
        {"lineId": order["lines"][0]["id"], "sku": network.sku, "quantity": 2}
    ]
    assert other == {
        "location": network.far,
        "why": "DEARER",
        "rule": None,
        "km": 612,
        "missing": 0,
        "cost": "11.02",
    }
    assert reasons["counts"] == [{"why": "DEARER", "locations": 1}]
    document = "query Q($id: ID!) { order(id: $id) { events(first: 50) { nodes { type } } } }"
    found = eventually(lambda: network.client.ask(document, id=order["id"])["order"])
    assert {"type": "SourcingDecided"} in found["events"]["nodes"]


def test_a_preview_is_what_an_order_gets(network: Network) -> None:
    document = """query Q($input: PreviewSourcingInput!) { previewSourcing(input: $input) {
      sourced { sku location quantity } missing reasons { cost chosen { location } }
      userErrors { code message field } } }"""
    basket = {
        "channel": "web",
        "country": "DE",
        "latitude": 53.55,
        "longitude": 9.99,
        "lines": [{"sku": network.sku, "quantity": 12}],
    }
    preview = network.client.ask(document, input=basket)["previewSourcing"]
    assert preview["userErrors"] == []
    order = network.placed_at_home(12)
    [decision] = network.why(order)
    assert decision["reasons"]["cost"] == preview["reasons"]["cost"]
    assert {part["location"] for part in preview["sourced"]} == {network.location, network.far}
    unknown = {**basket, "lines": [{"sku": "no such thing", "quantity": 1}]}
    [error] = network.client.ask(document, input=unknown)["previewSourcing"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "lines", "0", "sku"])


def test_what_the_rules_do_not_let_go_to_a_country_is_not_available_there(network: Network) -> None:
    only = {"name": "abroad", "countries": ["AT"], "locations": [network.far]}
    published = network.client.done(
        "publishSourcingRules", "position", currency="EUR", tariffs=[TARIFF], eligibility=[only]
    )
    document = """query A($s: [String!]!, $d: String, $p: Position) {
      availability(skus: $s, destination: $d, minPosition: $p) { available } }"""

    def available(destination: str | None) -> int:
        asked = {"s": [network.sku], "d": destination, "p": published["position"]}
        return int(network.client.ask(document, **asked)["availability"][0]["available"])

    assert [available(country) for country in (None, "DE", "AT")] == [14, 14, 9]
    error = network.client.error(document, s=[network.sku], d="Vienna")
    assert error["code"] == "INVALID"


def test_a_short_pick_is_sent_from_elsewhere(network: Network) -> None:
    order = network.released_again(_paid(network, network.placed_at_home(2)))
    done = network.client.done(
        "rejectAssignment",
        ORDER,
        orderId=order["id"],
        location=network.location,
        reason="short pick",
        lines=[{"lineId": order["lines"][0]["id"], "quantity": 1}],
    )
    assert done["order"]["lines"][0]["reserved"] == 2

    def both() -> JSON | None:
        found = network.released_again(order)
        return found if len(found["shipments"]) == 2 else None

    assert len(eventually(both)["shipments"]) == 2
    decision = network.why(order)[-1]
    assert (decision["occasion"], decision["excluded"]) == ("REJECTED", [network.location])
    again = network.client.refused(
        "rejectAssignment", orderId=order["id"], location="NOWHERE", reason="x"
    )
    assert again["reason"] == "NOTHING_ASSIGNED"


def _paid(network: Network, order: JSON) -> JSON:
    network.client.done("authorizePayment", ORDER, **network.payment(order))
    network.client.done("capturePayment", ORDER, **network.payment(order))
    return order


def test_closing_a_location_sends_orders_elsewhere(network: Network) -> None:
    network.client.done(
        "closeLocation", "location { isOpen }", code=network.location, reason="flooded"
    )
    [decision] = network.why(network.placed_at_home(1))
    assert [chosen["location"] for chosen in decision["reasons"]["chosen"]] == [network.far]
    position = network.client.done(
        "reopenLocation", "location { isOpen }", code=network.location, reason="dry"
    )["position"]
    document = "query Q($code: String!, $at: Position) { location(code: $code, minPosition: $at)"
    found = network.client.ask(
        document + " { code isOpen latitude calendar { timeZone workingDays } } }",
        code=network.location,
        at=position,
    )["location"]
    assert (found["isOpen"], found["latitude"]) == (True, 53.55)


def test_rules_are_refused_with_the_place_of_the_mistake(client: Client) -> None:
    rule = {"name": "r", "locations": ["ATLANTIS"]}
    error = client.refused("publishSourcingRules", currency="EUR", eligibility=[rule])
    assert error["code"] == "NOT_FOUND"
    assert error["field"] == ["input", "eligibility", "0", "locations", "0"]
    steps = [{"upToGrams": 2, "price": "2"}, {"upToGrams": 1, "price": "3"}]
    tariff = {"name": "t", "steps": steps}
    error = client.refused("publishSourcingRules", currency="EUR", tariffs=[tariff])
    assert (error["code"], error["field"]) == ("INVALID", ["input", "tariffs", "0", "steps"])


def test_orders_are_sourced_anew_together(network: Network) -> None:
    """Nothing better is found for these two; what can't be planned is refused with its place."""
    orders = [network.placed_at_home(3), network.placed_at_home(3)]
    assert [len(network.why(order)[-1]["reasons"]["chosen"]) for order in orders] == [1, 1]
    position = network.client.done("sourceWave", orderIds=[order["id"] for order in orders])
    assert position["userErrors"] == []
    refused = network.client.refused("sourceWave", orderIds=[])
    assert (refused["code"], refused["field"]) == ("INVALID", ["input", "orderIds"])
    refused = network.client.refused("sourceWave", orderIds=["x"])
    assert refused["field"] == ["input", "orderIds", "0"]
