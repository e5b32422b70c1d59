"""Shares units among locations so that no parcel is heavier than a step of its tariff allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

Units = tuple[int, ...]

MOST_NODES = 3_000
"""Ways looked at for one set of locations before its packing stops."""

MOST_NODES_A_WAY = 1_500
"""Of these, how many for one choice of steps."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to share the units of an item: grams for each location, and what the units cost."""

    units: Units
    grams: Units
    cost: int


class Packing:
    """The items of a basket, the heaviest first, each with its ways to be shared."""

    def __init__(self, items: Sequence[Sequence[Option]]) -> None:
        weights = [sum(options[0].grams) for options in items]
        self._order = sorted(range(len(items)), key=lambda i: (-weights[i], i))
        self._items = [items[i] for i in self._order]
        self._grams = [0] * (len(items) + 1)
        self._least = [0] * (len(items) + 1)
        for at in range(len(items) - 1, -1, -1):
            self._grams[at] = self._grams[at + 1] + sum(self._items[at][0].grams)
            self._least[at] = self._least[at + 1] + min(o.cost for o in self._items[at])
        self._nodes = 0
        self._left = 0
        self._best: tuple[Option, ...] | None = None
        self._limit = 0

    @property
    def least(self) -> int:
        """What the units cost at least."""
        return self._least[0]

    @property
    def exhausted(self) -> bool:
        """Tell whether all ways that may be looked at have been."""
        return self._nodes >= MOST_NODES

    @property
    def complete(self) -> bool:
        """Tell whether the last search looked at every way."""
        return self._left > 0

    def fit(self, most: Units, below: int) -> tuple[int, list[Units]]:
        """Find the cheapest units that fit for less than `below`; nothing if there are none."""
        self._best, self._limit = None, below
        self._left = given = min(MOST_NODES_A_WAY, MOST_NODES - self._nodes)
        self._look(0, most, 0, ())
        self._nodes += given - self._left
        shares: list[Units] = [()] * len(self._items)
        if self._best is None:
            return below, []
        for i, option in zip(self._order, self._best, strict=True):
            shares[i] = option.units
        return self._limit, shares

    def _look(self, at: int, room: Units, cost: int, taken: tuple[Option, ...]) -> None:
        if at == len(self._items):
            self._best, self._limit = taken, cost
            return
        if sum(room) < self._grams[at]:
            return
        for option in self._items[at]:
            if cost + option.cost + self._least[at + 1] >= self._limit:
                return
            if self._left <= 0:
                return
            self._left -= 1
            left = tuple(map(int.__sub__, room, option.grams))
            if min(left) >= 0:
                self._look(at + 1, left, cost + option.cost, (*taken, option))


def options(wanted: int, grams: int, offers: Sequence[tuple[int, int]]) -> list[Option]:
    """Give the ways to share the units of an item, the cheapest first.

    Of each location, `offers` has the units that are there and what one costs.
    """
    costs = [cost for _, cost in offers]
    found = [
        Option(units, tuple(n * grams for n in units), sum(map(int.__mul__, units, costs)))
        for units in ways(wanted, [there for there, _ in offers])
    ]
    return sorted(found, key=lambda each: (each.cost, each.units))


def ways(wanted: int, there: Sequence[int]) -> Iterator[Units]:
    """Share units in every way there is."""
    for others in product(*(range(min(n, wanted) + 1) for n in there[1:])):
        if 0 <= wanted - sum(others) <= there[0]:
            yield (wanted - sum(others), *others)
