"""Delivery options through the API, and the promise that an order keeps."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client
from tests.api.shop import Shop

OPTIONS = """query Q($input: PreviewSourcingInput!, $at: Position) {
  deliveryOptions(input: $input, minPosition: $at) {
    missing options { method name price { amount currency } shipOn earliest latest }
    userErrors { code field }
  }
}"""
PROMISE = "order { shippingPrice { amount } promise { method shipOn earliest latest } }"


def configured(client: Client, **changed: Any) -> JSON:
    zone = {
        "name": "home",
        "countries": ["DE"],
        "prices": [{"upToGrams": 30000, "price": "4.90"}],
        "fewestDays": 1,
        "mostDays": 3,
    }
    code = f"m-{uuid4().hex[:12]}"
    given = {"code": code, "name": "Standard", "currency": "EUR", "zones": [zone], **changed}
    wanted = "shippingMethod { version code zones { mostDays prices { price } } withdrawn }"
    return client.done("configureShippingMethod", wanted, **given)


def test_an_order_gets_what_the_options_said(client: Client, shop: Shop) -> None:
    done = configured(client)
    method = done["shippingMethod"]["code"]
    basket = {"channel": "web", "country": "DE", "lines": [{"sku": shop.sku, "quantity": 2}]}
    answer = client.ask(OPTIONS, input=basket, at=done["position"])["deliveryOptions"]
    [option] = [each for each in answer["options"] if each["method"] == method]
    assert (answer["missing"], answer["userErrors"]) == (0, [])
    assert option["price"] == {"amount": "4.90", "currency": "EUR"}
    placed = client.done("placeOrder", PROMISE, **shop.order(shippingMethod=method))
    assert placed["order"]["shippingPrice"]["amount"] == "4.90"
    dates = {name: option[name] for name in ("method", "shipOn", "earliest", "latest")}
    assert placed["order"]["promise"] == dates
    found = client.ask(
        "query Q($at: Position) { shippingMethods(minPosition: $at) { code withdrawn } }",
        at=done["position"],
    )["shippingMethods"]
    assert {"code": method, "withdrawn": False} in found
    client.done("withdrawShippingMethod", code=method, reason="over")
    error = client.refused("placeOrder", **shop.order(shippingMethod=method))
    assert (error["code"], error["field"]) == ("NOT_ALLOWED_IN_STATE", ["input", "shippingMethod"])


def test_an_unknown_product_has_no_options(client: Client) -> None:
    basket = {"channel": "web", "country": "DE", "lines": [{"sku": "no such", "quantity": 1}]}
    answer = client.ask(OPTIONS, input=basket)["deliveryOptions"]
    assert answer["options"] == []
    assert answer["userErrors"] == [{"code": "NOT_FOUND", "field": ["input", "lines", "0", "sku"]}]
