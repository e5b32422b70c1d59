"""Over HTTP: lines that wait for stock, whose turn it is, and what the customers are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop
from tests.api.test_timers import channel, found, move_clock

LINES = "order { id number priority lines { id backordered reserved promisedBy waitsUntil } }"
QUEUE = """query B($sku: String!, $first: Int, $after: String, $at: Position) {
  backorders(sku: $sku, first: $first, after: $after, minPosition: $at) {
    nodes { order { number } lineId sku quantity priority placedAt }
    pageInfo { hasNextPage endCursor } } }"""


def wait(shop: Shop, quantity: int, **changed: object) -> JSON:
    given = shop.order(quantity, allowBackorder=True, **changed)
    order: JSON = shop.client.done("placeOrder", LINES, **given)["order"]
    return order


def waiting(shop: Shop) -> list[tuple[str, int]]:
    nodes = shop.client.ask(QUEUE, sku=shop.sku)["backorders"]["nodes"]
    return [(node["order"]["number"], node["quantity"]) for node in nodes]


def test_who_waits_is_listed_in_order_and_served_when_stock_arrives(client: Client) -> None:
    shop = Shop(client, stock=1)
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    first, low, high = (
        wait(shop, 3),
        wait(shop, 1, placedAt=at),
        wait(shop, 1, placedAt=at, priority=9),
    )
    assert high["priority"] == 9
    expected = [(high["number"], 1), (low["number"], 1), (first["number"], 2)]
    eventually(lambda: waiting(shop) == expected)
    page = client.ask(QUEUE, sku=shop.sku, first=2)["backorders"]
    assert page["pageInfo"]["hasNextPage"]
    rest = client.ask(QUEUE, sku=shop.sku, after=page["pageInfo"]["endCursor"])["backorders"]
    assert [node["order"]["number"] for node in rest["nodes"]] == [first["number"]]
    client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=3)
    eventually(lambda: waiting(shop) == [(first["number"], 1)])
    read = "lines { reserved backordered }"
    eventually(lambda: found(client, first, read)["lines"] == [{"reserved": 2, "backordered": 1}])
    document = 'query A($s: [String!]!) { availability(skus: $s, on: "2030-01-01") { available } }'
    client.done(
        "expectSupply",
        **{"sku": shop.sku, "location": shop.location, "supply": "PO-1"},
        **{"quantity": 3, "expectedOn": "2029-12-31"},
    )
    eventually(lambda: client.ask(document, s=[shop.sku])["availability"] == [{"available": 2}])
    refusal = client.refused("placeOrder", **shop.order(1))
    assert refusal["code"] == "INSUFFICIENT_STOCK"


def test_a_promise_is_shown_revised_and_ends_the_wait(client: Client) -> None:
    shop = Shop(client, stock=1)
    code = channel(client, backordersCancelAfter="P30D")
    lines = [{"sku": shop.sku, "quantity": 2, "promisedBy": "2030-01-01T00:00:00Z"}]
    order = wait(shop, 2, channel=code, lines=lines)
    [line] = order["lines"]
    assert (line["backordered"], line["promisedBy"]) == (1, "2030-01-01T00:00:00Z")
    given = {"orderId": order["id"], "lineId": line["id"], "reason": "sooner"}
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    revised = client.done("revisePromise", LINES, promisedBy=soon, **given)["order"]["lines"][0]
    assert revised["promisedBy"] < line["promisedBy"]
    assert revised["waitsUntil"] == line["waitsUntil"]
    try:
        move_clock(client, "31 days")
        read = "status lines { cancelled backordered reserved }"
        cancelled = [{"cancelled": 1, "backordered": 0, "reserved": 1}]
        eventually(lambda: found(client, order, read) == {"status": "OPEN", "lines": cancelled})
    finally:
        move_clock(client, "0")
    eventually(lambda: waiting(shop) == [])
    refusal = client.refused("revisePromise", promisedBy=soon, **given)
    assert (refusal["reason"], refusal["field"]) == ("NOTHING_BACKORDERED", ["input", "lineId"])
