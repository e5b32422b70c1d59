"""Reads where postal codes are from GeoNames' files, and says it in the words of the rules."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import atan2, cos, degrees, hypot, radians, sin
from pathlib import Path
from typing import NamedTuple

from oms_core.runtime.errors import SetupError
from oms_core.sourcing.commands import MOST_AREAS
from oms_core.sourcing.geography import bare

COUNTRY, CODE, LATITUDE, LONGITUDE = 0, 1, 9, 10
"""Columns of GeoNames' postal codes (https://download.geonames.org/export/zip/readme.txt)."""

Vector = tuple[float, float, float]


class Area(NamedTuple):
    """An area as `PostalAreaInput` has it: where the postal codes are that begin so."""

    country: str
    postal_code: str
    latitude: float
    longitude: float


class UnusablePostalFile(SetupError):
    """The file can't be read as postal codes; the message names the line."""


def areas(files: Iterable[Path], length: int) -> list[Area]:
    """Give the middle of all places whose codes begin with the same `length` characters.

    Raises `UnusablePostalFile`, also when there are more areas than rules may hold.
    """
    places: defaultdict[tuple[str, str], list[Vector]] = defaultdict(list)
    for file in files:
        for country, code, place in _places(file):
            places[country, bare(code)[:length]].append(place)
    if len(places) > MOST_AREAS:
        raise UnusablePostalFile(
            f"These are {len(places):,} areas, and rules hold {MOST_AREAS:,} at most. Name fewer"
            f" characters than {length} with --length."
        )
    return [Area(*key, *_middle(found)) for key, found in sorted(places.items())]


def _places(file: Path) -> Iterator[tuple[str, str, Vector]]:
    if not file.is_file():
        raise UnusablePostalFile(f"There is no file {file}.")
    with file.open(newline="", encoding="utf-8") as lines:
        for number, row in enumerate(csv.reader(lines, "excel-tab", quoting=csv.QUOTE_NONE), 1):
            try:
                yield row[COUNTRY], row[CODE], _vector(float(row[LATITUDE]), float(row[LONGITUDE]))
            except (IndexError, ValueError):
                raise UnusablePostalFile(
                    f"{file}, line {number} is not of GeoNames' postal codes: country, postal"
                    " code, seven names, latitude, longitude, with tabs between them. Get a file"
                    " from https://download.geonames.org/export/zip/ and unpack it."
                ) from None


def _vector(latitude: float, longitude: float) -> Vector:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError
    high, round_ = radians(latitude), radians(longitude)
    return cos(high) * cos(round_), cos(high) * sin(round_), sin(high)


def _middle(places: list[Vector]) -> tuple[float, float]:
    """Average directions, not degrees, which jump where the date line is."""
    x, y, z = (sum(part) for part in zip(*places, strict=True))
    return round(degrees(atan2(z, hypot(x, y))), 4), round(degrees(atan2(y, x)), 4)
