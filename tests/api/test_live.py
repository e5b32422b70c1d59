"""Subscriptions over both transports: whom they tell what, their bounds, and their end."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.api.fixtures import ran
from tests.api.running import JSON, Client, eventually, token
from tests.api.shop import Shop
from tests.api.talking import (
    LOG,
    ORDER,
    STOCK,
    events,
    opened,
    position,
    streaming,
    talking,
    worker,
)

from oms_api.key_ring import REMEMBERED_SECONDS
from oms_api.rights.roles import Role


def test_a_customer_is_told_of_their_own_orders_only(client: Client, shop: Shop) -> None:
    """Over both transports, and of each message: rights are looked at again."""
    reference = f"C-{uuid4().hex}"
    own = shop.placed(customer={"reference": reference, "name": "Ada"})["id"]
    other = shop.placed()["id"]
    customer = token(Role.CUSTOMER, subject=reference)
    with talking(client.url, customer) as talk:
        talk.subscribe(ORDER, id=other)
        assert [error["extensions"]["code"] for error in talk.errors()] == ["NOT_FOUND"]
        for document in (LOG, STOCK):
            talk.subscribe(document, skus=["X"])
            assert {error["extensions"]["code"] for error in talk.errors()} == {"FORBIDDEN"}
        talk.subscribe(ORDER, id=own)
        talk.data()
        headers = {"Authorization": f"Bearer {customer}"}
        with streaming(client, ORDER, id=own, headers=headers) as response:
            told = events(response)
            next(told)
            client.done("holdOrder", orderId=own, reason="check")
            assert (
                talk.data()["order"]
                == json.loads(next(told)["data"])["data"]["orderChanged"]["order"]
            )
        with streaming(client, ORDER, id=other, headers=headers) as response:
            assert "NOT_FOUND" in next(events(response))["data"]


def test_who_reads_slowly_costs_nothing_and_misses_nothing(client: Client, shop: Shop) -> None:
    """The server reads the log no further than the client has taken what it was sent."""
    start = position(client)
    lines = [{"sku": shop.sku, "quantity": 1}]
    orders = [shop.order(lines=lines, number=f"S-{uuid4().hex}") for _ in range(100)]
    assert client.ask(
        """mutation Many($orders: [PlaceOrderInput!]!) { placeOrders(input: {orders: $orders}) {
             results { userErrors { code } } } }""",
        orders=orders,
    )
    large = " ".join(f"a{i}: data" for i in range(45))
    document = f"""subscription Slow($after: Position) {{
      eventLog(after: $after) {{ position {large} }} }}"""
    narrow = socket.create_connection(("127.0.0.1", httpx.URL(client.url).port or 0))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    with talking(client.url, sock=narrow, max_queue=1) as talk:
        talk.subscribe(document, after=str(start))
        stored = client.rows(
            "SELECT position FROM oms.events WHERE position > %s ORDER BY position", start
        )
        sent = eventually(lambda: _settled(client))
        assert 1 <= sent < len(stored)
        told = [int(talk.data()["position"]) for _ in stored]
    assert told == [at for (at,) in stored]


def _settled(client: Client) -> int:
    """Tell how many messages were sent to the slow reader, once it is not more a moment later."""
    before = _sent(client)
    time.sleep(0.3)
    return before if _sent(client) == before else 0


def _sent(client: Client) -> int:
    page = client.http.get("/metrics", headers=client.headers).text
    name = 'oms_subscription_messages_total{operation="Slow"} '
    return int(float(next((line for line in page.splitlines() if name in line), "0").split()[-1]))


def _cut_off_when_its_token_expires(url: str, shop: Shop) -> int:
    order = shop.placed()
    with talking(url, token(Role.ADMIN, days=1.5 / 86_400)) as talk:
        talk.subscribe(ORDER, id=order["id"])
        talk.data()
        time.sleep(1.5)
        shop.client.done("holdOrder", orderId=order["id"], reason="check")
        return talk.closed()


def test_there_is_room_for_so_many_and_all_are_sent_elsewhere_at_the_end(
    served_database: str, shop: Shop
) -> None:
    settings = {"OMS_MOST_SUBSCRIPTIONS": "2", "OMS_INIT_SECONDS": "0.3", "OMS_TOKEN_LEEWAY": "0"}
    with (
        worker(served_database, **settings) as (url, process),
        Client(url, served_database) as other,
    ):
        with opened(url) as silent:
            assert silent.closed() == 4408
        assert _cut_off_when_its_token_expires(url, shop) == 4403
        with talking(url) as talk:
            talk.subscribe(LOG, "1")
            with streaming(other, LOG) as response:
                parts = response.iter_raw()
                assert next(parts) == b":\n\n"
                talk.subscribe(LOG, "2")
                [error] = talk.errors()
                assert error["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
                with opened(url) as full:
                    assert full.closed() == 1013
                process.terminate()
                assert b"Last-Event-ID" in next(parts)
                assert list(parts) == []
            assert talk.closed() == 1012
        assert process.wait(20) == 0


def test_the_reference_clients_are_told_the_same(node: str, client: Client, shop: Shop) -> None:
    """graphql-ws and graphql-sse, each as its own documentation has it."""
    order = shop.placed()
    start = position(client)
    types = ["NoteAdded", "OrderPlaced"]
    for _ in range(4):
        shop.placed(1)
    note = f"""mutation Note($text: String!) {{
      addNote(input: {{orderId: "{order["id"]}", text: $text}}) {{ userErrors {{ code }} }} }}"""
    wishes = {
        "url": f"{client.url}/graphql",
        "token": token(),
        "position": str(start),
        "id": order["id"],
        "note": note,
        "types": types,
    }
    for found in json.loads(ran(node, "live.mjs", json.dumps(wishes))).values():
        positions = [int(each["data"]["orderChanged"]["position"]) for each in found["order"]]
        assert len(positions) == 3
        assert positions == sorted(set(positions))
        assert [each["data"]["eventLog"]["type"] for each in found["events"]] == 4 * ["OrderPlaced"]
        assert found["resumed"] == found["events"][2:]
        assert len(found["query"]) == 1
        assert found["query"][0]["data"]["orders"]["nodes"]
        for wrong, code in (("invalid", "DOCUMENT_INVALID"), ("missing", "INVALID")):
            told = found[wrong]
            [error] = told["errors"] if isinstance(told, dict) else told[0]["errors"]
            assert error["extensions"]["code"] == code


@pytest.fixture(scope="module")
def strict(
    served_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A worker that looks at rights often, and where it logs to."""
    settings = {"OMS_RIGHTS_SECONDS": "0.2", "OMS_TOKEN_LEEWAY": "0", "OMS_ACCESS_LOG": "true"}
    path = tmp_path_factory.mktemp("strict") / "log"
    with (
        path.open("wb") as log,
        worker(served_database, log.fileno(), **settings) as (url, process),
    ):
        yield url, path
        process.terminate()
        process.wait(20)


