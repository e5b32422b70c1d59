"""What may be sent twice about locations, sourcing rules, shipping methods and holds."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from tests.api.running import JSON
from tests.api.shop import ORDER, Shop


def _closing(shop: Shop) -> JSON:
    return {"code": shop.location, "reason": "flooded"}


def _reopening(shop: Shop) -> JSON:
    shop.client.done("closeLocation", **_closing(shop))
    return {"code": shop.location, "reason": "dry again"}


def _method(_shop: Shop) -> JSON:
    zone = {
        "name": "home",
        "countries": ["DE"],
        "prices": [{"upToGrams": 1000, "price": "4.90"}],
        "fewestDays": 1,
        "mostDays": 2,
    }
    code = f"M-{uuid4().hex}"
    return {
        "code": code,
        "name": "Standard",
        "currency": "EUR",
        "zones": [zone],
        "expectedVersion": 0,
    }


def _withdrawn_method(shop: Shop) -> JSON:
    method = _method(shop)
    shop.client.done("configureShippingMethod", **method)
    return {"code": method["code"], "reason": "over", "expectedVersion": 1}


def _rules(shop: Shop) -> JSON:
    """Rules that come after those published here, so that only one can be the next."""
    published = shop.client.done(
        "publishSourcingRules",
        "policy { version }",
        currency="EUR",
        splitCost=f"{uuid4().int % 97}",
    )
    return {"currency": "EUR", "splitCost": "98", "expectedVersion": published["policy"]["version"]}


def _withdrawn_rules(shop: Shop) -> JSON:
    version = _rules(shop)["expectedVersion"]
    return {"reason": "over", "expectedVersion": version}


def _rejection(shop: Shop) -> JSON:
    order = shop.placed()
    version = order["version"]
    at = {"location": shop.location, "reason": "broken"}
    return {"orderId": order["id"], **at, "expectedVersion": version}


def _hold_released(shop: Shop) -> JSON:
    wanted = f"{ORDER[:-1]} holds {{ id }} }}"
    held = shop.client.done("holdOrder", wanted, orderId=shop.placed()["id"], reason="check")[
        "order"
    ]
    return {"orderId": held["id"], "holdId": held["holds"][0]["id"], "reason": "checked"}


TWICE: dict[str, Callable[[Shop], JSON]] = {
    "configureLocation": lambda shop: {
        "code": shop.location,
        "capacityPerDay": 9,
        "expectedVersion": 1,
    },
    "closeLocation": _closing,
    "reopenLocation": _reopening,
    "configureShippingMethod": _method,
    "withdrawShippingMethod": _withdrawn_method,
    "publishSourcingRules": _rules,
    "withdrawSourcingRules": _withdrawn_rules,
    "rejectAssignment": _rejection,
    "releaseHold": _hold_released,
}
