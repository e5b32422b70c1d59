"""What surrounds the answers: request ids, headers for browsers, the access log, and metrics."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from uuid import uuid4

import pytest
from tests.api.running import Client, Running, eventually, token
from tests.api.test_tokens import ISSUER, KEYS, OTHER, public, signed

from oms_api import metrics
from oms_api.rights.roles import Role

SHOP = "https://shop.example"
GOOD = {"query": "query Shelf { orders(first: 2) { nodes { id } } }"}


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent to a collector of traces, and publishes the keys of a provider."""

    received: ClassVar[list[tuple[str, bytes]]] = []

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(public(KEYS).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def edge(served_database: str, collector: str) -> Iterator[Running]:
    settings = {
        "OMS_JWKS": f"{collector}/jwks",
        "OMS_TOKEN_ISSUER": ISSUER,
        "OMS_TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OMS_CORS_ORIGINS": f"{SHOP}, https://desk.example",
        "OMS_HSTS_SECONDS": "3600",
        "OMS_ACCESS_LOG": "true",
        "OMS_BUDGET": "20000",
        "OMS_BUDGET_PER_SECOND": "2000",
        "OMS_BUDGET_KEPT": "postgres",
    }
    options = ("--workers", "2")
    with Running(*options, OMS_DATABASE_URL=served_database, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(edge: Running, served_database: str) -> Iterator[Client]:
    with Client(edge.url, served_database) as client:
        yield client


def test_the_request_id_comes_back(client: Client) -> None:
    answer = client.post(GOOD, **{"X-Request-Id": "req_123/a"})
    assert answer.headers["x-request-id"] == "req_123/a"
    for bad in ("a b", "x" * 200, "<script>"):
        made = client.post(GOOD, **{"X-Request-Id": bad}).headers
        assert made["x-request-id"] == made["x-correlation-id"]


def test_every_answer_protects_browsers(client: Client, visitor: Client) -> None:
    answers = [client.post(GOOD), client.http.get("/nothing"), client.http.get("/health/live")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
    page = client.http.get("/graphql", headers={"Accept": "text/html"})
    assert page.headers.get_list("content-security-policy") == [
        page.headers["content-security-policy"]
    ]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert visitor.post(GOOD).headers["strict-transport-security"].startswith("max-age=3600")


def test_pages_of_named_origins_may_ask(visitor: Client, client: Client) -> None:
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = visitor.http.options("/graphql", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in allowed.headers
    answer = visitor.post(GOOD, Origin=SHOP)
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "retry-after" in answer.headers["access-control-expose-headers"]
    for answer in (
        visitor.http.options("/graphql", headers=asked | {"Origin": "https://evil.example"}),
        visitor.post(GOOD, Origin="https://evil.example"),
        client.post(GOOD, Origin=SHOP),
        client.http.options("/graphql", headers=asked),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_a_request_is_logged_without_a_person(edge: Running, visitor: Client) -> None:
    name, mail = f"req-{uuid4()}", "grace@example.org"
    document = "query Search($t: String) { order(number: $t) { id } }"
    body = {"query": document, "variables": {"t": mail}}
    headers = {"X-Request-Id": name, "Authorization": f"Bearer {token(subject='grace')}"}
    answer = visitor.post(body, **headers)
    line = eventually(lambda: [line for line in edge.log if name in line])[0]
    logged = json.loads(line)
    assert logged["event"] == "request"
    assert (logged["operation"], logged["status"], logged["cost"]) == ("Search", 200, 1)
    assert (logged["role"], logged["bytes"]) == ("admin", len(answer.content))
    assert logged["correlation_id"] == answer.headers["x-correlation-id"]
    assert "grace" not in line
    assert "127.0.0.1" not in line
    visitor.post({"query": "{"}, **{"X-Request-Id": f"{name}-2"})
    line = eventually(lambda: [line for line in edge.log if f"{name}-2" in line])[0]
    assert json.loads(line)["codes"] == ["DOCUMENT_INVALID"]


def test_a_client_gets_no_more_from_two_workers_than_from_one(
    edge: Running, visitor: Client
) -> None:
    body = {"query": "query Greedy { orders(first: 250) { nodes { id lines { id } } } }"}
    greedy = {"Authorization": f"Bearer {token(subject='greedy')}"}
    begun, answers = time.monotonic(), []
    for _ in range(24):  # each on a connection of its own, so that both workers are asked
        with Client(edge.url, visitor.database_url) as other:
            answers.append(other.post(body, **greedy))
    served = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(served) + len(refused) == 24
    assert 13 <= len(served) <= 13 + (time.monotonic() - begun) * 2_000 / 1_501 + 1
    error = refused[-1].json()["errors"][0]
    assert error["extensions"]["code"] == "THROTTLED"
    assert int(refused[-1].headers["retry-after"]) == error["extensions"]["retryAfter"]
    assert visitor.post(body).status_code == 200
    figures = visitor.http.get("/metrics", headers=visitor.headers).text
    assert figure(figures, 'oms_errors_total{code="THROTTLED"}') >= len(refused)


def test_traces_reach_a_collector(visitor: Client) -> None:
    id = visitor.post(GOOD).headers["x-correlation-id"].encode()
    sent = eventually(lambda: [one for one in Collector.received if id in one[1]])
    assert sent[0][0] == "/v1/traces"
    assert b"POST /graphql" in sent[-1][1]


def figure(text: str, name: str) -> float:
    """Read one figure of the page."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_metrics_are_those_of_all_workers(visitor: Client) -> None:
    def page() -> str:
        return visitor.http.get("/metrics", headers=visitor.headers).text

    before = page()
    for _ in range(6):  # each on a connection of its own, so that both workers are asked
        with Client(visitor.url, visitor.database_url) as other:
            other.post({"query": "query Counted { __typename }"})
    visitor.post({"query": "{ nothing }"})
    visitor.refused("holdOrder", orderId=str(uuid4()), reason="check")
    after = page()
    for name, more in (
        ('oms_requests_total{operation="Counted",status="200"}', 6),
        ('oms_request_seconds_count{operation="Counted"}', 6),
        ('oms_errors_total{code="DOCUMENT_INVALID"}', 1),
        ('oms_request_cost_bucket{le="1.0"}', 6),
    ):
        assert figure(after, name) - figure(before, name) == more, name
    assert re.search(r'^oms_refusals_total\{code="\w+"\} [1-9]', after, re.MULTILINE)
    assert 'oms_projection_lag_seconds{name="orders"}' in after
    assert figure(after, 'oms_projection_stopped{name="orders"}') == 0
    for state in ("free", "used", "waited for"):
        assert f'oms_pool_connections{{state="{state}"}}' in after


def test_metrics_are_not_for_everybody(client: Client) -> None:
    assert client.http.get("/metrics").status_code == 401
    shop = {"Authorization": f"Bearer {token(Role.STOREFRONT)}"}
    assert client.http.get("/metrics", headers=shop).status_code == 403


def test_strangers_can_not_fill_the_metrics_with_names() -> None:
    names = {metrics._counted(f"stranger{i}") for i in range(metrics.MOST_NAMES + 50)}
    assert len(names) <= metrics.MOST_NAMES + 1
    assert "other" in names


def test_tokens_of_a_provider_are_good_beside_own_ones(visitor: Client) -> None:
    for key in (signed(KEYS["RS256"], "RS256"), signed(KEYS["EdDSA"], "EdDSA"), token()):
        assert visitor.post(GOOD, Authorization=f"Bearer {key}").json()["data"]["orders"]
    for key in (signed(OTHER, "RS256"), signed(OTHER, "RS256", "new")):
        assert visitor.post(GOOD, Authorization=f"Bearer {key}").status_code == 401
