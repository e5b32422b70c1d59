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


def claimed(shop: Shop) -> JSON:
    """Give the input that claims one mug."""
    order = shop.delivered()
    line = {"lineId": order["lines"][0]["id"], "quantity": 2, "problem": "MISSING"}
    return {"orderId": order["id"], "lines": [line]}


def resolution(shop: Shop) -> JSON:
    claim = shop.client.done("openClaim", "claim { id }", **claimed(shop))["claim"]
    return {"claimId": claim["id"], "resolution": "REPLACE"}


def linked(shop: Shop) -> JSON:
    """Give two orders that are linked, as the input that links them."""
    given = about(shop, kind="DUPLICATE_OF", otherOrderId=shop.placed()["id"])
    shop.client.done("linkOrders", **given)
    return given


def about(shop: Shop, **more: Any) -> JSON:
    """Give the input of something that is said of an order, at the order's version."""
    order = shop.placed()
    return {"orderId": order["id"], **more}


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
    "openClaim": claimed,
    "resolveClaim": resolution,
    "addNote": lambda shop: about(shop, text="call back", expectedVersion=0),
    "recordMessage": lambda shop: about(
        shop, direction="TO_CUSTOMER", channel="email", text="Sorry", expectedVersion=0
    ),
    "addAttachment": lambda shop: about(
        shop, name="scan", mediaType="image/png", reference="scan 7", expectedVersion=0
    ),
    "tagOrder": lambda shop: about(shop, add=["vip"], expectedVersion=2),
    "linkOrders": lambda shop: about(
        shop, kind="DUPLICATE_OF", otherOrderId=shop.placed()["id"], expectedVersion=2
    ),
    "unlinkOrders": lambda shop: linked(shop) | {"expectedVersion": 3},
}
