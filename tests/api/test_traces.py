"""Traces from the request to the statement, with the correlation id of the events."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.api.running import SECRET, token
from tests.api.shop import ADDRESS
from tests.projections.conftest import following, project_all
from tests.runtime.shop import execute, order, request, stock_up

import oms_api
from oms_api import traces
from oms_api.app import create_app
from oms_api.authentication import Authentication, Issuers
from oms_api.budget import BudgetSettings
from oms_api.edge import Edge
from oms_api.limits import Limits
from oms_api.tracking_secrets import Tracking
from oms_core.fulfillment import process as fulfillment
from oms_core.kernel.envelope import Cause
from oms_core.kernel.money import Money
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.runtime import tracing
from oms_core.runtime.bookmarks import position_of
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.processes import ProcessRunner
from oms_core.runtime.proof.keys import KeyFolder

ABOVE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PLACE = """mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { number payments { id } } userErrors { message } } }"""


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    found = InMemorySpanExporter()
    yield found
    tracing.trace_with(None)


async def place(database_url: str, folder: Path, provider: TracerProvider) -> None:
    """Send a request that places an order."""
    app = create_app(
        database_url,
        KeyFolder(folder),
        Limits(),
        Edge(),
        budgets=BudgetSettings(),
        authentication=Authentication(SECRET, Issuers()),
        tracking=Tracking(SECRET),
    )
    given: Any = {
        "channel": "web",
        "currency": "EUR",
        "customer": {"reference": "C-1", "name": "Ada Muster", "email": "ada@example.org"},
        "shippingAddress": ADDRESS,
        "lines": [{"sku": "A", "quantity": 1}],
    }
    served: Any = traces.RequestSpans(app, provider)
    wire = httpx.ASGITransport(served)
    async with app.lifespan(), httpx.AsyncClient(transport=wire, base_url="http://oms") as client:
        headers = {"Authorization": f"Bearer {token()}", "traceparent": ABOVE}
        body = {"query": PLACE, "variables": {"input": given}}
        answer = await client.post("/graphql", json=body, headers=headers)
        assert answer.json()["data"]["placeOrder"]["userErrors"] == []


def test_one_order_is_a_trace_from_the_request_to_its_statements(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
    provider = traces.provided(exporter)
    asyncio.run(place(database_url, tmp_path, provider))
    provider.force_flush()
    spans = {span.context.span_id: span for span in exporter.get_finished_spans() if span.context}

    def above(span: ReadableSpan) -> list[str]:
        names = []
        while span.parent is not None and span.parent.span_id in spans:
            span = spans[span.parent.span_id]
            names.append(span.name)
        return names

    [request] = [span for span in spans.values() if span.name == "POST /graphql"]
    assert request.parent is not None
    assert format(request.parent.span_id, "x") == "b7ad6b7169203331"
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    [command] = [span for span in spans.values() if span.name == "PlaceOrder"]
    assert above(command) == ["POST /graphql"]
    texts = {
        str(span.attributes["db.query.text"]): above(span)
        for span in spans.values()
        if span.attributes and "db.query.text" in span.attributes
    }
    [append] = [names for text, names in texts.items() if "INSERT INTO oms.events" in text]
    assert append == ["command group", "PlaceOrder", "POST /graphql"]
    assert all(names[-1] == "POST /graphql" for names in texts.values())
    of_events = "SELECT DISTINCT correlation_id::text FROM oms.events WHERE topic LIKE 'orders.%'"
    with psycopg.connect(database_url) as connection:
        [(correlation,)] = connection.execute(of_events).fetchall()
    for span in spans.values():
        assert span.attributes is not None
        assert span.attributes[tracing.CORRELATION] == correlation, span.name
        assert format(span.context.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    told = json.dumps([json.loads(span.to_json()) for span in spans.values()])
    for secret in ("Ada Muster", "ada@example.org", "Deichstr", token()[:20]):
        assert secret not in told


def test_commands_that_share_a_transaction_are_linked(exporter: InMemorySpanExporter) -> None:
    provider = traces.provided(exporter)
    places = []
    for name in ("PlaceOrder", "CancelOrder", "HoldOrder"):
        with tracing.span(name):
            places.append(tracing.here())
    with tracing.together(places):
        pass
    provider.force_flush()
    *commands, group = exporter.get_finished_spans()
    assert group.parent is not None
    assert group.parent.span_id == commands[0].context.span_id
    linked = [link.context.span_id for link in group.links]
    assert linked == [command.context.span_id for command in commands[1:]]


def test_what_follows_from_a_request_can_be_found_by_its_correlation_id(
    database_url: str, exporter: InMemorySpanExporter
) -> None:
    """The read tables, and the steps of processes: no request waits for them."""
    provider = traces.provided(exporter)
    amount = Money(Decimal(10), "EUR")
    with CommandBus(database_url) as bus, connect(database_url, name="test") as conn:
        stock_up(bus, {("A", "L"): 5})
        placed = execute(bus, order("1", ("A", 1)))
        paid = {"order_id": placed.stream_id, "amount": amount, "method": "card"}
        paid |= {"provider": "p", "reference": "r"}
        execute(bus, AuthorizePayment(request_id=uuid4(), **paid))
        asked = request(CapturePayment(request_id=uuid4(), **paid))
        bus.submit(asked).result()
        last = conn.execute("SELECT max(position) FROM oms.events").fetchone()
        runner = ProcessRunner(fulfillment, conn, bus, threading.Event())
        while (position_of(conn, runner.bookmark) or 0) < (last or (0,))[0]:
            runner.step()
        project_all(conn, following(conn))
    provider.force_flush()
    spans, correlation = exporter.get_finished_spans(), str(asked.cause.correlation_id)
    facts = {span.context.span_id: span.attributes or {} for span in spans if span.context}
    above = {span.context.span_id: span for span in spans if span.context}
    of_it = [id for id, known in facts.items() if known.get(tracing.CORRELATION) == correlation]
    named = {above[id].name: id for id in of_it}
    assert {"CapturePayment", "ReleaseToWarehouse"} <= set(named)
    step = named["ReleaseToWarehouse"]
    assert above[step].parent is None
    assert "/" in str(facts[step]["oms.causation_id"])
    [table] = [span for span in spans if span.name == "orders"]
    assert table.parent is not None
    assert above[table.parent.span_id].name == "read tables"
    assert correlation in facts[table.parent.span_id][tracing.CORRELATIONS]  # type: ignore[operator]
    id = table.context.span_id if table.context else 0
    written = {span.name for span in spans if span.parent and span.parent.span_id == id}
    assert "COPY" in written


def test_it_is_off_unless_asked_for(database_url: str) -> None:
    assert not Edge().traces
    assert tracing.here() is None
    assert tracing.begin("x", Cause("t", uuid4())) is None
    assert tracing.about("x", []) is tracing.span("y")
    with connect(database_url, name="test") as conn:
        assert conn.cursor_factory is psycopg.Cursor
    app: Any = object()
    with Edge().traced(app) as served:
        assert served is app


def test_a_library_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "oms_api.traces")
    monkeypatch.delattr(oms_api, "traces")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    app: Any = object()
    with pytest.raises(SetupError, match=r"oms\[traces\]"), Edge(traces=True).traced(app):
        pass


def test_strangers_do_not_name_spans(exporter: InMemorySpanExporter) -> None:
    provider = traces.provided(exporter)

    async def nothing(*_: Any) -> None: ...

    scope: Any = {"type": "http", "method": "GET", "path": "/ada@example.org", "headers": []}
    asyncio.run(traces.RequestSpans(nothing, provider)(scope, nothing, nothing))
    provider.force_flush()
    [span] = exporter.get_finished_spans()
    assert "ada" not in span.to_json()
