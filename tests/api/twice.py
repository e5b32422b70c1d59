"""An input for each mutation that can take effect once, by its nature or by its version."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from tests.api import aftercare, catalogue, network, warehouse
from tests.api.running import JSON, eventually
from tests.api.shop import Shop


def _location(_shop: Shop) -> JSON:
    return {"code": f"L-{uuid4().hex}", "name": "Kiel", "country": "DE"}


def _product(_shop: Shop) -> JSON:
    price = {"amount": "1.00", "currency": "EUR"}
    return {"sku": f"P-{uuid4().hex}", "name": "Pen", "price": price}


def _channel(_shop: Shop) -> JSON:
    return {"code": f"CH-{uuid4().hex}", "pricesIncludeTax": True, "expectedVersion": 0}


def _coupon(_shop: Shop) -> JSON:
    return {"code": f"C-{uuid4().hex}", "percent": "10"}


def _withdrawal(shop: Shop) -> JSON:
    coupon = _coupon(shop)
    shop.client.done("issueCoupon", **coupon)
    return {"code": coupon["code"], "reason": "over", "expectedVersion": 1}


def _receipt(shop: Shop) -> JSON:
    return {"sku": shop.sku, "location": shop.location, "quantity": 5, "expectedVersion": 1}


def _adjustment(shop: Shop) -> JSON:
    item = {"sku": shop.sku, "location": shop.location}
    return item | {"delta": -1, "reason": "count", "expectedVersion": 1}


def _on_stock(**given: object) -> Callable[[Shop], JSON]:
    return lambda shop: {"sku": shop.sku, "location": shop.location, **given, "expectedVersion": 1}


def _supply(**given: object) -> Callable[[Shop], JSON]:
    """Revise or cancel a supply that is expected: then the version is 2."""

    def announced(shop: Shop) -> JSON:
        supply = {"sku": shop.sku, "location": shop.location, "supply": "PO-1"}
        shop.client.done("expectSupply", **supply, quantity=9, expectedOn="2030-01-01")
        return {**supply, **given, "expectedVersion": 2}

    return announced


def _clearing(shop: Shop) -> JSON:
    other = _location(shop)
    shop.client.done("registerLocation", **other)
    places = {"source": shop.location, "destination": other["code"]}
    about = {"expectedOn": "2030-01-01", "reason": "moving", "number": f"T-{uuid4().hex}"}
    return places | about


def _clearing_shown(shop: Shop) -> JSON:
    """What is free at a location is read from the tables, so they must have come as far."""
    asked = "query Q($s: String!, $l: String!) { stockItem(sku: $s, location: $l) { onHand } }"
    eventually(lambda: shop.client.ask(asked, s=shop.sku, l=shop.location)["stockItem"])
    return _clearing(shop)


def _transfer(shop: Shop) -> JSON:
    return _clearing(shop) | {"lines": [{"sku": shop.sku, "quantity": 3}]}


def _on_transfer(sent: bool, **given: object) -> Callable[[Shop], JSON]:
    def planned(shop: Shop) -> JSON:
        done = shop.client.done("planTransfer", "transfer { id }", **_transfer(shop))
        move = {"transferId": done["transfer"]["id"]}
        if sent:
            shop.client.done("dispatchTransfer", **move)
        return move | given

    return planned


def _order(shop: Shop) -> JSON:
    return shop.order(number=f"N-{uuid4().hex}")


def _hold(shop: Shop) -> JSON:
    order = shop.placed()
    return {"orderId": order["id"], "reason": "check", "expectedVersion": order["version"]}


def _edit(shop: Shop) -> JSON:
    order = shop.placed()
    added = [{"sku": shop.sku, "quantity": 1}]
    return {"orderId": order["id"], "addLines": added, "expectedVersion": order["version"]}


def _release(shop: Shop) -> JSON:
    order = shop.placed()
    shop.client.done("holdOrder", orderId=order["id"], reason="check")
    return {"orderId": order["id"], "reason": "checked"}


def _promise(shop: Shop) -> JSON:
    order = shop.placed(101, allowBackorder=True)
    given = {"promisedBy": "2030-01-01T00:00:00Z", "reason": "the ship is late"}
    line, version = order["lines"][0]["id"], order["version"]
    return {"orderId": order["id"], "lineId": line, "expectedVersion": version, **given}


def _return_request(shop: Shop) -> JSON:
    order = shop.delivered()
    lines = [{"lineId": order["lines"][0]["id"], "quantity": 2}]
    return {"orderId": order["id"], "lines": lines, "reason": "too small"}


PAYMENT = "order { payments { id version reference } }"


def _authorized(shop: Shop) -> JSON:
    payment: JSON = shop.client.done("authorizePayment", PAYMENT, **shop.payment(shop.placed()))[
        "order"
    ]["payments"][0]
    return payment


def _captured(shop: Shop) -> JSON:
    payment: JSON = shop.client.done("capturePayment", PAYMENT, **shop.payment(shop.authorized()))[
        "order"
    ]["payments"][0]
    return payment


def _gift_card_payment(shop: Shop) -> JSON:
    code = f"rose-{uuid4()}"
    amount = {"amount": "50", "currency": "EUR"}
    shop.client.done("issueGiftCard", code=code, amount=amount)
    return {"orderId": shop.placed()["id"], "code": code}


def _contested(shop: Shop) -> JSON:
    """A provider tells of a refund, though nothing was collected."""
    told = _reported(shop) | {"kind": "REFUNDED"}
    wanted = "payment { id version contested { id state } }"
    payment = shop.client.done("reportPaymentEvent", wanted, **told)["payment"]
    [contested] = payment["contested"]
    assert contested["state"] == "OPEN"
    decide = {"paymentId": payment["id"], "requestId": contested["id"], "accept": False}
    return decide | {"expectedVersion": payment["version"]}


def _reported(shop: Shop) -> JSON:
    payment = _authorized(shop)
    return {
        "provider": "sandbox",
        "reference": payment["reference"],
        "eventId": f"captured {payment['reference']}",
        "kind": "CAPTURED",
        "amount": {"amount": "29.75", "currency": "EUR"},
        "expectedVersion": payment["version"],
    }


def _correction(shop: Shop) -> JSON:
    item = {"sku": shop.sku, "location": shop.location}
    for delta in (-1, 1):
        shop.client.done("adjustStock", **item, delta=delta, reason="count")
    query = "SELECT stream_id || '/' || version FROM oms.events WHERE body->>'sku' = %s"
    query += " AND topic = 'stock.StockAdjusted.v1' ORDER BY version"
    [(wrong,), (right,)] = shop.client.rows(query, shop.sku)
    return {"corrects": wrong, "correctedBy": right, "reason": "it was there after all"}


def _erasure(shop: Shop) -> JSON:
    who = {"reference": f"C-{uuid4().hex}", "name": "Grace Hopper"}
    order = shop.placed(customer=who)
    shop.client.done("cancelOrder", orderId=order["id"], reason="changed mind")
    return {"customer": who["reference"], "reason": "asked"}


def _key_name() -> str:
    return "key-" + "".join(chr(97 + int(digit, 16)) for digit in uuid4().hex)


def _revocation(shop: Shop) -> JSON:
    name = _key_name()
    shop.client.done("issueApiKey", name=name, rights=["READ_STOCK"])
    return {"name": name, "reason": "lost"}


TWICE: dict[str, Callable[[Shop], JSON]] = {
    "recordCorrection": _correction,
    "issueApiKey": lambda _: {"name": _key_name(), "rights": ["READ_STOCK"]},
    "revokeApiKey": _revocation,
    "eraseCustomer": _erasure,
    "registerLocation": _location,
    "registerProduct": _product,
    "configureChannel": _channel,
    "issueCoupon": _coupon,
    "withdrawCoupon": _withdrawal,
    "receiveStock": _receipt,
    "adjustStock": _adjustment,
    "countStock": _on_stock(counted=99, reason="inventory"),
    "changeStockCondition": _on_stock(
        quantity=1, before="AVAILABLE", after="DAMAGED", reason="wet"
    ),
    "scrapStock": _on_stock(quantity=1, condition="AVAILABLE", reason="wet"),
    "setStockPolicy": _on_stock(safetyStock=3),
    "setChannelShare": _on_stock(channel="web", quantity=3),
    "setChannelSafetyStock": _on_stock(channel="web", quantity=3),
    "expectSupply": _on_stock(supply="PO-1", quantity=9, expectedOn="2030-01-01"),
    "reviseSupply": _supply(quantity=10),
    "cancelSupply": _supply(reason="sold out"),
    "planTransfer": _transfer,
    "clearLocation": _clearing_shown,
    "dispatchTransfer": _on_transfer(sent=False),
    "receiveTransfer": _on_transfer(sent=True),
    "missTransfer": _on_transfer(sent=True, reason="fell"),
    "cancelTransfer": _on_transfer(sent=False, reason="not needed"),
    "placeOrder": _order,
    "authorizePayment": lambda shop: shop.payment(shop.placed()),
    "capturePayment": lambda shop: shop.payment(shop.authorized()),
    "refundPayment": lambda shop: shop.payment(shop.paid()),
    "issueGiftCard": lambda _: {
        "code": f"rose-{uuid4()}",
        "amount": {"amount": "50", "currency": "EUR"},
    },
    "payWithGiftCard": _gift_card_payment,
    "voidPayment": lambda shop: {"paymentId": _authorized(shop)["id"]},
    "requestAuthorization": lambda shop: {
        **{k: v for k, v in shop.payment(shop.placed()).items() if k != "amount"},
    },
    "requestCapture": lambda shop: {"paymentId": _authorized(shop)["id"]},
    "requestRefund": lambda shop: {"paymentId": _captured(shop)["id"]},
    "requestVoid": lambda shop: {"paymentId": _authorized(shop)["id"]},
    "reportPaymentEvent": _reported,
    "decideContestedRefund": _contested,
    "holdOrder": _hold,
    "releaseOrder": _release,
    "revisePromise": _promise,
    "editOrder": _edit,
    "cancelOrder": lambda shop: {"orderId": shop.placed()["id"], "reason": "changed mind"},
    "dispatchShipment": lambda shop: {
        "shipmentId": shop.released()["shipments"][0]["id"],
        "carrier": "DHL",
    },
    "deliverShipment": lambda shop: {"shipmentId": shop.dispatched()["shipments"][0]["id"]},
    "requestReturn": _return_request,
    "receiveReturn": lambda shop: {
        "returnId": shop.returned()["returns"][0]["id"],
        "restock": True,
    },
    **catalogue.TWICE,
    **aftercare.TWICE,
    **network.TWICE,
    **warehouse.TWICE,
}
"""An input for each mutation that can take effect once, by its nature or by its version."""

IN_BATCHES = {"placeOrders", "reconcileStock", "mergeLocation", "relieveLocation", "sourceWave"}
"""Mutations of many commands or orders: see test_batches.py, test_stock_ledger.py, test_merging.py,
test_relieving.py and test_sourcing.py."""
