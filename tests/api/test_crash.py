"""Servers that are killed, and servers that are stopped: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import psutil
import psycopg
from tests.api.running import Client, Running, eventually
from tests.api.shop import Shop

from oms_core.runtime.embedded import running


def children(server: Running) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def read_side(server: Running) -> psutil.Process:
    return next(child for child in children(server) if "oms_api.read_side" in child.cmdline())


def test_killed_between_writing_and_reading(tmp_path: Path) -> None:
    """The whole supervisor gets SIGKILL; the embedded Postgres outlives it and is taken over."""
    first = Running("--data-dir", str(tmp_path))
    url = running(tmp_path)
    assert url is not None
    client = Client(first.url, url)
    shop = Shop(client)
    read_side(first).suspend()
    orders = [shop.placed(1, idempotencyKey=f"crash {i}") for i in range(5)]
    done = [client.done("authorizePayment", **shop.payment(order)) for order in orders]
    done += [client.done("capturePayment", **shop.payment(order)) for order in orders]
    ours = children(first)
    read_side(first).resume()
    first.kill()
    client.close()
    assert psutil.wait_procs(ours, timeout=20)[1] == []

    second = Running("--data-dir", str(tmp_path))
    client = Client(second.url, url)
    shop.client = client
    again = client.done("placeOrder", **shop.order(1, idempotencyKey="crash 0"))
    assert again["replayed"]
    document = "query Q($id: ID!) { order(id: $id) { paymentStatus shipments { id } } }"
    for order in orders:
        found = eventually(lambda order=order: _released(client, document, order["id"]))
        assert found["paymentStatus"] == "PAID"
        assert len(found["shipments"]) == 1
    [[count]] = client.rows(
        "SELECT count(*) FROM oms.events WHERE topic LIKE 'orders.OrderPlaced%%'"
    )
    assert count == 5
    client.close()
    assert second.stop() == 0
    assert running(tmp_path) is None


def _released(client: Client, document: str, id: str) -> dict[str, object] | None:
    order: dict[str, object] | None = client.ask(document, id=id)["order"]
    return order if order and order["shipments"] else None


def test_requests_on_their_way_are_finished(server_url: str, database_url: str) -> None:
    server = Running("--workers", "2", OMS_DATABASE_URL=database_url)
    client = Client(server.url, database_url)
    shop = Shop(client)
    answers: list[int] = []
    stopping = threading.Event()

    def order() -> None:
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as http:
            while not stopping.is_set():
                body = {"query": _PLACE, "variables": {"input": shop.order(1)}}
                try:
                    answer = http.post("/graphql", json=body, headers=client.headers)
                except httpx.ConnectError:
                    return
                except httpx.RemoteProtocolError:
                    return  # an idle connection was closed before the request was read
                answers.append(1 if answer.json()["data"]["placeOrder"]["order"] else 0)

    threads = [threading.Thread(target=order) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert server.stop() == 0
    stopping.set()
    for thread in threads:
        thread.join()
    client.close()
    with_position = client.rows(
        "SELECT count(*) FROM oms.events WHERE topic = 'orders.OrderPlaced.v1'"
    )
    assert sum(answers) > 10
    assert with_position == [(sum(answers),)]


_PLACE = "mutation P($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id } } }"


def test_a_process_that_dies_is_started_again(database_url: str) -> None:
    server = Running(OMS_DATABASE_URL=database_url)
    client = Client(server.url, database_url)
    before = {child.pid for child in children(server)}
    for child in children(server):
        os.kill(child.pid, signal.SIGKILL)
    eventually(lambda: len({c.pid for c in children(server)} - before) == 2)
    shop = Shop(eventually(lambda: _answering(client)))
    assert shop.released()["status"] == "OPEN"
    client.close()
    assert server.stop() == 0
    assert sum("a process died" in line for line in server.log) == 2


def _answering(client: Client) -> Client | None:
    try:
        return client if client.http.get("/health/live").is_success else None
    except httpx.HTTPError:
        return None


def test_ready_tells_when_a_projection_has_stopped(database_url: str) -> None:
    server = Running(OMS_DATABASE_URL=database_url)
    client = Client(server.url, database_url)
    assert client.http.get("/health/ready").status_code == 200
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
            " correlation_id) VALUES (gen_random_uuid(), 1, 1, 'orders.OrderPlaced.v1', '{}',"
            " now(), 'test', gen_random_uuid())"
        )
    ready = eventually(
        lambda: (r := client.http.get("/health/ready")).status_code == 503 and r.json()
    )
    assert ready["status"] == "unready"
    assert "orders" in ready["reasons"][0]
    client.close()
    assert server.stop() == 0
