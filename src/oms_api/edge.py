"""What surrounds every answer: headers, who may ask from a browser, and a line in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from litestar.config.cors import CORSConfig
from litestar.types import ASGIApp, Message, Scope
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from oms_api.graphql_http import Answered
from oms_core.runtime.errors import SetupError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

LONGEST_NAME = 60
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


class Edge(BaseSettings):
    """What an operator may set.

    `cors_origins` are pages that may ask from a browser, separated by commas; `hsts_seconds` is for
    servers that are reached by HTTPS only; `access_log` writes a line for each request; `traces`
    sends spans to an OpenTelemetry collector.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    cors_origins: str = ""
    hsts_seconds: int = Field(default=0, ge=0)
    access_log: bool = False
    traces: bool = False

    def cors(self) -> CORSConfig | None:
        """Let pages of these origins ask. They send tokens, never cookies."""
        origins = self._origins()
        if not origins:
            return None
        return CORSConfig(
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "authorization",
                "content-type",
                "traceparent",
                "last-event-id",
                "x-correlation-id",
                "x-min-position",
                "x-request-id",
            ],
            expose_headers=["retry-after", "x-correlation-id", "x-request-id"],
            allow_credentials=False,
            max_age=3_600,
        )

    def may_connect(self, origin: str | None, host: str | None) -> bool:
        """Tell whether a page of an origin may open a WebSocket; programs have no origin."""
        return origin is None or urlsplit(origin).netloc == host or origin in self._origins()

    def _origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @contextmanager
    def traced(self, app: ASGIApp) -> Iterator[ASGIApp]:
        """Have the requests of an app in spans, if so set. Raises `SetupError`."""
        with self.tracing() as provider:
            if provider is None:
                yield app
            else:
                from oms_api import traces  # noqa: PLC0415 - it is not there unless asked for

                yield traces.RequestSpans(app, provider)

    @contextmanager
    def tracing(self) -> Iterator[TracerProvider | None]:
        """Have what this process does in spans, if so set. Raises `SetupError`."""
        if not self.traces:
            yield None
            return
        try:
            from oms_api import traces  # noqa: PLC0415 - it is not there unless asked for
        except ModuleNotFoundError as error:
            missing = f"OMS_TRACES needs {error.name}. Install `oms[traces]`, or unset it."
            raise SetupError(missing) from None
        provider = traces.provided()
        try:
            yield provider
        finally:
            provider.shutdown()

    async def add_headers(self, message: Message, _scope: Scope) -> None:
        """Add what protects browsers, unless the answer has its own."""
        if message["type"] != "http.response.start":
            return
        headers = list(message["headers"])
        given = {name.lower() for name, _ in headers}
        headers += [(name, value) for name, value in _HEADERS.items() if name not in given]
        if self.hsts_seconds:
            value = f"max-age={self.hsts_seconds}; includeSubDomains".encode()
            headers.append((b"strict-transport-security", value))
        message["headers"] = headers


def usable_id(given: str | None) -> str | None:
    """Take the caller's name for the request, when it can stand in a header and a log."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else None


def logged(answered: Answered, seconds: float, **ids: Any) -> None:
    """Write a line about a request. It names no person, no address and no value."""
    log.info(
        "request",
        operation=answered.operation and answered.operation[:LONGEST_NAME],
        status=answered.status,
        milliseconds=round(seconds * 1_000, 1),
        cost=answered.cost,
        bytes=len(answered.body),
        codes=list(answered.codes),
        **ids,
    )
