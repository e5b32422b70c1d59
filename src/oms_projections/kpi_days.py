"""Figures that nobody reads yet: added up in memory, and written a day at a time.

Most of what counts for a day is known a few days later. So a rebuild keeps the last days, and
writes the rows of older ones once instead of again for every page that has something for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from oms_projections.kpi_cells import Cells, Figures, Place, rolled_up

CAPACITY = 20_000
"""How many hours are kept, each of a channel and a location; a busy one takes 3 kB."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Days:
    """Figures by place, and up to which day there are rows."""

    def __init__(self) -> None:
        self.kept: dict[Place, Figures] = {}
        self._written_until = _LONG_AGO

    def relieve(self, conn: psycopg.Connection[Any], cells: Cells) -> None:
        """Write the older half if there is more than may be kept."""
        if len(self.kept) > CAPACITY:
            self._write(conn, cells, _first_to_keep(self.kept, CAPACITY // 2))

    def write(self, conn: psycopg.Connection[Any], cells: Cells) -> None:
        """Write everything."""
        self._write(conn, cells, _first_to_keep(self.kept, 0))

    def _write(self, conn: psycopg.Connection[Any], cells: Cells, end: datetime) -> None:
        """Write days up to an end, and what came late for those that have rows."""
        late: dict[Place, Figures] = {}
        new: dict[Place, Figures] = {}
        for place in [place for place in self.kept if place[-1] < end]:
            hour = place[-1]
            (late if hour < self._written_until else new)[place] = self.kept.pop(place)
        cells.add(conn, rolled_up(late))
        cells.add_new(conn, rolled_up(new))
        self._written_until = max(self._written_until, end)


def _first_to_keep(places: Iterable[Place], capacity: int) -> datetime:
    """Tell from which day on there are no more places than a capacity."""
    days = Counter(hour.replace(hour=0) for _, _, hour in places)
    for day in sorted(days, reverse=True):
        capacity -= days[day]
        if capacity < 0:
            return day + timedelta(days=1)
    return _LONG_AGO
