"""How events of payments are read that were stored in an earlier shape."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, reads_as
from oms_core.kernel.money import Money
from oms_core.payments.events import PaymentReportKind, ProviderReported


class ProviderReportedV1(Event):
    """It called the provider's own name for its report `event_id`, like an event's id here."""

    TOPIC: ClassVar[str] = "payments.ProviderReported.v1"
    event_id: str
    kind: PaymentReportKind
    amount: Money
    request_id: UUID | None = None


@reads_as(ProviderReported)
def _(old: ProviderReportedV1) -> ProviderReported:
    return ProviderReported(
        report_id=old.event_id, kind=old.kind, amount=old.amount, request_id=old.request_id
    )
