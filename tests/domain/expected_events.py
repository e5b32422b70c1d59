"""One event of every topic, in full: what the lines of event_shapes.jsonl must read as."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tests.domain.expected_orders import ORDER_EVENTS
from tests.domain.expected_payments import PAYMENT_EVENTS
from tests.domain.expected_returns import RETURN_EVENTS
from tests.domain.expected_serials import SERIAL_EVENTS
from tests.domain.expected_shipment_events import SHIPMENT_EVENTS
from tests.domain.expected_sourcing import SOURCING_EVENTS
from tests.domain.expected_stock import STOCK_EVENTS
from tests.domain.expected_values import (
    AMOUNT,
    CALENDAR,
    FACTS,
    NOON,
    ORDER,
    PAYMENT,
    PAYMENTS,
    POLICY,
    SHIPMENT,
    SUBSCRIBER,
)

from oms_core.api_keys.events import ApiKeyIssued, ApiKeyRevoked
from oms_core.catalogue import events as catalogue
from oms_core.catalogue.events import ProductBackordered, ProductCaughtUp, ProductStocked
from oms_core.channels.events import ChannelConfigured
from oms_core.corrections.events import CorrectionRecorded
from oms_core.coupons import events as coupons
from oms_core.delivery import events as delivery
from oms_core.duties import events as duties
from oms_core.kernel.message import Event
from oms_core.locations import events as locations
from oms_core.locations.events import LocationRegistered
from oms_core.locations.traits import LocationKind
from oms_core.persons.events import CustomerErased, HeldKey, RetentionEnded
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.shipments.policy import Rerouting
from oms_core.subscriptions import events as subscriptions

EVENTS: tuple[Event, ...] = (
    catalogue.ProductRegistered(
        sku="CAP",
        name="Mütze",
        price=AMOUNT,
        tax_rate=Decimal("0.19"),
        keeps_lots=True,
        serial_numbered=True,
        **FACTS,
    ),
    catalogue.ProductFactsDeclared(**FACTS),
    catalogue.ProductPriced(price=AMOUNT, valid_from=NOON, valid_until=NOON, channel="web"),
    catalogue.PriceWithdrawn(currency="EUR", valid_from=NOON, channel="web"),
    ProductStocked(location="HAM"),
    ProductBackordered(),
    ProductCaughtUp(),
    delivery.ShippingMethodConfigured(
        code="standard",
        name="Standard",
        currency="EUR",
        calendar=CALENDAR,
        zones=(
            delivery.DeliveryZone(
                name="home",
                countries=("DE",),
                postal_codes=("2",),
                prices=(delivery.PriceStep(up_to_grams=5000, price=Decimal("4.90")),),
                fewest_days=1,
                most_days=3,
            ),
        ),
    ),
    delivery.ShippingMethodWithdrawn(reason="too dear"),
    duties.DutyRatesPublished(
        territory="EU",
        countries=("DE", "FR"),
        rates=(duties.DutyRate(rate=Decimal("0.027"), commodity_code="6505", origins=("CN",)),),
        free_up_to=(AMOUNT,),
        includes_shipping=False,
    ),
    duties.DutyRatesWithdrawn(territory="EU", reason="by hand"),
    subscriptions.SubscriptionOpened(sku="CAP", subscriber=SUBSCRIBER),
    subscriptions.SubscriptionCancelled(sku="CAP", channel="web", customer="C-1"),
    subscriptions.SubscribersNotified(sku="CAP", subscribers=(SUBSCRIBER,), more=True),
    CorrectionRecorded(
        corrects=f"{ORDER}/3", reason="Counted twice.", corrected_by=f"{ORDER}/5", order_id=ORDER
    ),
    CustomerErased(
        customer="C-1",
        reason="They asked by mail.",
        orders=1,
        streams=(ORDER,),
        destroyed=(SHIPMENT,),
        held=(HeldKey(key=PAYMENT, year=2026, until=date(2037, 1, 1)),),
        as_of="823",
        held_until=date(2037, 1, 1),
    ),
    RetentionEnded(customer="C-1", until=date(2037, 1, 1), streams=(ORDER,), destroyed=(PAYMENT,)),
    ApiKeyIssued(
        name="erp-import",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        rights=("MANAGE_STOCK", "READ_STOCK"),
        channels=("web",),
        issued_at=NOON,
        expires_at=NOON + timedelta(days=365),
    ),
    ApiKeyRevoked(reason="it was in a log", revoked_at=NOON),
    ChannelConfigured(
        code="web",
        currency="EUR",
        prices_include_tax=True,
        rounding_mode=RoundingMode.HALF_EVEN,
        rounding_level=RoundingLevel.DOCUMENT,
        shipping_tax_rate=Decimal("0.19"),
        unpaid_expires_after=timedelta(days=3),
        holds_escalate_after=timedelta(hours=36),
        backorders_cancel_after=timedelta(days=30),
        returns=POLICY,
        payments=PAYMENTS,
        short_picks=Rerouting.CANCEL,
    ),
    coupons.CouponIssued(
        code="SPRING",
        percent=Decimal(10),
        amount=AMOUNT,
        valid_from=NOON,
        valid_until=NOON,
        minimum_subtotal=AMOUNT,
        usage_limit=100,
        usage_limit_per_customer=1,
    ),
    coupons.CouponRedeemed(order_id=ORDER, customer="C-1"),
    coupons.CouponGivenBack(order_id=ORDER),
    coupons.CouponWithdrawn(reason="spring is over"),
    LocationRegistered(
        code="HAM",
        name="Hamburg",
        country="DE",
        postal_code="20459",
        latitude=53.55,
        longitude=9.99,
    ),
    locations.LocationConfigured(
        kind=LocationKind.STORE,
        calendar=CALENDAR,
        capacity_per_day=40,
        traits=("cold",),
        latitude=53.55,
        longitude=9.99,
    ),
    locations.LocationClosed(reason="flooded"),
    locations.LocationReopened(reason="dry again"),
    locations.LocationMerged(into="MUC", reason="too small"),
    locations.ReliefBegun(reason="flooded", order_ids=(ORDER,), day=date(2026, 3, 1), more=True),
    *ORDER_EVENTS,
    *PAYMENT_EVENTS,
    *RETURN_EVENTS,
    *SERIAL_EVENTS,
    *SHIPMENT_EVENTS,
    *SOURCING_EVENTS,
    *STOCK_EVENTS,
)
