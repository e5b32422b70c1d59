"""What is noted of an operation over a connection that stays open: a line in the log, and figures.

Like the line of a request it names no person, no address and no value.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import orjson
import structlog

from oms_api import metrics
from oms_api.asking import NotAllowed
from oms_api.edge import LONGEST_NAME, logged
from oms_api.graphql_http import Answered

log = structlog.get_logger(__name__)


class Transport(StrEnum):
    """How an operation came."""

    WEBSOCKET = "websocket"
    EVENTS = "events"


class Outcome(StrEnum):
    """How a subscription ended."""

    REFUSED = "refused"
    LEFT = "left"
    """By the client, or by the server because it stops."""


@dataclass(slots=True)
class Line:
    """What is known of a subscription so far."""

    correlation_id: UUID
    operation: str | None = None
    role: str | None = None
    cost: int | None = None
    messages: int = 0
    sent: int = 0
    codes: tuple[str, ...] = ()
    outcome: Outcome = Outcome.LEFT
    _begun: float = field(default_factory=time.perf_counter)

    def told(self, body: bytes, *, last: bool) -> None:
        """Note a message; the last one tells what was wrong."""
        self.sent += len(body)
        if last:
            errors = orjson.loads(body).get("errors", ())
            self.refused(*(error["extensions"]["code"] for error in errors))
        else:
            self.messages += 1

    def refused(self, *codes: str) -> None:
        """Note why it could not begin or go on."""
        self.codes, self.outcome = codes, Outcome.REFUSED

    def written(self, transport: Transport, request_id: str | None) -> None:
        """Write it down."""
        log.info(
            "subscription",
            operation=self.operation and self.operation[:LONGEST_NAME],
            transport=transport.value,
            outcome=self.outcome.value,
            milliseconds=round((time.perf_counter() - self._begun) * 1_000, 1),
            cost=self.cost,
            messages=self.messages,
            bytes=self.sent,
            codes=list(self.codes),
            role=self.role,
            correlation_id=str(self.correlation_id),
            request_id=request_id or str(self.correlation_id),
        )


@dataclass(frozen=True, slots=True)
class Noting:
    """Where operations of one connection are noted; `is_on` says whether lines are written."""

    is_on: bool
    transport: Transport
    request_id: str | None = None

    @contextmanager
    def subscription(self, correlation_id: UUID) -> Iterator[Line]:
        """Write a line when a subscription has ended, however it does."""
        line = Line(correlation_id)
        try:
            yield line
        except NotAllowed as error:
            line.refused(error.code)
            raise
        finally:
            if self.is_on:
                line.written(self.transport, self.request_id)

    def answered(self, answered: Answered, begun: float, role: str, correlation_id: UUID) -> None:
        """Note a query or a command."""
        seconds = time.perf_counter() - begun
        metrics.answered(
            answered.operation, answered.status, seconds, answered.cost, answered.codes
        )
        if self.is_on:
            logged(
                answered,
                seconds,
                transport=self.transport.value,
                role=role,
                correlation_id=str(correlation_id),
                request_id=self.request_id or str(correlation_id),
            )
