"""How is business? Key figures by bucket: sums over the days and hours of `kpi_cells.py`.

Each figure is counted in the UTC bucket of the moment at which the thing occurred; four rates
are shares of the orders that were placed in the bucket. A promise counts when it is kept, or when
its last day is over; whether that was so already is the only thing here that depends on a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection

from oms_core.kernel.money import Money, rounded
from oms_core.runtime.past import CLOCK_TOLERANCE
from oms_projections import kpi_past
from oms_projections.kpi_cells import ALL, Value, read_by_figure
from oms_projections.kpi_facts import KPI_ORDERS, OrderFacts
from oms_projections.kpi_figures import LATE, entries
from oms_projections.kpi_hours import TimesTaken
from oms_projections.packing import Query, Rows, read_at_once

MOST_BUCKETS = 1000
_INSTANT = timedelta(microseconds=1)


class TooManyBuckets(Exception):
    """The time asked for has more than 1,000 buckets. Ask for longer buckets or less time."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


@dataclass(frozen=True, slots=True)
class KpiRow:
    """The figures of one bucket; `start` is when it begins."""

    start: datetime
    orders_placed: int
    orders_cancelled: int
    orders_delivered: int
    units_ordered: int
    revenue: list[Money]
    average_order_value: list[Money]
    hours_to_dispatch_p50: float | None
    hours_to_dispatch_p95: float | None
    hours_to_deliver_p50: float | None
    hours_to_deliver_p95: float | None
    split_rate: float | None
    backorder_rate: float | None
    cancel_rate: float | None
    return_rate: float | None
    promises_kept: int
    promises_broken: int
    promise_kept_rate: float | None


@dataclass(frozen=True, slots=True)
class KpiReport:
    """One row a bucket, also where nothing occurred, and one over everything."""

    rows: list[KpiRow]
    total: KpiRow


_FIGURES = """
SELECT at, figures::text FROM read.kpi_figures
WHERE channel = %(channel)s AND location = %(location)s
  AND (grain = 'day' AND at >= %(first_day)s AND at < %(last_day)s
       OR grain = 'hour' AND at >= %(first_hour)s AND at < %(last_hour)s
          AND NOT (at >= %(first_day)s AND at < %(last_day)s))
"""

# What lies between the ends of the time asked for and the full hours within it.
_EDGES = """
(at >= %(start)s AND at < least(%(first_hour)s, %(end)s) OR
 at >= greatest(%(last_hour)s, %(first_hour)s) AND at < %(end)s)
"""
_CHOSEN = """
    (%(channel)s = '' OR channel = %(channel)s)
    AND (%(location)s = '' OR locations @> ARRAY[%(location)s::text])
"""
_MOMENTS = ("placed_at", "dispatched_at", "delivered_at", "cancelled_at", "late_from")
_ORDERS_AT_EDGES = f"""
SELECT {", ".join(KPI_ORDERS.columns)} FROM read.kpi_orders WHERE order_id IN (
  {
    " UNION ".join(
        f"SELECT order_id FROM read.kpi_orders WHERE {_EDGES.replace('at ', f'{moment} ')}"
        for moment in _MOMENTS
    )
}
) AND {_CHOSEN}
"""  # noqa: S608 - every part is ours
_CHANGES_AT_EDGES = f"""
SELECT occurred_at, changes.currency, amount
FROM read.kpi_changes AS changes JOIN read.kpi_orders USING (order_id)
WHERE {_EDGES.replace("at ", "occurred_at ")} AND {_CHOSEN}
"""  # noqa: S608

_BUCKETS = """
SELECT generate_series(date_trunc(%(bucket)s, %(start)s::timestamptz, 'UTC') AT TIME ZONE 'UTC',
                       (%(until)s::timestamptz AT TIME ZONE 'UTC') - interval '1 microsecond',
                       %(step)s::interval) AT TIME ZONE 'UTC'
LIMIT %(most)s
"""


async def report(
    conn: AsyncConnection[Any],
    *,
    start: datetime,
    end: datetime,
    bucket: str,
    channel: str | None = None,
    location: str | None = None,
    as_of: datetime | None = None,
    valid_at: datetime | None = None,
) -> KpiReport:
    """Compute the figures from `start` up to, not including, `end`.

    `bucket` is HOUR, DAY, WEEK (from Monday) or MONTH. With a location, the orders count that
    have units from it, as whole orders. With `as_of` by what was known then, with `valid_at` by
    what had happened by then. Raises `TooManyBuckets` and `kpi_past.TooMuchSince`.
    """
    until, end = end, max(start, _nothing_after(end, as_of, valid_at))
    given = {
        "start": start,
        "end": end,
        "until": until,
        "bucket": bucket.lower(),
        "step": f"1 {bucket.lower()}",
        "channel": channel or ALL,
        "location": location or ALL,
        "most": MOST_BUCKETS + 1,
        **_grains(start.astimezone(UTC), end.astimezone(UTC), days=bucket != "HOUR"),
    }
    if as_of is None and valid_at is None:
        figures, buckets = await _read(conn, given)
    else:
        async with conn.transaction():
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            figures, buckets = await _read(conn, given, as_of, valid_at)
            async for entry, value in kpi_past.since(conn, given, as_of, valid_at):
                figures.add(given, *entry, value)
            figures.prune()
    rows = [figures.row(moment, moment) for moment in buckets]
    return KpiReport(rows, figures.row(None, start.astimezone(UTC)))


