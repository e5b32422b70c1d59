"""Prices through the API: channels, discounts, coupons, and a race for the last use of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, eventually, reached
from tests.api.shop import Shop

PRICES = """order {
  id subtotal { amount } discount { amount } shippingPrice { amount } shippingTax { amount }
  shippingMethod duties { amount } tax { amount } total { amount } pricesIncludeTax
  discounts { amount { amount currency } percent code reason lineId }
  lines { id taxRate discount { amount } tax { amount } total { amount } }
}"""
CHANNEL = "code currency pricesIncludeTax roundingMode roundingLevel shippingTaxRate version"
COUPON = "code percent amount { amount } timesUsed usageLimit withdrawn minimumSubtotal { amount }"


def gross(client: Client) -> str:
    """Configure a channel of its own, and give its code."""
    code = f"gross-{uuid4().hex}"
    client.done(
        "configureChannel",
        code=code,
        currency="EUR",
        pricesIncludeTax=True,
        roundingMode="HALF_EVEN",
        roundingLevel="DOCUMENT",
        shippingTaxRate="0.19",
    )
    return code


def issued(client: Client, **terms: Any) -> str:
    code = f"C{uuid4().hex.upper()}"
    client.done("issueCoupon", code=code, **({"percent": "10"} | terms))
    return code


def amounts(order: JSON, *names: str) -> list[str]:
    return [order[name]["amount"] for name in names]


def test_an_order_shows_how_its_price_came_about(client: Client, shop: Shop) -> None:
    coupon = issued(client)
    scratched = {"percent": "20", "reason": "scratch"}
    given = shop.order(
        channel=gross(client),
        lines=[
            {"sku": shop.sku, "quantity": 2, "discount": scratched},
            {"sku": shop.sku, "quantity": 1, "taxRate": "0.07"},
        ],
        discounts=[{"amount": {"amount": "2.50", "currency": "EUR"}, "reason": "regular"}],
        couponCode=coupon.lower(),
        shippingPrice={"amount": "4.90", "currency": "EUR"},
        shippingMethod="express",
        duties={"amount": "1.20", "currency": "EUR"},
    )
    done = client.done("placeOrder", PRICES, **given)
    order = done["order"]
    assert amounts(order, "subtotal", "discount", "total") == ["37.50", "10.50", "33.10"]
    assert amounts(order, "shippingPrice", "shippingTax", "duties") == ["4.90", "0.78", "1.20"]
    assert (order["pricesIncludeTax"], order["shippingMethod"]) == (True, "express")
    first, second = order["lines"]
    assert [d["amount"]["amount"] for d in order["discounts"]] == ["5.00", "2.50", "3.00"]
    assert [d["lineId"] for d in order["discounts"]] == [first["id"], None, None]
    assert [d["reason"] for d in order["discounts"]] == ["scratch", "regular", None]
    assert [d["percent"] for d in order["discounts"]] == ["20", None, "10"]
    assert order["discounts"][2]["code"] == coupon
    assert (first["taxRate"], second["taxRate"]) == ("0.19", "0.07")
    document = f"query Q($id: ID!, $p: Position) {{ order(id: $id, minPosition: $p) {PRICES[6:]} }}"
    assert client.ask(document, id=order["id"], p=done["position"])["order"] == order


def test_a_channel_is_found_as_it_was_configured(client: Client) -> None:
    code = gross(client)
    done = client.done("configureChannel", f"channel {{ id {CHANNEL} }}", code=code)
    assert done["channel"]["version"] == 2
    document = f"""query Q($code: String!, $id: ID!, $p: Position) {{
      channel(code: $code, minPosition: $p) {{ {CHANNEL} }}
      channels(minPosition: $p) {{ code }}
      node(id: $id) {{ ... on Channel {{ {CHANNEL} }} }}
    }}"""
    given = {"code": code, "id": done["channel"]["id"], "p": done["position"]}
    found = client.ask(document, reached(done), **given)
    assert found["channel"] == {
        "code": code,
        "currency": None,
        "pricesIncludeTax": False,
        "roundingMode": "HALF_UP",
        "roundingLevel": "LINE",
        "shippingTaxRate": "0",
        "version": 2,
    }
    assert found["node"] == found["channel"]
    assert {"code": code} in found["channels"]
    assert client.ask('{ channel(code: "never seen") { code } }') == {"channel": None}


def test_the_last_use_of_a_coupon_goes_to_one_of_many(client: Client, shop: Shop) -> None:
    coupon = issued(client, usageLimit=3)

    def order(_: int) -> JSON:
        return client.do("placeOrder", **shop.order(1, couponCode=coupon))

    with ThreadPoolExecutor(8) as buyers:
        payloads = list(buyers.map(order, range(8)))
    refused = [error["reason"] for payload in payloads for error in payload["userErrors"]]
    assert refused == ["COUPON_USED_UP"] * 5
    document = f"query Q($code: String!) {{ coupon(code: $code) {{ {COUPON} }} }}"

    def times_used() -> int | None:
        found = client.ask(document, code=coupon)["coupon"]
        return None if found is None else found["timesUsed"]  # issued a moment ago

    assert eventually(lambda: times_used() == 3)


def test_a_cancelled_order_gives_its_coupon_back(client: Client, shop: Shop) -> None:
    coupon = issued(client, usageLimit=1, minimumSubtotal={"amount": "1", "currency": "EUR"})
    order = shop.placed(1, couponCode=coupon)
    error = client.refused("placeOrder", **shop.order(1, couponCode=coupon))
    assert (error["reason"], error["field"]) == ("COUPON_USED_UP", ["input", "couponCode"])
    client.done("cancelOrder", orderId=order["id"], reason="changed my mind")
    eventually(
        lambda: not client.do("placeOrder", **shop.order(1, couponCode=coupon))["userErrors"]
    )


def test_a_withdrawn_coupon_is_shown_and_refused(client: Client, shop: Shop) -> None:
    coupon = issued(client)
    wanted = f"coupon {{ id {COUPON} }}"
    done = client.done("withdrawCoupon", wanted, code=coupon, reason="over")
    document = f"query Q($id: ID!) {{ node(id: $id) {{ ... on Coupon {{ id {COUPON} }} }} }}"
    found = client.ask(document, reached(done), id=done["coupon"]["id"])["node"]
    assert found == done["coupon"]
    assert found["withdrawn"]
    error = client.refused("placeOrder", **shop.order(1, couponCode=coupon))
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "COUPON_NO_LONGER_OFFERED")


def test_what_is_wrong_with_a_discount_is_said_at_its_place(client: Client, shop: Shop) -> None:
    both = {"amount": {"amount": "1", "currency": "EUR"}, "percent": "10"}
    error = client.refused("placeOrder", **shop.order(discounts=[both]))
    assert error["field"] == ["input", "discounts", "0"]
    assert error["message"] == "`discounts.0` must have either an amount or a percent."
    error = client.refused("placeOrder", **shop.order(discounts=[{"percent": "100.5"}]))
    assert error["field"] == ["input", "discounts", "0", "percent"]
    error = client.refused("issueCoupon", code=uuid4().hex)
    assert error["message"] == "The input must have either an amount or a percent."
