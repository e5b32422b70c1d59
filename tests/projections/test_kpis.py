"""Key figures against a naive count over the events, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.domain.history_places import STANDARD
from tests.projections.history import History
from tests.runtime.shop import NOW, execute, order, stock_up

from oms_core.runtime.command_bus import CommandBus
from oms_projections import kpis
from oms_projections.kpi_facts import OrderFacts
from oms_projections.kpi_figures import entries

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


class Naive:
    """One order, told by its events in JSON."""

    def __init__(self, events: Sequence[tuple[str, datetime, Any]]) -> None:
        self.events = events
        self.placed = events[0][2]
        self.placed_at = datetime.fromisoformat(self.placed["placed_at"])
        self.units = sum(line["quantity"] for line in self.placed["lines"])
        self.units += self.count("OrderEdited", "added") - self.count("OrderEdited", "removed")

    def of(self, name: str) -> list[tuple[datetime, Any]]:
        return [(at, body) for topic, at, body in self.events if f".{name}." in topic]

    def count(self, name: str, part: str = "lines") -> int:
        return sum(unit["quantity"] for _, body in self.of(name) for unit in body[part])

    @property
    def complete(self) -> bool:
        return (
            0 < self.count("LinesDelivered") == self.units - self.count("LinesCancelled", "units")
        )

    @property
    def cancelled_at(self) -> datetime | None:
        if self.count("LinesCancelled", "units") == self.units:
            return self.of("LinesCancelled")[-1][0]
        return None

    @property
    def locations(self) -> set[str]:
        return {ln["location"] for _, body in self.of("LinesReserved") for ln in body["lines"]}

    @property
    def promised(self) -> tuple[datetime, bool] | None:
        """When the promise of the order was kept or broken, and which; None without one."""
        if self.placed["promise"] is None:
            return None
        last_day = date.fromisoformat(self.placed["promise"]["latest"])
        over = datetime.combine(last_day, time(), UTC) + timedelta(days=1)
        if any(at < over for at, _ in self.of("OrderEdited")):
            return None
        if self.complete and (arrived := self.of("LinesDelivered")[-1][0]) < over:
            return arrived, True
        gone = self.cancelled_at
        return None if gone is not None and gone < over else (over, False)

    def cancelled(self) -> list[tuple[datetime, Decimal]]:
        return [
            (
                at,
                sum(
                    Decimal(a["subtotal"]) - Decimal(a["discount"]) + self.on_top(a["tax"])
                    for a in body["amounts"]
                )
                + Decimal(body["shipping_price"])
                + Decimal(body["duties"])
                + self.on_top(body["shipping_tax"]),
            )
            for at, body in self.of("LinesCancelled")
        ]

    def less(self) -> list[tuple[datetime, Decimal]]:
        """What is not earned with it any more, or never was: another order had sold it."""
        edited = [(at, -Decimal(body["difference"])) for at, body in self.of("OrderEdited")]
        worth, before = Decimal(self.placed["total"]), Decimal(self.placed["sold_before"])
        placed = datetime.fromisoformat(self.placed["placed_at"]), Decimal(0)
        steps = [placed, *sorted([*self.cancelled(), *edited])]
        earned = [worth]
        for _, amount in steps:
            worth -= amount
            earned.append(max(worth - before, min(worth, Decimal(0))))
        return [
            (at, was - now) for (at, _), (was, now) in zip(steps, pairwise(earned), strict=True)
        ]

    def on_top(self, tax: str) -> Decimal:
        return Decimal(0) if self.placed["prices_include_tax"] else Decimal(tax)


def naive_orders(conn: psycopg.Connection) -> list[Naive]:
    rows = conn.execute(
        "SELECT stream_id, topic, occurred_at, body FROM oms.events"
        " WHERE topic LIKE 'orders.%' ORDER BY stream_id, version"
    ).fetchall()
    streams: dict[Any, list[Any]] = {}
    for stream, *event in rows:
        streams.setdefault(stream, []).append(tuple(event))
    return [Naive(events) for events in streams.values()]


def median(hours: list[float]) -> float | None:
    """The time within which half of them were done."""
    return sorted(hours)[(len(hours) - 1) // 2] if hours else None


def near(hours: float | None) -> Any:
    """What is counted in classes of time is at most 3 % off, or a minute."""
    return None if hours is None else pytest.approx(hours, rel=0.03, abs=1 / 60)


def hours(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds() / 3600


@pytest.mark.parametrize("seed", [1, 3, 6])
async def test_figures_equal_a_naive_count(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    seed: int,
) -> None:
    History(bus, seed).play(160)
    catch_up()
    orders = naive_orders(conn)
    report = await kpis.report(reading, start=START, end=END, bucket="DAY")
    assert len(report.rows) == (END - START).days
    for row in [*report.rows, report.total]:
        first = row.start
        last = END if row is report.total else first + timedelta(days=1)

        def within(at: datetime | None, first: datetime = first, last: datetime = last) -> bool:
            return at is not None and first <= at < last

        placed = [o for o in orders if within(o.placed_at)]
        gone = [o for o in orders if within(o.cancelled_at)]
        arrived = [o for o in orders if o.complete and within(o.of("LinesDelivered")[-1][0])]
        assert row.orders_placed == len(placed)
        assert row.orders_cancelled == len(gone)
        assert row.orders_delivered == len(arrived)
        assert row.units_ordered == sum(o.units for o in placed)
        revenue = sum((Decimal(o.placed["total"]) for o in placed), Decimal(0)) - sum(
            (amount for o in orders for at, amount in o.less() if within(at)), Decimal(0)
        )
        assert sum((money.amount for money in row.revenue), Decimal(0)) == revenue
        taken = [hours(o.of("LinesDelivered")[-1][0], o.placed_at) for o in arrived]
        assert row.hours_to_deliver_p50 == near(median(taken))
        sent = [o for o in orders if o.of("LinesShipped") and within(o.of("LinesShipped")[0][0])]
        taken = [hours(o.of("LinesShipped")[0][0], o.placed_at) for o in sent]
        assert row.hours_to_dispatch_p50 == near(median(taken))
        shares = {
            "split_rate": [len(o.locations) > 1 for o in placed],
            "backorder_rate": [bool(o.of("LinesBackordered")) for o in placed],
            "cancel_rate": [o.cancelled_at is not None for o in placed],
            "return_rate": [bool(o.of("LinesReturned")) for o in placed],
        }
        for name, flags in shares.items():
            share = sum(flags) / len(flags) if flags else None
            assert getattr(row, name) == pytest.approx(share)
        decided = [o.promised[1] for o in orders if o.promised and within(o.promised[0])]
        assert (row.promises_kept, row.promises_broken) == (sum(decided), decided.count(False))
        share = sum(decided) / len(decided) if decided else None
        assert row.promise_kept_rate == pytest.approx(share)
    assert report.total.promises_broken
    assert report.total.orders_placed == len(orders)
    assert report.total.orders_delivered
    assert report.total.orders_cancelled


async def test_filters_count_whole_orders(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
) -> None:
    History(bus, 4).play(100)
    catch_up()
    orders = naive_orders(conn)
    asked = {"start": START, "end": END, "bucket": "MONTH"}
    at_m = await kpis.report(reading, **asked, location="M")
    assert at_m.total.orders_placed == sum("M" in o.locations for o in orders)
    of_web = await kpis.report(reading, **asked, channel="web")
    assert of_web.total.orders_placed == sum(o.placed["channel"] == "web" for o in orders)
    nothing = (await kpis.report(reading, **asked, channel="fair")).total
    assert (nothing.orders_placed, nothing.revenue, nothing.split_rate) == (0, [], None)


@pytest.mark.parametrize(
    ("bucket", "starts"),
    [
        ("HOUR", [NOW.replace(minute=0), NOW.replace(hour=13, minute=0)]),
        ("WEEK", [datetime(2026, 2, 23, tzinfo=UTC)]),
        ("MONTH", [datetime(2026, 3, 1, tzinfo=UTC)]),
    ],
)
async def test_buckets_begin_in_utc(
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    bucket: str,
    starts: list[datetime],
) -> None:
    """1 March 2026 is a Sunday: its week began on 23 February."""
    catch_up()
    end = NOW + timedelta(hours=1, minutes=30) if bucket == "HOUR" else NOW
    found = await kpis.report(reading, start=NOW - timedelta(minutes=0), end=end, bucket=bucket)
    assert [row.start for row in found.rows] == starts


async def test_a_thousand_buckets_are_the_most(
    catch_up: Callable[[], None], reading: psycopg.AsyncConnection
) -> None:
    catch_up()
    most = START + timedelta(hours=1000)
    assert len((await kpis.report(reading, start=START, end=most, bucket="HOUR")).rows) == 1000
    with pytest.raises(kpis.TooManyBuckets, match="Ask for longer buckets"):
        await kpis.report(reading, start=START, end=START + timedelta(hours=1001), bucket="HOUR")


@pytest.mark.parametrize("location", [None, "L"])
async def test_times_need_not_begin_with_a_full_hour(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
    location: str | None,
) -> None:
    """Days, hours and single orders add up to the same, wherever the cuts are."""
    History(bus, 5).play(160)
    catch_up()
    orders = [o for o in naive_orders(conn) if location is None or location in o.locations]
    promises = [o.promised for o in orders]
    moments = sorted({at for o in orders for _, at, _ in o.events})
    rng = random.Random(5)
    for _ in range(40):
        start, end = sorted(rng.sample(moments, 2))
        start += timedelta(microseconds=rng.choice((-1, 0, 1, 1_800_000_000)))
        if start >= end:
            continue
        found = await kpis.report(reading, start=start, end=end, bucket="MONTH", location=location)
        assert found.total.orders_placed == sum(start <= o.placed_at < end for o in orders)
        gone = [o.cancelled_at for o in orders if o.cancelled_at is not None]
        assert found.total.orders_cancelled == sum(start <= at < end for at in gone)
        decided = [kept for at, kept in filter(None, promises) if start <= at < end]
        total = found.total
        assert (total.promises_kept, total.promises_broken) == (
            *(sum(decided), decided.count(False)),
        )
        revenue = sum(
            (Decimal(o.placed["total"]) for o in orders if start <= o.placed_at < end), Decimal(0)
        ) - sum(
            (amount for o in orders for at, amount in o.less() if start <= at < end),
            Decimal(0),
        )
        assert sum((money.amount for money in found.total.revenue), Decimal(0)) == revenue


async def test_a_promise_is_not_broken_before_its_day_is_over(
    bus: CommandBus,
    conn: psycopg.Connection,
    catch_up: Callable[[], None],
    reading: psycopg.AsyncConnection,
) -> None:
    stock_up(bus, {("A", "L"): 8})
    execute(bus, STANDARD)
    execute(bus, order("1001", ("A", 1)).model_copy(update={"shipping_method": "standard"}))
    catch_up()
    [placed] = naive_orders(conn)
    assert placed.promised is not None
    over, kept = placed.promised
    assert not kept
    asked = {"start": over - timedelta(minutes=5), "end": END, "bucket": "MONTH"}
    before = over - timedelta(microseconds=1)
    early = (await kpis.report(reading, **asked, valid_at=before)).total
    assert (early.promises_broken, early.promise_kept_rate) == (0, None)
    for late in (
        await kpis.report(reading, **asked, valid_at=over),
        await kpis.report(reading, **asked),
        await kpis.report(reading, start=over, end=over + timedelta(minutes=1), bucket="DAY"),
    ):
        assert (late.total.promises_broken, late.total.promise_kept_rate) == (1, 0)
    unknown = await kpis.report(reading, **asked, as_of=before)
    assert unknown.total.promises_broken == 0


@pytest.mark.parametrize(
    ("delivered", "cancelled", "counted"),
    [
        (None, None, "late"),
        (-1, None, "kept"),
        (0, None, "late"),
        (None, -1, None),
        (None, 0, "late"),
    ],
)
def test_a_promise_is_kept_until_its_last_day_is_over(
    delivered: int | None, cancelled: int | None, counted: str | None
) -> None:
    over = NOW + timedelta(days=3)

    def moment(microseconds: int | None) -> datetime | None:
        return None if microseconds is None else over + timedelta(microseconds=microseconds)

    facts = OrderFacts(UUID(int=1), NOW, "web", "EUR", Decimal(10), True, 1)
    facts.late_from, facts.delivered_at = over, moment(delivered)
    facts.cancelled_at = moment(cancelled)
    found = {figure for _, figure, _ in entries(facts)} & {"kept", "late"}
    assert found == ({counted} if counted else set())
