"""Many buyers, one SKU that runs out, two workers: what is there is sold, and nothing else."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.api.running import Client, Running
from tests.api.shop import Shop

BUYERS = 16
ATTEMPTS = 12
UNITS = 40


def test_a_flash_sale_over_two_workers_sells_exactly_what_is_there(database_url: str) -> None:
    with Running("--workers", "2", OMS_DATABASE_URL=database_url) as server:
        clients = [Client(server.url, database_url) for _ in range(BUYERS)]
        shop = Shop(clients[0], stock=UNITS)

        def buy(client: Client) -> list[str]:
            payloads = [client.do("placeOrder", **shop.order(1)) for _ in range(ATTEMPTS)]
            return [p["userErrors"][0]["code"] if p["userErrors"] else "sold" for p in payloads]

        with ThreadPoolExecutor(BUYERS) as threads:
            told = Counter(code for codes in threads.map(buy, clients) for code in codes)
        assert told == {"sold": UNITS, "INSUFFICIENT_STOCK": BUYERS * ATTEMPTS - UNITS}
        [(on_hand, reserved)] = clients[0].rows("SELECT on_hand, reserved FROM oms.stock_balances")
        assert (on_hand, reserved) == (UNITS, UNITS)
        for client in clients:
            client.http.close()
        assert server.stop() == 0
