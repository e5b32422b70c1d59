"""A small shop in the API's own words, brought to any point of an order's life in one call."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, eventually

ORDER = """order { id version number status paymentStatus fulfillmentStatus
  total { amount currency } lines { id sku quantity reserved shipped delivered returned }
  shipments { id status } returns { id status } }"""

ADDRESS = {
    "name": "Ada Muster",
    "street": "Deichstr. 1",
    "city": "Hamburg",
    "postalCode": "20459",
    "country": "DE",
}


class Shop:
    """One product at 12.50 EUR with 19 % tax, at one location with 100 units of it."""

    def __init__(self, client: Client, *, stock: int = 100) -> None:
        self.client = client
        self.sku, self.location = f"MUG-{uuid4().hex[:12]}", f"L-{uuid4().hex[:12]}"
        client.done("registerLocation", code=self.location, name="Hamburg", country="DE")
        price = {"amount": "12.50", "currency": "EUR"}
        client.done("registerProduct", sku=self.sku, name="Mug", price=price, taxRate="0.19")
        client.done("receiveStock", sku=self.sku, location=self.location, quantity=stock)

    def order(self, quantity: int = 2, **changed: Any) -> JSON:
        """Give the input of an order."""
        return {
            "channel": "web",
            "currency": "EUR",
            "customer": {"reference": "C-1", "name": "Ada Muster", "email": "ada@example.org"},
            "shippingAddress": ADDRESS,
            "lines": [{"sku": self.sku, "quantity": quantity}],
            **changed,
        }

    def placed(self, quantity: int = 2, **changed: Any) -> JSON:
        """Place an order, and give it."""
        placed = self.client.done("placeOrder", ORDER, **self.order(quantity, **changed))
        order: JSON = placed["order"]
        return order

    def payment(self, order: JSON, amount: str | None = None, **changed: Any) -> JSON:
        """Give the input of a payment of all that the order comes to."""
        return {
            "orderId": order["id"],
            "amount": {"amount": amount or order["total"]["amount"], "currency": "EUR"},
            "method": "card",
            "provider": "sandbox",
            "reference": f"pay-{order['number']}",
            **changed,
        }

    def authorized(self, **changed: Any) -> JSON:
        order = self.placed(**changed)
        done = self.client.done("authorizePayment", ORDER, **self.payment(order))
        return {**order, **done["order"]}

    def paid(self, **changed: Any) -> JSON:
        order = self.authorized(**changed)
        done = self.client.done("capturePayment", ORDER, **self.payment(order))
        return {**order, **done["order"]}

    def released(self, **changed: Any) -> JSON:
        """Give a paid order whose shipment was planned."""
        return self.released_again(self.paid(**changed))

    def released_again(self, order: JSON) -> JSON:
        """Wait until the shipment of a paid order is planned."""
        document = f"query Q($id: ID!) {{ {ORDER.replace('order', 'order(id: $id)', 1)} }}"

        def found() -> JSON | None:
            asked: JSON = self.client.ask(document, id=order["id"])["order"]
            return asked if asked and asked["shipments"] else None

        released: JSON = eventually(found)
        return released

    def dispatched(self, **changed: Any) -> JSON:
        order = self.released(**changed)
        shipment = order["shipments"][0]["id"]
        done = self.client.done("dispatchShipment", ORDER, shipmentId=shipment, carrier="DHL")
        return dict(done["order"])

    def delivered(self, **changed: Any) -> JSON:
        order = self.dispatched(**changed)
        done = self.client.done("deliverShipment", ORDER, shipmentId=order["shipments"][0]["id"])
        return dict(done["order"])

    def returned(self, quantity: int = 2, **changed: Any) -> JSON:
        """Give an order with a return that was requested."""
        order = self.delivered(**changed)
        lines = [{"lineId": order["lines"][0]["id"], "quantity": quantity}]
        done = self.client.done(
            "requestReturn", ORDER, orderId=order["id"], lines=lines, reason="too small"
        )
        return dict(done["order"])
