"""What protection at the edge costs: the same requests to a worker with it and to one without.

Both workers run side by side on one database and are asked in turn, a moment each, now one first
and now the other, so that a noisy neighbour meets both alike. A rate is that of the middle moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from bench.commands import anybody, three_skus
from bench.http import PLACE, Connection, Load, Send, body, wanted
from bench.measure import Rate
from bench.serving import SECRET
from oms_api import tokens

CLIENTS = 16
MOMENT = 0.25
"""Seconds."""

WARM = 4
"""Moments that are not counted."""

MOMENTS = 6
"""Of each worker, for a second that a figure is to be measured."""
ON = {
    "OMS_BUDGET": "1000000000",
    "OMS_BUDGET_PER_SECOND": "1000000000",
    "OMS_INTROSPECTION": "nobody",
    "OMS_HSTS_SECONDS": "3600",
}
OFF = {"OMS_BUDGET": "0", "OMS_MOST_COST": "1000000000", "OMS_INTROSPECTION": "all"}

_ONE = "query One($number: String!) { order(number: $number) { id number status version } }"
_LIST = """query List { orders(first: 20) { nodes { id number status placedAt
  customer { reference name } lines { sku quantity } total { amount currency } } } }"""

Address = tuple[str, int, str]


@contextlib.contextmanager
def worker(module: str, database_url: str, settings: dict[str, str]) -> Iterator[Address]:
    """Run one worker process on a free port; gives host, port and a token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    known = {"OMS_DATABASE_URL": database_url, "OMS_TOKEN_SECRET": SECRET}
    process = subprocess.Popen(
        [sys.executable, "-m", module, "127.0.0.1", str(port)],
        env=os.environ | known | settings,
        stdin=subprocess.PIPE,
    )
    try:
        _wait(port)
        yield "127.0.0.1", port, tokens.issue(SECRET, tokens.Role.ADMIN, "bench", days=1)
    finally:
        process.terminate()
        process.communicate()


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            url = f"http://127.0.0.1:{port}/health/live"
            if httpx.get(url, timeout=1, trust_env=False).is_success:
                return
        time.sleep(0.05)
    raise TimeoutError("a worker did not start")


def _asking(bodies: list[bytes]) -> Send:
    async def send(connection: Connection, rng: random.Random, rate: Rate) -> None:
        began = time.perf_counter()
        answer = await connection.send(rng.choice(bodies))
        rate.taken.append(time.perf_counter() - began)
        rate.answers["errors" if b'"errors"' in answer[:12] else "ok"] += 1

    return send


async def _placing(connection: Connection, rng: random.Random, rate: Rate) -> None:
    asked = body(PLACE, input=wanted(three_skus(rng), anybody(rng)))
    began = time.perf_counter()
    answer = json.loads(await connection.send(asked))
    rate.taken.append(time.perf_counter() - began)
    refused = "errors" in answer or answer["data"]["placeOrder"]["userErrors"]
    rate.answers["errors" if refused else "ok"] += 1


def questions(orders: int) -> dict[str, Send]:
    """Name what is asked for."""
    numbers = random.Random(1).sample(range(orders), min(orders, 500))
    return {
        "an order by number": _asking([body(_ONE, number=f"F-{n:07}") for n in numbers]),
        "20 orders with customers and lines": _asking([body(_LIST)]),
        "place order": _placing,
    }


def compare(
    protected: Address, bare: Address, orders: int, seconds: int
) -> list[tuple[Rate, Rate]]:
    """Measure each question in turn at both; gives the rates without and with protection."""
    return asyncio.run(_compare(protected, bare, orders, seconds * MOMENTS))


async def _compare(
    protected: Address, bare: Address, orders: int, moments: int
) -> list[tuple[Rate, Rate]]:
    found = []
    async with Load(bare, CLIENTS) as without, Load(protected, CLIENTS) as within:
        for name, send in questions(orders).items():
            measured: dict[str, list[Rate]] = {"without": [], "with": []}
            turns = [("without", without), ("with", within)]
            for number in range(moments + WARM):
                for kind, load in turns:
                    rate = await load.run(f"{name}, {kind}", _for_seconds(MOMENT), send)
                    assert rate.answers["errors"] == 0, name
                    if number >= WARM:
                        measured[kind].append(rate)
                turns.reverse()
            found.append((_median(measured["without"]), _median(measured["with"])))
    return found


def _for_seconds(seconds: float) -> Iterator[int]:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        yield 1


def _median(rates: list[Rate]) -> Rate:
    """Put rounds together: the rate is that of the round in the middle."""
    whole = Rate(rates[0].name, rates[0].clients, 0)
    for rate in rates:
        whole.taken += rate.taken
        whole.answers += rate.answers
    whole.seconds = whole.answers.total() / statistics.median(rate.per_second for rate in rates)
    return whole
