"""One event of every topic that says who sends what, or waits for it, in full."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.domain.expected_values import (
    LINE,
    NOON,
    ORDER,
    UNITS,
)

from oms_core.assignments.events import Occasion, SourcingDecided
from oms_core.backorders import events as backorders
from oms_core.kernel.message import Event
from oms_core.locations.traits import LocationKind
from oms_core.orders.quantities import SkuQuantity
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
from oms_core.workdays.events import OrderScheduled, OrderUnscheduled, RoomAwaited

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

SOURCING_EVENTS: tuple[Event, ...] = (
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
    OrderUnscheduled(location="HAM", day=date(2026, 3, 2), order_id=ORDER, awaited=("CAP", "MUG")),
    RoomAwaited(location="HAM", day=date(2026, 3, 2), sku="CAP"),
)
