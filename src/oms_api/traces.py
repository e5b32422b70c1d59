"""Traces by OpenTelemetry: from the HTTP request to the SQL statement, and of what follows from it.

Off unless asked for.

The exporter goes by the standard variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. A request goes
on with the trace of its `traceparent` header. Every span has the correlation id that the events
have, and none has a value, a name or an address.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from oms_core.runtime import tracing


class Inherited(SpanProcessor):
    """Gives each span the correlation id of the one that it is inside of."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        above = trace.get_current_span(parent_context)
        if isinstance(above, ReadableSpan) and above.attributes:
            known = above.attributes.get(tracing.CORRELATION)
            if known is not None:
                span.set_attribute(tracing.CORRELATION, known)


class OpenTelemetry:
    """Makes the spans of this process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("oms")

    def span(self, name: str, facts: dict[str, Any]) -> AbstractContextManager[object]:
        """Open a span inside the current one."""
        return self._tracer.start_as_current_span(name, attributes=_written(facts))

    def statement(self, text: str) -> AbstractContextManager[object]:
        """Open a span for a statement of a request; what the process does by itself has none."""
        if not trace.get_current_span().is_recording():
            return nullcontext()
        return self._tracer.start_as_current_span(
            text.partition(" ")[0].upper(),
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.query.text": text},
        )

    def note(self, facts: dict[str, Any]) -> None:
        """Add facts to the current span."""
        trace.get_current_span().set_attributes(_written(facts))

    def here(self) -> object:
        """Give the current span."""
        return trace.get_current_span()

    def begin(self, name: str, facts: dict[str, Any]) -> object | None:
        """Begin a span for what belongs to no request."""
        if trace.get_current_span().is_recording():
            return None
        return self._tracer.start_span(name, attributes=_written(facts))

    def end(self, place: object) -> None:
        """End what was begun."""
        if isinstance(place, trace.Span):
            place.end()

    def together(self, places: Iterable[object]) -> AbstractContextManager[object]:
        """Open a span inside the first one, with links to the others."""
        first, *others = [place for place in places if isinstance(place, trace.Span)]
        return self._tracer.start_as_current_span(
            "command group",
            context=trace.set_span_in_context(first),
            links=[Link(other.get_span_context()) for other in others],
            attributes={"oms.commands": 1 + len(others)},
        )


class RequestSpans:
    """A span for each HTTP request (ASGI middleware)."""

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracer = provider.get_tracer("oms")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request inside a span."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        method = str(scope["method"])
        path = scope["path"] if scope["path"] in _KNOWN else "other"
        with self._tracer.start_as_current_span(
            f"{method} {path}",
            context=extract(headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.path": path},
        ) as span:

            async def tell(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self._app(scope, receive, tell)


_KNOWN = {"/graphql", "/metrics", "/health/live", "/health/ready"}
"""Paths; strangers may make up any others."""


def provided(exporter: SpanExporter | None = None) -> TracerProvider:
    """Put a tracer in place for this process, and give what is to be shut down at its end."""
    resource = Resource({SERVICE_NAME: "oms"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(Inherited())
    provider.add_span_processor(BatchSpanProcessor(exporter or _otlp()))
    tracing.trace_with(OpenTelemetry(provider))
    return provider


def _otlp() -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter()


def _written(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | float | list) else str(value)
        for name, value in facts.items()
        if value is not None
    }
