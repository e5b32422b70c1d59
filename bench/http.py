"""The whole way: orders placed over HTTP, by a client that costs as little as can be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

from bench.commands import CUSTOMERS, anybody, three_skus
from bench.measure import Rate, any_name

PLACE = """mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id number total { amount currency } } position userErrors { code message } } }"""

_BATCH = """mutation Place($input: PlaceOrdersInput!) { placeOrders(input: $input) {
  results { order { id number } userErrors { code message } } } }"""

_READ_BACK = """query Order($number: String!, $position: Position!) {
  order(number: $number, minPosition: $position) { number status } }"""

WARM_UP = three_skus
"""What is ordered before the stopwatch starts: not the SKU that runs out."""

Skus = Callable[[random.Random], list[str]]

A_BATCH = 100

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


def wanted(skus: list[str], customer: str) -> dict[str, object]:
    """Write the input that places a customer's order of one unit of each SKU, with an idempotency
    key.
    """
    return {
        "idempotencyKey": any_name(),
        "number": any_name(),
        "channel": "bench",
        "currency": "EUR",
        "customer": {"reference": customer},
        "shippingAddress": _ADDRESS,
        "lines": [{"sku": sku, "quantity": 1} for sku in skus],
    }


def body(document: str, **variables: object) -> bytes:
    """Write the body of a request."""
    return json.dumps({"query": document, "variables": variables}).encode()


def kind_of(answer: bytes) -> str:
    """Tell what became of an order."""
    content = json.loads(answer)
    if "errors" in content:
        return str(content["errors"][0]["extensions"]["code"])
    errors = content["data"]["placeOrder"]["userErrors"]
    return str(errors[0]["code"]) if errors else "ok"


Send = Callable[[Connection, random.Random, Rate], Awaitable[None]]
"""Sends one request on a connection, and notes its answer."""


class Load:
    """Many connections; each sends one request after the other, and the answers are counted."""

    def __init__(self, address: tuple[str, int, str], clients: int) -> None:
        self._connections = [Connection(*address) for _ in range(clients)]

    async def run(self, name: str, requests: Iterator[int], send: Send) -> Rate:
        """Send so many requests."""
        rate = Rate(name, len(self._connections), 0)

        async def work(i: int, connection: Connection) -> None:
            rng = random.Random(i)
            for _ in requests:
                await send(connection, rng, rate)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for i, connection in enumerate(self._connections):
                group.create_task(work(i, connection))
        rate.seconds = time.perf_counter() - began
        return rate

    async def __aenter__(self) -> Load:
        for connection in self._connections:
            await connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()


def _placing(skus: Skus, *, read_back: bool = False) -> Send:
    async def send(connection: Connection, rng: random.Random, rate: Rate) -> None:
        asked = body(PLACE, input=wanted(skus(rng), anybody(rng)))
        began = time.perf_counter()
        answer = await connection.send(asked)
        rate.taken.append(time.perf_counter() - began)
        rate.answers[kind_of(answer)] += 1
        if read_back:
            placed = json.loads(answer)["data"]["placeOrder"]
            number, position = placed["order"]["number"], placed["position"]
            found = await connection.send(body(_READ_BACK, number=number, position=position))
            rate.notes["read back" if json.loads(found)["data"]["order"] else "not there"] += 1

    return send


def placements(
    name: str,
    address: tuple[str, int, str],
    clients: int,
    requests: int,
    skus: Skus,
    *,
    read_back: bool = False,
) -> Rate:
    """Place orders from so many connections; `address` is host, port and token."""

    async def run() -> Rate:
        async with Load(address, clients) as load:
            await load.run(name, iter(range(clients * 5)), _placing(WARM_UP))
            return await load.run(name, iter(range(requests)), _placing(skus, read_back=read_back))

    return asyncio.run(run())


def batches(
    name: str,
    address: tuple[str, int, str],
    clients: int,
    orders: int,
    customers: int = CUSTOMERS,
) -> Rate:
    """Place orders a hundred a request, for so many customers; what is counted are orders."""

    async def send(connection: Connection, rng: random.Random, rate: Rate) -> None:
        given = [wanted(three_skus(rng), anybody(rng, customers)) for _ in range(A_BATCH)]
        began = time.perf_counter()
        answer = json.loads(await connection.send(body(_BATCH, input={"orders": given})))
        rate.taken.append(time.perf_counter() - began)
        for result in answer["data"]["placeOrders"]["results"]:
            rate.answers["refused" if result["userErrors"] else "ok"] += 1

    async def run() -> Rate:
        async with Load(address, clients) as load:
            await load.run(name, iter(range(clients)), send)
            return await load.run(name, iter(range(orders // A_BATCH)), send)

    return asyncio.run(run())


@contextlib.contextmanager
def in_background(address: tuple[str, int, str], clients: int) -> Iterator[None]:
    """Keep so many clients placing orders from another thread."""
    stop = threading.Event()

    async def run() -> None:
        async with Load(address, clients) as load:
            until = iter(lambda: int(stop.is_set()), 1)
            await load.run("background", until, _placing(WARM_UP))

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    yield
    stop.set()
    thread.join()