def test_who_may_not_read_any_more_is_cut_off_though_nothing_happens(
    strict: tuple[str, Path], client: Client, shop: Shop
) -> None:
    """A token that expires, and a key that is revoked, over both transports."""
    order, name = shop.placed(), "live-" + "".join(chr(97 + int(d, 16)) for d in uuid4().hex)
    key = client.done("issueApiKey", "secret", name=name, rights=["READ_ORDERS"])["secret"]
    with (
        talking(strict[0], token(Role.ADMIN, days=6 / 86_400)) as silent,
        talking(strict[0], key) as talk,
        Client(strict[0], client.database_url) as other,
    ):
        for each in (silent, talk):
            each.subscribe(ORDER, id=order["id"])
            assert each.data()["order"]["status"] == "OPEN"
        headers = {"Authorization": f"Bearer {key}"}
        with streaming(other, ORDER, id=order["id"], headers=headers) as response:
            told = events(response)
            assert next(told)["event"] == "next"
            client.done("revokeApiKey", name=name, reason="lost")
            begun = time.monotonic()
            assert silent.closed() == talk.closed() == 4403
            [error] = json.loads(next(told)["data"])["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"
            assert next(told)["event"] == "complete"
            assert time.monotonic() - begun < REMEMBERED_SECONDS + 5


def test_each_operation_is_noted_without_a_person(
    strict: tuple[str, Path], client: Client, shop: Shop
) -> None:
    order, id = shop.placed(), f"live-{uuid4()}"
    with talking(strict[0], additional_headers={"X-Request-Id": id}) as talk:
        talk.subscribe(ORDER, "1", id=order["id"])
        talk.data()
        talk.subscribe("subscription Wrong { nothing }", "2")
        talk.errors()
        talk.subscribe("query Over { orders(first: 1) { nodes { id } } }", "3")
        talk.message()
    with (
        Client(strict[0], client.database_url) as other,
        streaming(other, ORDER, id=order["id"], headers={"X-Request-Id": id}) as response,
    ):
        next(events(response))

    def lines() -> list[JSON]:
        found = [line for line in strict[1].read_text().splitlines() if id in line]
        return [json.loads(line) for line in found] if len(found) == 4 else []

    noted = eventually(lines)
    told = {(line["event"], line["transport"], line["operation"]): line for line in noted}
    live = told["subscription", "websocket", "Order"]
    assert (live["outcome"], live["messages"], live["role"], live["cost"]) == (
        "left",
        1,
        "admin",
        2,
    )
    assert live["milliseconds"] > 0
    assert told["subscription", "events", "Order"]["messages"] == 1
    assert told["request", "websocket", None]["codes"] == ["DOCUMENT_INVALID"]
    assert told["request", "websocket", "Over"]["status"] == 200
    for secret in ("ada", "127.0.0.1", order["id"]):
        assert secret not in json.dumps(noted)
