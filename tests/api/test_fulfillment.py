"""From the shelf to the customer, as a warehouse, a shop and a carrier tell it through the API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop
from tests.api.warehouse import (
    all_lines,
    dispatched,
    elsewhere,
    packed,
    picked,
    planned,
    ready,
    work,
)


def stock(client: Client, shop: Shop, location: str | None = None) -> tuple[int, int, int]:
    asked = "query Q($s: String!, $l: String!, $t: DateTime) {"
    asked += " stockItem(sku: $s, location: $l, asOf: $t) { onHand reserved available } }"
    given = {"s": shop.sku, "l": location or shop.location, "t": "2100-01-01T00:00:00Z"}
    found = client.ask(asked, **given)["stockItem"]
    return found["onHand"], found["reserved"], found["available"]


def test_two_parcels_on_two_ways(client: Client, shop: Shop) -> None:
    shipment = packed(shop)
    assert shipment["status"] == "PACKED"
    [line] = shipment["lines"]
    assert (line["quantity"], line["picked"]) == (4, 4)
    label = {"parcel": 1, "carrier": "UPS", "trackingNumber": f"1Z {shop.sku}"}
    work(client, "labelParcel", shipment, **label)
    first = work(client, "dispatchShipment", shipment, carrier="UPS", parcels=[1])
    [parcel] = first["parcels"]
    assert (first["status"], parcel["status"], parcel["number"]) == ("DISPATCHED", "DISPATCHED", 1)
    assert first["order"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    rest = next(one for one in first["order"]["shipments"] if one["id"] != shipment["id"])
    assert rest["status"] == "PACKED"
    told = {"carrierEventId": "7", "status": "DELIVERED", "place": "Hamburg"}
    arrived = work(client, "recordTracking", first, **told)
    assert (arrived["status"], arrived["order"]["fulfillmentStatus"]) == (
        "DELIVERED",
        "PARTIALLY_DELIVERED",
    )
    second = work(client, "dispatchShipment", rest, carrier="DHL", trackingNumber="00340")
    assert second["parcels"] == [
        {
            "number": 1,
            "status": "DISPATCHED",
            "weightGrams": 900,
            "trackingNumber": None,
            "lines": [{"lineId": line["lineId"], "quantity": 3}],
        }
    ]
    done = work(client, "deliverShipment", second)
    assert done["order"]["status"] == "COMPLETED"
    asked = "query Q($f: ShipmentFilter!) { shipments(filter: $f) { nodes { id } } }"

    def found() -> object:
        return client.ask(asked, f={"trackingNumber": label["trackingNumber"]})["shipments"][
            "nodes"
        ]

    assert eventually(found) == [{"id": first["id"]}]


def test_a_short_pick_is_sent_from_elsewhere(client: Client, shop: Shop) -> None:
    other = elsewhere(shop)
    shipment = planned(shop)
    client.done("startPicking", shipmentId=shipment["id"], picker="Grace")
    [line] = shipment["lines"]
    three = [{"lineId": line["lineId"], "quantity": 3}]
    short = work(client, "recordPick", shipment, lines=three, ifShort="RESOURCE", reason="broken")
    assert short["status"] == "PICKED"
    assert short["lines"] == [{**line, "quantity": 3, "picked": 3, "sku": shop.sku}]
    assert short["order"]["lines"][0]["reserved"] == 4
    here = {shop.location, other}
    assert sorted(stock(client, shop, place) for place in here) == [(99, 3, 96), (100, 1, 99)]
    asked = "query Q($f: ShipmentFilter!) { shipments(filter: $f) { nodes { id order { id } } } }"
    far = other if short["location"] == shop.location else shop.location
    new = eventually(lambda: client.ask(asked, f={"location": [far]})["shipments"]["nodes"])
    assert len(new) == 1


def test_the_channel_says_what_becomes_of_a_short_pick(client: Client, shop: Shop) -> None:
    code = f"C-{uuid4().hex[:12]}"
    asked = "channel { shortPicks }"
    done = client.done("configureChannel", asked, code=code, shortPicks="CANCEL")
    query = (
        "query Q($c: String!, $p: Position) { channel(code: $c, minPosition: $p) { shortPicks } }"
    )
    assert client.ask(query, c=code, p=done["position"]) == {"channel": {"shortPicks": "CANCEL"}}
    shipment = planned(shop, channel=code)
    three = [{"lineId": shipment["lines"][0]["lineId"], "quantity": 3}]
    short = work(client, "recordPick", shipment, lines=three, complete=True)
    assert (short["status"], short["order"]["lines"][0]["cancelled"]) == ("PICKED", 1)


def test_a_customer_collects(client: Client, shop: Shop) -> None:
    elsewhere(shop)
    shipment = ready(shop)
    assert (shipment["status"], shipment["kind"]) == ("READY_FOR_PICKUP", "PICKUP")
    assert shipment["location"] == shop.location
    error = client.refused("dispatchShipment", shipmentId=shipment["id"], carrier="DHL")
    assert (error["code"], error["reason"]) == ("NOT_ALLOWED_IN_STATE", "SHIPMENT_IS_FOR_PICKUP")
    over = work(client, "handOver", shipment, recipient="Ada")
    assert (over["status"], over["order"]["status"]) == ("DELIVERED", "COMPLETED")
    assert stock(client, shop) == (96, 0, 96)


def test_a_customer_does_not_come(client: Client, shop: Shop) -> None:
    expired = work(client, "expirePickup", ready(shop), reason="not collected in a week")
    assert (expired["status"], expired["order"]["status"]) == ("CANCELLED", "CANCELLED")
    assert stock(client, shop) == (100, 0, 100)


def test_an_order_is_collected_only_where_it_says(client: Client, shop: Shop) -> None:
    empty = elsewhere(shop)
    client.done("adjustStock", sku=shop.sku, location=empty, delta=-100, reason="count")
    error = client.refused("placeOrder", **shop.order(pickupLocation=empty))
    assert error["code"] == "INSUFFICIENT_STOCK"
    error = client.refused("placeOrder", **shop.order(pickupLocation="nowhere"))
    assert (error["reason"], error["field"]) == ("NO_SUCH_LOCATION", ["input", "pickupLocation"])


def test_what_comes_back_is_sent_again(client: Client, shop: Shop) -> None:
    shipment = dispatched(shop)
    told = {"carrierEventId": "1", "status": "RETURNED_TO_SENDER", "parcel": 2}
    failed = work(client, "recordTracking", shipment, **told)
    assert [p["status"] for p in failed["parcels"]] == ["DISPATCHED", "FAILED"]
    arrived = work(
        client, "recordTracking", shipment, carrierEventId="2", status="DELIVERED", parcel=1
    )
    assert arrived["status"] == "FAILED"
    back = work(client, "receiveReturnToSender", shipment, then="RESOURCE")
    assert [p["status"] for p in back["parcels"]] == ["DELIVERED", "RETURNED"]
    [line] = back["order"]["lines"]
    assert (line["delivered"], line["shipped"], line["reserved"]) == (1, 1, 3)
    assert stock(client, shop) == (99, 3, 96)


@pytest.mark.parametrize("then", ["RESOURCE", "BACKORDER", "CANCEL"])
def test_every_unit_is_somewhere_after_a_loss(client: Client, shop: Shop, then: str) -> None:
    lost = work(client, "declareLost", dispatched(shop), reason="lost", then=then)
    [line] = lost["order"]["lines"]
    bucket = {"RESOURCE": "reserved", "BACKORDER": "backordered", "CANCEL": "cancelled"}[then]
    buckets = ("pending", "reserved", "backordered", "shipped", "cancelled")
    assert {name: line[name] for name in buckets if line[name]} == {bucket: 4}


def refusals(client: Client, shop: Shop) -> list[tuple[str, JSON, str]]:
    shipment = planned(shop)
    [line] = shipment["lines"]
    five, none = ([{"lineId": line["lineId"], "quantity": n}] for n in (5, 0))
    here = {"shipmentId": shipment["id"]}
    told = {"carrierEventId": "1", "status": "LOST"}
    pack = {"parcels": [{"weightGrams": 0, "lines": five}]}
    return [
        ("recordPick", here | {"lines": five}, "MORE_PICKED_THAN_WANTED"),
        ("recordPick", here | {"lines": [none[0] | {"quantity": -1}]}, "INVALID_FIELD"),
        ("splitShipment", here | {"lines": five}, "TOO_FEW_UNITS_IN_SHIPMENT"),
        ("splitShipment", here | {"lines": none}, "INVALID_FIELD"),
        ("splitShipment", here | {"lines": all_lines(shipment)}, "NOTHING_LEFT_IN_SHIPMENT"),
        ("splitShipment", here | {"parcels": [1]}, "NO_SUCH_PARCEL"),
        ("dispatchShipment", here | {"carrier": "DHL", "lines": none}, "INVALID_FIELD"),
        ("dispatchShipment", here | {"carrier": "DHL", "lines": five}, "TOO_FEW_UNITS_IN_SHIPMENT"),
        ("packShipment", here | pack, "INVALID_FIELD"),
        ("mergeShipments", here | {"merged": [shipment["id"]]}, "SHIPMENT_MERGED_WITH_ITSELF"),
        ("mergeShipments", here | {"merged": ["nonsense"]}, "NOT_AN_ID"),
        ("recordTracking", here | told, "SHIPMENT_NOT_DISPATCHED"),
        ("handOver", here, "SHIPMENT_IS_FOR_DELIVERY"),
        ("relocateShipment", here | {"location": "x", "reason": "?"}, "NO_SUCH_LOCATION"),
    ]


def test_what_is_refused(client: Client, shop: Shop) -> None:
    for mutation, given, reason in refusals(client, shop):
        assert client.refused(mutation, **given)["reason"] == reason, (mutation, given)


def test_a_held_order_is_not_picked(client: Client, shop: Shop) -> None:
    shipment = planned(shop)
    order = client.ask(
        "query Q($id: ID!) { node(id: $id) { ... on Shipment { order { id } } } }",
        id=shipment["id"],
    )["node"]["order"]
    client.done("holdOrder", orderId=order["id"], reason="fraud check")
    for mutation, given in (("startPicking", {}), ("dispatchShipment", {"carrier": "DHL"})):
        error = client.refused(mutation, shipmentId=shipment["id"], **given)
        assert error["reason"] == "ORDER_ON_HOLD"


def test_the_same_word_of_a_carrier_twice_at_once_counts_once(client: Client, shop: Shop) -> None:
    shipment = dispatched(shop)
    ready = Barrier(4)

    def tell(_: int) -> JSON:
        ready.wait()
        return work(client, "recordTracking", shipment, carrierEventId="1", status="DELIVERED")

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(tell, range(4)))
    assert {one["version"] for one in told} == {shipment["version"] + 2}
    assert [len(one["tracking"]) for one in told] == [1] * 4
    assert told[0]["order"]["lines"][0]["delivered"] == 4


def test_pages_of_shipments_join(client: Client, shop: Shop) -> None:
    made = [picked(shop)["id"] for _ in range(3)]
    asked = "query Q($f: ShipmentFilter!, $n: Int!, $after: String, $before: String, $l: Int) {"
    asked += " shipments(filter: $f, first: $n, after: $after, last: $l, before: $before) {"
    asked += " nodes { id lines { picked } } pageInfo { hasNextPage endCursor startCursor } } }"
    asked = asked.replace("$n: Int!", "$n: Int")
    given = {"location": [shop.location], "status": ["PICKED"], "kind": ["DELIVERY"]}
    eventually(lambda: len(client.ask(asked, f=given)["shipments"]["nodes"]) == 3)
    first = client.ask(asked, f=given, n=2)["shipments"]
    assert first["pageInfo"]["hasNextPage"]
    second = client.ask(asked, f=given, n=2, after=first["pageInfo"]["endCursor"])["shipments"]
    assert [node["id"] for node in first["nodes"] + second["nodes"]] == made
    back = client.ask(asked, f=given, l=1, before=second["pageInfo"]["startCursor"])["shipments"]
    assert [node["id"] for node in back["nodes"]] == [made[1]]
