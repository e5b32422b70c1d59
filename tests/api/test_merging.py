"""Merging a location over HTTP: its orders are sent from the other one, and nothing is left."""

from __future__ import annotations

from uuid import uuid4

from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop

MERGED = "movedOrders movedSkus left problems { reason } location { isOpen }"


def test_orders_and_goods_go_along(client: Client, shop: Shop) -> None:
    other = f"L-{uuid4().hex[:12]}"
    client.done("registerLocation", code=other, name="Other", country="DE")
    waits, paid = shop.placed(3), shop.released(quantity=2)
    document = """query S($sku: String!, $location: String!) {
      stockItem(sku: $sku, location: $location) { onHand reserved } }"""

    def stock(location: str) -> JSON:
        found: JSON = client.ask(document, sku=shop.sku, location=location)["stockItem"]
        return found

    eventually(lambda: stock(shop.location) == {"onHand": 100, "reserved": 5})
    given = {"code": shop.location, "into": other, "reason": "too small"}
    done = client.done("mergeLocation", MERGED, **given)
    assert (done["movedOrders"], done["movedSkus"]) == (2, 1)
    assert (done["problems"], done["location"]) == ([], {"isOpen": False})
    eventually(lambda: stock(other) == {"onHand": 100, "reserved": 5})
    assert stock(shop.location) == {"onHand": 0, "reserved": 0}
    assert client.done("mergeLocation", MERGED, **given)["left"] == 0
    asked = "query O($id: ID!) { order(id: $id) { shipments { id location status } } }"

    def sent_from_there() -> object:
        shipments = client.ask(asked, id=paid["id"])["order"]["shipments"]
        return [one for one in shipments if one["location"] == other]

    [shipment] = eventually(sent_from_there)
    client.done("dispatchShipment", shipmentId=shipment["id"], carrier="DHL")
    client.done("cancelOrder", orderId=waits["id"], reason="changed mind")
    eventually(lambda: stock(other) == {"onHand": 98, "reserved": 0})


def test_a_request_that_is_sent_again_moves_nothing_more(client: Client, shop: Shop) -> None:
    other = f"L-{uuid4().hex[:12]}"
    client.done("registerLocation", code=other, name="Other", country="DE")
    shop.placed(1, pickupLocation=shop.location)  # which stays, as its customer comes there
    given = {"code": shop.location, "into": other, "reason": "?", "idempotencyKey": str(uuid4())}
    assert not client.done("mergeLocation", MERGED, **given)["replayed"]

    def again() -> JSON:
        done: JSON = client.done("mergeLocation", MERGED, **given)
        return done

    assert (again()["replayed"], again()["movedOrders"], again()["movedSkus"]) == (True, 0, 0)
    eventually(lambda: again()["left"] == 1)


def test_a_location_is_not_merged_into_itself(client: Client, shop: Shop) -> None:
    given = {"code": shop.location, "into": shop.location, "reason": "?"}
    error = client.refused("mergeLocation", **given)
    assert (error["reason"], error["field"]) == ("MERGED_INTO_ITSELF", ["input", "into"])
