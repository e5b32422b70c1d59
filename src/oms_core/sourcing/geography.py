"""Where things are: distances, and what is known of an address that comes without coordinates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from oms_core.sourcing.centers import CENTERS
from oms_core.sourcing.rules import PostalArea

Point = tuple[float, float]
"""Latitude and longitude in WGS 84 degrees."""

EARTH_RADIUS = 6_371_008.8
"""Meters: the mean radius of the Earth (IUGG)."""


@lru_cache(200_000)
def meters(one: Point, other: Point) -> int:
    """Give the great-circle distance, by the haversine formula."""
    a, b = radians(one[0]), radians(other[0])
    high, wide = sin((b - a) / 2), sin(radians(other[1] - one[1]) / 2)
    return round(2 * EARTH_RADIUS * asin(sqrt(min(high * high + cos(a) * cos(b) * wide * wide, 1))))


class Areas:
    """Postal areas, by country and the first characters of their codes."""

    def __init__(self, areas: Iterable[PostalArea]) -> None:
        self._points = {
            (area.country, bare(area.postal_code)): (area.latitude, area.longitude)
            for area in areas
        }
        self._longest = max((len(code) for _, code in self._points), default=0)

    def locate(self, country: str, postal_code: str | None) -> Point | None:
        """Give the center of the smallest area that is known: of a postal code, or the country."""
        code = bare(postal_code or "")
        for length in range(min(self._longest, len(code)), 0, -1):
            if found := self._points.get((country, code[:length])):
                return found
        return CENTERS.get(country)


def bare(postal_code: str) -> str:
    """Give a postal code as areas are compared by it."""
    return postal_code.replace(" ", "").replace("-", "").upper()
