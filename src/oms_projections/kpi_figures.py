"""The key figures themselves, added up by hour and by day, so that a month costs what a day costs.

Each fact of an order counts under its channel and under all channels, at each location that it has
units from and under all locations. Asking is then a sum over a few rows, however many orders
there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg

from oms_projections.kpi_facts import Change, OrderFacts
from oms_projections.kpi_hours import class_of, seconds_in
from oms_projections.projection import Table, write

ALL = ""
"""Stands for all channels, or all locations; no code is blank."""

GRAINS = ("hour", "day")
ONE = Decimal(1)

KPI_FIGURES = Table(
    "kpi_figures",
    {
        "channel": "text NOT NULL",
        "location": "text NOT NULL",
        "grain": "text NOT NULL",
        "at": "timestamptz NOT NULL",
        "figure": "text NOT NULL",
        "part": "text NOT NULL",  # a currency, or a class of times
        "value": "numeric NOT NULL",
    },
    ("channel", "location", "grain", "at", "figure", "part"),
)

_KEY: LiteralString = ", ".join(KPI_FIGURES.key)
_ADD: LiteralString = (
    f"{KPI_FIGURES.insert} ON CONFLICT ({_KEY})"
    " DO UPDATE SET value = kpi_figures.value + excluded.value"
)
_DROP_EMPTY: LiteralString = f"""
DELETE FROM kpi_figures AS old {KPI_FIGURES.given.replace("FROM", "USING", 1)}
WHERE old.value = 0 AND {" AND ".join([f"old.{name} = new.{name}" for name in KPI_FIGURES.key])}
"""  # noqa: S608 - ours

Entry = tuple[datetime, str, str]
"""When something counts, which figure, and its part."""

Key = tuple[str, str, str, datetime, str, str]

# --------------------------------------------------------------------------------- contributions


@dataclass(frozen=True, slots=True)
class Counted:
    """What an order counts for, and where."""

    channel: str
    locations: tuple[str, ...]
    entries: Mapping[Entry, Decimal]

    @classmethod
    def of(cls, facts: OrderFacts) -> Counted:
        """Count an order as it is known now."""
        return cls(facts.channel, tuple(facts.locations), entries(facts))

    def spread(self, entries: Iterable[Entry]) -> Iterator[tuple[Key, Decimal]]:
        """Put some of its entries where they are looked for."""
        for entry in entries:
            yield from self.put(entry, self.entries[entry])

    def put(self, entry: Entry, value: Decimal) -> Iterator[tuple[Key, Decimal]]:
        """Put one entry, of it or of one of its changes, where it is looked for."""
        at, figure, part = entry
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for grain, moment in zip(GRAINS, (hour, hour.replace(hour=0)), strict=True):
            for channel in (ALL, self.channel):
                for location in (ALL, *self.locations):
                    yield (channel, location, grain, moment, figure, part), value


def entries(facts: OrderFacts) -> dict[Entry, Decimal]:
    """Give what one order counts for."""
    at = facts.placed_at
    found: dict[Entry, Decimal] = {
        (at, "placed", ""): ONE,
        (at, "units", ""): Decimal(facts.units),
        (at, "ordered", facts.currency): facts.total,
        (at, "of", facts.currency): ONE,
    }
    for figure, holds in (
        ("split", len(facts.locations) > 1),
        ("backordered", facts.backordered),
        ("given up", facts.cancelled_at is not None),
        ("returned", facts.returned),
    ):
        if holds:
            found[at, figure, ""] = ONE
    if facts.cancelled_at is not None:
        found[facts.cancelled_at, "cancelled", ""] = ONE
    for figure, moment in (("dispatched", facts.dispatched_at), ("delivered", facts.delivered_at)):
        if moment is not None:
            seconds = seconds_in(moment - at)
            part = str(class_of(seconds))
            found[moment, figure, part] = ONE
            found[moment, f"{figure} seconds", part] = seconds
    return found


def change_entry(change: Change) -> Entry:
    """Tell where a change of what is owed counts; its value is the amount."""
    return change.occurred_at, "less", change.currency


def moved(then: Counted | None, now: Counted) -> Iterator[tuple[Key, Decimal]]:
    """Take out of the figures what an order counted for, and put in what it counts for now."""
    if then is None:
        yield from now.spread(now.entries)
        return
    same_places = then.locations == now.locations
    kept = then.entries.items() & now.entries.items() if same_places else set()
    kept_entries = {entry for entry, _ in kept}
    yield from now.spread(now.entries.keys() - kept_entries)
    for key, value in then.spread(then.entries.keys() - kept_entries):
        yield key, -value


def add(conn: psycopg.Connection[Any], moved: Mapping[Key, Decimal]) -> None:
    """Add to the figures; those that come to nothing again are dropped."""
    added = [(*key, value) for key, value in moved.items() if value]
    write(conn, _ADD, map(_row, added))
    write(conn, _DROP_EMPTY, (_row(values) for values in added if values[-1] < 0))


def _row(values: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(KPI_FIGURES.columns, values, strict=True))
