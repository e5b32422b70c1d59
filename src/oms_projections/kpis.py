"""How is business? Key figures by bucket, computed from the facts of `kpi_facts.py`.

Each figure is counted in the UTC bucket of the moment at which the thing occurred; the four rates
are shares of the orders that were placed in the bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection

from oms_core.kernel.money import Money, rounded

MOST_BUCKETS = 1000


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


@dataclass(frozen=True, slots=True)
class KpiReport:
    """One row a bucket, also where nothing occurred, and one over everything."""

    rows: list[KpiRow]
    total: KpiRow


_CHOSEN = """
    (%(channel)s::text IS NULL OR channel = %(channel)s)
    AND (%(location)s::text IS NULL OR locations @> ARRAY[%(location)s::text])
"""

_SUMS = f"""
WITH asked AS (
  SELECT *, {{bucket}} AS bucket FROM read.kpi_orders WHERE {{moment}} >= %(start)s
  AND {{moment}} < %(end)s AND {_CHOSEN}
)
SELECT bucket, {{figures}} FROM asked GROUP BY GROUPING SETS ((bucket), ())
"""  # noqa: S608 - every part is ours

_PLACED = (
    "count(*), coalesce(sum(units), 0), avg((cardinality(locations) > 1)::int)::float,"
    " avg(backordered::int)::float, avg((cancelled_at IS NOT NULL)::int)::float,"
    " avg(returned::int)::float"
)
_HOURS = (
    "count(*), percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP"
    " (ORDER BY extract(epoch FROM {moment} - placed_at) / 3600)"
)

_MONEY = f"""
WITH booked AS (
  SELECT {{placed}} AS bucket, currency, 1 AS orders, total, 0 AS cancelled
  FROM read.kpi_orders
  WHERE placed_at >= %(start)s AND placed_at < %(end)s AND {_CHOSEN}
  UNION ALL
  SELECT {{occurred}}, c.currency, 0, 0, c.amount
  FROM read.kpi_cancellations AS c JOIN read.kpi_orders AS o USING (order_id)
  WHERE c.occurred_at >= %(start)s AND c.occurred_at < %(end)s
    AND {_CHOSEN}
)
SELECT bucket, currency, sum(total) - sum(cancelled), sum(orders), sum(total)
FROM booked GROUP BY GROUPING SETS ((bucket, currency), (currency)) ORDER BY currency
"""  # noqa: S608

_BUCKETS = """
SELECT generate_series(date_trunc(%(bucket)s, %(start)s::timestamptz, 'UTC') AT TIME ZONE 'UTC',
                       (%(end)s::timestamptz AT TIME ZONE 'UTC') - interval '1 microsecond',
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
) -> KpiReport:
    """Compute the figures from `start` up to, not including, `end`.

    `bucket` is HOUR, DAY, WEEK (from Monday) or MONTH. With a location, the orders count that
    have units from it, as whole orders. Raises `TooManyBuckets`.
    """
    given = {
        "start": start,
        "end": end,
        "bucket": bucket.lower(),
        "step": f"1 {bucket.lower()}",
        "channel": channel,
        "location": location,
        "most": MOST_BUCKETS + 1,
    }
    figures = Figures()
    async with conn.transaction():
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        buckets = [row[0] for row in await _rows(conn, _BUCKETS, given)]
        if len(buckets) > MOST_BUCKETS:
            raise TooManyBuckets()
        await figures.read(conn, given)
    rows = [figures.row(moment, moment) for moment in buckets]
    return KpiReport(rows, figures.row(None, start.astimezone(UTC)))


class Figures:
    """What the four queries found, by bucket; None stands for the whole time."""

    def __init__(self) -> None:
        self.placed: dict[datetime | None, Any] = {}
        self.dispatched: dict[datetime | None, Any] = {}
        self.delivered: dict[datetime | None, Any] = {}
        self.cancelled: dict[datetime | None, Any] = {}
        self.money: dict[datetime | None, list[Any]] = {}

    async def read(self, conn: AsyncConnection[Any], given: dict[str, Any]) -> None:
        """Run the queries."""
        self.placed = await _sums(conn, given, "placed_at", _PLACED)
        self.dispatched = await _sums(conn, given, "dispatched_at", _HOURS)
        self.delivered = await _sums(conn, given, "delivered_at", _HOURS)
        self.cancelled = await _sums(conn, given, "cancelled_at", "count(*)")
        parts = {"placed": _bucket("placed_at"), "occurred": _bucket("c.occurred_at")}
        for moment, *sums in await _rows(conn, _MONEY.format(**parts), given):
            self.money.setdefault(moment, []).append(sums)

    def row(self, key: datetime | None, start: datetime) -> KpiRow:
        """Put the figures of a bucket together."""
        placed, units, split, backorder, cancel, returned = self.placed.get(
            key, (0, 0, None, None, None, None)
        )
        _, to_dispatch = self.dispatched.get(key, (0, None))
        delivered, to_deliver = self.delivered.get(key, (0, None))
        return KpiRow(
            start=start.astimezone(UTC),
            orders_placed=placed,
            orders_cancelled=self.cancelled.get(key, (0,))[0],
            orders_delivered=delivered,
            units_ordered=int(units),
            revenue=[Money(net, currency) for currency, net, *_ in self.money.get(key, ())],
            average_order_value=[
                Money(rounded(Decimal(gross) / orders, currency), currency)
                for currency, _, orders, gross in self.money.get(key, ())
                if orders
            ],
            hours_to_dispatch_p50=to_dispatch and float(to_dispatch[0]),
            hours_to_dispatch_p95=to_dispatch and float(to_dispatch[1]),
            hours_to_deliver_p50=to_deliver and float(to_deliver[0]),
            hours_to_deliver_p95=to_deliver and float(to_deliver[1]),
            split_rate=split,
            backorder_rate=backorder,
            cancel_rate=cancel,
            return_rate=returned,
        )


async def _sums(
    conn: AsyncConnection[Any], given: dict[str, Any], moment: str, figures: str
) -> dict[datetime | None, Any]:
    query = _SUMS.format(
        bucket=_bucket(moment), moment=moment, figures=figures.format(moment=moment)
    )
    return {row[0]: tuple(row[1:]) for row in await _rows(conn, query, given)}


def _bucket(moment: str) -> str:
    return f"date_trunc(%(bucket)s, {moment}, 'UTC')"


async def _rows(conn: AsyncConnection[Any], query: str, given: dict[str, Any]) -> list[Any]:
    return await (await conn.execute(query.encode(), given)).fetchall()
