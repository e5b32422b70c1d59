"""Claims through the API: a missing mug is refunded, a broken one sent again."""

from __future__ import annotations

from tests.api.aftercare import claimed
from tests.api.running import Client, reached
from tests.api.shop import Shop

CLAIM = """claim { id status description lines { sku quantity problem comment }
  decision { resolution reason amount { amount } carriedOver { amount }
    lines { quantity amount { amount } } replacement { total { amount } paymentStatus } } }
order { credited { amount } claims { id status } links { kind } }"""


def test_a_missing_mug_is_refunded(client: Client, shop: Shop) -> None:
    given = claimed(shop)
    opened = client.done("openClaim", CLAIM, **given, description="the box was open")
    assert opened["claim"]["status"] == "OPEN"
    assert opened["order"]["claims"] == [{"id": opened["claim"]["id"], "status": "OPEN"}]
    error = client.refused("openClaim", **given)
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "TOO_FEW_UNITS_TO_RETURN")
    claim = {"claimId": opened["claim"]["id"]}
    done = client.done("resolveClaim", CLAIM, **claim, resolution="REFUND", reason="lost")
    assert done["claim"]["decision"] == {
        "resolution": "REFUND",
        "reason": "lost",
        "amount": {"amount": "29.75"},
        "carriedOver": {"amount": "0.00"},
        "lines": [{"quantity": 2, "amount": {"amount": "29.75"}}],
        "replacement": None,
    }
    assert done["order"]["credited"] == {"amount": "29.75"}
    document = f"""query Q($id: ID!) {{ node(id: $id) {{
      ... on Claim {CLAIM.split("order {", maxsplit=1)[0].removeprefix("claim")} }} }}"""
    read = client.ask(document, reached(done), id=done["claim"]["id"])["node"]
    assert read == done["claim"]
    error = client.refused("resolveClaim", **claim, resolution="REJECT")
    assert error["reason"] == "CLAIM_ALREADY_RESOLVED"


def test_a_broken_mug_is_sent_again(client: Client, shop: Shop) -> None:
    opened = client.done("openClaim", CLAIM, **claimed(shop))
    claim = {"claimId": opened["claim"]["id"]}
    done = client.done("resolveClaim", CLAIM, **claim, resolution="REPLACE")
    decision = done["claim"]["decision"]
    assert decision["replacement"] == {"total": {"amount": "29.75"}, "paymentStatus": "PAID"}
    assert decision["amount"] == decision["carriedOver"] == {"amount": "29.75"}
    assert done["order"]["links"] == [{"kind": "REPLACED_BY"}]


def test_a_broken_mug_comes_back_first(client: Client, shop: Shop) -> None:
    given = claimed(shop)
    missing = client.done("openClaim", CLAIM, **given)["claim"]["id"]
    error = client.refused("resolveClaim", claimId=missing, resolution="TAKE_BACK")
    assert (error["code"], error["reason"]) == ("INVALID", "MISSING_GOODS_STAY_AWAY")
    client.done("resolveClaim", CLAIM, claimId=missing, resolution="REJECT")
    given["lines"] = [line | {"problem": "DAMAGED"} for line in given["lines"]]
    claim = client.done("openClaim", CLAIM, **given)["claim"]["id"]
    back = "claim { status decision { goodsReturn { id lines { quantity reason } } } }"
    done = client.done("resolveClaim", back, claimId=claim, resolution="TAKE_BACK")["claim"]
    assert done["status"] == "TAKEN_BACK"
    coming = done["decision"]["goodsReturn"]
    assert coming["lines"] == [{"quantity": 2, "reason": "DAMAGED"}]
    client.done("receiveReturn", returnId=coming["id"], restock=False)
    paid = client.done("refundReturn", "order { credited { amount } }", returnId=coming["id"])
    assert paid["order"]["credited"] == {"amount": "29.75"}
