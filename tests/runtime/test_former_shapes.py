"""What was stored in a former shape counts as ever: for decisions, read tables and people."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import psycopg
from psycopg.types.json import Json
from tests.runtime.shop import NOW, execute, order, stock_up

from oms_core.kernel.message import FORMER, TOPICS
from oms_core.kernel.money import Money
from oms_core.payments.commands import AuthorizePayment
from oms_core.payments.events import PaymentReportKind, ProviderReported
from oms_core.payments.outcomes import ReportPaymentEvent
from oms_core.payments.payment import payment_id
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.mapper import COLUMNS, envelope
from oms_core.runtime.past import PAST, folded, past
from oms_core.runtime.stories import told
from oms_core.story.words import Language
from oms_projections.payments import Payments

AMOUNT = Money(Decimal("10.00"), "EUR")
ID = payment_id("manual", "pay-1")
FIRST = "payments.ProviderReported.v1"
STORE = """INSERT INTO oms.events
  (stream_id, version, position, topic, body, occurred_at, actor, correlation_id)
VALUES (%s, %s, oms.position_of(0), %s, %s, %s, 'a former program', gen_random_uuid())"""


def test_a_report_of_a_former_shape_is_heard_once_too(database_url: str) -> None:
    body = {"event_id": "evt-1", "kind": "VOIDED", "amount": {"amount": "10.00", "currency": "EUR"}}
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 10})
        placed = execute(bus, order("O-1", ("A", 4)))
        asked = AuthorizePayment(
            order_id=placed.stream_id,
            request_id=uuid4(),
            amount=AMOUNT,
            method="card",
            provider="manual",
            reference="pay-1",
        )
        version = execute(bus, asked).view.version
    with psycopg.connect(database_url, autocommit=True) as conn:
        [payment] = folded(conn.execute(PAST, past([ID])).fetchall()).values()
        conn.execute(STORE, [ID, payment.version + 1, FIRST, Json(body), NOW])
        row = conn.execute(f"SELECT {COLUMNS} FROM oms.events WHERE topic = %s", [FIRST]).fetchone()
        assert row is not None
    read = envelope(row)
    assert version
    assert read.event == ProviderReported(
        report_id="evt-1", kind=PaymentReportKind.VOIDED, amount=AMOUNT
    )
    assert FIRST in Payments().topics
    assert TOPICS[FIRST] in FORMER
    assert told(read.event, Language.EN) == (
        "The provider reported of its own accord (evt-1): let go, 10.00 EUR."
    )
    with CommandBus(database_url) as fresh:
        execute(
            fresh,
            ReportPaymentEvent(
                provider="manual",
                reference="pay-1",
                event_id="evt-1",
                kind=PaymentReportKind.VOIDED,
                amount=AMOUNT,
            ),
        )
    with psycopg.connect(database_url) as conn:
        [after] = folded(conn.execute(PAST, past([ID])).fetchall()).values()
    assert after.version == payment.version + 1
