"""A small GraphQL client: one mutation a request, each with an idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

ERRORS = "userErrors { code message field }"
ORDER = "order { id total { amount } captured { amount } refunded { amount } lines { id } }"

MUTATIONS = {
    "registerLocation": "location { code }",
    "registerProduct": "product { sku }",
    "receiveStock": "stockItem { onHand }",
    "adjustStock": "stockItem { onHand }",
    "placeOrder": ORDER,
    "authorizePayment": ORDER,
    "capturePayment": ORDER,
    "refundPayment": ORDER,
    "cancelOrder": ORDER,
    "dispatchShipment": "shipment { id }",
    "deliverShipment": "shipment { id }",
    "requestReturn": "return { id }",
    "receiveReturn": "return { id }",
}

SHIPMENTS = """
query Shipments($number: String!) {
  order(number: $number) {
    lines { reserved shipped }
    shipments { id status lines { quantity } }
  }
}
"""

ATTEMPTS = 5


class Refused(Exception):
    """The server answered with user errors, or with errors that do not go away."""


class Client:
    """Sends documents to a server. Commands have keys, so what got lost is simply sent again."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )

    async def __aenter__(self) -> Client:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._http.aclose()

    async def command(self, mutation: str, key: str, facts: Mapping[str, object]) -> dict[str, Any]:
        """Execute a mutation; returns its payload. Raises `Refused`."""
        kind = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation {kind}($input: {kind}Input!) {{"
            f" {mutation}(input: $input) {{ {MUTATIONS[mutation]} position replayed {ERRORS} }} }}"
        )
        given = {name: value for name, value in facts.items() if value is not None}
        data = await self.query(document, {"input": {"idempotencyKey": key, **given}})
        payload: dict[str, Any] = data[mutation]
        if payload["userErrors"]:
            raise Refused(f"{mutation} {key}: {payload['userErrors'][0]['message']}")
        return payload

    async def query(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Execute a document; returns its data. Raises `Refused`."""
        body = {"query": document, "variables": variables}
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._http.post("/graphql", json=body)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS - 1:
                    raise Refused(f"The server does not answer: {error!r}.") from None
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            content = answer.json()
            if errors := content.get("errors"):
                raise Refused(str(errors[0].get("message")))
            data: dict[str, Any] = content["data"]
            return data
        raise AssertionError("the last attempt returns or raises")
