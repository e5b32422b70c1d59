"""Draws sourcing problems: baskets of 1 to 20 lines, and 5 to 300 locations laid over Europe."""

from __future__ import annotations

import random

from oms_core.sourcing.geography import Point, meters
from oms_core.sourcing.search import Problem
from oms_core.sourcing.sharing import Source
from oms_core.sourcing.tariff import Tariff

EURO = 1_000_000

CITIES: tuple[Point, ...] = (
    *((52.5, 13.4), (53.6, 10.0), (48.1, 11.6), (50.9, 7.0), (50.1, 8.7), (51.3, 12.4)),
    *((48.9, 2.4), (45.8, 4.8), (43.3, 5.4), (51.5, -0.1), (53.5, -2.2), (52.4, 4.9)),
    *((50.8, 4.4), (40.4, -3.7), (41.4, 2.2), (38.7, -9.1), (45.5, 9.2), (41.9, 12.5)),
    *((48.2, 16.4), (47.4, 8.5), (50.1, 14.4), (52.2, 21.0), (47.5, 19.0), (44.4, 26.1)),
    *((37.98, 23.7), (42.7, 23.3), (55.7, 12.6), (59.3, 18.1), (59.9, 10.8), (60.2, 24.9)),
    *((53.3, -6.3), (54.7, 25.3), (45.8, 16.0), (48.1, 17.1), (46.1, 14.5), (49.6, 6.1)),
)
"""Latitude and longitude of large towns."""

STEPS = (1_000, 2_000, 5_000, 10_000, 20_000, 31_500)


def _tariff(name: str, *euros: float) -> Tariff:
    return Tariff(name, [(g, int(p * EURO)) for g, p in zip(STEPS, euros, strict=True)])


NEAR = _tariff("near", 3.9, 4.5, 5.9, 8.5, 13, 18)
FAR = _tariff("far", 5.9, 6.9, 8.9, 12.9, 19, 27)
ABROAD = _tariff("abroad", 9, 11, 14, 19, 29, 39)


def somewhere(rng: random.Random) -> Point:
    """Draw a place in or near a town."""
    latitude, longitude = rng.choice(CITIES)
    return round(latitude + rng.gauss(0, 0.5), 3), round(longitude + rng.gauss(0, 0.7), 3)


def tariff_for(away: int) -> Tariff:
    """Give the tariff for a distance in meters."""
    return NEAR if away < 300_000 else FAR if away < 1_000_000 else ABROAD


def problem(rng: random.Random, lines: int, locations: int) -> Problem:
    """Draw a basket and the stock of so many locations: a tenth are warehouses, the rest stores."""
    there = somewhere(rng)
    wanted = [rng.choice((1, 1, 1, 1, 2, 2, 3, 6)) for _ in range(lines)]
    grams = [int(min(rng.lognormvariate(6.6, 1.0), 20_000)) for _ in range(lines)]
    popular = [rng.uniform(0.4, 1.3) for _ in range(lines)]
    sources = []
    for i in range(locations):
        warehouse = i % 10 == 0
        away = meters(somewhere(rng), there)
        width = 0.7 if warehouse else 0.3
        stock = [
            rng.randint(1, 60 if warehouse else 4) if rng.random() < width * share else 0
            for share in popular
        ]
        fixed = int((0.5 if warehouse else 1.2) * EURO) + away // 1000 * EURO // 500
        fixed += rng.choice((0, 0, 1, 2)) * EURO // 2
        tariff = tariff_for(away)
        handling = EURO // 5 if warehouse else EURO // 2
        sources.append(
            Source(
                f"L{i:03}",
                fixed,
                tuple(map(min, stock, wanted)),
                tuple(handling + (3 * EURO // 5 if there <= 2 else 0) for there in stock),
                tariff,
                fixed + tariff.price(0),
            )
        )
    split = rng.choice((0, 1, 2, 3)) * EURO // 2
    return Problem(tuple(wanted), tuple(grams), sources, split, rng.choice((2, 3, 3, 3, 4)))


def drawn(count: int) -> list[Problem]:
    """Draw problems of all sizes: as many small ones as large ones, by lines and by locations."""
    problems = []
    for seed in range(count):
        rng = random.Random(seed)
        locations = round(5 * 60 ** rng.random())
        problems.append(problem(rng, rng.randint(1, 20), locations))
    return problems
