"""The demo: real orders through the public API, and what to try with them."""

from __future__ import annotations

import shlex
from pathlib import Path

import httpx
import orjson
from rich.console import Console

from oms_api.retail import report as reporting
from oms_api.retail import runner

_TO_TRY = {
    "The latest orders": "{ orders(first: 3) { nodes { number placedAt status"
    " total { amount currency } } } }",
    "Key figures by day": '{ kpis(from: "2010-12-01T00:00:00Z", to: "2010-12-06T00:00:00Z",'
    " bucket: DAY) { rows { start ordersPlaced unitsOrdered revenue { amount currency } } } }",
    "The whole story of one order": '{ order(number: "536365") { status'
    " events(first: 50) { nodes { type occurredAt actor data } } } }",
}


async def bring_in(path: Path | None, url: str, token: str, seed: int, console: Console) -> None:
    """Bring the orders of a file in, the packaged one when it is None, and print the counts.

    Every command has a key of its own, so that bringing them in again does nothing twice.
    """
    report = await runner.import_orders(path, url=url, token=token, seed=seed, console=console)
    reporting.print_report(report, console)


async def play(url: str, token: str, seed: int, console: Console) -> None:
    """Bring the packaged orders in; say so when they are there already."""
    if await _has_orders(url, token):
        console.print("There are orders already. What was done before is not done twice.")
    await bring_in(None, url, token, seed, console)


async def _has_orders(url: str, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ orders(first: 1) { nodes { id } } }"}
        )
    return bool(answer.raise_for_status().json()["data"]["orders"]["nodes"])


def invite(url: str, token: str, console: Console) -> None:
    """Say what to try now; every command can be pasted as it stands."""
    say = f"The console is at {url}/graphql. Put this into its token field:\n\n{token}\n"
    console.print(say, soft_wrap=True, highlight=False, markup=False)
    for number, (title, document) in enumerate(_TO_TRY.items(), start=1):
        command = [
            "curl",
            "-s",
            f"{url}/graphql",
            "-H",
            "Content-Type: application/json",
            "-H",
            f"Authorization: Bearer {token}",
            "-d",
            orjson.dumps({"query": document}).decode(),
        ]
        text = f"{number}. {title}:\n\n{shlex.join(command)}\n"
        console.print(text, soft_wrap=True, highlight=False, markup=False)
