"""Editing an order through the API: the preview tells exactly what the edit then does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, eventually, reached
from tests.api.shop import ADDRESS, Shop

ORDER = """order {
  version status paymentStatus subtotal { amount } discount { amount } tax { amount }
  shippingPrice { amount } shippingMethod total { amount } captured { amount }
  shippingAddress { city } billingAddress { city }
  lines { sku quantity reserved backordered unitPrice { amount } total { amount } }
  shipments { status lines { quantity } }
}"""
PREVIEW = f"""query Preview($input: EditOrderInput!) {{ previewOrderEdit(input: $input) {{
  difference {{ amount }} owed {{ amount }} toRefund {{ amount currency }}
  stock {{ sku location reserved }} userErrors {{ code reason field message }} {ORDER} }} }}"""


STOCK = """query Stock($sku: String!, $location: String!, $p: Position) {
  stockItem(sku: $sku, location: $location, minPosition: $p) { reserved } }"""


def euros(amount: str) -> JSON:
    return {"amount": amount, "currency": "EUR"}


def preview(client: Client, **given: Any) -> JSON:
    found: JSON = client.ask(PREVIEW, input=given)["previewOrderEdit"]
    return found


def change(order: JSON, quantity: int, **more: Any) -> JSON:
    """Give the input that changes the quantity of the order's line."""
    lines = [{"lineId": order["lines"][0]["id"], "quantity": quantity}]
    return {"orderId": order["id"], "lines": lines, **more}


def test_the_preview_is_what_the_edit_does(client: Client, shop: Shop) -> None:
    order = shop.released()  # two mugs, 29.75
    given = change(
        order,
        1,
        addLines=[{"sku": shop.sku, "quantity": 3, "unitPrice": euros("5")}],
        shippingAddress=ADDRESS | {"city": "Kiel"},
        shippingMethod="express",
        shippingPrice=euros("4.90"),
        expectedVersion=order["version"],
    )
    seen = preview(client, **given)
    assert (seen["difference"], seen["owed"]) == ({"amount": "7.88"}, {"amount": "7.88"})
    assert seen["toRefund"] == {"amount": "0.00", "currency": "EUR"}
    assert seen["stock"] == [{"sku": shop.sku, "location": shop.location, "reserved": 2}]
    assert seen["order"]["total"] == {"amount": "37.63"}
    assert preview(client, **given) == seen  # nothing was changed
    done = client.done("editOrder", ORDER, **given)
    assert done["order"] == seen["order"]
    assert done["order"]["paymentStatus"] == "PARTIALLY_PAID"
    document = f"query Q($id: ID!, $p: Position) {{ order(id: $id, minPosition: $p) {ORDER[6:]} }}"
    assert client.ask(document, id=order["id"], p=done["position"])["order"] == done["order"]
    found = client.ask(STOCK, sku=shop.sku, location=shop.location, p=done["position"])
    assert found["stockItem"]["reserved"] == 4


def test_what_is_captured_too_much_is_to_be_refunded(client: Client, shop: Shop) -> None:
    order = shop.released()
    seen = preview(client, **change(order, 1))
    assert (seen["difference"]["amount"], seen["owed"]["amount"]) == ("-14.87", "0.00")
    assert seen["toRefund"]["amount"] == "14.87"
    assert seen["order"]["shipments"][0]["lines"] == [{"quantity": 1}]
    done = client.done("editOrder", ORDER, **change(order, 1))
    assert done["order"]["shipments"] == seen["order"]["shipments"]


def test_a_preview_is_refused_as_the_edit_is(client: Client, shop: Shop) -> None:
    order = shop.dispatched()
    for given, reason, field in (
        (change(order, 1), "SHIPPED_UNITS_STAY", ["input", "lines", "0", "quantity"]),
        (change(order, 500), "INSUFFICIENT_STOCK", ["input", "lines", "0", "quantity"]),
        (change(order, 3, expectedVersion=1), "VERSION_CONFLICT", ["input", "expectedVersion"]),
        (change(order, -1), "INVALID_FIELD", ["input", "lines", "0", "quantity"]),
        (
            {"orderId": order["id"], "addLines": [{"sku": "none", "quantity": 1}]},
            "NO_SUCH_PRODUCT",
            ["input", "addLines", "0", "sku"],
        ),
    ):
        error = client.refused("editOrder", **given)
        assert (error["reason"], error["field"]) == (reason, field)
        seen = preview(client, **given)
        assert (seen["order"], seen["stock"], seen["owed"]) == (None, [], None)
        [told] = seen["userErrors"]
        assert told == error


def test_added_units_are_sent_when_they_are_paid(client: Client, shop: Shop) -> None:
    order = shop.released()
    client.done("editOrder", **change(order, 3))
    more = shop.payment(order, "14.88", reference=f"more-{order['number']}")
    client.done("authorizePayment", **more)
    client.done("capturePayment", **more)
    document = "query Q($id: ID!) { order(id: $id) { shipments { lines { quantity } } } }"

    def shipments() -> Any:
        return client.ask(document, id=order["id"])["order"]["shipments"]

    assert eventually(lambda: len(shipments()) == 2)
    assert [s["lines"] for s in shipments()] == [[{"quantity": 2}], [{"quantity": 1}]]


def test_the_last_units_move_from_one_line_to_another(client: Client) -> None:
    """Freed and promised again in one statement: the database's own check sees it that way too."""
    shop = Shop(client, stock=2)
    order = shop.placed(2)
    given = change(order, 1, addLines=[{"sku": shop.sku, "quantity": 1}])
    done = client.done("editOrder", ORDER, **given)
    assert [line["reserved"] for line in done["order"]["lines"]] == [1, 1]
    assert preview(client, **given)["userErrors"][0]["reason"] == "INSUFFICIENT_STOCK"


def test_a_wrong_address_of_a_customer_is_put_right_and_found(client: Client, shop: Shop) -> None:
    order, right = shop.placed(), f"{uuid4().hex}@example.org"
    given = {"orderId": order["id"], "contact": {"email": right, "vatId": "DE136695976"}}
    found = "order { customer { reference email name } total { amount } }"
    changed = client.done("editOrder", found, **given)
    assert changed["order"]["customer"] == {
        "reference": "C-1",
        "email": right,
        "name": "Ada Muster",
    }
    assert changed["order"]["total"]["amount"] == order["total"]["amount"]
    asked = f'{{ orders(filter: {{search: "{right}"}}) {{ nodes {{ id }} }} }}'
    assert client.ask(asked, reached(changed))["orders"]["nodes"] == [{"id": order["id"]}]
    given["contact"] = {"email": "not an address"}
    error = client.refused("editOrder", **given)
    assert (error["code"], error["field"]) == ("INVALID", ["input", "contact", "email"])
    card = {"name": "4111 1111 1111 1111"}
    assert "4111" not in client.refused("editOrder", orderId=order["id"], contact=card)["message"]
