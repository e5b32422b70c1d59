"""The README's tour: every document is pasted as it stands and must do what is said of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.api.running import Client, eventually

README = (Path(__file__).parents[2] / "README.md").read_text()
DOCUMENTS = {
    re.split(r"\W+", document, maxsplit=2)[1]: document
    for document in re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
}


def test_the_tour_can_be_pasted(client: Client) -> None:
    opened = client.ask(DOCUMENTS["Open"])
    assert all(payload["userErrors"] == [] for payload in opened.values())
    assert opened["receiveStock"]["stockItem"] == {"onHand": 10, "available": 10}

    eleven = DOCUMENTS["Place"].replace("quantity: 2", "quantity: 11")
    refused = client.ask(eleven.replace("tour-4", "tour-x").replace("TOUR-1", "TOUR-X"))
    [error] = refused["placeOrder"]["userErrors"]
    assert error["code"] == "INSUFFICIENT_STOCK"

    order = client.ask(DOCUMENTS["Place"])["placeOrder"]["order"]
    assert order["total"] == {"amount": "29.75", "currency": "EUR"}
    assert order["lines"][0]["reserved"] == 2

    paid = client.ask(DOCUMENTS["Pay"], orderId=order["id"])
    assert paid["capturePayment"]["order"]["paymentStatus"] == "PAID"

    def shipments() -> Any:
        """The read tables follow a moment later; a person would ask again too."""
        found = client.ask(DOCUMENTS["Shipments"])["order"]
        return found and found["shipments"]

    [shipment] = eventually(shipments)
    assert (shipment["status"], shipment["location"]) == ("PENDING", "HAM")

    sent = client.ask(DOCUMENTS["Send"], shipmentId=shipment["id"])
    assert sent["dispatchShipment"]["order"]["fulfillmentStatus"] == "SHIPPED"
    assert sent["deliverShipment"]["order"]["status"] == "COMPLETED"

    def completed() -> Any:
        found = client.ask(DOCUMENTS["Story"])
        return found["order"]["status"] == "COMPLETED" and found

    story = eventually(completed)
    types = [event["type"] for event in story["order"]["events"]["nodes"]]
    assert types[0] == "OrderPlaced"
    assert {"PaymentCaptured", "ShipmentPlanned", "LinesDelivered"} <= set(types)
    assert story["before"] == {"status": "OPEN", "lines": [{"pending": 2, "reserved": 0}]}


def test_every_document_of_the_readme_was_pasted() -> None:
    assert list(DOCUMENTS) == ["Open", "Place", "Pay", "Shipments", "Send", "Story"]
