"""The ledger explains every figure; counts are compared with it, and booked when asked to."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually, oms, token
from tests.api.shop import Shop

LEDGER = """query L($sku: String!, $location: String, $first: Int, $after: String,
    $last: Int, $position: Position) {
  stockLedger(sku: $sku, location: $location, first: $first, after: $after, last: $last,
      minPosition: $position) {
    nodes { type quantity qualityHold damaged balance reason reference }
    pageInfo { endCursor hasNextPage } } }"""
RECONCILE = """mutation R($input: ReconcileStockInput!) { reconcileStock(input: $input) {
  position userErrors { code reason field }
  results { sku location onHand counted delta booked userErrors { code reason field } } } }"""


def reconciled(client: Client, **given: object) -> JSON:
    return dict(client.ask(RECONCILE, input=given)["reconcileStock"])


def on_hand(shop: Shop) -> int:
    document = """query S($sku: String!, $location: String!) {
      stockItem(sku: $sku, location: $location, asOf: "2100-01-01T00:00:00Z") { onHand } }"""
    found = shop.client.ask(document, sku=shop.sku, location=shop.location)
    return int(found["stockItem"]["onHand"])


def test_the_ledger_tells_every_movement_and_the_balance_after_it(shop: Shop) -> None:
    place = {"sku": shop.sku, "location": shop.location}
    shop.dispatched()
    wet = {"reason": "wet", "reference": "R-1"}
    shop.client.done(
        "changeStockCondition", **place, quantity=3, before="AVAILABLE", after="DAMAGED", **wet
    )
    shop.client.done("scrapStock", **place, quantity=2, **wet)
    done = shop.client.done("countStock", **place, counted=90, reason="inventory")
    asked = {**place, "position": done["position"]}
    nodes = shop.client.ask(LEDGER, **asked)["stockLedger"]["nodes"]
    shipment = nodes[1].pop("reference")
    assert shipment.count("-") == 4
    keys = ("type", "quantity", "qualityHold", "damaged", "balance", "reason", "reference")
    assert [tuple(node.get(key) for key in keys) for node in nodes] == [
        ("StockReceived", 100, 0, 0, 100, None, None),
        ("StockShipped", -2, 0, 0, 98, None, None),
        ("StockConditionChanged", 0, 0, 3, 98, "wet", "R-1"),
        ("StockScrapped", -2, 0, -2, 96, "wet", "R-1"),
        ("StockCounted", -6, 0, 0, 90, "inventory", None),
    ]
    assert sum(node["quantity"] for node in nodes) == 90 == on_hand(shop)
    first = shop.client.ask(LEDGER, **asked, first=2)["stockLedger"]
    assert [node["balance"] for node in first["nodes"]] == [100, 98]
    after = first["pageInfo"]["endCursor"]
    rest = shop.client.ask(LEDGER, sku=shop.sku, after=after)["stockLedger"]
    assert [node["balance"] for node in rest["nodes"]] == [98, 96, 90]
    last = shop.client.ask(LEDGER, sku=shop.sku, last=1)["stockLedger"]
    assert [node["balance"] for node in last["nodes"]] == [90]


def test_differences_are_listed_and_booked_only_when_asked(client: Client, shop: Shop) -> None:
    stocked = client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=1)
    client.ask(LEDGER, sku=shop.sku, position=stocked["position"])
    counts = [
        {"sku": shop.sku, "location": shop.location, "counted": 98, "expectedOnHand": 101},
        {"sku": "NOTHING", "location": shop.location, "counted": 1},
    ]
    listed = reconciled(client, counts=counts)
    assert listed["position"] is None
    assert [(r["onHand"], r["delta"], r["booked"]) for r in listed["results"]] == [
        (101, -3, False),
        (0, 1, False),
    ]
    assert on_hand(shop) == 101
    given = {"counts": counts, "book": True, "reference": "list 9", "idempotencyKey": str(uuid4())}
    booked = reconciled(client, **given)
    first, second = booked["results"]
    assert (first["onHand"], first["delta"], first["booked"]) == (101, -3, True)
    assert second["userErrors"] == [
        {
            "code": "NOT_FOUND",
            "reason": "NO_SUCH_PRODUCT",
            "field": ["input", "counts", "1", "sku"],
        }
    ]
    assert on_hand(shop) == 98
    again = reconciled(client, **given)
    assert again["results"] == booked["results"]
    assert again["position"] == booked["position"] is not None
    stale = reconciled(client, **given | {"idempotencyKey": str(uuid4())})
    [error] = stale["results"][0]["userErrors"]
    assert (error["code"], error["reason"]) == ("VERSION_CONFLICT", "COUNT_OUTDATED")
    assert error["field"] == ["input", "counts", "0", "expectedOnHand"]
    assert on_hand(shop) == 98


@pytest.mark.parametrize(
    ("times", "reason"), [(0, "UNUSABLE_COUNTS"), (501, "UNUSABLE_COUNTS"), (2, "COUNTED_TWICE")]
)
def test_lists_that_are_no_use(client: Client, times: int, reason: str) -> None:
    counts = [{"sku": "A", "location": "L", "counted": 1}] * times
    refused = reconciled(client, counts=counts, book=True)
    assert refused["results"] == []
    assert [error["reason"] for error in refused["userErrors"]] == [reason]


def test_a_counted_file(client: Client, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(f"sku,location,counted,by\n{shop.sku},{shop.location},97,ada\n")
    command = ("stock", "reconcile", str(file), "--url", client.url)

    def run(*more: str) -> tuple[int, str]:
        done = oms(*command, *more, OMS_TOKEN=token(), COLUMNS="200")
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, told = run()
    assert code == 0
    assert "1 counts, 1 differences. Nothing was booked" in told
    assert "not in the file" not in told
    assert shop.sku in told
    assert on_hand(shop) == 100
    for _ in range(2):
        code, told = run("--book")
        assert (code, on_hand(shop)) == (0, 97)
        assert "1 differences, 1 booked, 0 refused" in told


def test_what_a_list_forgets_is_told_and_left(client: Client, shop: Shop, tmp_path: Path) -> None:
    forgotten = f"PEN-{uuid4().hex[:8]}"
    price = {"amount": "1.00", "currency": "EUR"}
    client.done("registerProduct", sku=forgotten, name="Pen", price=price)
    client.done("receiveStock", sku=forgotten, location=shop.location, quantity=7)
    counts = [{"sku": shop.sku, "location": shop.location, "counted": 100}]
    document = """mutation R($input: ReconcileStockInput!) { reconcileStock(input: $input) {
      unlisted { sku location onHand } } }"""
    left_out = [{"sku": forgotten, "location": shop.location, "onHand": 7}]

    def unlisted() -> object:
        asked = {"counts": counts, "book": True}
        return client.ask(document, input=asked)["reconcileStock"]["unlisted"]

    eventually(lambda: unlisted() == left_out)
    file = tmp_path / "march.csv"
    file.write_text(f"sku,location,counted\n{shop.sku},{shop.location},100\n")
    told = oms("stock", "reconcile", str(file), "--url", client.url, OMS_TOKEN=token())
    assert "0 differences, 1 not in the file" in told.stdout
    assert forgotten in told.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sku,location\nA,L\n", "has no column counted"),
        ("sku,location,counted\n", "has no counts"),
        ("sku,location,counted\nA,L,1\nA,M,-2\n", "line 3: '-2' is no number of units"),
        ("sku,location,counted\nA,L,1.5\n", "line 2: '1.5' is no number of units"),
    ],
)
def test_a_file_that_is_no_list_of_counts(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "counts.csv"
    file.write_text(text)
    done = oms("stock", "reconcile", str(file), OMS_TOKEN=token())
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
