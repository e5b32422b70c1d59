"""Percentiles from classes of time against those of the times themselves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_projections.kpi_hours import GROWTH, OFF, TimesTaken, class_of, microseconds_in

LONGEST = timedelta(days=4_000)
TIMES = st.timedeltas(timedelta(0), LONGEST)
# Times that share a class, at its very ends too: what is hardest to tell apart.
ALIKE = st.tuples(
    st.timedeltas(timedelta(minutes=1), LONGEST),
    st.lists(st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1)), min_size=1, max_size=60),
).map(lambda drawn: [drawn[0] * (1 + (GROWTH - 1) * part) for part in drawn[1]])
SHARES = st.sampled_from([0.5, 0.95])


def times_taken(times: Sequence[timedelta]) -> TimesTaken:
    counts: Counter[int] = Counter()
    sums: Counter[int] = Counter()
    for time in times:
        counts[class_of(microseconds_in(time))] += 1
        sums[class_of(microseconds_in(time))] += microseconds_in(time)
    return TimesTaken(counts, sums)


def naive(times: Sequence[timedelta], share: float) -> float:
    """The nearest rank among the times themselves, in hours."""
    return sorted(times)[math.ceil(share * len(times)) - 1] / timedelta(hours=1)


def near(hours: float) -> object:
    return pytest.approx(hours, rel=OFF * (1 + 1e-9), abs=1 / 60 if hours < 1 / 60 else 1e-9)


@given(st.one_of(st.lists(TIMES, min_size=1, max_size=60), ALIKE), SHARES)
def test_a_percentile_is_at_most_three_percent_off(times: list[timedelta], share: float) -> None:
    assert times_taken(times).percentile(share) == near(naive(times, share))


@given(TIMES, st.integers(1, 300))
def test_the_median_of_equal_times_is_that_time(time: timedelta, count: int) -> None:
    found = times_taken([time] * count).percentile(0.5)
    assert found == pytest.approx(time / timedelta(hours=1), rel=1e-9, abs=1e-9)


@given(TIMES, SHARES)
def test_any_percentile_of_one_time_is_that_time(time: timedelta, share: float) -> None:
    found = times_taken([time]).percentile(share)
    assert found == pytest.approx(time / timedelta(hours=1), rel=1e-9, abs=1e-9)


def test_nothing_has_no_percentile() -> None:
    assert times_taken([]).percentile(0.5) is None
    assert times_taken([]).total == 0
