"""Improves how wanted units are shared among a few locations, by moving lots between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from oms_core.sourcing.tariff import Tariff

MOST_MOVES = 60
"""Lots moved one after the other; each makes the plan cheaper."""

MOST_LOTS = 48
"""Lots between two locations that are also tried in pairs."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A location that can give some units of each item; costs in millionths.

    `fixed` is what its parcel costs whatever is in it, but for the tariff.
    """

    code: str
    fixed: int
    units: tuple[int, ...]
    unit_costs: tuple[int, ...]
    tariff: Tariff
    least: int
    """What its parcel costs at least."""

    def replaces(self, other: Source) -> bool:
        """Tell whether giving the other's units costs no more here. That it has them is known."""
        return (
            self.tariff is other.tariff
            and self.fixed <= other.fixed
            and all(
                mine <= theirs
                for mine, theirs, units in zip(
                    self.unit_costs, other.unit_costs, other.units, strict=True
                )
                if units
            )
        )


@dataclass(frozen=True, slots=True)
class _Lot:
    """Units of one item on their way from a location to another, and what that does."""

    item: int
    units: int
    grams: int
    cost: int


Shares = list[list[int]]


class Sharing:
    """The units that each of a few locations gives of each item."""

    def __init__(
        self, chosen: Sequence[Source], shares: Sequence[Sequence[int]], grams: Sequence[int]
    ) -> None:
        self._chosen, self._grams = chosen, grams
        self.shares = [list(share) for share in shares]
        self._weights = [sum(map(int.__mul__, share, grams)) for share in shares]

    def improve(self) -> Shares:
        """Move lots as long as the plan gets cheaper; who is left with nothing drops out."""
        for _ in range(MOST_MOVES):
            if not (self._move_one() or self._move_two()):
                break
        return self.shares

    def _move_one(self) -> bool:
        best: tuple[int, int, int, _Lot | None] = 0, 0, 0, None
        for a, b in self._pairs():
            for lot in self._lots(a, b):
                change = lot.cost + self._change(a, b, lot.grams)
                if sum(self.shares[a]) == lot.units:
                    change -= self._chosen[a].least
                if change < best[0]:
                    best = change, a, b, lot
        _, a, b, moved = best
        if moved is None:
            return False
        self._move(a, b, moved)
        return True

    def _move_two(self) -> bool:
        """Move two lots between two locations: in exchange, or the same way."""
        for a, b in combinations(range(len(self._chosen)), 2):
            there, back = list(self._lots(a, b)), list(self._lots(b, a))
            lots = [
                *((lot, lot.grams, lot.cost, a, b) for lot in there[:MOST_LOTS]),
                *((lot, -lot.grams, lot.cost, b, a) for lot in back[:MOST_LOTS]),
            ]
            changes: dict[int, int] = {}
            for one, other in combinations(lots, 2):
                if one[0].item == other[0].item:
                    continue
                heavier = one[1] + other[1]
                if heavier not in changes:
                    changes[heavier] = self._change(a, b, heavier)
                if one[2] + other[2] + changes[heavier] < 0:
                    self._move(one[3], one[4], one[0])
                    self._move(other[3], other[4], other[0])
                    return True
        return False

    def _pairs(self) -> Iterator[tuple[int, int]]:
        places = range(len(self._chosen))
        return ((a, b) for a in places for b in places if a != b)

    def _lots(self, a: int, b: int) -> Iterator[_Lot]:
        """Give lots that can be moved: any number of units of an item, but not more than a few."""
        one, other = self._chosen[a], self._chosen[b]
        for i, (mine, theirs) in enumerate(zip(self.shares[a], self.shares[b], strict=True)):
            if mine and (most := min(mine, other.units[i] - theirs)) > 0:
                dearer = other.unit_costs[i] - one.unit_costs[i]
                for units in range(1, most + 1) if most < 4 else (1, 2, most // 2, most):
                    yield _Lot(i, units, units * self._grams[i], units * dearer)

    def _change(self, a: int, b: int, grams: int) -> int:
        """Tell how the parcels' prices change when so much moves from a to b."""
        one, other = self._chosen[a].tariff, self._chosen[b].tariff
        at_a, at_b = self._weights[a], self._weights[b]
        return (
            one.price(at_a - grams)
            - one.price(at_a)
            + other.price(at_b + grams)
            - other.price(at_b)
        )

    def _move(self, a: int, b: int, lot: _Lot) -> None:
        self.shares[a][lot.item] -= lot.units
        self.shares[b][lot.item] += lot.units
        self._weights[a] -= lot.grams
        self._weights[b] += lot.grams
