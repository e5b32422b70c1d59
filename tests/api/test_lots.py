"""Lots over HTTP: received, shown in the order of picking, and put on hold when they expire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, eventually
from tests.api.shop import Shop
from tests.api.test_timers import move_clock

LOTS = """query L($sku: String!, $location: String!, $position: Position) {
  stockItem(sku: $sku, location: $location, minPosition: $position) {
    available lots { lot bestBefore available qualityHold damaged } } }"""


@pytest.fixture
def moved(client: Client) -> Iterator[Client]:
    """A client of a server whose clock is set right again at the end."""
    yield client
    move_clock(client, "0")


def lots(client: Client, place: JSON, **asked: object) -> JSON:
    found: JSON = client.ask(LOTS, **place, **asked)["stockItem"]
    return found


def test_lots_are_listed_by_what_expires_first_and_expire(moved: Client, shop: Shop) -> None:
    place = {"sku": f"TEA-{uuid4().hex[:8]}", "location": shop.location}
    price = {"amount": "4.00", "currency": "EUR"}
    moved.done("registerProduct", sku=place["sku"], name="Tea", price=price, keepsLots=True)
    today = datetime.now(UTC).date()
    soon, later = (str(today + timedelta(days=days)) for days in (10, 400))
    moved.done("receiveStock", **place, quantity=3, lot="L-2", bestBefore=later)
    done = moved.done("receiveStock", **place, quantity=2, lot="L-1", bestBefore=soon)
    assert lots(moved, place, position=done["position"]) == {
        "available": 5,
        "lots": [
            {"lot": "L-1", "bestBefore": soon, "available": 2, "qualityHold": 0, "damaged": 0},
            {"lot": "L-2", "bestBefore": later, "available": 3, "qualityHold": 0, "damaged": 0},
        ],
    }
    yesterday = str(today - timedelta(days=1))
    error = moved.refused("receiveStock", **place, quantity=1, lot="L-0", bestBefore=yesterday)
    assert (error["reason"], error["field"]) == ("LOT_EXPIRED", ["input", "bestBefore"])
    error = moved.refused("receiveStock", **place, quantity=1)
    assert (error["code"], error["reason"]) == ("INVALID", "LOT_NEEDED")
    move_clock(moved, "12 days")
    eventually(lambda: lots(moved, place)["available"] == 3)
    first = lots(moved, place)["lots"][0]
    assert (first["lot"], first["available"], first["qualityHold"]) == ("L-1", 0, 2)
    move_clock(moved, "0")
    moved.done("scrapStock", **place, quantity=2, condition="QUALITY_HOLD", reason="old", lot="L-1")
    eventually(lambda: [each["lot"] for each in lots(moved, place)["lots"]] == ["L-2"])


def test_a_pick_names_the_lots_that_leave(client: Client, shop: Shop) -> None:
    shop.sku = f"TEA-{uuid4().hex[:8]}"
    place = {"sku": shop.sku, "location": shop.location}
    price = {"amount": "4.00", "currency": "EUR"}
    client.done("registerProduct", sku=shop.sku, name="Tea", price=price, keepsLots=True)
    today = datetime.now(UTC).date()
    for lot, days in (("L-1", 10), ("L-2", 400)):
        best_before = str(today + timedelta(days=days))
        client.done("receiveStock", **place, quantity=2, lot=lot, bestBefore=best_before)
    order = shop.released()
    shipment, line = order["shipments"][0]["id"], order["lines"][0]["id"]

    def pick(lot: str) -> JSON:
        picked = {"lineId": line, "quantity": 2, "lots": [{"lot": lot, "quantity": 2}]}
        return {"shipmentId": shipment, "lines": [picked], "complete": True}

    assert client.refused("recordPick", **pick("L-2"))["reason"] == "ANOTHER_LOT_FIRST"
    client.done("recordPick", **pick("L-1"))
    done = client.done("dispatchShipment", shipmentId=shipment, carrier="DHL")
    [left] = lots(client, place, position=done["position"])["lots"]
    assert (left["lot"], left["available"]) == ("L-2", 2)
