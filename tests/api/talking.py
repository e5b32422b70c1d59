"""Clients of subscriptions: over WebSocket, and for server-sent events."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from tests.api.running import JSON, KEPT, SECRET, Client, eventually, token
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

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


@contextmanager
def worker(
    database_url: str, log: int | None = None, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run one API worker with settings of its own, until whoever uses it ends it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {"OMS_DATABASE_URL": database_url, "OMS_TOKEN_SECRET": SECRET, "OMS_DATA_DIR": KEPT}
    process = subprocess.Popen(
        [sys.executable, "-m", "oms_api.worker", "127.0.0.1", str(port)],
        env=os.environ | own | settings,
        stdin=subprocess.PIPE,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    with process:
        eventually(lambda: lives(url))
        yield url, process
        assert process.poll() is not None


def lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    except httpx.HTTPError:
        return False
