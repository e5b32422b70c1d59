"""Inputs for what happens after delivery, each of which can take effect once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.running import JSON
from tests.api.shop import Shop


def requested(shop: Shop) -> JSON:
    """Give an order with a return of both of its mugs."""
    return shop.returned()


def received(shop: Shop, condition: str = "QUARANTINED") -> JSON:
    """Give an order whose mugs came back."""
    order = requested(shop)
    shop.client.done("receiveReturnItems", **all_of_it(order, condition))
    return order


def of_return(order: JSON, **more: Any) -> JSON:
    return {"returnId": order["returns"][0]["id"], **more}


def all_of_it(order: JSON, condition: str) -> JSON:
    lines = [{"lineId": order["lines"][0]["id"], "quantity": 2, "condition": condition}]
    return of_return(order, lines=lines)


def exchange(shop: Shop, order: JSON, **more: Any) -> JSON:
    """Give the input that exchanges what came back for one mug."""
    lines = [{"sku": shop.sku, "quantity": 1}]
    return of_return(order, replacement={"lines": lines}, **more)


TWICE: dict[str, Callable[[Shop], JSON]] = {
    "approveReturn": lambda shop: of_return(requested(shop)),
    "rejectReturn": lambda shop: of_return(requested(shop), reason="worn"),
    "recordReturnLabel": lambda shop: of_return(requested(shop), carrier="DHL", expectedVersion=1),
    "recordReturnSent": lambda shop: of_return(requested(shop)),
    "receiveReturnItems": lambda shop: all_of_it(requested(shop), "SCRAPPED"),
    "inspectReturn": lambda shop: all_of_it(received(shop), "RESTOCKED"),
    "refundReturn": lambda shop: of_return(received(shop)),
    "exchangeReturn": lambda shop: exchange(shop, received(shop)),
    "cancelReturn": lambda shop: of_return(requested(shop), reason="likes it now"),
    "closeReturn": lambda shop: of_return(received(shop)),
}
