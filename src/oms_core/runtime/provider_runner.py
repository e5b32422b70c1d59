"""Asks one payment provider for what payments await of it, and takes its answers in.

A request stays open until its outcome is recorded. After a crash in between, the provider is asked
again under the same request id, and the outcome takes effect once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, assert_never
from uuid import UUID

import psycopg
import structlog
from pydantic import ValidationError
from uuid_utils.compat import uuid7

from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.refusal import Invalid, Refusal
from oms_core.payments import events
from oms_core.payments.outcomes import RecordPaymentOutcome, ReportPaymentEvent, Result
from oms_core.payments.payment import Payment
from oms_core.payments.provider import (
    Declined,
    News,
    PaymentProvider,
    Pending,
    ProviderRequest,
    Reply,
    Succeeded,
    TellsNews,
)
from oms_core.payments.reports import Report
from oms_core.payments.requests import PaymentRequest, PaymentRequestKind, PaymentRequestState
from oms_core.runtime import refused
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.followers import LogFollower, Stopped
from oms_core.runtime.mapper import envelope
from oms_core.runtime.recorder import read_streams
from oms_core.runtime.request import CommandKey, Request
from oms_core.runtime.steps import Step, Steps

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Requests that a provider is asked for at the same time."""

NEWS_EVERY = 0.5
"""Seconds between two questions for news."""

REASON_LENGTH = 200

ASKED_BY = (
    events.AuthorizationRequested,
    events.CaptureRequested,
    events.RefundRequested,
    events.VoidRequested,
)


def bookmark_of(provider: str) -> str:
    """Give the name of a provider's runner among the readers of the log."""
    return f"payments:{provider}"


class ProviderUnreachable(Stopped):
    """{provider} could not be asked: {fault}. It is asked again."""

    def __init__(self, provider: str, event: Envelope, fault: Exception) -> None:
        sentence = (type(self).__doc__ or "").format(provider=provider, fault=repr(fault))
        super().__init__(event.position, sentence)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that awaits its outcome, and the event that made it."""

    event: Envelope
    payment: Payment
    request: PaymentRequest


class ProviderRunner(LogFollower):
    """Follows the log on one connection and sends outcomes to a bus."""

    def __init__(
        self,
        name: str,
        provider: PaymentProvider,
        conn: psycopg.Connection[Any],
        bus: CommandBus,
        stop: threading.Event,
    ) -> None:
        super().__init__(bookmark_of(name), ASKED_BY, conn, stop)
        self._name = name
        self._provider = provider
        self._bus = bus
        self._steps = Steps(self.bookmark, conn, bus, stop)
        self._news_at = 0.0

    def step(self) -> int:
        """Take one page, and ask for news now and then."""
        taken = super().step()
        if isinstance(self._provider, TellsNews) and time.monotonic() >= self._news_at:
            self._news_at = time.monotonic() + NEWS_EVERY
            for news in self._provider.news():
                self._hear(news)
        return taken

    def handle(self, events: Sequence[Envelope]) -> bool:
        """Ask for whatever is still open, several at once; one that fails does not hold others."""
        asked = self._open([event for event in events if event.event.asked])  # type: ignore[attr-defined]
        if not asked:
            return False
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=self.bookmark) as pool:
            outcomes = list(pool.map(self._ask, asked))
        told = list(zip(asked, outcomes, strict=True))
        self._steps.execute(
            [Step(one.event, 0, o) for one, o in told if not isinstance(o, Exception)]
        )
        for one, outcome in told:
            if isinstance(outcome, Exception):
                raise ProviderUnreachable(self._name, one.event, outcome)
        return True

    def _open(self, requested: Sequence[Envelope]) -> list[Asked]:
        payments = _fold(self._conn, {event.originator_id for event in requested})
        found = []
        for event in requested:
            payment = payments[event.originator_id]
            request = payment.requests[event.event.request_id]  # type: ignore[attr-defined]
            waits = request.state is PaymentRequestState.REQUESTED
            if waits and payment.provider == self._name:
                found.append(Asked(event, payment, request))
        return found

    def _ask(self, asked: Asked) -> RecordPaymentOutcome | Exception:
        ask: dict[PaymentRequestKind, Callable[[ProviderRequest], Reply]] = {
            PaymentRequestKind.AUTHORIZATION: self._provider.authorize,
            PaymentRequestKind.CAPTURE: self._provider.capture,
            PaymentRequestKind.VOID: self._provider.void,
            PaymentRequestKind.REFUND: self._provider.refund,
        }
        try:
            return _outcome(asked, ask[asked.request.kind](_question(asked)))
        except Exception as fault:  # noqa: BLE001 - whatever a provider's code raises
            log.warning("a provider could not be asked", provider=self._name, fault=repr(fault))
            return fault

    def _hear(self, news: News) -> None:
        facts = {name: getattr(news.report, name) for name in Report.__slots__}
        key = f"news {news.reference} {news.report.event_id}"
        try:
            command = ReportPaymentEvent(provider=self._name, reference=news.reference, **facts)
            self._bus.submit(
                Request(
                    command,
                    Cause(self.bookmark, uuid7()),
                    datetime.now(UTC),
                    CommandKey(sha256(key.encode()).hexdigest(), sha256(key.encode()).digest()),
                )
            ).result()
        except (Refusal, ValidationError) as refusal:
            log.warning("news of a provider was refused", provider=self._name, refusal=str(refusal))
            refused.record_news(self._conn, self._name, news, *_code_and_sentence(refusal))
        else:
            refused.take_news_back(self._conn, self._name, news)


def _code_and_sentence(refusal: Refusal | ValidationError) -> tuple[str, str]:
    if isinstance(refusal, Refusal):
        return refusal.CODE, str(refusal)
    wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in refusal.errors())
    return Invalid.CODE, f"{'; '.join(wrong)}."


def _fold(conn: psycopg.Connection[Any], ids: set[UUID]) -> dict[UUID, Payment]:
    payments = {id: Payment(id) for id in ids}
    for row in read_streams(conn, dict.fromkeys(ids, 0)) if ids else ():
        event = envelope(row)
        payments[event.originator_id].apply(event.event)  # type: ignore[arg-type]
    return payments


def _question(asked: Asked) -> ProviderRequest:
    authorized = next(asked.payment.of_kind(PaymentRequestKind.AUTHORIZATION))
    return ProviderRequest(
        request_id=asked.request.id,
        order_id=asked.payment.order_id,
        reference=asked.payment.reference,
        method=asked.payment.method,
        amount=asked.request.amount,
        transaction=authorized.transaction,
    )


def _outcome(asked: Asked, reply: Reply) -> RecordPaymentOutcome:
    facts: dict[str, Any] = {"payment_id": asked.payment.id, "request_id": asked.request.id}
    match reply:
        case Succeeded():
            facts |= {"transaction": reply.transaction, "expires_at": reply.expires_at}
            return RecordPaymentOutcome(result=Result.SUCCEEDED, **facts)
        case Declined():
            reason = reply.reason[:REASON_LENGTH]
            return RecordPaymentOutcome(result=Result.DECLINED, reason=reason, **facts)
        case Pending():
            return RecordPaymentOutcome(result=Result.PENDING, **facts)
        case _:
            assert_never(reply)
