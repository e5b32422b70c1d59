"""Servers that are killed, and servers that are stopped: nothing is lost, nothing done twice."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import httpx
import psutil
import psycopg
from tests.api.running import Client, Running, eventually, oms
from tests.api.shop import Shop

from oms_core.runtime.embedded import running

COUNT = """SELECT count(*) FILTER (WHERE topic LIKE '%%.' || %s || '.v1'),
                  count(*) FILTER (WHERE topic LIKE '%%.' || %s || '.v1') FROM oms.events"""
HOLD_OF_NO_ORDER = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                        correlation_id)
SELECT gen_random_uuid(), 1, base + (pg_current_xact_id()::text::bigint << 20),
       'orders.HoldPlaced.v1', json_build_object('hold_id', gen_random_uuid(), 'reason', 'none'),
       now(), 'test', gen_random_uuid()
FROM oms.position_base"""


def children(server: Running) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def read_side(server: Running) -> psutil.Process:
    return next(child for child in children(server) if "oms_api.read_side" in child.cmdline())


def test_killed_between_writing_and_reading(tmp_path: Path) -> None:
    """The whole supervisor gets SIGKILL; the embedded Postgres outlives it and is taken over."""
    with Running("--data-dir", str(tmp_path)) as server:
        url = running(tmp_path)
        assert url is not None
        with Client(server.url, url) as client:
            shop = Shop(client)
            reading = read_side(server)
            reading.suspend()
            orders = [shop.placed(1, idempotencyKey=f"crash {i}") for i in range(5)]
            for order in orders:
                client.done("authorizePayment", **shop.payment(order))
                client.done("capturePayment", **shop.payment(order))
        ours = children(server)
        psutil.Process(server.process.pid).suspend()  # or it would start the read side again
        reading.kill()
        server.kill()
    assert psutil.wait_procs(ours, timeout=20)[1] == []

    with Running("--data-dir", str(tmp_path)) as server, Client(server.url, url) as client:
        shop.client = client
        again = client.done("placeOrder", **shop.order(1, idempotencyKey="crash 0"))
        assert again["replayed"]
        for order in orders:
            assert shop.released_again(order)["paymentStatus"] == "PAID"
        assert client.rows(COUNT, "OrderPlaced", "ShipmentPlanned") == [(5, 5)]
        assert server.stop() == 0
    assert running(tmp_path) is None


def test_requests_on_their_way_are_finished(database_url: str) -> None:
    answered: list[str] = []
    with Running("--workers", "2", OMS_DATABASE_URL=database_url) as server:
        with Client(server.url, database_url) as client:
            shop = Shop(client)

        def order_until_it_stops() -> None:
            with Client(server.url, database_url) as client, contextlib.suppress(httpx.HTTPError):
                while True:
                    answered.append(client.done("placeOrder", **shop.order(1))["position"])

        threads = [threading.Thread(target=order_until_it_stops) for _ in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(answered) > 20)
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        [(placed, _)] = client.rows(COUNT, "OrderPlaced", "ShipmentPlanned")
        assert placed == len(answered)


def test_a_process_that_dies_is_started_again(database_url: str) -> None:
    with (
        Running(OMS_DATABASE_URL=database_url) as server,
        Client(server.url, database_url) as client,
    ):
        before = {child.pid for child in children(server)}
        for child in children(server):
            child.kill()
        eventually(lambda: len({c.pid for c in children(server)} - before) == 2)
        shop = Shop(eventually(lambda: _answering(client)))
        assert shop.released()["status"] == "OPEN"
        assert server.stop() == 0
        assert sum("a process died" in line for line in server.log) == 2


def _answering(client: Client) -> Client | None:
    try:
        return client if client.http.get("/health/live").is_success else None
    except httpx.HTTPError:
        return None


def test_ready_tells_when_a_projection_has_stopped(database_url: str) -> None:
    with (
        Running(OMS_DATABASE_URL=database_url) as server,
        Client(server.url, database_url) as client,
    ):
        assert client.http.get("/health/ready").status_code == 200
        with psycopg.connect(database_url) as connection:
            connection.execute(HOLD_OF_NO_ORDER)
        ready = eventually(
            lambda: (r := client.http.get("/health/ready")).status_code == 503 and r.json()
        )
        assert ready["status"] == "unready"
        assert ready["reasons"][0].startswith("The projection orders has stopped at position")
        shop = Shop(client)
        assert shop.client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=1)
        status = oms("projections", "status", OMS_DATABASE_URL=database_url)
        assert status.returncode == 1
        assert "HoldPlaced" in status.stdout
        assert server.stop() == 0
