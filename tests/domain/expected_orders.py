"""One event of every topic of orders, in full."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.domain.expected_values import (
    ADDRESS,
    CLAIM,
    CREDIT,
    CREDITED,
    HOLD,
    LINE,
    NOON,
    ORDER,
    PAYMENT,
    PAYMENTS,
    PROMISE,
    REPLACEMENT,
    RETURN,
    SHIPMENT,
    SOURCED,
    UNITS,
)

from oms_core.delivery.promise import DeliveryPromise
from oms_core.kernel.message import Event
from oms_core.orders import events as orders
from oms_core.orders.holds import HoldKind
from oms_core.orders.links import LinkKind
from oms_core.payments.terms import PaymentTerms
from oms_core.pricing.policy import RoundingLevel, RoundingMode

ORDER_EVENTS: tuple[Event, ...] = (
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
        contact=orders.Contact(email="ada@example.com", name="Ada L.", vat_id="DE136695976"),
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
)
