"""Every coarse code of a refusal, as a client sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.api.running import JSON, Client, token
from tests.api.shop import ADDRESS, ORDER, Shop


def told(error: JSON) -> tuple[Any, ...]:
    return error["code"], error["reason"], error["field"]


def test_not_found(client: Client, shop: Shop) -> None:
    error = client.refused("placeOrder", **shop.order(lines=[{"sku": "none", "quantity": 1}]))
    field = ["input", "lines", "0", "sku"]
    assert told(error) == ("NOT_FOUND", "NO_SUCH_PRODUCT", field)
    unknown = "00000000-0000-4000-8000-000000000000"
    error = client.refused("holdOrder", orderId=unknown, reason="?")
    assert told(error) == ("NOT_FOUND", "NO_SUCH_ORDER", None)


def test_insufficient_stock(client: Client, shop: Shop) -> None:
    error = client.refused("placeOrder", **shop.order(101))
    field = ["input", "lines", "0", "quantity"]
    assert told(error) == ("INSUFFICIENT_STOCK", "INSUFFICIENT_STOCK", field)
    assert error["message"].startswith(f"{shop.sku}: 101 wanted, 100 available.")
    stock = {"sku": shop.sku, "location": shop.location}
    error = client.refused("adjustStock", delta=-101, reason="count", **stock)
    assert told(error)[:2] == ("INSUFFICIENT_STOCK", "NOTHING_TO_TAKE_AWAY")


def test_payment_exceeded(client: Client, shop: Shop) -> None:
    order = shop.placed()
    client.done("authorizePayment", **shop.payment(order, "10.00"))
    error = client.refused("capturePayment", **shop.payment(order, "10.01"))
    assert told(error) == (
        "PAYMENT_EXCEEDED",
        "CAPTURE_EXCEEDS_AUTHORIZATION",
        ["input", "amount"],
    )


def test_not_allowed_in_state(client: Client, shop: Shop) -> None:
    order = shop.placed()
    error = client.refused("releaseOrder", orderId=order["id"], reason="?")
    assert told(error) == ("NOT_ALLOWED_IN_STATE", "ORDER_NOT_ON_HOLD", None)


def test_version_conflict(client: Client, shop: Shop) -> None:
    order = shop.placed()
    stale = {"orderId": order["id"], "reason": "?", "expectedVersion": order["version"] - 1}
    error = client.refused("holdOrder", **stale)
    field = ["input", "expectedVersion"]
    assert told(error) == ("VERSION_CONFLICT", "VERSION_CONFLICT", field)
    assert f"version {order['version']} now" in error["message"]


def test_idempotency_conflict(client: Client, shop: Shop) -> None:
    shop.placed(1, idempotencyKey=shop.sku)
    error = client.refused("placeOrder", **shop.order(2, idempotencyKey=shop.sku))
    field = ["input", "idempotencyKey"]
    assert told(error) == ("IDEMPOTENCY_CONFLICT", "IDEMPOTENCY_CONFLICT", field)


def test_idempotency_key_expired(client: Client, shop: Shop) -> None:
    """Of whoever sent it: with the same key, somebody else begins anew."""
    shop.placed(1, idempotencyKey=shop.sku)
    older = b"UPDATE oms.command_keys SET recorded_at = recorded_at - interval '31 days'"
    options = "-c session_replication_role=replica"  # the table takes no changes otherwise
    with psycopg.connect(client.database_url, options=options) as owner:
        owner.execute(older + b" WHERE key = %s", (shop.sku,))
    given = shop.order(1, idempotencyKey=shop.sku)
    error = client.refused("placeOrder", **given)
    field = ["input", "idempotencyKey"]
    assert told(error) == ("IDEMPOTENCY_KEY_EXPIRED", "IDEMPOTENCY_KEY_EXPIRED", field)
    client.done("placeOrder", **given | {"idempotencyKey": f"{shop.sku} again"})
    document = "mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { replayed } }"
    grace = {"Authorization": f"Bearer {token(subject='grace')}"}
    assert not client.ask(document, grace, input=given)["placeOrder"]["replayed"]


def test_currency_mismatch(client: Client, shop: Shop) -> None:
    error = client.refused("placeOrder", **shop.order(currency="USD"))
    field = ["input", "lines", "0", "unitPrice"]
    assert told(error) == ("CURRENCY_MISMATCH", "NO_PRICE_VALID", field)


def test_already_exists(client: Client, shop: Shop) -> None:
    error = client.refused("registerLocation", code=shop.location, name="Again", country="DE")
    field = ["input", "code"]
    assert told(error) == ("ALREADY_EXISTS", "LOCATION_ALREADY_REGISTERED", field)


def test_each_wrong_field_is_named(client: Client, shop: Shop) -> None:
    wrong = shop.order(
        0,
        currency="EURO",
        customer={"reference": " ", "email": "ada"},
        shippingAddress=ADDRESS | {"country": "XX", "street": "x" * 201},
        discount={"amount": "1.234", "currency": "EUR"},
        number="a\tb",
    )
    payload = client.do("placeOrder", ORDER, **wrong)
    assert payload["order"] is None
    fields = {".".join(error["field"]) for error in payload["userErrors"]}
    assert fields == {
        "input.currency",
        "input.customer.reference",
        "input.customer.email",
        "input.shippingAddress.country",
        "input.shippingAddress.street",
        "input.lines.0.quantity",
        "input.discount",
    }
    for error in payload["userErrors"]:
        assert error["code"] == "INVALID"
        assert error["message"].startswith("`")
        assert "pydantic" not in error["message"]


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"orderId": "nonsense"}, "orderId", "NOT_AN_ID"),
        ({"orderId": "U2hpcG1lbnQ6eA"}, "orderId", "NOT_AN_ID"),
        ({"idempotencyKey": ""}, "idempotencyKey", "UNUSABLE_KEY"),
        ({"idempotencyKey": "k" * 256}, "idempotencyKey", "UNUSABLE_KEY"),
        (
            {"occurredAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()},
            "occurredAt",
            "IN_THE_FUTURE",
        ),
    ],
)
def test_what_the_api_itself_refuses(
    client: Client, shop: Shop, changed: JSON, field: str, reason: str
) -> None:
    given = {"orderId": shop.placed()["id"], "reason": "?"} | changed
    assert told(client.refused("holdOrder", **given)) == ("INVALID", reason, ["input", field])


def test_a_caller_whose_clock_is_a_little_ahead_is_served(client: Client, shop: Shop) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    client.done("holdOrder", orderId=shop.placed()["id"], reason="?", occurredAt=soon)


def test_a_fault_in_one_mutation_does_not_hide_the_other(client: Client, shop: Shop) -> None:
    order = shop.placed()
    hold = f'holdOrder(input: {{orderId: "{order["id"]}", reason: "?"}})'
    result = client.ask(f"mutation {{ a: {hold} {{ {ORDER} }} b: {hold} {{ {ORDER} }} }}")
    assert result["a"]["order"]["status"] == "ON_HOLD"
    assert result["b"]["order"]["version"] == result["a"]["order"]["version"] + 1
