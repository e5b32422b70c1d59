"""Corrections through the API: nothing is edited, the history shows both."""

from __future__ import annotations

import pytest
from tests.api.running import JSON, Client
from tests.api.shop import ORDER, Shop

HISTORY = """query H($id: ID!) { order(id: $id, asOf: "2100-01-01T00:00:00Z") {
  history { sentence event { id type } corrects { id } correctedBy { id type } } } }"""
CORRECTION = "correction { type corrects { id } data sentence }"


def history(client: Client, order: JSON) -> list[JSON]:
    told: list[JSON] = client.ask(HISTORY, id=order["id"])["order"]["history"]
    return told


def test_a_payment_that_was_recorded_wrongly_stands_beside_what_counters_it(
    client: Client, shop: Shop
) -> None:
    order = shop.paid()
    client.done("refundPayment", ORDER, **shop.payment(order, reference="refund-1"))
    by_type = {one["event"]["type"]: one["event"]["id"] for one in history(client, order)}
    wrong, right = by_type["PaymentCaptured"], by_type["PaymentRefunded"]
    said = {"corrects": wrong, "correctedBy": right, "reason": "paid into another account"}
    done = client.done("recordCorrection", CORRECTION, **said)["correction"]
    assert (done["type"], done["corrects"]["id"]) == ("CorrectionRecorded", wrong)
    assert "paid into another account" in done["sentence"]
    told = history(client, order)
    of_wrong = next(one for one in told if one["event"]["id"] == wrong)
    assert of_wrong["correctedBy"] == [{"id": right, "type": "PaymentRefunded"}]
    assert told[-1]["event"]["type"] == "CorrectionRecorded"
    assert told[-1]["corrects"]["id"] == wrong
    assert [one["correctedBy"] for one in told if one is not of_wrong] == [[]] * (len(told) - 1)


def test_a_wrong_count_is_countered_and_linked_in_one_step(client: Client, shop: Shop) -> None:
    place = {"sku": shop.sku, "location": shop.location}
    item = client.done("receiveStock", "stockItem { id version }", **place, quantity=10)
    log = "query L($id: ID!) { eventLog(streamId: $id, last: 1) { nodes { id type } } }"
    [wrong] = client.ask(log, id=item["stockItem"]["id"])["eventLog"]["nodes"]
    again = {**place, "delta": -10, "reason": "booked twice", "corrects": wrong["id"]}
    done = client.done("adjustStock", "stockItem { onHand }", **again)
    assert done["stockItem"]["onHand"] == 100
    document = """{ eventLog(last: 1, types: ["CorrectionRecorded"]) {
      nodes { corrects { id type } data } } }"""
    [linked] = client.ask(document)["eventLog"]["nodes"]
    assert linked["corrects"] == wrong
    assert linked["data"]["corrected_by"].endswith("/3")


@pytest.mark.parametrize(
    ("corrects", "corrected_by", "field"),
    [
        ("3f0c0a7e-6b0e-5d5a-9f6b-6f6d732e6f72/1", None, "corrects"),
        ("nonsense", None, "corrects"),
        (None, "3f0c0a7e-6b0e-5d5a-9f6b-6f6d732e6f72/1", "correctedBy"),
        (None, "the first", "correctedBy"),
    ],
)
def test_what_is_not_there_or_not_later_corrects_nothing(
    client: Client, shop: Shop, corrects: str | None, corrected_by: str | None, field: str
) -> None:
    told = history(client, shop.placed())
    first, last = told[0]["event"]["id"], told[-1]["event"]["id"]
    right = first if corrected_by == "the first" else corrected_by
    said = {"corrects": corrects or last, "correctedBy": right, "reason": "odd"}
    answer = client.do("recordCorrection", CORRECTION, **said)
    [error] = answer["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", field])
    assert answer["correction"] is None
