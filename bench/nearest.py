"""Real orders, sourced by the search and by the nearest location first, over the same network."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.baskets import CITIES, EURO, somewhere, tariff_for
from oms_api.retail.plan import country_code
from oms_api.retail.rows import read
from oms_core.sourcing.centers import CENTERS
from oms_core.sourcing.geography import Point, meters
from oms_core.sourcing.loading import Load
from oms_core.sourcing.search import Problem, solve
from oms_core.sourcing.sharing import Source
from oms_core.sourcing.tariff import Tariff

WAREHOUSES, STORES = 6, 60
MOST_LINES = 20
SPLIT = EURO
MOST_SPLIT = 3


@dataclass(frozen=True, slots=True)
class Basket:
    """What one invoice wants, and where it goes."""

    there: Point
    wanted: dict[str, int]


@dataclass(slots=True)
class Totals:
    """What became of all orders."""

    orders: int = 0
    units: int = 0
    missing: int = 0
    parcels: int = 0
    split: int = 0
    cost: int = 0
    meters: int = 0
    whole: dict[int, int] = field(default_factory=dict)
    """The cost of each order that was served whole."""


def baskets() -> list[Basket]:
    """Give the packaged invoices of 1 to 20 SKUs. Where in a country somebody lives is drawn."""
    invoices: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    places: dict[str, Point] = {}
    rows, _ = read(None)
    for row in rows:
        code = country_code(row.country)
        if row.is_credit or row.quantity <= 0 or row.price <= 0 or code not in CENTERS:
            continue
        latitude, longitude = CENTERS[code]
        rng = random.Random(row.customer or row.invoice)
        places[row.invoice] = latitude + rng.gauss(0, 1), longitude + rng.gauss(0, 1)
        invoices[row.invoice][row.sku] += row.quantity
    return [
        Basket(places[invoice], dict(wanted))
        for invoice, wanted in invoices.items()
        if len(wanted) <= MOST_LINES
    ]


class Network:
    """Warehouses with most of everything, stores with some of it; each way has its own stock."""

    def __init__(self, orders: list[Basket]) -> None:
        rng = random.Random(1)
        demand: dict[str, int] = defaultdict(int)
        for order in orders:
            for sku, units in order.wanted.items():
                demand[sku] += units
        self.grams = {sku: rng.choice((80, 150, 250, 400, 700, 1200)) for sku in sorted(demand)}
        self.places = [(f"W{i}", rng.choice(CITIES)) for i in range(WAREHOUSES)]
        self.places += [(f"S{i:02}", somewhere(rng)) for i in range(STORES)]
        self.stock: dict[tuple[str, str], int] = {}
        for code, _ in self.places:
            warehouse = code.startswith("W")
            for sku, units in sorted(demand.items()):
                if rng.random() < (0.8 if warehouse else 0.2):
                    share = rng.uniform(0.2, 1.2) if warehouse else rng.uniform(0, 0.05)
                    self.stock[sku, code] = 1 + int(units * share)

    def problem(
        self, order: Basket, stock: dict[tuple[str, str], int]
    ) -> tuple[Problem, list[int]]:
        """Write an order as the search wants it, and how far each location is."""
        skus = list(order.wanted)
        sources, away = [], []
        for code, here in self.places:
            distance = meters(here, order.there)
            units = tuple(min(stock.get((sku, code), 0), order.wanted[sku]) for sku in skus)
            tariff: Tariff = tariff_for(distance)
            handling = EURO // 2 if code.startswith("W") else EURO
            fixed = handling + distance // 1000 * EURO // 500
            sources.append(
                Source(code, fixed, units, (0,) * len(skus), tariff, fixed + tariff.price(0))
            )
            away.append(distance)
        grams = tuple(self.grams[sku] for sku in skus)
        return Problem(tuple(order.wanted.values()), grams, sources, SPLIT, MOST_SPLIT), away


def nearest_first(problem: Problem, away: list[int], most: int) -> tuple[Load, ...]:
    """Take all that the nearest location has, then the next one's, from so many at most."""
    left, loads = list(problem.wanted), list[Load]()
    by_distance = sorted(range(len(away)), key=lambda i: (away[i], problem.sources[i].code))
    for source in (problem.sources[i] for i in by_distance):
        taken = tuple(map(min, source.units, left))
        if any(taken) and len(loads) < most:
            loads.append(Load(source, taken))
            left = [w - n for w, n in zip(left, taken, strict=True)]
    return tuple(loads)


def compared() -> Iterator[tuple[str, Totals, float]]:
    """Serve all orders one after the other, each way from stock of its own."""
    orders = baskets()
    network = Network(orders)
    for name, most in (
        (f"nearest first, {MOST_SPLIT} parcels at most", MOST_SPLIT),
        ("nearest first, any number of parcels", len(network.places)),
        ("search", MOST_SPLIT),
    ):
        stock, totals = dict(network.stock), Totals()
        began = time.process_time()
        for number, order in enumerate(orders):
            problem, away = network.problem(order, stock)
            loads = solve(problem).loads if name == "search" else nearest_first(problem, away, most)
            _count(totals, number, problem, loads, away)
            for load in loads:
                for sku, units in zip(order.wanted, load.units, strict=True):
                    if units:
                        stock[sku, load.source.code] -= units
        yield name, totals, time.process_time() - began


def _count(
    totals: Totals, number: int, problem: Problem, loads: tuple[Load, ...], away: list[int]
) -> None:
    far = dict(zip((source.code for source in problem.sources), away, strict=True))
    served = sum(sum(load.units) for load in loads)
    totals.orders += 1
    totals.units += served
    totals.missing += sum(problem.wanted) - served
    totals.parcels += len(loads)
    totals.split += len(loads) > 1
    totals.meters += sum(far[load.source.code] for load in loads)
    cost = SPLIT * max(len(loads) - 1, 0)
    for load in loads:
        heavy = sum(map(int.__mul__, load.units, problem.grams))
        cost += load.source.fixed + load.source.tariff.price(heavy)
    totals.cost += cost
    if served == sum(problem.wanted):
        totals.whole[number] = cost
