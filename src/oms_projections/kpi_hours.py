"""Percentiles of how long things took, from counts and sums by class of time.

Counts and sums can be added up over any buckets, and taken back. Classes are 6 % wide (relative
accuracy as in DDSketch, VLDB 2019), so that a percentile is never more than 3 % off; that of a
single thing, or of things that took equally long, is as good as exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

OFF = 0.03
"""The most that a percentile may be off, as a share of the right one."""

GROWTH = 1.06
"""Each class begins so many times later than the one before; at most (1 + OFF) / (1 - OFF)."""

MINUTE = 60_000_000
"""What took less than a minute is class 0."""


HOUR = 60 * MINUTE


def microseconds_in(time: timedelta) -> int:
    """Give a time in microseconds, which add up exactly."""
    return time // timedelta(microseconds=1)


def class_of(microseconds: int) -> int:
    """Give the class of a time."""
    return 0 if microseconds < MINUTE else 1 + int(math.log(microseconds / MINUTE, GROWTH))


@dataclass(frozen=True, slots=True)
class TimesTaken:
    """How many things took how long: the count and the sum of microseconds of each class."""

    counts: Mapping[int, int]
    sums: Mapping[int, int]

    @property
    def total(self) -> int:
        """Tell how many things there were."""
        return sum(self.counts.values())

    def percentile(self, share: float) -> float | None:
        """Tell the hours within which this share of them was done; None when nothing was."""
        rank = math.ceil(share * self.total)
        for number in sorted(self.counts):
            if 0 < rank <= self.counts[number]:
                return self._time_of(number, rank) / HOUR
            rank -= self.counts[number]
        return None

    def _time_of(self, number: int, rank: int) -> float:
        """Give the mean of a class, moved as far as the one of that rank could be too far off."""
        count, total = self.counts[number], self.sums.get(number, 0)
        mean = total / count
        if number == 0:
            return mean
        low = MINUTE * GROWTH ** (number - 1)
        high = low * GROWTH
        least = max(low, (total - (count - rank) * high) / rank)
        most = min(high, (total - (rank - 1) * low) / (count - rank + 1))
        return min(max(mean, most * (1 - OFF)), least * (1 + OFF))
