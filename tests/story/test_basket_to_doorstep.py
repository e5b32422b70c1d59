"""From basket to doorstep and back, told through the public API alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.api.running import Client, eventually
from tests.api.shop import ORDER, Shop

HISTORY = """query History($id: ID!, $position: Position) {
  order(id: $id, minPosition: $position) {
    status paymentStatus fulfillmentStatus refunded { amount } lines { returned }
    events(first: 250) {
      nodes { type version occurredAt recordedAt actor correlationId causationId }
    }
  }
}"""
PAST = """query Past($id: ID!, $asOf: DateTime, $version: Int) {
  order(id: $id, asOf: $asOf, version: $version) {
    status version paymentStatus lines { reserved shipped } shipments { status }
    events(first: 250) { nodes { type } }
  }
}"""
KPIS = """query Kpis($from: DateTime!, $to: DateTime!, $channel: String, $position: Position) {
  kpis(from: $from, to: $to, bucket: DAY, channel: $channel, minPosition: $position) {
    rows { start ordersPlaced ordersDelivered unitsOrdered revenue { amount currency } }
    total { ordersPlaced ordersDelivered unitsOrdered returnRate hoursToDeliverP50 }
  }
}"""


def test_an_order_goes_to_the_customer_and_comes_back(client: Client, shop: Shop) -> None:
    channel = f"story-{shop.sku}"
    placed_at = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)
    before = datetime.now(UTC)

    order = shop.placed(2, channel=channel, placedAt=placed_at.isoformat())
    assert order["status"] == "OPEN"
    assert order["total"] == {"amount": "29.75", "currency": "EUR"}
    assert order["lines"][0]["reserved"] == 2

    authorized = client.done("authorizePayment", ORDER, **shop.payment(order))["order"]
    assert authorized["paymentStatus"] == "AUTHORIZED"
    captured = client.done("capturePayment", ORDER, **shop.payment(order))["order"]
    assert captured["paymentStatus"] == "PAID"

    document = "query Q($id: ID!) { order(id: $id) { shipments { id status location } } }"
    [shipment] = eventually(
        lambda: (client.ask(document, id=order["id"])["order"] or {"shipments": []})["shipments"]
    )
    assert (shipment["status"], shipment["location"]) == ("PENDING", shop.location)

    sent = client.done(
        "dispatchShipment",
        f"shipment {{ status carrier trackingNumber dispatchedAt }} {ORDER}",
        shipmentId=shipment["id"],
        carrier="DHL",
        trackingNumber="00340434",
        occurredAt=(placed_at + timedelta(hours=10)).isoformat(),
    )
    assert sent["shipment"] == {
        "status": "DISPATCHED",
        "carrier": "DHL",
        "trackingNumber": "00340434",
        "dispatchedAt": "2024-02-29T09:30:00Z",
    }
    assert sent["order"]["fulfillmentStatus"] == "SHIPPED"
    arrived = client.done(
        "deliverShipment",
        ORDER,
        shipmentId=shipment["id"],
        occurredAt=(placed_at + timedelta(hours=40)).isoformat(),
    )["order"]
    assert (arrived["status"], arrived["fulfillmentStatus"]) == ("COMPLETED", "DELIVERED")

    lines = [{"lineId": order["lines"][0]["id"], "quantity": 1}]
    wanted = "return { id status reason lines { sku quantity } }"
    back = client.done("requestReturn", wanted, orderId=order["id"], lines=lines, reason="chipped")[
        "return"
    ]
    assert back["lines"] == [{"sku": shop.sku, "quantity": 1}]
    received = client.done(
        "receiveReturn", f"return {{ status }} {ORDER}", returnId=back["id"], restock=True
    )
    assert received["return"]["status"] == "RECEIVED"
    assert received["order"]["returns"] == [{"id": back["id"], "status": "RECEIVED"}]
    refunded = client.done("refundPayment", ORDER, **shop.payment(order, "14.88"))
    assert refunded["order"]["paymentStatus"] == "PARTIALLY_REFUNDED"

    _stock_adds_up(client, shop, refunded["position"])
    _history_is_complete(client, order["id"], refunded["position"])
    _past_is_open(client, order["id"], before)
    _figures_are_right(client, channel, placed_at, refunded["position"])


def _stock_adds_up(client: Client, shop: Shop, position: str) -> None:
    stock = client.ask(
        "query Q($sku: String!, $location: String!, $position: Position) {"
        " stockItem(sku: $sku, location: $location, minPosition: $position)"
        " { onHand reserved available } }",
        sku=shop.sku,
        location=shop.location,
        position=position,
    )["stockItem"]
    assert stock == {"onHand": 99, "reserved": 0, "available": 99}


def _history_is_complete(client: Client, id: str, position: str) -> None:
    order = client.ask(HISTORY, id=id, position=position)["order"]
    assert order["refunded"]["amount"] == "14.88"
    assert order["lines"] == [{"returned": 1}]
    events = order["events"]["nodes"]
    assert {event["type"] for event in events} >= {
        "OrderPlaced",
        "LinesReserved",
        "PaymentAuthorized",
        "PaymentCaptured",
        "LinesReleased",
        "ShipmentPlanned",
        "ShipmentDispatched",
        "LinesShipped",
        "ShipmentDelivered",
        "ReturnRequested",
        "ReturnItemsReceived",
        "PaymentRefunded",
    }
    assert events[0]["type"] == "OrderPlaced"
    assert events[0]["occurredAt"] == "2024-02-28T23:30:00Z"
    released = next(event for event in events if event["type"] == "LinesReleased")
    captured = [event for event in events if event["type"] == "PaymentPosted"][1]
    assert released["actor"] == "process:fulfillment"
    assert released["causationId"].endswith(f"/{captured['version']}")
    assert released["correlationId"] == captured["correlationId"]


def _past_is_open(client: Client, id: str, before: datetime) -> None:
    assert client.ask(PAST, id=id, asOf=before.isoformat())["order"] is None
    first = client.ask(PAST, id=id, version=1)["order"]
    assert (first["version"], first["status"]) == (1, "OPEN")
    assert first["lines"] == [{"reserved": 0, "shipped": 0}]
    assert first["shipments"] == []
    assert [event["type"] for event in first["events"]["nodes"]] == ["OrderPlaced"]
    events = client.ask(HISTORY, id=id)["order"]["events"]["nodes"]
    released = next(event for event in events if event["type"] == "LinesReleased")
    then = client.ask(PAST, id=id, asOf=released["recordedAt"])["order"]
    assert (then["version"], then["paymentStatus"]) == (released["version"], "PAID")
    assert then["shipments"] == [{"status": "PENDING"}]
    assert client.ask(PAST, id=id, version=99)["order"] is None


def _figures_are_right(client: Client, channel: str, placed_at: datetime, position: str) -> None:
    report = client.ask(
        KPIS,
        channel=channel,
        position=position,
        **{"from": "2024-02-28T00:00:00Z", "to": "2024-03-02T00:00:00Z"},
    )["kpis"]
    starts = [row["start"] for row in report["rows"]]
    assert starts == [f"2024-{day}T00:00:00Z" for day in ("02-28", "02-29", "03-01")]
    assert [row["ordersPlaced"] for row in report["rows"]] == [1, 0, 0]
    assert [row["ordersDelivered"] for row in report["rows"]] == [0, 0, 1]
    assert report["rows"][0]["revenue"] == [{"amount": "29.75", "currency": "EUR"}]
    assert report["total"] == {
        "ordersPlaced": 1,
        "ordersDelivered": 1,
        "unitsOrdered": 2,
        "returnRate": 1.0,
        "hoursToDeliverP50": 40.0,
    }
