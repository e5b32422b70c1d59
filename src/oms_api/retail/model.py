"""What the data lack, made up by a seeded model that says so: places, payment, dispatch, delivery.

The same seed gives the same story. Nothing here is from the retailer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from oms_api.retail.plan import Plan, PlannedOrder

CARRIERS = ("Royal Mail", "Parcelforce", "DHL")


@dataclass(frozen=True, slots=True)
class Place:
    """A location; coordinates are the city's, WGS 84."""

    code: str
    name: str
    country: str
    postal_code: str
    latitude: float
    longitude: float


MAIN = Place("LON", "London warehouse", "GB", "E16", 51.51, 0.03)
OTHERS = (
    Place("MAN", "Manchester warehouse", "GB", "M17", 53.46, -2.32),
    Place("RTM", "Rotterdam warehouse", "NL", "3089", 51.88, 4.42),
)

SHARE_ELSEWHERE = 0.005
"""So many of the SKUs are kept at one of the other places: orders have about twenty lines, so
this splits about one order in ten."""


@dataclass(frozen=True, slots=True)
class Times:
    """When an order was paid, sent and delivered, and by whom it was carried."""

    paid: datetime
    dispatched: datetime
    delivered: datetime
    carrier: str


def times(order: PlannedOrder, seed: int) -> Times:
    """Make up the times of an order.

    Paid within ninety minutes, dispatched within four to thirty hours, delivered one to three days
    later. Goods that a credit note took back after their dispatch had arrived before it.
    """
    rng = random.Random(f"{seed}:{order.number}")  # noqa: S311 - a story, not a secret
    paid = order.at + timedelta(minutes=rng.randint(2, 90))
    dispatched = paid + timedelta(minutes=rng.randint(240, 1800))
    delivered = dispatched + timedelta(minutes=rng.randint(1440, 4320))
    back = [credit.at for credit in order.credits if credit.at > dispatched]
    if back:
        delivered = min(delivered, max(min(back) - timedelta(minutes=1), dispatched))
    return Times(paid, dispatched, delivered, rng.choice(CARRIERS))


def opening_stock(plan: Plan, seed: int) -> list[tuple[str, Place, int]]:
    """Make up what was there at first: what the file takes away, and a little more."""
    rng = random.Random(f"{seed}:stock")  # noqa: S311
    corrected = {row.sku for row in plan.corrections}
    stock = []
    for sku, units in sorted(plan.demand.items()):
        elsewhere = rng.random() < SHARE_ELSEWHERE and sku not in corrected
        place = rng.choice(OTHERS) if elsewhere else MAIN
        stock.append((sku, place, units + rng.randint(0, max(units // 10, 1))))
    return [(sku, place, units) for sku, place, units in stock if units]
