"""`sandbox`: a provider for tests and demos that does what the payment's reference tells it.

A reference may hold instructions, each for one kind of request (`authorize` when none is named):

    decline           refuse
    delay             answer later, as news
    twice             answer, then tell the same as news, two times more
    lose              do it, but lose the first answer
    expires-YYYY-MM-DD    authorize until then

`pay-7 twice decline-refund` authorizes and repeats that, and declines refunds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from oms_core.payments.events import PaymentReportKind
from oms_core.payments.provider import Declined, News, Pending, ProviderRequest, Reply, Succeeded
from oms_core.payments.reports import Report

_INSTRUCTION = re.compile(r"\b(decline|delay|twice|lose)(?:-(authorize|capture|void|refund))?\b")
_EXPIRES = re.compile(r"\bexpires-(\d{4}-\d{2}-\d{2})\b")
_DONE: Mapping[str, PaymentReportKind] = {
    "authorize": PaymentReportKind.AUTHORIZED,
    "capture": PaymentReportKind.CAPTURED,
    "void": PaymentReportKind.VOIDED,
    "refund": PaymentReportKind.REFUNDED,
}


class AnswerLost(Exception):
    """The sandbox did what it was asked for, and was told to lose its answer."""


class Sandbox:
    """Remembers what it did by request, as a provider does: asked again, it answers the same."""

    def __init__(self) -> None:
        self.done: dict[UUID, Reply] = {}
        self._news: list[News] = []

    def authorize(self, request: ProviderRequest) -> Reply:
        """Pretend to set an amount aside."""
        return self._do("authorize", request)

    def capture(self, request: ProviderRequest) -> Reply:
        """Pretend to collect."""
        return self._do("capture", request)

    def void(self, request: ProviderRequest) -> Reply:
        """Pretend to let go."""
        return self._do("void", request)

    def refund(self, request: ProviderRequest) -> Reply:
        """Pretend to give back."""
        return self._do("refund", request)

    def news(self) -> Iterable[News]:
        """Tell what was delayed, or is to be repeated."""
        told, self._news = self._news, []
        return told

    def _do(self, kind: str, request: ProviderRequest) -> Reply:
        if request.request_id in self.done:
            return self.done[request.request_id]
        told = {
            word
            for word, of in _INSTRUCTION.findall(request.reference)
            if (of or "authorize") == kind
        }
        reply = self.done[request.request_id] = self._reply(told, request)
        repeated = 2 if "twice" in told else 1 if isinstance(reply, Pending) else 0
        self._news += [self._told(kind, request, number) for number in range(repeated)]
        if "lose" in told:
            raise AnswerLost
        return reply

    def _reply(self, told: set[str], request: ProviderRequest) -> Reply:
        if "decline" in told:
            return Declined("The sandbox was told to decline.")
        if "delay" in told:
            return Pending()
        return Succeeded(_transaction(request), _expiry(request))

    def _told(self, kind: str, request: ProviderRequest, number: int) -> News:
        report = Report(
            event_id=f"{request.request_id} {number}",
            kind=_DONE[kind],
            amount=request.amount,
            transaction=_transaction(request),
            expires_at=_expiry(request),
        )
        return News(request.reference, report)


def _transaction(request: ProviderRequest) -> str:
    return f"sandbox {request.request_id}"


def _expiry(request: ProviderRequest) -> datetime | None:
    found = _EXPIRES.search(request.reference)
    return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