async def _read(
    conn: AsyncConnection[Any], given: dict[str, Any], *moments: datetime | None
) -> tuple[Figures, list[datetime]]:
    """Read the figures and the buckets, all as of one moment. Raises `TooManyBuckets`."""
    queries = ["SELECT now()", _BUCKETS, _FIGURES]
    if given["first_hour"] != given["start"] or given["last_hour"] != given["end"]:
        queries += [_ORDERS_AT_EDGES, _CHANGES_AT_EDGES]
    found = await read_at_once(conn, *(Query(query, given) for query in queries))
    [(now,)], buckets, added_up, *at_edges = found
    if len(buckets) > MOST_BUCKETS:
        raise TooManyBuckets()
    figures = Figures(min(moment for moment in (now, *moments) if moment is not None))
    figures.read(given, added_up)
    if at_edges:
        figures.read_edges(given, *at_edges)
    return figures, [bucket for (bucket,) in buckets]


def _nothing_after(end: datetime, as_of: datetime | None, valid_at: datetime | None) -> datetime:
    """Give a moment from which on nothing can count that was known, or had happened, by then."""
    known = end if as_of is None else min(end, as_of + CLOCK_TOLERANCE)
    return known if valid_at is None else min(known, valid_at + _INSTANT)


def _grains(start: datetime, end: datetime, *, days: bool) -> dict[str, datetime]:
    """Find the full hours in a time, and in these the full days (none when not wanted)."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    first_hour, last_hour = _begun(start + hour - _INSTANT, "hour"), _begun(end, "hour")
    first_day, last_day = _begun(start + day - _INSTANT, "day"), _begun(end, "day")
    return {
        "first_hour": first_hour,
        "last_hour": last_hour,
        "first_day": first_day if days else last_hour,
        "last_day": last_day if days else last_hour,
    }


def _begun(moment: datetime, bucket: str) -> datetime:
    """Give when the UTC bucket of a moment began, as `date_trunc` does."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if bucket == "hour":
        return hour
    day = hour.replace(hour=0)
    match bucket:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day


_Figures = defaultdict[str, defaultdict[str, Value]]
"""Values by figure and part."""


class Figures:
    """The figures by bucket, None standing for the whole time, and by figure and part.

    What is late only after `now` is not late.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._values: defaultdict[datetime | None, _Figures] = defaultdict(_no_figures)

    def read(self, given: dict[str, Any], added_up: Rows) -> None:
        """Add up whole days and hours."""
        for at, figures in added_up:
            bucket = _begun(at.astimezone(UTC), given["bucket"])
            for figure, parts in read_by_figure(figures):
                if figure != LATE or at <= self._now:
                    self._add(bucket, figure, parts)

    def read_edges(self, given: dict[str, Any], orders: Rows, changes: Rows) -> None:
        """Add up the orders themselves at both ends."""
        for row in orders:
            for entry, value in entries(OrderFacts(*row)).items():
                self._add_at_edge(given, *entry, value)
        for at, currency, amount in changes:
            self._add_at_edge(given, at, "less", currency, amount)

    def _add_at_edge(
        self, given: dict[str, Any], at: datetime, figure: str, part: str, value: Value
    ) -> None:
        if not given["first_hour"] <= at < given["last_hour"]:
            self.add(given, at, figure, part, value)

    def add(
        self, given: dict[str, Any], at: datetime, figure: str, part: str, value: Value
    ) -> None:
        """Add what counts at a moment, if that was asked for."""
        if given["start"] <= at < given["end"] and (figure != LATE or at <= self._now):
            self._add(_begun(at.astimezone(UTC), given["bucket"]), figure, {part: value})

    def prune(self) -> None:
        """Forget what comes to nothing, as if it had never counted."""
        for values in self._values.values():
            for parts in values.values():
                for part in [part for part, value in parts.items() if not value]:
                    del parts[part]

    def _add(self, at: datetime, figure: str, parts: Mapping[str, Value]) -> None:
        for bucket in (at, None):
            values = self._values[bucket][figure]
            for part, value in parts.items():
                values[part] += value

    def row(self, key: datetime | None, start: datetime) -> KpiRow:
        """Put the figures of a bucket together."""
        values = self._values[key]
        dispatched, delivered = _times(values, "dispatched"), _times(values, "delivered")
        placed, kept = int(values["placed"][""]), int(values["kept"][""])
        broken = int(values[LATE][""])
        ordered, less = values["ordered"], values["less"]

        def share(figure: str) -> float | None:
            return int(values[figure][""]) / placed if placed else None

        return KpiRow(
            start=start.astimezone(UTC),
            orders_placed=placed,
            orders_cancelled=int(values["cancelled"][""]),
            orders_delivered=delivered.total,
            units_ordered=int(values["units"][""]),
            revenue=[Money(Decimal(ordered[c] - less[c]), c) for c in sorted({*ordered, *less})],
            average_order_value=_averages(ordered, values["of"]),
            hours_to_dispatch_p50=dispatched.percentile(0.5),
            hours_to_dispatch_p95=dispatched.percentile(0.95),
            hours_to_deliver_p50=delivered.percentile(0.5),
            hours_to_deliver_p95=delivered.percentile(0.95),
            split_rate=share("split"),
            backorder_rate=share("backordered"),
            cancel_rate=share("given up"),
            return_rate=share("returned"),
            promises_kept=kept,
            promises_broken=broken,
            promise_kept_rate=kept / (kept + broken) if kept + broken else None,
        )


def _no_figures() -> _Figures:
    return defaultdict(lambda: defaultdict(int))


def _times(values: _Figures, figure: str) -> TimesTaken:
    counts = {int(part): int(count) for part, count in values[figure].items()}
    sums = {int(part): int(total) for part, total in values[f"{figure} within"].items()}
    return TimesTaken(counts, sums)


def _averages(ordered: Mapping[str, Value], orders: Mapping[str, Value]) -> list[Money]:
    return [
        Money(rounded(Decimal(ordered[c]) / orders[c], c), c) for c in sorted(ordered) if orders[c]
    ]
