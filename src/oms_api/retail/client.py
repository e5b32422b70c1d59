"""A small GraphQL client: one mutation a request, each with an idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from oms_core.runtime.errors import SetupError

ERRORS = "userErrors { reason message }"
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
query Shipments($number: String!, $minPosition: Position!) {
  order(number: $number, minPosition: $minPosition) {
    lines { reserved shipped }
    shipments { id status lines { quantity } }
  }
}
"""

PAUSES = (0.2, 0.4, 0.8, 1.6)
"""Seconds before what got no answer is sent again."""

PASSING = {"UNAVAILABLE", "READ_MODEL_BEHIND"}


class Refused(Exception):
    """The server said no; `reason` is its stable name for why."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotNow(Refused):
    """The server can't answer at the moment, and says so."""


class NotOurServer(SetupError):
    """What answers at {url} is not this API: HTTP {status} without GraphQL. Check the address."""

    def __init__(self, url: httpx.URL, status: int) -> None:
        super().__init__((type(self).__doc__ or "").format(url=url, status=status))


class TokenRefused(SetupError):
    """The token is not valid there, or may not do this. The message is the server's."""


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
        """Execute a mutation; returns its payload. Raises like `query`."""
        kind = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation {kind}($input: {kind}Input!) {{"
            f" {mutation}(input: $input) {{ {MUTATIONS[mutation]} position replayed {ERRORS} }} }}"
        )
        given = {name: value for name, value in facts.items() if value is not None}
        data = await self.query(document, {"input": {"idempotencyKey": key, **given}})
        payload: dict[str, Any] = data[mutation]
        for error in payload["userErrors"]:
            raise Refused(f"{mutation} {key}: {error['message']}", error["reason"])
        return payload

    async def query(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Execute a document; returns its data.

        Raises `Refused` when the server says no, and what ends everything: `TokenRefused`,
        `NotOurServer`, and httpx's errors when there is no answer after five attempts.
        """
        body = {"query": document, "variables": variables}
        for pause in PAUSES:
            try:
                return await self._ask(body)
            except (httpx.TransportError, httpx.HTTPStatusError, NotNow):
                await asyncio.sleep(pause)
        return await self._ask(body)

    async def _ask(self, body: Mapping[str, object]) -> dict[str, Any]:
        answer = await self._http.post("/graphql", json=body)
        if answer.is_server_error:
            answer.raise_for_status()
        content = self._content(answer)
        for error in content.get("errors", ()):
            if answer.status_code in (401, 403):
                raise TokenRefused(error["message"])
            code = str(error.get("extensions", {}).get("code"))
            raise (NotNow if code in PASSING else Refused)(error["message"], code)
        data: dict[str, Any] = content["data"]
        return data

    def _content(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError:
            content = None
        known = isinstance(content, dict) and content.keys() & {"data", "errors"}
        if not known or answer.status_code == 404:
            raise NotOurServer(self._http.base_url, answer.status_code)
        answered: dict[str, Any] = content
        return answered
