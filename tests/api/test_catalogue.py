"""Products through the API: facts, prices with validity, duty rates, and what customs is told."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.api.running import JSON, Client
from tests.api.shop import ADDRESS, Shop

EUR = {"currency": "EUR"}
FACTS = {
    "weightGrams": 350,
    "lengthMm": 120,
    "widthMm": 90,
    "heightMm": 95,
    "originCountry": "PT",
    "commodityCode": "6912 00 23",
    "gtin": "4006381333931",
    "taxClass": "standard",
    "dangerousGoods": {"unNumber": "UN3077", "hazardClass": "9", "packingGroup": "III"},
}
PRODUCT = """version weightGrams lengthMm widthMm heightMm originCountry commodityCode gtin taxClass
  dangerousGoods { unNumber hazardClass packingGroup }"""
CUSTOMS = """query C($id: ID!, $position: Position) { order(id: $id, minPosition: $position) {
  duties { amount } shipments { id location customs { sentFrom sentTo value { amount currency }
    weightGrams complete items { sku name quantity value { amount } weightGrams commodityCode
      originCountry } } } } }"""


def product(client: Client, sku: str, wanted: str, **asked: object) -> JSON:
    document = f"""query P($sku: String!, $position: Position) {{
      product(sku: $sku, minPosition: $position) {{ {wanted} }} }}"""
    found: JSON = client.ask(document, sku=sku, **asked)["product"]
    return found


def test_facts_are_declared_and_shown(client: Client, shop: Shop) -> None:
    done = client.done("declareProductFacts", f"product {{ {PRODUCT} }}", sku=shop.sku, **FACTS)
    assert {name: done["product"][name] for name in FACTS} == FACTS
    seen = product(client, shop.sku, PRODUCT, position=done["position"])
    assert seen == done["product"]
    bare = client.done("declareProductFacts", f"product {{ {PRODUCT} }}", sku=shop.sku)["product"]
    assert {bare[name] for name in FACTS} == {None}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"commodityCode": "69"}, ["commodityCode"]),
        ({"gtin": "4006381333930"}, ["gtin"]),
        ({"originCountry": "XX"}, ["originCountry"]),
        (
            {"dangerousGoods": {"unNumber": "UN1", "hazardClass": "9"}},
            ["dangerousGoods", "unNumber"],
        ),
    ],
)
def test_facts_that_cannot_be_are_refused(shop: Shop, given: JSON, field: list[str]) -> None:
    error = shop.client.refused("declareProductFacts", sku=shop.sku, **given)
    assert (error["code"], error["field"]) == ("INVALID", ["input", *field])


def test_an_order_without_a_price_costs_what_is_valid(client: Client, shop: Shop) -> None:
    wanted = "product { prices { price { amount } channel validFrom validUntil } }"
    cost = {"sku": shop.sku, "price": {"amount": "9.00", **EUR}, "channel": "web"}
    begins, ends = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    over = client.done("setPrice", wanted, **cost, validFrom=begins, validUntil=ends)
    assert over["product"]["prices"] == [
        {"price": {"amount": "9.00"}, "channel": "web", "validFrom": begins, "validUntil": ends}
    ]
    then = shop.placed(1, placedAt="2026-01-15T12:00:00Z")
    assert then["total"]["amount"] == "10.71"
    assert shop.placed(1)["total"]["amount"] == "14.88"
    now = client.done("setPrice", wanted, **{**cost, "price": {"amount": "8.00", **EUR}})
    assert shop.placed(1)["total"]["amount"] == "9.52"
    seen = product(client, shop.sku, wanted[9:-1], position=now["position"])
    assert seen == now["product"]
    assert shop.placed(1, channel="market")["total"]["amount"] == "14.88"
    begins = seen["prices"][1]["validFrom"]
    client.done("withdrawPrice", sku=shop.sku, validFrom=begins, channel="web", **EUR)
    assert shop.placed(1)["total"]["amount"] == "14.88"


def test_products_are_listed_by_sku(client: Client, shop: Shop) -> None:
    document = """query L($after: String) { products(first: 1, after: $after) {
      nodes { sku } edges { cursor } pageInfo { hasNextPage } } }"""
    page = client.ask(document)["products"]
    following = client.ask(document, after=page["edges"][0]["cursor"])["products"]
    assert page["nodes"][0]["sku"] < following["nodes"][0]["sku"] or not following["nodes"]


def test_duties_are_due_and_customs_is_told_at_the_border(client: Client, shop: Shop) -> None:
    client.done("declareProductFacts", sku=shop.sku, **FACTS)
    country = "IS"  # no other test sends there
    published = client.done(
        "publishDutyRates",
        "schedule { territories { territory countries rates { commodityCode rate origins } } }",
        territory="Iceland",
        countries=[country],
        rates=[{"rate": "0.25"}, {"rate": "0.1", "commodityCode": "6912"}],
        freeUpTo=[{"amount": "10", **EUR}],
    )
    schedule = client.ask(
        "query D($position: Position) { dutyRates(minPosition: $position) {"
        " territories { territory countries rates { commodityCode rate origins } } } }",
        position=published["position"],
    )["dutyRates"]
    assert schedule == published["schedule"]
    abroad = {**ADDRESS, "country": country}
    order = shop.released(shippingAddress=abroad)
    told = client.ask(CUSTOMS, id=order["id"])["order"]
    assert told["duties"]["amount"] == "2.50"
    [shipment] = told["shipments"]
    assert shipment["customs"] == {
        "sentFrom": "DE",
        "sentTo": country,
        "value": {"amount": "25.00", "currency": "EUR"},
        "weightGrams": 700,
        "complete": True,
        "items": [
            {
                "sku": shop.sku,
                "name": "Mug",
                "quantity": 2,
                "value": {"amount": "25.00"},
                "weightGrams": 700,
                "commodityCode": "6912 00 23",
                "originCountry": "PT",
            }
        ],
    }
    done = client.done("dispatchShipment", shipmentId=shipment["id"], carrier="DHL")
    client.done("declareProductFacts", sku=shop.sku, weightGrams=1)
    left = client.ask(CUSTOMS, id=order["id"], position=done["position"])["order"]
    assert left["shipments"] == told["shipments"]


def test_what_stays_in_the_country_needs_no_customs(client: Client, shop: Shop) -> None:
    order = shop.released()
    [shipment] = client.ask(CUSTOMS, id=order["id"])["order"]["shipments"]
    assert shipment["customs"] is None


def test_a_product_that_is_not_there(client: Client) -> None:
    assert product(client, f"X-{uuid4().hex}", "sku") is None
