"""The whole way: orders placed over HTTP, by a client that costs as little as can be."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from uuid import uuid4

from bench.commands import three_skus
from bench.measure import Rate

_DOCUMENT = """mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id number total { amount currency } } position userErrors { code message } } }"""

WARM_UP = three_skus
"""What is ordered before the stopwatch starts: not the SKU that runs out."""

_ADDRESS = {
    "name": "Ada",
    "street": "Deich 1",
    "city": "Hamburg",
    "postalCode": "20459",
    "country": "DE",
}


class Connection:
    """One keep-alive connection that sends a document and reads the answer."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = (host, port)
        self._head = (
            f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(*self._address, limit=2**24)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def send(self, body: bytes) -> bytes:
        """Send a body, return the answer's."""
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        return await self._reader.readexactly(length)


def order(skus: list[str]) -> bytes:
    """Write the body that places an order of one unit of each SKU, with an idempotency key."""
    given = {
        "idempotencyKey": uuid4().hex,
        "number": uuid4().hex,
        "channel": "bench",
        "currency": "EUR",
        "customer": {"reference": "C-1"},
        "shippingAddress": _ADDRESS,
        "lines": [{"sku": sku, "quantity": 1} for sku in skus],
    }
    return json.dumps({"query": _DOCUMENT, "variables": {"input": given}}).encode()


def kind_of(answer: bytes) -> str:
    """Tell what became of an order."""
    content = json.loads(answer)
    if "errors" in content:
        return str(content["errors"][0]["extensions"]["code"])
    errors = content["data"]["placeOrder"]["userErrors"]
    return str(errors[0]["code"]) if errors else "ok"


async def _load(
    name: str,
    connections: list[Connection],
    requests: int,
    make: Callable[[random.Random], bytes],
) -> Rate:
    rate = Rate(name, len(connections), 0)
    numbers = iter(range(requests))

    async def work(i: int, connection: Connection) -> None:
        rng = random.Random(i)
        for _ in numbers:
            body = make(rng)
            began = time.perf_counter()
            answer = await connection.send(body)
            rate.taken.append(time.perf_counter() - began)
            rate.answers[kind_of(answer)] += 1

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for i, connection in enumerate(connections):
            group.create_task(work(i, connection))
    rate.seconds = time.perf_counter() - began
    return rate


def placements(
    name: str,
    address: tuple[str, int, str],
    clients: int,
    requests: int,
    skus: Callable[[random.Random], list[str]],
) -> Rate:
    """Place orders from so many connections; `address` is host, port and token."""

    async def run() -> Rate:
        connections = [Connection(*address) for _ in range(clients)]
        for connection in connections:
            await connection.open()
        await _load(name, connections, clients * 5, lambda rng: order(WARM_UP(rng)))
        rate = await _load(name, connections, requests, lambda rng: order(skus(rng)))
        for connection in connections:
            connection.close()
        return rate

    return asyncio.run(run())
