"""Payment policies of channels through the API: what is collected by itself, and on which terms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop
from tests.api.test_timers import move_clock, moved

__all__ = ["moved"]

POLICY = """channel { payments {
  terms captureWhenAuthorized captureBeforeLapse captureAhead } }"""
ORDER = """query Q($id: ID!) { order(id: $id) { paymentStatus
  payments { terms status captured { amount } requests { kind state amount { amount } } } } }"""


def channel(client: Client, **policy: object) -> str:
    code = f"C-{uuid4().hex[:12]}"
    done = client.done("configureChannel", POLICY, code=code, payments=policy)
    usual = {"terms": None, "captureWhenAuthorized": False, "captureBeforeLapse": "NONE"}
    assert done["channel"]["payments"] == usual | {"captureAhead": "P1D"} | policy
    query = "query C($c: String!, $p: Position) { channel(code: $c, minPosition: $p) %s }"
    asked = client.ask(query % POLICY.removeprefix("channel "), c=code, p=done["position"])
    assert asked["channel"] == done["channel"]
    return code


def asked(shop: Shop, code: str, instructions: str = "") -> JSON:
    order = shop.placed(channel=code)
    shop.client.done(
        "requestAuthorization",
        orderId=order["id"],
        method="card",
        provider="sandbox",
        reference=f"{uuid4()} {instructions}".strip(),
    )
    return order


def captured(shop: Shop, order: JSON) -> JSON:
    """Wait until all of an order is collected; gives its payment."""

    def found() -> JSON | None:
        now: JSON | None = shop.client.ask(ORDER, id=order["id"])["order"]
        return now["payments"][0] if now and now["paymentStatus"] == "PAID" else None

    payment: JSON = eventually(found)
    return payment


def test_prepaid_orders_are_collected_as_soon_as_they_are_authorized(shop: Shop) -> None:
    code = channel(shop.client, captureWhenAuthorized=True)
    kinds = [request["kind"] for request in captured(shop, asked(shop, code))["requests"]]
    assert kinds == ["AUTHORIZATION", "CAPTURE"]


def test_an_authorization_is_collected_before_it_lapses(moved: Client, shop: Shop) -> None:
    code = channel(moved, terms="PAY_LATER", captureBeforeLapse="ALL", captureAhead="P1DT12H")
    lapses = datetime.now(UTC) + timedelta(days=9)
    order = asked(shop, code, f"expires-{lapses.date()}")
    eventually(lambda: moved.rows("SELECT FROM oms.timers WHERE name = 'capture'"))
    move_clock(moved, "7 days")

    def authorized() -> JSON | None:
        now: JSON | None = moved.ask(ORDER, id=order["id"])["order"]
        return now if now and now["paymentStatus"] != "UNPAID" else None

    now = eventually(authorized)
    assert (now["paymentStatus"], len(now["payments"][0]["requests"])) == ("AUTHORIZED", 1)
    move_clock(moved, "8 days")
    payment = captured(shop, order)
    assert (payment["terms"], payment["status"]) == ("PAY_LATER", "CAPTURED")
    assert payment["captured"] == {"amount": "29.75"}


def test_a_policy_that_makes_no_sense_is_refused(client: Client) -> None:
    refusal = client.refused("configureChannel", code="x", payments={"captureAhead": "PT1S"})
    assert refusal["field"] == ["input", "payments", "captureAhead"]


def test_an_event_of_a_provider_can_not_be_about_two_payments(shop: Shop) -> None:
    order = shop.placed()
    told = {
        "provider": "acme",
        "eventId": str(uuid4()),
        "kind": "CAPTURED",
        "amount": {"amount": "5.00", "currency": "EUR"},
        "orderId": order["id"],
    }
    shop.client.done("reportPaymentEvent", reference=str(uuid4()), **told)
    refusal = shop.client.refused("reportPaymentEvent", reference=str(uuid4()), **told)
    assert (refusal["code"], refusal["reason"]) == ("INVALID", "EVENT_OF_OTHER_PAYMENT")
    assert refusal["field"] == ["input", "eventId"]
