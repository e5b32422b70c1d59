"""How the shop of the random histories prices: its channels, its coupons, its discounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from oms_core.catalogue.commands import DeclareProductFacts, SetPrice, WithdrawPrice
from oms_core.channels.commands import ConfigureChannel, PaymentRules, ReturnRules
from oms_core.coupons.commands import IssueCoupon, WithdrawCoupon
from oms_core.duties.commands import PublishDutyRates, WithdrawDutyRates
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.placing import Customer, WantedDiscount
from oms_core.payments.policy import LapseCapture
from oms_core.pricing.policy import RoundingLevel, RoundingMode

RATES = st.sampled_from([Decimal(0), Decimal("0.07"), Decimal("0.19")])
CENTS = st.integers(0, 3000).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))
BEGINNING, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
PATIENCE: Mapping[str, Any] = {
    "unpaid_expires_after": timedelta(days=1),
    "holds_escalate_after": timedelta(hours=1),
    "backorders_cancel_after": timedelta(days=2),
}


def open_for_pricing(sku: str) -> Iterator[Command]:
    """Let `web` be net per line as ever, and `counter` gross per document, halves to even."""
    late = PaymentRules(capture_before_lapse=LapseCapture.SHIPPED)
    yield ConfigureChannel(code="web", **PATIENCE, payments=late)
    yield ConfigureChannel(
        code="counter",
        currency="EUR",
        prices_include_tax=True,
        rounding_mode=RoundingMode.HALF_EVEN,
        rounding_level=RoundingLevel.DOCUMENT,
        shipping_tax_rate=Decimal("0.19"),
        **PATIENCE,
        returns=ReturnRules(needs_approval=True, fee_percent=Decimal("7.5")),
        payments=PaymentRules(capture_when_authorized=True, capture_before_lapse=LapseCapture.ALL),
    )
    five = Money(Decimal(5), "EUR")
    yield IssueCoupon(code="TENTH", percent=Decimal(10), usage_limit=2)
    yield IssueCoupon(code="FIVE", amount=five, usage_limit_per_customer=1)
    yield IssueCoupon(code="SPRING", percent=Decimal("2.5"))
    yield IssueCoupon(code="OVER", amount=five)
    yield WithdrawCoupon(code="OVER", reason="over")
    spring = {"sku": sku, "channel": "counter", "valid_from": BEGINNING}
    yield SetPrice(**spring, price=Money(Decimal("7.35"), "EUR"))
    yield SetPrice(sku=sku, price=five, valid_from=BEGINNING, valid_until=LATER)
    yield WithdrawPrice(sku=sku, currency="EUR", valid_from=BEGINNING)
    yield DeclareProductFacts(sku=sku, weight_grams=320, commodity_code="6912 00")
    rates = ({"rate": Decimal("0.065"), "commodity_code": "6912"}, {"rate": Decimal(0)})
    yield PublishDutyRates.model_validate(
        {"territory": "CH", "countries": ("CH",), "rates": rates, "free_up_to": (five,)}
    )
    yield WithdrawDutyRates(territory="CH", reason="by hand")


@st.composite
def priced(draw: st.DrawFn) -> Mapping[str, Any]:
    """Draw what an order may say of its price, beyond what every order says."""
    percents = st.sampled_from([Decimal(1), Decimal("12.5"), Decimal(100)])
    discounts = draw(st.lists(percents, max_size=2))
    return {
        "channel": draw(st.sampled_from(["web", "counter"])),
        "customer": Customer(reference=draw(st.sampled_from(["C-1", "C-2"]))),
        "discounts": tuple(WantedDiscount(percent=percent) for percent in discounts),
        "coupon_code": draw(st.sampled_from([None, "TENTH", "tenth", "FIVE", "SPRING", "OVER"])),
        "shipping_tax_rate": draw(st.none() | RATES),
        "duties": draw(st.none() | CENTS),
        "shipping_method": draw(st.sampled_from([None, "standard"])),
    }


PRICED = priced()
