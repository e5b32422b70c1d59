"""One event of every topic, in full: what the lines of event_shapes.jsonl must read as."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.domain.expected_serials import SERIAL_EVENTS
from tests.domain.expected_shipment_events import SHIPMENT_EVENTS
from tests.domain.expected_stock import STOCK_EVENTS

from oms_core.api_keys.events import ApiKeyIssued, ApiKeyRevoked
from oms_core.assignments.events import Occasion, SourcingDecided
from oms_core.backorders import events as backorders
from oms_core.catalogue import events as catalogue
from oms_core.catalogue.events import ProductBackordered, ProductCaughtUp, ProductStocked
from oms_core.channels.events import ChannelConfigured
from oms_core.claims import events as claims
from oms_core.conversations import events as conversations
from oms_core.conversations.events import Direction, Visibility
from oms_core.corrections.events import CorrectionRecorded
from oms_core.coupons import events as coupons
from oms_core.delivery import events as delivery
from oms_core.delivery.promise import DeliveryPromise
from oms_core.duties import events as duties
from oms_core.gift_cards import events as gift_cards
from oms_core.kernel.calendar import Calendar
from oms_core.kernel.message import Event
from oms_core.kernel.money import Money
from oms_core.locations import events as locations
from oms_core.locations.events import LocationRegistered
from oms_core.locations.traits import LocationKind
from oms_core.orders import events as orders
from oms_core.orders.holds import HoldKind
from oms_core.orders.links import LinkKind
from oms_core.orders.quantities import LineQuantity, SkuQuantity, SourcedQuantity
from oms_core.payments import events as payments
from oms_core.payments.policy import LapseCapture, PaymentPolicy
from oms_core.payments.terms import PaymentTerms
from oms_core.persons.events import CustomerErased, HeldKey, RetentionEnded
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.provider_events.events import ProviderEventHeard
from oms_core.returns import events as returns
from oms_core.returns.policy import ReturnPolicy, ReturnReason
from oms_core.shipments.policy import Rerouting
from oms_core.shortages import events as shortages
from oms_core.sourcing.events import SourcingRulesPublished, SourcingRulesWithdrawn
from oms_core.sourcing.explanation import (
    ChosenLocation,
    Method,
    OtherLocation,
    Reasons,
    WhyNot,
    WhyNotCount,
)
from oms_core.sourcing.rules import (
    EligibilityRule,
    HandlingCost,
    ParcelTariff,
    PostalArea,
    SourcingRules,
    WeightStep,
)
from oms_core.subscriptions import events as subscriptions
from oms_core.workdays.events import OrderScheduled, OrderUnscheduled, RoomAwaited

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

RULES = SourcingRules(
    currency="EUR",
    max_split=2,
    split_cost=Decimal("2.50"),
    cost_per_km=Decimal("0.01"),
    cost_per_day=Decimal("1"),
    low_stock_units=2,
    low_stock_cost=Decimal("0.50"),
    default_weight_grams=500,
    handling=(
        HandlingCost(kind=LocationKind.STORE, per_parcel=Decimal("3"), per_unit=Decimal("0.20")),
    ),
    tariffs=(
        ParcelTariff(
            name="home",
            origins=("DE",),
            destinations=("DE",),
            up_to_km=800,
            steps=(WeightStep(up_to_grams=5000, price=Decimal("4.90")),),
        ),
    ),
    eligibility=(
        EligibilityRule(
            name="cold chain",
            channels=("web",),
            countries=("DE",),
            skus=("CAP",),
            commodity_codes=("6505",),
            heavier_than_grams=100,
            locations=("HAM",),
            kinds=(LocationKind.WAREHOUSE,),
            location_countries=("DE",),
            traits=("cold",),
            exclude=True,
        ),
    ),
    postal_areas=(PostalArea(country="DE", postal_code="20", latitude=53.55, longitude=9.99),),
)
REASONS = Reasons(
    rules_version=3,
    method=Method.EXACT,
    currency="EUR",
    cost=Decimal("8.40"),
    bound=Decimal("8.40"),
    split=Decimal("2.50"),
    chosen=(
        ChosenLocation(
            location="HAM",
            lines=(SkuQuantity(line_id=LINE, quantity=2, sku="CAP"),),
            ship_on=date(2026, 3, 2),
            km=100,
            grams=1000,
            cost=Decimal("5.90"),
            handling=Decimal("0"),
            distance=Decimal("1.00"),
            delay=Decimal("0"),
            parcel=Decimal("4.90"),
            units=Decimal("0"),
        ),
    ),
    others=(
        OtherLocation(
            location="MUC",
            why=WhyNot.DEARER,
            rule="cold chain",
            km=700,
            missing=1,
            cost=Decimal("11.90"),
        ),
    ),
    counts=(WhyNotCount(why=WhyNot.DEARER, locations=1),),
)

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
    backorders.BackordersQueued(
        sku="CAP",
        order_id=ORDER,
        placed_at=NOON,
        priority=5,
        channel="web",
        pickup_location="HAM",
        lines=UNITS,
        excluded=("MUC",),
    ),
    backorders.BackordersDropped(sku="CAP", order_id=ORDER, lines=UNITS),
    backorders.BackordersFilled(
        sku="CAP",
        lines=(backorders.FilledLine(order_id=ORDER, line_id=LINE, quantity=2),),
        more=True,
    ),
    backorders.BackordersPassedOver(
        sku="CAP", until=backorders.Turn(placed_at=NOON, priority=7, line_id=LINE), seen=12
    ),
    backorders.BackordersPostponed(sku="CAP", until=NOON),
    backorders.BackordersResumed(sku="CAP"),
    shortages.ShortageBegan(sku="CAP"),
    shortages.ShortageEnded(sku="CAP"),
    shortages.ShortagesReviewed(stream_id=ORDER, version=7, skus=("CAP", "MUG")),
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
    SourcingRulesPublished(rules=RULES),
    SourcingRulesWithdrawn(reason="back to the simple way"),
    SourcingDecided(
        order_id=ORDER,
        occasion=Occasion.REJECTED,
        reasons=REASONS,
        unsourced=UNITS,
        excluded=("LEJ",),
    ),
    OrderScheduled(location="HAM", day=date(2026, 3, 2), order_id=ORDER),
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
    OrderUnscheduled(location="HAM", day=date(2026, 3, 2), order_id=ORDER, awaited=("CAP", "MUG")),
    RoomAwaited(location="HAM", day=date(2026, 3, 2), sku="CAP"),
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
    orders.OrderPlaced(
        number="1001",
        channel="web",
        currency="EUR",
        placed_at=NOON,
        customer=orders.CustomerDetails(
            reference="C-1", email="ada@example.org", name="Ada", vat_id="DE136695976"
        ),
        shipping_address=ADDRESS,
        billing_address=orders.PostalAddress(
            name="Ada", street="Deich 2", city="Hamburg", postal_code="20459", country="DE"
        ),
        lines=(
            orders.PricedLine(
                line_id=LINE,
                sku="CAP",
                name="Mütze",
                quantity=2,
                unit_price=Decimal("19.90"),
                tax_rate=Decimal("0.19"),
                discount=Decimal("3.00"),
                tax=Decimal("6.99"),
                total=Decimal("43.79"),
                percent_discount=Decimal("1.00"),
            ),
        ),
        subtotal=Decimal("39.80"),
        discount=Decimal("3.00"),
        shipping_price=Decimal("4.90"),
        shipping_tax=Decimal("0.93"),
        tax=Decimal("6.99"),
        total=Decimal("49.62"),
        prices_include_tax=True,
        allow_backorder=True,
        discounts=(
            orders.AppliedDiscount(
                amount=Decimal("1.00"), percent=Decimal(10), reason="scratch", line_id=LINE
            ),
            orders.AppliedDiscount(amount=Decimal("2.00"), code="SPRING"),
        ),
        duties=Decimal("1.20"),
        shipping_tax_rate=Decimal("0.19"),
        shipping_method="express",
        rounding_mode=RoundingMode.HALF_EVEN,
        rounding_level=RoundingLevel.DOCUMENT,
        payment_due_at=NOON,
        pickup_location="HAM",
        priority=5,
        assessed_duties=(
            orders.AssessedDuty(
                line_id=LINE,
                quantity=2,
                value=Decimal("41.70"),
                rate=Decimal("0.027"),
                amount=Decimal("1.20"),
                commodity_code="6505 00 30",
                origin_country="PT",
            ),
        ),
        payments=PAYMENTS,
        promise=DeliveryPromise(
            method="standard",
            ship_on=date(2026, 3, 2),
            earliest=date(2026, 3, 3),
            latest=date(2026, 3, 5),
        ),
        sold_before=Decimal("1.50"),
    ),
    orders.LinesReserved(lines=(SOURCED,), from_backorder=True),
    orders.LinesBackordered(lines=UNITS),
    orders.LinesUnassigned(
        location="HAM",
        reason="short pick",
        units=(
            orders.CancelledUnits(
                line_id=LINE, quantity=1, bucket="reserved", location="HAM", shipment_id=SHIPMENT
            ),
        ),
        declined=False,
    ),
    orders.PromiseMade(promises=(PROMISE,)),
    orders.PromiseRevised(promises=(PROMISE,), reason="the ship is late"),
    orders.LinesReleased(shipment_id=SHIPMENT, location="HAM", lines=UNITS),
    orders.LinesShipped(shipment_id=SHIPMENT, location="HAM", lines=UNITS),
    orders.LinesDelivered(shipment_id=SHIPMENT, lines=UNITS),
    orders.LinesUnreserved(
        location="HAM", shipment_id=SHIPMENT, lines=UNITS, reason="shelf was empty"
    ),
    orders.LinesRecalled(shipment_id=SHIPMENT, lines=UNITS),
    orders.LinesRegrouped(from_shipment_id=SHIPMENT, shipment_id=RETURN, lines=UNITS),
    orders.LinesUndelivered(shipment_id=SHIPMENT, lines=UNITS, reason="returned to sender"),
    orders.LinesCancelled(
        reason="changed my mind",
        units=(
            orders.CancelledUnits(line_id=LINE, quantity=1, bucket="pending"),
            orders.CancelledUnits(line_id=LINE, quantity=1, bucket="backordered"),
            orders.CancelledUnits(
                line_id=LINE, quantity=1, bucket="reserved", location="HAM", shipment_id=SHIPMENT
            ),
        ),
        amounts=(
            orders.CancelledAmounts(
                line_id=LINE,
                subtotal=Decimal("19.90"),
                discount=Decimal("1.50"),
                tax=Decimal("3.50"),
            ),
        ),
        shipping_price=Decimal("4.90"),
        shipping_tax=Decimal("0.93"),
        duties=Decimal("1.20"),
    ),
    orders.OrderEdited(
        reason="one more",
        lines=(
            orders.EditedLine(
                terms=orders.PricedLine(
                    line_id=LINE,
                    sku="CAP",
                    name="Mütze",
                    quantity=3,
                    unit_price=Decimal("19.90"),
                    tax_rate=Decimal("0.19"),
                    discount=Decimal("3.50"),
                    tax=Decimal("10.68"),
                    total=Decimal("66.88"),
                    percent_discount=Decimal("1.50"),
                ),
                subtotal=Decimal("39.80"),
                discount=Decimal("2.33"),
                tax=Decimal("7.12"),
            ),
        ),
        removed=(orders.CancelledUnits(line_id=LINE, quantity=1, bucket="pending"),),
        added=UNITS,
        discounts=(orders.AppliedDiscount(amount=Decimal("1.00"), line_id=LINE),),
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        shipping_method="standard",
        shipping_price=Decimal("3.90"),
        shipping_tax=Decimal("0.74"),
        shipping_tax_rate=Decimal("0.19"),
        difference=Decimal("-1.20"),
    ),
    orders.LinesReturnRequested(return_id=RETURN, lines=UNITS),
    orders.LinesReturned(return_id=RETURN, lines=UNITS),
    orders.LinesReturnWithdrawn(return_id=RETURN, lines=UNITS, kept=True),
    orders.LinesClaimed(claim_id=CLAIM, lines=UNITS),
    orders.ClaimEnded(claim_id=CLAIM, settled=True),
    orders.PaymentPosted(
        payment_id=PAYMENT,
        authorized=Decimal("19.90"),
        captured=Decimal("9.90"),
        refunded=Decimal("0.10"),
        charged_back=Decimal("0.20"),
        authorizing=Decimal("0.30"),
        capturing=Decimal("0.40"),
        refunding=Decimal("0.50"),
        terms=PaymentTerms.PAY_LATER,
        lines=(orders.LineRefund(line_id=LINE, amount=Decimal("0.10")),),
    ),
    orders.CreditGranted(
        credit_id=CREDIT,
        return_id=RETURN,
        claim_id=CLAIM,
        reason="too small",
        lines=(CREDITED,),
        shipping_price=Decimal("3.90"),
        shipping_tax=Decimal("0.74"),
        fee=Decimal("2.00"),
        amount=Decimal("24.54"),
    ),
    orders.ExchangeCreditPosted(
        credit_id=CREDIT, amount=Decimal("-24.54"), origin_id=ORDER, replacement_id=REPLACEMENT
    ),
    orders.OrderTagged(added=("vip",), removed=("new",)),
    orders.OrderLinked(kind=LinkKind.EXCHANGE_FOR, order_id=ORDER, number="1000"),
    orders.OrderUnlinked(kind=LinkKind.DUPLICATE_OF, order_id=ORDER, number="1000"),
    orders.HoldPlaced(
        hold_id=HOLD,
        reason="fraud check",
        kind=HoldKind.FRAUD,
        placed_at=NOON,
        escalates_at=NOON,
        only_by=("ada",),
    ),
    orders.HoldEscalated(hold_id=HOLD),
    orders.HoldReleased(hold_id=HOLD, reason="checked"),
    gift_cards.GiftCardIssued(last4="7K2Q", amount=AMOUNT, expires_at=NOON),
    gift_cards.GiftCardRedeemed(payment_id=PAYMENT, order_id=ORDER, amount=AMOUNT),
    gift_cards.GiftCardCredited(payment_id=PAYMENT, order_id=ORDER, amount=AMOUNT),
    payments.AuthorizationRequested(
        request_id=REQUEST,
        order_id=ORDER,
        amount=AMOUNT,
        method="card",
        provider="stripe",
        reference="pi_1",
        asked=True,
        terms=PaymentTerms.CAPTURE_ON_DISPATCH,
        gift_card_id=GIFT_CARD,
        policy=PAYMENTS,
    ),
    payments.PaymentAuthorized(
        request_id=REQUEST,
        amount=AMOUNT,
        expires_at=NOON,
        capture_at=NOON,
        transaction="auth_1",
    ),
    payments.AuthorizationDeclined(request_id=REQUEST, reason="Insufficient funds."),
    payments.AuthorizationExpired(amount=AMOUNT),
    payments.VoidRequested(request_id=REQUEST, amount=AMOUNT, asked=True),
    payments.AuthorizationVoided(request_id=REQUEST, amount=AMOUNT, transaction="void_1"),
    payments.VoidFailed(request_id=REQUEST, reason="Captured already."),
    payments.CaptureRequested(request_id=REQUEST, amount=AMOUNT, reference="ch_1", asked=True),
    payments.PaymentCaptured(request_id=REQUEST, amount=AMOUNT, transaction="ch_1"),
    payments.CaptureFailed(request_id=REQUEST, reason="Insufficient funds."),
    payments.RefundRequested(
        request_id=REQUEST,
        amount=AMOUNT,
        reference="re_1",
        asked=True,
        lines=(payments.LineAmount(line_id=LINE, amount=Decimal("9.90")),),
    ),
    payments.PaymentRefunded(request_id=REQUEST, amount=AMOUNT, transaction="re_1"),
    payments.RefundFailed(request_id=REQUEST, reason="Account closed."),
    payments.RefundReversed(request_id=REQUEST, reason="Account closed."),
    payments.RefundContested(request_id=REQUEST, amount=AMOUNT, transaction="re_8"),
    payments.ContestedRefundAccepted(request_id=REQUEST),
    payments.ContestedRefundDismissed(request_id=REQUEST),
    payments.OutcomeDeferred(request_id=REQUEST),
    payments.ProviderReported(
        report_id="evt_1",
        kind=payments.PaymentReportKind.CAPTURED,
        amount=AMOUNT,
        request_id=REQUEST,
    ),
    payments.ChargebackOpened(case="dp_1", amount=AMOUNT, reason="Not received."),
    payments.ChargebackWon(case="dp_1"),
    payments.ChargebackLost(case="dp_1"),
    ProviderEventHeard(provider="stripe", event_id="evt_1", payment_id=PAYMENT),
    claims.ClaimOpened(
        order_id=ORDER,
        lines=(
            claims.ClaimedQuantity(
                line_id=LINE,
                quantity=2,
                sku="CAP",
                problem=claims.ClaimProblem.DAMAGED,
                comment="torn",
            ),
        ),
        description="the parcel was open",
    ),
    claims.ClaimResolved(
        resolution=claims.ClaimResolution.REPLACE,
        currency="EUR",
        reason="carrier",
        lines=(CREDITED,),
        amount=Decimal("21.90"),
        replacement_id=REPLACEMENT,
        carried_over=Decimal("21.90"),
        return_id=RETURN,
    ),
    conversations.NoteAdded(
        order_id=ORDER, note_id=HOLD, text="call back", visibility=Visibility.INTERNAL
    ),
    conversations.MessageRecorded(
        order_id=ORDER,
        message_id=HOLD,
        direction=Direction.FROM_CUSTOMER,
        channel="email",
        subject="my cap",
        text="Where is it?",
    ),
    conversations.AttachmentAdded(
        order_id=ORDER,
        attachment_id=HOLD,
        name="damage.jpg",
        media_type="image/jpeg",
        url="https://files.example.org/1",
        reference="scan 7",
        sha256="0" * 64,
        visibility=Visibility.CUSTOMER,
    ),
    returns.ReturnRequested(
        order_id=ORDER,
        lines=(
            returns.RequestedQuantity(
                **SOURCED.model_dump(), reason=ReturnReason.SIZE_TOO_SMALL, comment="by far"
            ),
        ),
        reason="too small",
        policy=POLICY,
        claim_id=CLAIM,
    ),
    returns.ReturnApproved(note="a good customer"),
    returns.ReturnRejected(reason="worn"),
    returns.ReturnLabelRecorded(carrier="DHL", label_reference="L-1", tracking_number="00340"),
    returns.ReturnSent(carrier="DHL", tracking_number="00340"),
    returns.ReturnItemsReceived(lines=(RECEIVED,)),
    returns.ReturnItemsInspected(
        lines=(
            returns.InspectedQuantity(
                **RECEIVED.model_dump(exclude={"condition"}),
                condition=returns.Condition.SCRAPPED,
                were=returns.Condition.QUARANTINED,
            ),
        )
    ),
    returns.ReturnResolved(
        credit_id=CREDIT,
        currency="EUR",
        lines=(CREDITED,),
        kept=UNITS,
        shipping_price=Decimal("3.90"),
        shipping_tax=Decimal("0.74"),
        fee=Decimal("2.00"),
        amount=Decimal("24.54"),
        replacement_id=REPLACEMENT,
        carried_over=Decimal("20.00"),
    ),
    returns.ReturnCancelled(reason="changed my mind"),
    returns.ReturnClosed(),
    *SERIAL_EVENTS,
    *SHIPMENT_EVENTS,
    *STOCK_EVENTS,
)
