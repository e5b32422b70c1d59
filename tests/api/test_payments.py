"""Payments through the API: providers that are asked, and what they tell."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop

FIELDS = """id version status method provider reference terms expiresAt
    authorized { amount currency } captured { amount } refunded { amount } chargedBack { amount }
    requests { id kind state amount { amount } reason transaction }
    chargebacks { case amount { amount } state reason }"""
PAYMENT = f"""payment {{ {FIELDS} }}
  order {{ id paymentStatus balanceDue {{ amount }} refundDue {{ amount }} }}"""
OF_ORDER = f"""query Q($id: ID!, $position: Position) {{
  order(id: $id, minPosition: $position) {{
    paymentStatus balanceDue {{ amount }} refundDue {{ amount }} shipments {{ id }}
    lines {{ id refunded {{ amount }} }} payments {{ {FIELDS} }} }} }}"""
WHOLE = "29.75"


def euros(amount: str) -> JSON:
    return {"amount": amount, "currency": "EUR"}


class Till:
    """One order, and the payment that it is paid with."""

    def __init__(self, shop: Shop, instructions: str = "", **changed: object) -> None:
        self.client = shop.client
        self.order = shop.placed()
        self.reference = f"{uuid4()} {instructions}".strip()
        asked = {
            "orderId": self.order["id"],
            "method": "card",
            "provider": "sandbox",
            "reference": self.reference,
        }
        done = self.client.done("requestAuthorization", PAYMENT, **asked | changed)
        self.id: str = done["payment"]["id"]
        self.position: str = done["position"]

    def now(self) -> JSON:
        asked = self.client.ask(OF_ORDER, id=self.order["id"], position=self.position)
        found: JSON = asked["order"]
        return found

    def when(self, kind: str, state: str) -> JSON:
        """Wait until the read tables show the last request of a kind in a state."""

        def found() -> JSON | None:
            order = self.now()
            for payment in order["payments"]:
                states = [r["state"] for r in payment["requests"] if r["kind"] == kind]
                if payment["id"] == self.id and states[-1:] == [state]:
                    return order
            return None

        eventually(found)
        [(last,)] = self.client.rows("SELECT max(position) FROM oms.events")
        self.position = str(last)  # the order's own tables may have been a moment behind
        return self.now()

    def ask(self, mutation: str, **given: object) -> JSON:
        done: JSON = self.client.done(mutation, PAYMENT, paymentId=self.id, **given)["payment"]
        return done

    def tell(self, kind: str, amount: str = WHOLE, **told: object) -> JSON:
        given = {
            "provider": "sandbox",
            "reference": self.reference,
            "eventId": str(uuid4()),
            "kind": kind,
            "amount": euros(amount),
        }
        done: JSON = self.client.done("reportPaymentEvent", PAYMENT, **given | told)
        return done


def test_a_sandbox_payment_from_the_request_to_the_refund(shop: Shop) -> None:
    till = Till(shop)
    [payment] = till.when("AUTHORIZATION", "SUCCEEDED")["payments"]
    assert (payment["status"], payment["authorized"]) == ("AUTHORIZED", euros(WHOLE))
    assert payment["requests"][0]["transaction"].startswith("sandbox ")
    asked = till.ask("requestCapture")
    assert asked["requests"][0]["state"] == "SUCCEEDED"
    order = till.when("CAPTURE", "SUCCEEDED")
    assert (order["paymentStatus"], order["balanceDue"]["amount"]) == ("PAID", "0.00")
    line = till.order["lines"][0]["id"]
    till.ask("requestRefund", lines=[{"lineId": line, "amount": euros("5")}])
    order = till.when("REFUND", "SUCCEEDED")
    assert order["payments"][0]["status"] == "PARTIALLY_REFUNDED"
    assert order["lines"][0]["refunded"]["amount"] == "5.00"
    node = "query N($id: ID!) { node(id: $id) { ... on Payment { id status } } }"
    assert till.client.ask(node, id=till.id)["node"] == {
        "id": till.id,
        "status": "PARTIALLY_REFUNDED",
    }


def test_a_declined_authorization_says_why_and_another_provider_may_pay(shop: Shop) -> None:
    till = Till(shop, "decline")
    order = till.when("AUTHORIZATION", "DECLINED")
    [request] = order["payments"][0]["requests"]
    assert request["reason"] == "The sandbox was told to decline."
    assert (order["paymentStatus"], order["payments"][0]["status"]) == ("UNPAID", "DECLINED")
    shop.client.done("authorizePayment", **shop.payment(till.order, reference=str(uuid4())))


def test_an_answer_that_is_delayed_arrives(shop: Shop) -> None:
    till = Till(shop, "delay")
    assert till.when("AUTHORIZATION", "SUCCEEDED")["paymentStatus"] == "AUTHORIZED"


def test_an_answer_that_comes_three_times_counts_once(shop: Shop) -> None:
    till = Till(shop, "twice-capture")
    till.when("AUTHORIZATION", "SUCCEEDED")
    till.ask("requestCapture", amount=euros("10"))
    told = "SELECT count(*) FROM oms.events WHERE topic = 'payments.ProviderReported.v2'"
    told += " AND body->>'report_id' LIKE %s || ' %%'"
    order = till.when("CAPTURE", "SUCCEEDED")
    [capture] = [r for r in order["payments"][0]["requests"] if r["kind"] == "CAPTURE"]
    id = capture["transaction"].removeprefix("sandbox ")
    eventually(lambda: till.client.rows(told, id) == [(2,)])
    assert till.tell("CAPTURED", "10", transaction=capture["transaction"])["payment"][
        "captured"
    ] == {"amount": "10.00"}


def test_goods_leave_on_account_and_the_money_is_collected_as_they_do(shop: Shop) -> None:
    till = Till(shop, terms="CAPTURE_ON_DISPATCH")
    order = eventually(lambda: (now := till.now())["shipments"] and now)
    assert order["paymentStatus"] == "AUTHORIZED"
    shop.client.done("dispatchShipment", shipmentId=order["shipments"][0]["id"], carrier="DHL")
    assert till.when("CAPTURE", "SUCCEEDED")["paymentStatus"] == "PAID"


def test_an_invoice_lets_goods_go_and_is_paid_when_that_is_reported(shop: Shop) -> None:
    till = Till(shop, provider="invoice", method="invoice")
    order = eventually(lambda: (now := till.now())["shipments"] and now)
    assert (order["payments"][0]["terms"], order["balanceDue"]["amount"]) == ("PAY_LATER", WHOLE)
    paid = till.tell("CAPTURED", provider="invoice")["order"]
    assert (paid["paymentStatus"], paid["balanceDue"]["amount"]) == ("PAID", "0.00")


def test_a_webhook_after_the_cancellation_gives_a_refund_due(shop: Shop) -> None:
    till = Till(shop)
    till.when("AUTHORIZATION", "SUCCEEDED")
    shop.client.done("cancelOrder", orderId=till.order["id"], reason="changed my mind")
    till.when("VOID", "SUCCEEDED")
    event = str(uuid4())
    told = [till.tell("CAPTURED", eventId=event, transaction="ch-1") for _ in range(3)]
    assert [each["order"]["refundDue"]["amount"] for each in told] == [WHOLE] * 3
    assert [each["payment"]["version"] for each in told] == [told[0]["payment"]["version"]] * 3
    till.ask("requestRefund")
    assert till.when("REFUND", "SUCCEEDED")["refundDue"]["amount"] == "0.00"


def test_a_refund_that_a_provider_tells_of_twice_is_found_without_knowing_the_order(
    shop: Shop,
) -> None:
    till = Till(shop)
    till.when("AUTHORIZATION", "SUCCEEDED")
    till.tell("CAPTURED")
    till.tell("REFUNDED", transaction="re-1")
    client, mine = shop.client, f'provider: ["sandbox"], reference: "{till.reference}"'
    told = {"eventId": str(uuid4()), "provider": "sandbox", "reference": till.reference}
    told |= {"kind": "REFUNDED", "amount": euros(WHOLE), "transaction": "re-2"}
    done = client.done("reportPaymentEvent", **told)

    def found(contested: str, position: str) -> list[JSON]:
        asked = f"""query Q($p: Position) {{
          payments(filter: {{{mine}, contested: {contested}}}, minPosition: $p) {{ nodes {{
            id order {{ number refundDue {{ amount }} }} contested {{ id state }} }} }} }}"""
        return list(client.ask(asked, p=position)["payments"]["nodes"])

    [payment] = found("true", done["position"])
    assert (payment["id"], payment["order"]["number"]) == (till.id, till.order["number"])
    [contested] = payment["contested"]
    given = {"paymentId": payment["id"], "requestId": contested["id"], "accept": False}
    decided = client.done("decideContestedRefund", "payment { order { number } }", **given)
    assert decided["payment"]["order"]["number"] == till.order["number"]
    assert found("true", decided["position"]) == []
    [payment] = found("false", decided["position"])
    assert payment["contested"] == [{"id": contested["id"], "state": "DISMISSED"}]


def test_what_is_set_aside_for_a_cancelled_order_is_let_go(shop: Shop) -> None:
    till = Till(shop)
    till.when("AUTHORIZATION", "SUCCEEDED")
    shop.client.done("cancelOrder", orderId=till.order["id"], reason="changed my mind")
    assert till.when("VOID", "SUCCEEDED")["payments"][0]["status"] == "VOIDED"


def test_a_chargeback_shows_until_it_is_won(shop: Shop) -> None:
    till = Till(shop)
    till.when("AUTHORIZATION", "SUCCEEDED")
    till.ask("requestCapture")
    till.when("CAPTURE", "SUCCEEDED")
    case = {"transaction": "dp-1", "reason": "Not received."}
    opened = till.tell("CHARGEBACK_OPENED", **case)
    assert opened["order"]["paymentStatus"] == "CHARGED_BACK"
    assert opened["payment"]["chargebacks"] == [
        {"case": "dp-1", "amount": {"amount": WHOLE}, "state": "OPEN", "reason": "Not received."}
    ]
    assert till.tell("CHARGEBACK_WON", **case)["order"]["paymentStatus"] == "PAID"


def test_a_provider_that_is_not_installed_is_refused_with_those_that_are(
    client: Client, shop: Shop
) -> None:
    given = {"orderId": shop.placed()["id"], "method": "card", "reference": "r"}
    error = client.refused("requestAuthorization", provider="strype", **given)
    assert (error["code"], error["reason"]) == ("INVALID", "UNKNOWN_PROVIDER")
    assert "Installed are" in error["message"]
    assert "sandbox" in error["message"]
    assert error["field"] == ["input", "provider"]


@pytest.mark.parametrize("field", ["reference", "method"])
def test_a_card_number_is_no_reference(client: Client, shop: Shop, field: str) -> None:
    given = {"orderId": shop.placed()["id"], "method": "card", "reference": "r"}
    wrong = given | {field: "4111 1111 1111 1111"}
    error = client.refused("requestAuthorization", provider="sandbox", **wrong)
    assert error["field"] == ["input", field]
    assert "4111" not in error["message"]


def test_an_unknown_reference_is_refused_until_its_order_is_named(
    client: Client, shop: Shop
) -> None:
    told = {
        "provider": "bank",
        "reference": str(uuid4()),
        "eventId": "e-1",
        "kind": "CAPTURED",
        "amount": euros(WHOLE),
    }
    assert client.refused("reportPaymentEvent", **told)["code"] == "NOT_FOUND"
    order = shop.placed()
    done = client.done("reportPaymentEvent", PAYMENT, orderId=order["id"], **told)
    assert done["order"]["paymentStatus"] == "PAID"
    assert done["payment"]["method"] == "bank"


def test_the_past_shows_payments_as_they_were(shop: Shop) -> None:
    till = Till(shop)
    till.when("AUTHORIZATION", "SUCCEEDED")
    document = "query Q($id: ID!) { order(id: $id, version: 3) { payments { status } } }"
    asked = till.client.ask(document, id=till.order["id"])["order"]
    assert asked["payments"] == [{"status": "PENDING"}]


def test_a_gift_card_pays_and_takes_the_refund_and_shows_its_code_nowhere(shop: Shop) -> None:
    client, order, code = shop.client, shop.placed(), f"Rosen-{uuid4().hex}"
    wanted = "giftCard { id last4 amount { amount } balance { amount } expiresAt }"
    card = client.done("issueGiftCard", wanted, code=code, amount=euros("50"))["giftCard"]
    assert (card["last4"], card["balance"]["amount"]) == (code[-4:], "50.00")
    done = client.done("payWithGiftCard", PAYMENT, orderId=order["id"], code=code.upper())
    assert done["order"]["paymentStatus"] == "PAID"
    payment = done["payment"]
    assert (payment["method"], payment["captured"]["amount"]) == ("gift_card", WHOLE)
    done = client.done("requestRefund", PAYMENT, paymentId=payment["id"], amount=euros("9.75"))
    assert done["payment"]["refunded"]["amount"] == "9.75"
    document = """query Q($code: String!, $position: Position) {
      giftCard(code: $code, minPosition: $position) { id balance { amount currency } } }"""
    found = client.ask(document, code=code, position=done["position"])["giftCard"]
    assert found == {"id": card["id"], "balance": euros("30.00")}
    node = client.ask("query N($id: ID!) { node(id: $id) { id __typename } }", id=card["id"])
    assert node["node"] == {"id": card["id"], "__typename": "GiftCard"}
    stored = "SELECT count(*) FROM oms.events WHERE body::text ILIKE '%%' || %s || '%%'"
    assert client.rows(stored, code) == [(0,)]
    assert client.rows(
        "SELECT count(*) FROM read.gift_cards g WHERE g::text ILIKE %s", f"%{code}%"
    ) == [(0,)]
