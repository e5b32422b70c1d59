"""What the expected events are made of: ids, amounts, an address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms_core.catalogue import events as catalogue
from oms_core.kernel.calendar import Calendar
from oms_core.kernel.money import Money
from oms_core.orders import events as orders
from oms_core.orders.quantities import LineQuantity, SourcedQuantity
from oms_core.payments.policy import LapseCapture, PaymentPolicy
from oms_core.payments.terms import PaymentTerms
from oms_core.returns import events as returns
from oms_core.returns.policy import ReturnPolicy
from oms_core.subscriptions import events as subscriptions

LINE = UUID("0192f0c1-0000-7000-8000-000000000001")
ORDER = UUID("0192f0c1-0000-7000-8000-000000000002")
SHIPMENT = UUID("0192f0c1-0000-7000-8000-000000000003")
RETURN = UUID("0192f0c1-0000-7000-8000-000000000004")
PAYMENT = UUID("0192f0c1-0000-7000-8000-000000000005")
REQUEST = UUID("0192f0c1-0000-7000-8000-000000000006")
HOLD = UUID("0192f0c1-0000-7000-8000-000000000007")
CREDIT = UUID("0192f0c1-0000-7000-8000-000000000008")
CLAIM = UUID("0192f0c1-0000-7000-8000-000000000009")
REPLACEMENT = UUID("0192f0c1-0000-7000-8000-00000000000a")
GIFT_CARD = UUID("0192f0c1-0000-7000-8000-00000000000b")
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
AMOUNT = Money(Decimal("19.90"), "EUR")
UNITS = (LineQuantity(line_id=LINE, quantity=2),)
PROMISE = orders.Promise(line_id=LINE, promised_by=NOON, waits_until=NOON)
SOURCED = SourcedQuantity(line_id=LINE, quantity=2, sku="CAP", location="HAM")
FACTS: dict[str, Any] = {
    "weight_grams": 120,
    "length_mm": 250,
    "width_mm": 200,
    "height_mm": 120,
    "origin_country": "PT",
    "commodity_code": "6505 00 30",
    "gtin": "4006381333931",
    "tax_class": "standard",
    "dangerous_goods": catalogue.DangerousGoods(
        un_number="UN1263", hazard_class="3", packing_group="II"
    ),
}
PAYMENTS = PaymentPolicy(
    terms=PaymentTerms.CAPTURE_ON_DISPATCH,
    capture_when_authorized=True,
    capture_before_lapse=LapseCapture.SHIPPED,
    capture_ahead=timedelta(hours=6),
)
SUBSCRIBER = subscriptions.Subscriber(channel="web", customer="C-1", email="ada@example.org")
POLICY = ReturnPolicy(needs_approval=True, fee_percent=Decimal("7.5"), fee_amount=AMOUNT)
RECEIVED = returns.ReturnedQuantity(
    line_id=LINE,
    quantity=2,
    sku="CAP",
    location="HAM",
    condition=returns.Condition.QUARANTINED,
)
CREDITED = orders.CreditedLine(
    line_id=LINE,
    quantity=1,
    subtotal=Decimal("19.90"),
    discount=Decimal("1.50"),
    tax=Decimal("3.50"),
    amount=Decimal("21.90"),
)
ADDRESS = orders.PostalAddress(
    name="Ada",
    street="Deich 1",
    city="Hamburg",
    postal_code="20459",
    country="DE",
    region="HH",
    latitude=53.55,
    longitude=9.99,
)

CALENDAR = Calendar(
    time_zone="Europe/Berlin",
    working_days=(1, 2, 3, 4, 5, 6),
    closed_on=(date(2026, 12, 25),),
    cut_off=time(15, 30),
)
