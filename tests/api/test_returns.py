"""Returns through the API: what a service desk does, and what it sees before and after."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.aftercare import all_of_it, exchange, of_return, received, requested
from tests.api.running import JSON, Client, eventually, reached
from tests.api.shop import Shop

RETURN = """return { id version status reason needsApproval decision carrier trackingNumber
  lines { lineId sku quantity reason comment outstanding received kept credited }
  received { lineId sku quantity location condition }
  resolutions { lines { lineId quantity amount { amount currency } tax { amount } }
    shipping { amount } fee { amount } amount { amount } carriedOver { amount }
    replacement { number paymentStatus exchangeCredit { amount } links { kind number } } } }
order { credited { amount } exchangeCredit { amount } total { amount } paymentStatus
  lines { returned credited { amount } } links { kind number } }"""
BY_ID = f"""query Q($id: ID!) {{ node(id: $id) {{
  ... on Return {RETURN.split("order {", maxsplit=1)[0].removeprefix("return")} }} }}"""


def euros(amount: str) -> JSON:
    return {"amount": amount, "currency": "EUR"}


def strict(client: Client, **policy: Any) -> str:
    """Configure a channel of its own with a policy for returns; give its code."""
    code = f"CH-{uuid4().hex}"
    done = client.done(
        "configureChannel",
        "channel { returns { needsApproval feePercent feeAmount { amount } } }",
        code=code,
        returns=policy,
    )
    assert done["channel"]["returns"]["needsApproval"] == policy.get("needsApproval", False)
    return code


def test_a_return_from_request_to_refund(client: Client, shop: Shop) -> None:
    code = strict(client, needsApproval=True, feePercent="10")
    order = shop.returned(channel=code)
    line = order["lines"][0]["id"]
    error = client.refused("receiveReturnItems", **all_of_it(order, "RESTOCKED"))
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "RETURN_NOT_APPROVED")
    client.done("approveReturn", **of_return(order, note="fine"))
    client.done("recordReturnLabel", **of_return(order, carrier="DHL", labelReference="L-1"))
    sent = client.done("recordReturnSent", RETURN, **of_return(order, trackingNumber="00340"))
    seen = sent["return"]
    assert (seen["status"], seen["decision"]) == ("IN_TRANSIT", "fine")
    assert (seen["carrier"], seen["trackingNumber"]) == ("DHL", "00340")
    part = [{"lineId": line, "quantity": 1, "condition": "QUARANTINED"}]
    client.done("receiveReturnItems", **of_return(order, lines=part))
    looked = [{"lineId": line, "quantity": 1, "condition": "RESTOCKED"}]
    seen = client.done("inspectReturn", RETURN, **of_return(order, lines=looked))["return"]
    assert seen["status"] == "PARTIALLY_RECEIVED"
    units = {"lineId": line, "sku": shop.sku, "quantity": 1}
    where = {"location": shop.location, "condition": "RESTOCKED"}
    assert seen["received"] == [units | where]
    done = client.done("refundReturn", RETURN, **of_return(order, outstanding="KEEP"))
    [resolved] = done["return"]["resolutions"]
    assert resolved["fee"] == {"amount": "2.98"}  # a tenth of 29.75
    assert resolved["amount"] == done["order"]["credited"] == {"amount": "26.77"}
    assert resolved["lines"] == [
        {"lineId": line, "quantity": 2, "amount": euros("29.75"), "tax": {"amount": "4.75"}}
    ]
    assert done["order"]["lines"] == [{"returned": 1, "credited": {"amount": "29.75"}}]
    [told] = done["return"]["lines"]
    assert (told["outstanding"], told["received"], told["kept"], told["credited"]) == (0, 1, 1, 2)
    read = client.ask(BY_ID, reached(done), id=done["return"]["id"])["node"]
    assert read == done["return"]
    client.done("refundPayment", **shop.payment(order, "26.77"))
    closed = client.done("closeReturn", RETURN, **of_return(order))
    assert closed["return"]["status"] == "CLOSED"


def test_reasons_per_line_are_kept(client: Client, shop: Shop) -> None:
    order = shop.delivered()
    line = order["lines"][0]["id"]
    done = client.done(
        "requestReturn",
        RETURN,
        orderId=order["id"],
        lines=[{"lineId": line, "quantity": 1}],
        reason="see lines",
        reasons=[{"lineId": line, "reason": "DEFECTIVE", "comment": "leaks"}],
    )
    [told] = done["return"]["lines"]
    assert (told["reason"], told["comment"]) == ("DEFECTIVE", "leaks")


def test_an_exchange_shows_on_both_orders(client: Client, shop: Shop) -> None:
    order = received(shop, "RESTOCKED")
    number = f"X-{uuid4().hex}"
    error = client.refused(
        "exchangeReturn",
        **of_return(order, replacement={"lines": [{"sku": "none", "quantity": 1}]}),
    )
    assert error["field"] == ["input", "replacement", "lines", "0", "sku"]
    done = client.done("exchangeReturn", RETURN, **exchange(shop, order, number=number))
    [resolved] = done["return"]["resolutions"]
    assert (resolved["amount"], resolved["carriedOver"]) == (
        {"amount": "29.75"},
        {"amount": "14.88"},
    )
    assert resolved["replacement"] == {
        "number": number,
        "paymentStatus": "PAID",
        "exchangeCredit": {"amount": "14.88"},
        "links": [{"kind": "EXCHANGE_FOR", "number": order["number"]}],
    }
    assert done["order"]["exchangeCredit"] == {"amount": "-14.88"}
    assert done["order"]["links"] == [{"kind": "EXCHANGED_FOR", "number": number}]
    error = client.refused("refundPayment", **shop.payment(order, "14.88"))
    assert (error["code"], error["reason"]) == ("PAYMENT_EXCEEDED", "CREDIT_WAS_CARRIED_OVER")
    client.done("refundPayment", **shop.payment(order, "14.87"))
    document = """query Q($n: String!) { order(number: $n) {
      shipments { status } links { order { number } } } }"""
    sent = eventually(
        lambda: (o := client.ask(document, n=number)["order"]) and o["shipments"] and o
    )
    assert sent == {
        "shipments": [{"status": "PENDING"}],
        "links": [{"order": {"number": order["number"]}}],
    }


def test_a_cancelled_replacement_gives_the_credit_back(client: Client, shop: Shop) -> None:
    order = received(shop, "RESTOCKED")
    number = f"X-{uuid4().hex}"
    client.done("exchangeReturn", **exchange(shop, order, number=number))
    found = eventually(
        lambda: client.ask("query Q($n: String!) { order(number: $n) { id } }", n=number)["order"]
    )
    client.done("cancelOrder", orderId=found["id"], reason="changed my mind")
    document = "query Q($id: ID!) { order(id: $id) { exchangeCredit { amount } } }"

    def credit() -> str:
        return str(client.ask(document, id=order["id"])["order"]["exchangeCredit"]["amount"])

    assert eventually(lambda: credit() == "0.00")
    client.done("refundPayment", **shop.payment(order, "29.75"))


def test_what_is_given_up_is_refused_afterwards(client: Client, shop: Shop) -> None:
    order = requested(shop)
    client.done("cancelReturn", **of_return(order, reason="likes it now"))
    error = client.refused("refundReturn", **of_return(order))
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "RETURN_IS_OVER")
    error = client.refused("inspectReturn", **all_of_it(order, "QUARANTINED"))
    assert error["field"] == ["input", "lines", "0"]
