"""What a location has to send, over HTTP: it is sent from elsewhere, or counted as picked."""

from __future__ import annotations

from uuid import uuid4

from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop
from tests.api.warehouse import all_lines, elsewhere, planned, work

RELIEVED = "movedOrders more problems { reason } location { isOpen }"
ORDER = """query O($id: ID!) { order(id: $id) {
  lines { reserved backordered } shipments { location status }
  events(first: 50) { nodes { type data } } } }"""


def test_orders_of_a_closed_location_are_sent_from_elsewhere(client: Client, shop: Shop) -> None:
    order = shop.released(quantity=2)
    other = elsewhere(shop)
    given = {"code": shop.location, "reason": "flooded"}
    assert client.done("relieveLocation", RELIEVED, **given)["movedOrders"] == 0
    client.done("closeLocation", **given)

    def relieved() -> JSON:
        done: JSON = client.done("relieveLocation", RELIEVED, **given)
        return done

    done = eventually(lambda: (found := relieved())["movedOrders"] and found)
    assert done == done | {
        "movedOrders": 1,
        "more": False,
        "problems": [],
        "location": {"isOpen": False},
    }

    def sent_from_there() -> JSON | None:
        found: JSON = client.ask(ORDER, id=order["id"])["order"]
        return (
            found if {s["location"] for s in found["shipments"]} == {shop.location, other} else None
        )

    found = eventually(sent_from_there)
    assert [s["status"] for s in found["shipments"]] == ["CANCELLED", "PENDING"]
    [why] = [e["data"] for e in found["events"]["nodes"] if e["type"] == "LinesUnassigned"]
    assert (why["location"], why["reason"]) == (shop.location, "flooded")
    eventually(lambda: relieved()["movedOrders"] == 0)


def test_the_same_key_gives_the_first_answer_again(client: Client, shop: Shop) -> None:
    order = shop.released(quantity=2)
    elsewhere(shop)
    given = {"code": shop.location, "reason": "flooded"}
    client.done("closeLocation", **given)

    def named() -> JSON | None:
        key = {"idempotencyKey": str(uuid4())}
        done: JSON = client.done("relieveLocation", f"{RELIEVED} replayed", **given, **key)
        return done | key if done["movedOrders"] else None

    done = eventually(named)
    key = {"idempotencyKey": done.pop("idempotencyKey")}
    again = client.done("relieveLocation", f"{RELIEVED} replayed", **given, **key)
    assert again == done | {"replayed": True}
    other = client.refused("relieveLocation", **given | {"reason": "dry"}, **key)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    document = "query O($id: ID!) { order(id: $id) { events(first: 50) { nodes { type } } } }"
    nodes = client.ask(document, id=order["id"])["order"]["events"]["nodes"]
    assert [node["type"] for node in nodes].count("LinesUnassigned") == 1


def test_an_unknown_location_is_refused(client: Client) -> None:
    error = client.refused("relieveLocation", code=f"X-{uuid4()}", reason="?")
    assert (error["reason"], error["field"]) == ("NO_SUCH_LOCATION", ["input", "code"])


def test_what_is_picked_is_told_beside_what_is_reserved(client: Client, shop: Shop) -> None:
    asked = """query S($sku: String!, $location: String!) {
      stockItem(sku: $sku, location: $location) { onHand reserved picked } }"""
    place = {"sku": shop.sku, "location": shop.location}
    shipment = planned(shop)
    lines = [{"lineId": shipment["lines"][0]["lineId"], "quantity": 3}]
    work(client, "recordPick", shipment, lines=lines)
    told = {"onHand": 100, "reserved": 4, "picked": 3}
    eventually(lambda: client.ask(asked, **place)["stockItem"] == told)
    work(client, "recordPick", shipment, lines=all_lines(shipment))
    work(client, "dispatchShipment", shipment, carrier="DHL")
    gone = {"onHand": 96, "reserved": 0, "picked": 0}
    eventually(lambda: client.ask(asked, **place)["stockItem"] == gone)
