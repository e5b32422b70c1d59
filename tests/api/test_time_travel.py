"""What was known at a moment, what truly was at one, and what changed in between."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, eventually
from tests.api.shop import ORDER, Shop

ONE = """query O($id: ID!, $asOf: DateTime, $validAt: DateTime) {
  order(id: $id, asOf: $asOf, validAt: $validAt) {
    status paymentStatus fulfillmentStatus captured { amount } lines { shipped delivered }
    payments { captured { amount } } events(first: 250) { nodes { type } } } }"""
MANY = """query M($filter: OrderFilter, $first: Int, $after: String, $last: Int, $before: String,
               $asOf: DateTime, $validAt: DateTime) {
  orders(filter: $filter, first: $first, after: $after, last: $last, before: $before,
         asOf: $asOf, validAt: $validAt) {
    nodes { number status paymentStatus }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
DIFF = """query D($id: ID!, $from: Int, $to: Int, $fromAsOf: DateTime) {
  orderDiff(id: $id, from: $from, to: $to, fromAsOf: $fromAsOf) { fromVersion toVersion changes {
    field before after steps { before after actor reason sentence event { type } } } } }"""
STOCK = """query S($sku: String!, $location: String!, $asOf: DateTime, $validAt: DateTime) {
  stockItem(sku: $sku, location: $location, asOf: $asOf, validAt: $validAt) {
    onHand reserved version } }"""


def one(client: Client, order: JSON, **when: str) -> Any:
    return client.ask(ONE, id=order["id"], **when)["order"]


def last_recorded(client: Client, order: JSON) -> str:
    document = "query E($id: ID!) { order(id: $id) { events(last: 1) { nodes { recordedAt } } } }"

    def found() -> Any:
        return client.ask(document, id=order["id"])["order"]

    moment: str = eventually(found)["events"]["nodes"][0]["recordedAt"]
    return moment


def dated_back(shop: Shop) -> JSON:
    """An order of 2017 that was paid in 2018; both were entered today."""
    order = shop.placed(placedAt="2017-01-01T00:00:00Z")
    paid = shop.payment(order, occurredAt="2018-01-01T00:00:00Z")
    shop.client.done("authorizePayment", ORDER, **paid)
    shop.client.done("capturePayment", ORDER, **paid)
    return order


def test_what_was_known_and_what_was_true_are_two_questions(client: Client, shop: Shop) -> None:
    order = dated_back(shop)
    assert one(client, order, asOf="2019-01-01T00:00:00Z") is None
    assert one(client, order, validAt="2016-12-31T23:59:59Z") is None
    unpaid = one(client, order, validAt="2017-06-01T00:00:00Z")
    assert (unpaid["paymentStatus"], unpaid["payments"]) == ("UNPAID", [])
    assert "OrderPlaced" in [event["type"] for event in unpaid["events"]["nodes"]]
    paid = one(client, order, validAt="2018-06-01T00:00:00Z")
    assert (paid["paymentStatus"], paid["captured"]["amount"]) == ("PAID", "29.75")
    assert paid["payments"] == [{"captured": {"amount": "29.75"}}]
    both = one(client, order, validAt="2018-06-01T00:00:00Z", asOf="2019-01-01T00:00:00Z")
    assert both is None


def test_what_happened_later_is_left_out_though_it_was_recorded_first(
    client: Client, shop: Shop
) -> None:
    order = shop.placed(placedAt="2024-01-01T00:00:00Z")
    client.done("holdOrder", ORDER, orderId=order["id"], reason="wrong street")
    paid = shop.payment(order, occurredAt="2024-01-02T00:00:00Z")
    client.done("authorizePayment", ORDER, **paid)
    then = one(client, order, validAt="2024-01-03T00:00:00Z")
    assert (then["status"], then["paymentStatus"]) == ("OPEN", "AUTHORIZED")
    assert "HoldPlaced" not in [event["type"] for event in then["events"]["nodes"]]
    now = one(client, order, validAt=last_recorded(client, order))
    assert now["status"] == "ON_HOLD"


def test_what_arrived_must_have_been_sent(client: Client, shop: Shop) -> None:
    """The dispatch is dated today, the arrival years ago: both had happened by then."""
    order = shop.dispatched(placedAt="2024-01-01T00:00:00Z")
    shipment = order["shipments"][0]["id"]
    arrived = {"shipmentId": shipment, "occurredAt": "2024-01-05T00:00:00Z"}
    client.done("deliverShipment", ORDER, **arrived)
    then = one(client, order, validAt="2024-01-06T00:00:00Z")
    assert then["lines"] == [{"shipped": 2, "delivered": 2}]


def test_lists_are_of_the_moment_too(client: Client, shop: Shop) -> None:
    channel = f"c-{uuid4()}"
    of_channel = {"channel": [channel]}
    orders = [
        shop.placed(1, channel=channel, placedAt=f"2023-01-0{day}T00:00:00Z") for day in range(1, 6)
    ]
    before = last_recorded(client, orders[-1])
    numbers = [order["number"] for order in orders][::-1]
    for order in orders[:3]:
        cancelled = {"orderId": order["id"], "reason": "changed my mind"}
        client.done("cancelOrder", ORDER, **cancelled)
    after = last_recorded(client, orders[2])

    def found(**asked: Any) -> tuple[list[str], JSON]:
        page = client.ask(MANY, **asked)["orders"]
        return [node["number"] for node in page["nodes"]], page["pageInfo"]

    assert found(filter=of_channel, asOf=before)[0] == numbers
    is_open, is_cancelled = ({**of_channel, "status": [s]} for s in ("OPEN", "CANCELLED"))
    assert found(filter=is_open, asOf=before)[0] == numbers
    assert found(filter=is_open, asOf=after)[0] == numbers[:2]
    assert found(filter=is_cancelled, asOf=after)[0] == numbers[2:]
    assert found(filter=is_cancelled, validAt="2023-12-31T00:00:00Z")[0] == []
    assert found(filter=of_channel, validAt="2023-01-03T12:00:00Z")[0] == numbers[2:]
    assert found(filter=of_channel, asOf="2023-01-03T12:00:00Z")[0] == []
    of_sku = {**of_channel, "sku": shop.sku, "search": numbers[0].lower()}
    assert found(filter=of_sku, asOf=after)[0] == numbers[:1]

    first, info = found(filter=of_channel, asOf=after, first=2)
    assert (first, info["hasNextPage"], info["hasPreviousPage"]) == (numbers[:2], True, False)
    rest, info = found(filter=of_channel, asOf=after, first=9, after=info["endCursor"])
    assert (rest, info["hasNextPage"], info["hasPreviousPage"]) == (numbers[2:], False, True)
    back, info = found(filter=of_channel, asOf=after, last=2, before=info["endCursor"])
    assert (back, info["hasPreviousPage"]) == (numbers[2:4], True)
    onward = found(filter=of_channel, asOf=after, last=9, before=info["startCursor"])
    assert (onward[0], onward[1]["hasPreviousPage"]) == (numbers[:2], False)


def test_stock_is_of_the_moment_too(client: Client, shop: Shop) -> None:
    received = client.done("receiveStock", "position", **_stock(shop, quantity=5))
    order = shop.placed(placedAt="2020-01-01T00:00:00Z")
    moment = last_recorded(client, order)
    client.done("adjustStock", "position", **_stock(shop, delta=-7, reason="broken"))
    assert received["position"]
    item = client.ask(STOCK, **_stock(shop), asOf=moment)["stockItem"]
    assert (item["onHand"], item["reserved"]) == (105, 2)
    assert client.ask(STOCK, **_stock(shop), validAt="2021-01-01T00:00:00Z")["stockItem"] is None
    assert client.ask(STOCK, **_stock(shop), asOf="2021-01-01T00:00:00Z")["stockItem"] is None


def _stock(shop: Shop, **more: Any) -> JSON:
    return {"sku": shop.sku, "location": shop.location, **more}


def test_woocommerce_16426_a_difference_names_field_event_person_and_reason(
    client: Client, shop: Shop
) -> None:
    """There, as at craftcms/commerce #1608, nobody could tell who had changed an order, or how."""
    order = shop.authorized()
    known = last_recorded(client, order)
    client.done("holdOrder", ORDER, orderId=order["id"], reason="wrong street")
    done = client.done("releaseOrder", ORDER, orderId=order["id"], reason="street put right")
    paid = client.done("capturePayment", ORDER, **shop.payment(order))
    asked = {"id": order["id"], "from": order["version"], "to": paid["order"]["version"]}
    found = client.ask(DIFF, **asked)["orderDiff"]
    changes = {".".join(change["field"]): change for change in found["changes"]}
    assert (changes["status"]["before"], changes["status"]["after"]) == ("OPEN", "OPEN")
    held, released = changes["status"]["steps"]
    assert (held["before"], held["after"], held["reason"]) == ("OPEN", "ON_HOLD", "wrong street")
    assert (released["event"]["type"], released["reason"]) == ("HoldReleased", "street put right")
    assert released["sentence"] == "The hold was released, because “street put right”."
    assert held["actor"]
    captured = changes["captured"]
    assert (captured["before"], captured["after"]) == ("0", "29.75")
    assert [step["event"]["type"] for step in captured["steps"]] == ["PaymentPosted"]
    assert "captured" not in [
        ".".join(change["field"])
        for change in client.ask(DIFF, **asked | {"to": done["order"]["version"]})["orderDiff"][
            "changes"
        ]
    ]
    same = client.ask(DIFF, id=order["id"], fromAsOf=known, to=paid["order"]["version"])
    assert same["orderDiff"] == found
    from_nothing = client.ask(DIFF, **{"id": order["id"], "from": 0, "to": 1})["orderDiff"]
    added = {".".join(change["field"]): change["after"] for change in from_nothing["changes"]}
    assert (added["number"], added["lines.0.quantity"]) == (order["number"], 2)


def test_a_difference_that_can_not_be_is_refused(client: Client, shop: Shop) -> None:
    order = shop.placed()
    for asked in ({}, {"from": 3, "to": 1}, {"from": 1, "to": 99}, {"from": -1}):
        answer = client.post({"query": DIFF, "variables": {"id": order["id"], **asked}}).json()
        assert answer["errors"][0]["extensions"]["code"] == "INVALID", asked
    unknown = {"id": str(uuid4()), "from": 0}
    assert client.ask(DIFF, **unknown)["orderDiff"] is None


def test_key_figures_are_of_the_moment_too(client: Client, shop: Shop) -> None:
    channel = f"c-{uuid4()}"
    document = """query K($channel: String!, $asOf: DateTime, $validAt: DateTime) {
      kpis(from: "2022-01-01T00:00:00Z", to: "2022-02-01T00:00:00Z", bucket: MONTH,
           channel: $channel, asOf: $asOf, validAt: $validAt) {
        total { ordersPlaced cancelRate revenue { amount } } } }"""

    def total(**when: str) -> JSON:
        found: JSON = client.ask(document, channel=channel, **when)["kpis"]["total"]
        return found

    order = shop.placed(channel=channel, placedAt="2022-01-10T00:00:00Z")
    before = last_recorded(client, order)
    cancelled = {"orderId": order["id"], "reason": "late", "occurredAt": "2022-03-01T00:00:00Z"}
    client.done("cancelOrder", ORDER, **cancelled)
    eventually(lambda: total()["cancelRate"] == 1)
    kept = {"ordersPlaced": 1, "cancelRate": 0, "revenue": [{"amount": "29.75"}]}
    assert total(asOf=before) == total(validAt="2022-02-20T00:00:00Z") == kept
    nothing = {"ordersPlaced": 0, "cancelRate": None, "revenue": []}
    assert total(asOf="2022-02-20T00:00:00Z") == nothing
