"""A shipment in the API's own words, brought to any point of its way in one call."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from tests.api.running import JSON, Client
from tests.api.shop import Shop

SHIPMENT = """shipment { id version status kind location trackingNumber
  lines { lineId sku quantity picked }
  parcels { number status weightGrams trackingNumber lines { lineId quantity } }
  tracking { carrierEventId status applied parcel } }
  order { status fulfillmentStatus
    lines { pending reserved backordered shipped delivered cancelled }
    shipments { id status location } }"""


def work(client: Client, mutation: str, shipment: JSON, **given: object) -> JSON:
    """Carry out a command on a shipment, and give the shipment that it answers with."""
    done = client.done(mutation, SHIPMENT, shipmentId=shipment["id"], **given)
    return {**done["shipment"], "order": done["order"]}


def all_lines(shipment: JSON) -> list[JSON]:
    """Name all that a shipment carries."""
    return [{"lineId": ln["lineId"], "quantity": ln["quantity"]} for ln in shipment["lines"]]


def planned(shop: Shop, **ordered: object) -> JSON:
    """Give the shipment of a paid order of four."""
    order = shop.placed(4, **ordered)
    for pay in ("authorizePayment", "capturePayment"):
        shop.client.done(pay, **shop.payment(order))
    released = shop.released_again(order)
    document = f"query Q($id: ID!) {{ node(id: $id) {{ ... on Shipment {_FIELDS} }} }}"
    shipment: JSON = shop.client.ask(document, id=released["shipments"][0]["id"])["node"]
    return shipment


_FIELDS = "{ id version lines { lineId quantity } }"


def picked(shop: Shop, **ordered: object) -> JSON:
    shipment = planned(shop, **ordered)
    return work(shop.client, "recordPick", shipment, lines=all_lines(shipment))


def packed(shop: Shop) -> JSON:
    """Give a shipment in two parcels, one of a unit and one of three."""
    shipment = picked(shop)
    [line] = shipment["lines"]
    parcels = [
        {"weightGrams": 300, "lines": [{"lineId": line["lineId"], "quantity": 1}]},
        {"weightGrams": 900, "lines": [{"lineId": line["lineId"], "quantity": 3}]},
    ]
    return work(shop.client, "packShipment", shipment, parcels=parcels)


def dispatched(shop: Shop) -> JSON:
    return work(shop.client, "dispatchShipment", packed(shop), carrier="DHL")


def ready(shop: Shop) -> JSON:
    shipment = picked(shop, pickupLocation=shop.location)
    return work(shop.client, "markReadyForPickup", shipment)


def elsewhere(shop: Shop) -> str:
    """Give another location that has a hundred units."""
    code = f"L-{uuid4().hex[:12]}"
    shop.client.done("registerLocation", code=code, name="Munich", country="DE")
    shop.client.done("receiveStock", sku=shop.sku, location=code, quantity=100)
    return code


def on(shipment: JSON, **given: object) -> JSON:
    """Give the input of a command on a shipment as it is now."""
    return {"shipmentId": shipment["id"], "expectedVersion": shipment["version"], **given}


def _half(shipment: JSON) -> list[JSON]:
    return [{"lineId": shipment["lines"][0]["lineId"], "quantity": 2}]


def _merge(shop: Shop) -> JSON:
    shipment = planned(shop)
    other = work(shop.client, "splitShipment", shipment, lines=_half(shipment))
    return {"shipmentId": shipment["id"], "merged": [other["id"]]}


def _pack(shop: Shop) -> JSON:
    shipment = picked(shop)
    return on(shipment, parcels=[{"weightGrams": 900, "lines": all_lines(shipment)}])


def _split(shop: Shop) -> JSON:
    shipment = planned(shop)
    return on(shipment, lines=_half(shipment))


def _pick(shop: Shop) -> JSON:
    shipment = planned(shop)
    return on(shipment, lines=all_lines(shipment))


TWICE: dict[str, Callable[[Shop], JSON]] = {
    "startPicking": lambda shop: {"shipmentId": planned(shop)["id"]},
    "recordPick": _pick,
    "packShipment": _pack,
    "labelParcel": lambda shop: on(packed(shop), parcel=1, carrier="DHL", trackingNumber="00340"),
    "splitShipment": _split,
    "mergeShipments": _merge,
    "cancelShipment": lambda shop: {"shipmentId": planned(shop)["id"], "reason": "flooded"},
    "relocateShipment": lambda shop: {
        "shipmentId": planned(shop)["id"],
        "reason": "flooded",
        "location": elsewhere(shop),
    },
    "recordTracking": lambda shop: on(dispatched(shop), carrierEventId="1", status="IN_TRANSIT"),
    "receiveReturnToSender": lambda shop: {"shipmentId": dispatched(shop)["id"], "then": "CANCEL"},
    "declareLost": lambda shop: {
        "shipmentId": dispatched(shop)["id"],
        "reason": "lost",
        "then": "CANCEL",
    },
    "markReadyForPickup": lambda shop: {
        "shipmentId": picked(shop, pickupLocation=shop.location)["id"]
    },
    "handOver": lambda shop: {"shipmentId": ready(shop)["id"]},
    "expirePickup": lambda shop: {"shipmentId": ready(shop)["id"], "reason": "not collected"},
}
"""An input for each mutation that can take effect once, by its nature or by its version."""
