"""Subscriptions, over WebSocket and as server-sent events: complete, resumable, and bounded."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from tests.api.fixtures import ran
from tests.api.running import JSON, KEPT, SECRET, Client, eventually, token
from tests.api.shop import Shop
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from oms_api.rights.roles import Role
from oms_api.tokens import ALGORITHM, AUDIENCE

PROTOCOL: Any = ["graphql-transport-ws"]
ORDER = """subscription Order($id: ID!, $after: Position) {
  orderChanged(id: $id, after: $after) { position order { status version } } }"""
STOCK = """subscription Stock($skus: [String!]!, $locationIds: [ID!], $after: Position) {
  stockChanged(skus: $skus, locationIds: $locationIds, after: $after) {
    position items { sku location available } } }"""
LOG = """subscription Log($after: Position, $types: [String!], $streamId: ID) {
  eventLog(after: $after, types: $types, streamId: $streamId) { position type data } }"""
PATIENCE = 10


class Talk:
    """A connection that speaks graphql-transport-ws."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def subscribe(self, document: str, operation: str = "1", **variables: Any) -> None:
        payload = {"query": document, "variables": variables}
        self.send({"id": operation, "type": "subscribe", "payload": payload})

    def message(self) -> JSON:
        """Give the next message; pings are answered as clients do."""
        while (found := json.loads(self.socket.recv(PATIENCE)))["type"] == "ping":
            self.send({"type": "pong"})
        told: JSON = found
        return told

    def data(self, operation: str = "1") -> JSON:
        """Give the data of the next message, whose extensions tell its position, too."""
        message = self.message()
        assert (message["type"], message["id"]) == ("next", operation), message
        [(_, data)] = message["payload"]["data"].items()
        assert message["payload"]["extensions"]["position"] == data["position"]
        return dict(data)

    def errors(self) -> list[JSON]:
        message = self.message()
        assert message["type"] == "error", message
        errors: list[JSON] = message["payload"]
        return errors

    def closed(self) -> int:
        """Wait until the server closes, and give its code."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                self.message()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


@contextmanager
def opened(url: str, **options: Any) -> Iterator[Talk]:
    """Connect, and say nothing yet."""
    address = url.replace("http", "ws") + "/graphql"
    settings = {"subprotocols": PROTOCOL, "proxy": None, **options}
    with connect(address, **settings) as socket:
        yield Talk(socket)


@contextmanager
def talking(url: str, bearer: str | None = None, **options: Any) -> Iterator[Talk]:
    """Connect with a token, and be let in."""
    with opened(url, **options) as talk:
        talk.send(init(bearer or token()))
        assert talk.message() == {"type": "connection_ack"}
        yield talk


def init(bearer: str) -> JSON:
    return {"type": "connection_init", "payload": {"Authorization": f"Bearer {bearer}"}}


def position(client: Client) -> int:
    [(last,)] = client.rows("SELECT coalesce(max(position), 0) FROM oms.events")
    return int(last)


def test_an_order_is_told_as_it_is_and_whenever_it_changes(client: Client, shop: Shop) -> None:
    order = shop.authorized()
    with talking(client.url) as talk:
        talk.subscribe(ORDER, id=order["id"])
        first = talk.data()
        assert first["order"]["status"] == "OPEN"
        held = client.done("holdOrder", orderId=order["id"], reason="check")
        second = talk.data()
        assert second["order"] == {"status": "ON_HOLD", "version": first["order"]["version"] + 1}
        assert int(second["position"]) >= int(held["position"]) > int(first["position"])
        client.done("capturePayment", **shop.payment(order))
        assert int(talk.data()["position"]) > int(second["position"])
        talk.subscribe(ORDER, "2", id=order["id"], after=second["position"])
        assert talk.data("2")["order"]["version"] > second["order"]["version"]


def test_stock_is_told_by_product_and_location(client: Client, shop: Shop) -> None:
    other = f"L-{uuid4().hex[:12]}"
    wanted = "location { id }"
    there = client.done("registerLocation", wanted, code=other, name="Kiel", country="DE")
    with talking(client.url) as talk:
        talk.subscribe(STOCK, skus=[shop.sku])
        first = talk.data()
        shown = {"sku": shop.sku, "location": shop.location, "available": 100}
        assert first["items"] == [shown]
        talk.subscribe(
            STOCK, "2", skus=[shop.sku, "X"], locationIds=[there["location"]["id"]], after="1"
        )
        client.done("receiveStock", sku=shop.sku, location=other, quantity=7)
        both = {told["id"]: told["payload"]["data"]["stockChanged"] for told in _two(talk)}
        arrived = {"sku": shop.sku, "location": other, "available": 7}
        assert both["1"]["items"] == both["2"]["items"] == [arrived]
        shop.placed(3)
        assert talk.data()["items"] == [{**shown, "available": 97}]
        talk.subscribe(STOCK, "3", skus=[shop.sku], after=first["position"])
        assert [item["location"] for item in talk.data("3")["items"]] == [other, shop.location]


def _two(talk: Talk) -> list[JSON]:
    return [talk.message(), talk.message()]


def test_the_log_is_told_event_by_event_and_goes_on_where_it_was_left(
    client: Client, shop: Shop
) -> None:
    start = position(client)
    with talking(client.url) as talk:
        talk.subscribe(LOG, types=["OrderPlaced"])
        shop.placed(1)
        live = talk.data()
        assert live["type"] == "OrderPlaced"
        talk.send({"id": "1", "type": "complete"})
        shop.placed(1)
        talk.subscribe(LOG, "2", after=str(start))
        stored = client.rows(
            "SELECT position FROM oms.events WHERE position > %s ORDER BY position", start
        )
        told = [talk.data("2") for _ in stored]
        assert [int(one["position"]) for one in told] == [at for (at,) in stored]
        middle = told[len(told) // 2]["position"]
        talk.subscribe(LOG, "3", after=middle)
        assert talk.data("3") == told[len(told) // 2 + 1]


def test_what_cannot_be_subscribed_to_is_told(client: Client, shop: Shop) -> None:
    def code(document: str, **variables: Any) -> str:
        talk.subscribe(document, **variables)
        [error] = talk.errors()
        assert error["message"].endswith(".")
        return str(error["extensions"]["code"])

    with talking(client.url) as talk:
        assert code("subscription { nothing }") == "DOCUMENT_INVALID"
        assert code(ORDER) == "VARIABLES_INVALID"
        assert code(ORDER, id="nothing") == "INVALID_ID"
        assert code(ORDER, id=str(uuid4())) == "NOT_FOUND"
        assert code(LOG, types=["OrderPlaced", "Nothing"]) == "INVALID"
        assert code(STOCK, skus=[]) == "INVALID"
        assert code(STOCK, skus=["X"], locationIds=[str(uuid4())]) == "NOT_FOUND"
        assert code("subscription { eventLog { data }", x="\0") == "BAD_REQUEST"
        talk.subscribe(ORDER, id=shop.placed()["id"])
        assert talk.data()["order"]["status"] == "OPEN"


def test_queries_and_mutations_are_answered_too(client: Client, shop: Shop) -> None:
    with talking(client.url) as talk:
        talk.subscribe("{ orders(first: 1) { nodes { number } } }")
        assert talk.message()["payload"]["data"]["orders"]["nodes"] is not None
        assert talk.message() == {"id": "1", "type": "complete"}
        document = """mutation M($input: AddNoteInput!) {
          addNote(input: $input) { position userErrors { code } } }"""
        talk.subscribe(document, input={"orderId": shop.placed()["id"], "text": "hello"})
        assert talk.message()["payload"]["data"]["addNote"]["userErrors"] == []


def of_no_role() -> str:
    """A token whose role is longer than the reason of a close frame may be."""
    now = int(time.time())
    claims = {"sub": "ada", "role": "x" * 500, "aud": AUDIENCE, "iat": now, "exp": now + 60}
    return jwt.encode(claims, SECRET, ALGORITHM)


SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": LOG}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init"}], 4403),
        ([init("nonsense")], 4403),
        ([init(token(Role.CUSTOMER, days=-1))], 4403),
        ([init(of_no_role())], 4403),
        ([SUBSCRIBE], 4401),
        (["nonsense"], 4400),
        (["[]"], 4400),
        ([{"type": "start"}], 4400),
        (["x" * 1_000_001], 4400),
        ([init(token()), init(token())], 4429),
        ([init(token()), SUBSCRIBE, SUBSCRIBE], 4409),
        ([init(token()), SUBSCRIBE | {"id": ""}], 4400),
    ],
)
def test_who_breaks_the_protocol_is_cut_off(client: Client, messages: list[Any], code: int) -> None:
    with opened(client.url) as talk:
        for message in messages:
            talk.send(message)
        assert talk.closed() == code


def test_another_protocol_or_page_is_refused(client: Client) -> None:
    with opened(client.url, subprotocols=None) as plain:
        assert plain.closed() == 4406
    with (
        pytest.raises(Exception, match="403"),
        opened(client.url, origin="https://evil.example"),
    ):
        pass


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


# --------------------------------------------------------------------------- server-sent events


@contextmanager
def streaming(client: Client, document: str, **sent: Any) -> Iterator[httpx.Response]:
    headers = {**client.headers, "Accept": "text/event-stream", **sent.pop("headers", {})}
    body = {"query": document, "variables": sent}
    with client.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        yield response


def events(response: httpx.Response) -> Iterator[dict[str, str]]:
    """Read events as the HTML standard has it, without comments."""
    found: dict[str, str] = {}
    for line in response.iter_lines():
        if not line and found:
            yield found
            found = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(":")
            found[name] = value.strip()


def test_events_have_ids_from_which_a_client_goes_on(client: Client, shop: Shop) -> None:
    start = position(client)
    shop.placed(1)
    with streaming(client, LOG, after=str(start)) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        coming = events(response)
        first, second = next(coming), next(coming)
    assert first["event"] == "next"
    told = json.loads(second["data"])["data"]["eventLog"]
    assert second["id"] == told["position"]
    with streaming(
        client, LOG, after=str(start), headers={"Last-Event-ID": first["id"]}
    ) as response:
        assert next(events(response)) == second


def test_clients_that_accept_events_after_json_get_json(client: Client, shop: Shop) -> None:
    """What urql sends with every request."""
    accept = (
        "application/graphql-response+json, application/graphql+json, application/json,"
        " text/event-stream, multipart/mixed"
    )
    answer = client.post({"query": "{ orders(first: 1) { nodes { id } } }"}, Accept=accept)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    document = f'subscription {{ orderChanged(id: "{shop.placed()["id"]}") {{ position }} }}'
    with streaming(client, document, headers={"Accept": accept}) as response:
        assert next(events(response))["event"] == "next"


def test_whoever_wants_no_events_is_told_how_to_subscribe(client: Client) -> None:
    answer = client.post({"query": "subscription { eventLog { position } }"})
    assert answer.status_code == 406
    assert "text/event-stream" in answer.json()["errors"][0]["message"]
    answer = client.post({"query": "{ orders { nodes { id } } }"}, Accept="text/event-stream")
    assert answer.text.startswith("event: next\ndata: {")
    assert answer.text.endswith("event: complete\ndata:\n\n")
    refused = client.post({"query": LOG}, Accept="text/event-stream", Authorization="")
    assert refused.status_code == 401


# ----------------------------------------------------------------------------- bounds, and the end


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


@contextmanager
def worker(database_url: str, **settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run one API worker with settings of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"OMS_DATABASE_URL": database_url, "OMS_TOKEN_SECRET": SECRET, "OMS_DATA_DIR": KEPT}
    process = subprocess.Popen(
        [sys.executable, "-m", "oms_api.worker", "127.0.0.1", str(port)],
        env=os.environ | own | settings,
        stdin=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    with process:
        eventually(lambda: _lives(url))
        yield url, process
        assert process.poll() is not None


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    except httpx.HTTPError:
        return False


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
