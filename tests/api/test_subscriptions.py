"""Back in stock, over HTTP: who waits, and that they are told when it arrives."""

from __future__ import annotations

from tests.api.running import Client, eventually
from tests.api.shop import Shop

WAITING = """query W($sku: String!) {
  subscribers(sku: $sku) { sku waiting { channel customer email } } }"""


def test_who_waits_is_told_when_stock_arrives(client: Client) -> None:
    shop = Shop(client, stock=1)
    shop.placed(1)
    given = {"sku": shop.sku, "channel": "web", "email": "ada@example.org"}
    wanted = "subscribers { waiting { customer } }"
    done = client.done("subscribeToStock", wanted, **given, customer="ada")
    assert done["subscribers"]["waiting"] == [{"customer": "ada"}]
    client.done("subscribeToStock", **given, customer="bob")
    client.done("cancelSubscription", sku=shop.sku, channel="web", customer="bob")
    [ada] = client.ask(WAITING, sku=shop.sku)["subscribers"]["waiting"]
    assert ada == {"channel": "web", "customer": "ada", "email": "ada@example.org"}
    client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=1)
    eventually(lambda: not client.ask(WAITING, sku=shop.sku)["subscribers"]["waiting"])
    told = client.rows(
        "SELECT body -> 'subscribers' -> 0 ->> 'customer' FROM oms.events"
        " WHERE topic = 'subscriptions.SubscribersNotified.v1' AND body ->> 'sku' = %s",
        shop.sku,
    )
    assert told == [("ada",)]
    assert client.ask(WAITING, sku="nothing")["subscribers"] is None


def test_an_address_has_to_be_one(client: Client, shop: Shop) -> None:
    given = {"sku": shop.sku, "channel": "web", "customer": "ada", "email": "nowhere"}
    error = client.refused("subscribeToStock", **given)
    assert (error["code"], error["field"]) == ("INVALID", ["input", "email"])
