"""What an order counts for in the key figures, when and where.

Each fact of an order counts at each location that it has units from and under all locations. All
is added up by hour and by day, so that a month costs what a day costs: asking is then a sum over
a few rows, however many orders there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from oms_projections.kpi_cells import ALL, Figures, Place, Value
from oms_projections.kpi_facts import Change, OrderFacts
from oms_projections.kpi_hours import class_of, microseconds_in

LATE = "late"
"""A promise broken, at the moment from which it is: one that is still to come is not broken yet."""

Entry = tuple[datetime, str, str]
"""When something counts, which figure, and its part."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What an order counts for, and where."""

    channel: str
    locations: tuple[str, ...]
    entries: Mapping[Entry, Value]

    @classmethod
    def of(cls, facts: OrderFacts) -> Counted:
        """Count an order as it is known now."""
        return cls(facts.channel, tuple(facts.locations), entries(facts))

    def places(self, at: datetime) -> Iterator[Place]:
        """Tell where something counts that happened at a moment."""
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for location in (ALL, *self.locations):
            yield self.channel, location, hour


def entries(facts: OrderFacts) -> dict[Entry, Value]:
    """Give what one order counts for."""
    at = facts.placed_at
    found: dict[Entry, Value] = {
        (at, "placed", ""): 1,
        (at, "units", ""): facts.units,
        (at, "ordered", facts.currency): facts.total,
        (at, "of", facts.currency): 1,
    }
    for figure, holds in (
        ("split", len(facts.locations) > 1),
        ("backordered", facts.backordered),
        ("given up", facts.cancelled_at is not None),
        ("returned", facts.returned),
    ):
        if holds:
            found[at, figure, ""] = 1
    if facts.cancelled_at is not None:
        found[facts.cancelled_at, "cancelled", ""] = 1
    if (late := facts.late_from) is not None:
        arrived, gone = facts.delivered_at, facts.cancelled_at
        if arrived is not None and arrived < late:
            found[arrived, "kept", ""] = 1
        elif gone is None or gone >= late:
            found[late, LATE, ""] = 1
    for figure, moment in (("dispatched", facts.dispatched_at), ("delivered", facts.delivered_at)):
        if moment is not None:
            taken = microseconds_in(moment - at)
            part = str(class_of(taken))
            found[moment, figure, part] = 1
            found[moment, f"{figure} within", part] = taken
    return found


class Moves:
    """By how much the figures of each place move."""

    def __init__(self, by_place: dict[Place, Figures]) -> None:
        self._by_place = by_place

    def order(self, then: Counted | None, now: Counted) -> None:
        """Take out what an order counted for, and put in what it counts for now."""
        if then is None:
            self._put(now, now.entries.items(), 1)
            return
        same_places = then.locations == now.locations
        kept = then.entries.items() & now.entries.items() if same_places else set()
        self._put(then, then.entries.items() - kept, -1)
        self._put(now, now.entries.items() - kept, 1)

    def change(self, less: Change, counted: Counted, sign: int) -> None:
        """Put in by how much less is owed, or take it out."""
        entry = less.occurred_at, "less", less.currency
        self._put(counted, [(entry, less.amount)], sign)

    def _put(self, counted: Counted, entries: Iterable[tuple[Entry, Value]], sign: int) -> None:
        places: dict[datetime, list[Figures]] = {}
        for (at, figure, part), value in entries:
            if (found := places.get(at)) is None:
                moved = self._by_place
                found = places[at] = [moved.setdefault(p, {}) for p in counted.places(at)]
            key, change = (figure, part), sign * value
            for figures in found:
                figures[key] = figures.get(key, 0) + change
