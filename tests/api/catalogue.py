"""Inputs of mutations on products, duty rates, supplies and subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from tests.api.running import JSON
from tests.api.shop import Shop

EUR = {"currency": "EUR"}
BEGINNING = "2026-01-01T00:00:00Z"


def _facts(shop: Shop) -> JSON:
    return {"sku": shop.sku, "weightGrams": 350, "expectedVersion": 2}


def _price(shop: Shop) -> JSON:
    price = {"amount": "9.00", **EUR}
    return {"sku": shop.sku, "price": price, "validFrom": BEGINNING, "expectedVersion": 2}


def _no_price(shop: Shop) -> JSON:
    shop.client.done("setPrice", **_price(shop))
    return {"sku": shop.sku, "validFrom": BEGINNING, **EUR}


TERRITORY = {"territory": "Pitcairn", "countries": ["PN"]}  # where no other test sends anything


def _rates(shop: Shop) -> JSON:
    rates = {**TERRITORY, "rates": [{"rate": "0.1"}]}
    free = [{"amount": str(uuid4().int % 10_000), **EUR}]
    published = shop.client.done("publishDutyRates", "schedule { version }", **rates, freeUpTo=free)
    return {**rates, "expectedVersion": published["schedule"]["version"]}


def _no_rates(shop: Shop) -> JSON:
    _rates(shop)
    return {"territory": TERRITORY["territory"], "reason": "by hand"}


def _supplies(shop: Shop) -> JSON:
    lines = [{"sku": shop.sku, "quantity": 9}]
    return {"location": shop.location, "supply": "PO-7", "lines": lines, "expectedOn": "2030-01-01"}


def _arrival(shop: Shop) -> JSON:
    supplies = _supplies(shop)
    shop.client.done("expectSupplies", **supplies)
    del supplies["expectedOn"]
    return {**supplies, "complete": True}


def _subscription(shop: Shop) -> JSON:
    """For a product that nobody has, so that nobody hears of it."""
    sku = f"NEW-{uuid4().hex}"
    shop.client.done("registerProduct", sku=sku, name="New", price={"amount": "1.00", **EUR})
    return {"sku": sku, "channel": "web", "customer": "C-1", "expectedVersion": 0}


def _no_subscription(shop: Shop) -> JSON:
    subscription = _subscription(shop)
    shop.client.done("subscribeToStock", **subscription)
    return {**subscription, "expectedVersion": 1}


def _serials(shop: Shop) -> JSON:
    """Give serial numbers of a product that has them."""
    sku = f"PHONE-{uuid4().hex[:12]}"
    price = {"amount": "90.00", "currency": "EUR"}
    shop.client.done("registerProduct", sku=sku, name="Phone", price=price, serialNumbered=True)
    return {"sku": sku, "location": shop.location, "serials": ["S-1"], "reason": "count"}


def _no_serials(shop: Shop) -> JSON:
    given = _serials(shop)
    shop.client.done("recordSerials", **given)
    return given


TWICE: dict[str, Callable[[Shop], JSON]] = {
    "declareProductFacts": _facts,
    "setPrice": _price,
    "withdrawPrice": _no_price,
    "publishDutyRates": _rates,
    "withdrawDutyRates": _no_rates,
    "expectSupplies": _supplies,
    "receiveSupplies": _arrival,
    "recordSerials": _serials,
    "writeOffSerials": _no_serials,
    "subscribeToStock": _subscription,
    "cancelSubscription": _no_subscription,
}
