"""Finds the cheapest way to serve a basket from few locations. Integers only.

Locations that another one can replace in any plan are left out first. What is left is searched
completely, branch by branch: the item that the fewest locations have decides who is asked next,
and a branch is left as soon as it can't become cheaper than the best plan found. A search that
would take too long stops with the best plan so far, and says what any plan costs at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, gt

from oms_core.sourcing.loading import Load, Loading
from oms_core.sourcing.sharing import Source

ENDLESS = 10**30
MOST_WORK = 1_500
"""Locations looked at before a search stops."""

MOST_TRIED = 80
"""Sets of locations, the most promising first, whose cost is bounded more closely."""

MOST_PRICED = 6
"""Of these, how many are shared among."""

NEAREST = 60
STARTS = 3
"""Locations from which a first good plan is built up."""

MOST_PARTS = 4
"""Parts of a basket of which the cheapest is taken where it can't be served whole."""

MOST_SETS = 12
"""Sets of locations that are followed up where a basket can't be served whole."""

Units = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Units wanted of each item, what one weighs, and who has how many of them."""

    wanted: Units
    grams: Units
    sources: Sequence[Source]
    split_cost: int
    max_split: int


@dataclass(frozen=True, slots=True)
class Solution:
    """The best plan found: who gives how many of each item. No plan costs less than `bound`.

    `missing` counts the units that it does not serve; no plan was found that serves more.
    """

    loads: tuple[Load, ...] = ()
    cost: int = 0
    bound: int = 0
    missing: int = 0
    complete: bool = True

    @property
    def proven(self) -> bool:
        """No other plan of the same locations is cheaper."""
        return self.complete and self.cost == self.bound


def solve(problem: Problem) -> Solution:
    """Serve as many units as possible, and those as cheaply as possible."""
    there = [sum(column) for column in zip(*(s.units for s in problem.sources), strict=True)]
    reachable = tuple(map(min, problem.wanted, there)) if there else (0,) * len(problem.wanted)
    lost = sum(problem.wanted) - sum(reachable)
    if not any(reachable):
        return Solution(missing=lost)
    if (alone := _one_parcel(problem, reachable, lost)) is not None:
        return alone
    found = _searched(problem, reachable, lost)
    return found if found.loads else _served_in_part(problem, reachable, lost)


def _one_parcel(problem: Problem, wanted: Units, lost: int) -> Solution | None:
    """Send everything from one location, where two parcels can't cost less: the usual order."""
    loading = Loading(wanted, problem.grams, problem.split_cost)
    whole = [s for s in problem.sources if not any(map(gt, wanted, s.units))]
    priced = [(loading.alone(source), source.code, source) for source in whole]
    if not priced:
        return None
    cost, _, source = min(priced)
    least = min(s.least for s in problem.sources)
    if problem.max_split > 1 and cost > 2 * least + problem.split_cost:
        return None
    return Solution((Load(source, wanted),), cost, cost, lost)


def _searched(problem: Problem, wanted: Units, lost: int) -> Solution:
    search = _Search(problem, wanted)
    search.begin()
    for parcels in range(1, problem.max_split + 1):
        search.try_all(parcels)
    return search.solution(lost)


def _served_in_part(problem: Problem, wanted: Units, lost: int) -> Solution:
    """Serve as much as so few locations can, where they can't serve all."""
    sets, complete = _most_serving(problem, wanted)
    parts = _cheapest_parts(problem, sets)
    missing = lost + sum(wanted) - sum(parts[0])
    found = [_searched(problem, each, missing) for each in parts[:MOST_PARTS]]
    best = min(found, key=attrgetter("cost"))
    complete = complete and len(parts) == len(found) and all(each.complete for each in found)
    bound = min(each.bound for each in found)
    if not complete:
        unit = min(
            c for s in problem.sources for c, n in zip(s.unit_costs, s.units, strict=True) if n
        )
        bound = min(bound, min(s.least for s in problem.sources) + sum(parts[0]) * unit)
    return replace(best, bound=bound, complete=complete)


def _most_serving(
    problem: Problem, wanted: Units
) -> tuple[list[tuple[Units, tuple[Source, ...]]], bool]:
    """Give the sets of so few locations that can serve the most, what they serve, and whether all
    sets were looked at.
    """
    sets: dict[tuple[int, ...], Units] = {(): (0,) * len(wanted)}
    all_sets: dict[tuple[int, ...], Units] = {}
    fullest = sorted(problem.sources, key=lambda s: (-sum(map(min, s.units, wanted)), s.code))
    complete = len(fullest) <= NEAREST
    for _ in range(problem.max_split):
        grown = {
            tuple(sorted((*chosen, i))): tuple(map(min, wanted, map(int.__add__, have, s.units)))
            for chosen, have in sets.items()
            for i, s in enumerate(fullest[:NEAREST])
            if i not in chosen
        }
        all_sets |= grown
        best = sorted(grown, key=lambda chosen: (-sum(grown[chosen]), chosen))
        complete = complete and len(best) <= MOST_SETS
        sets = {chosen: grown[chosen] for chosen in best[:MOST_SETS]}
    most = max(map(sum, all_sets.values()))
    serving = [
        (served, tuple(fullest[i] for i in chosen))
        for chosen, served in all_sets.items()
        if sum(served) == most
    ]
    return serving, complete


def _cheapest_parts(
    problem: Problem, sets: Sequence[tuple[Units, tuple[Source, ...]]]
) -> list[Units]:
    """Give the parts of the basket that can be served, those first that may cost the least."""
    costs: dict[Units, int] = {}
    for served, chosen in sorted(sets, key=lambda each: sum(s.least for s in each[1]))[:MOST_TRIED]:
        least = Loading(served, problem.grams, problem.split_cost).least(chosen)
        costs[served] = min(least, costs.get(served, least))
    for served, _ in sets:
        costs.setdefault(served, ENDLESS)
    return sorted(costs, key=lambda served: (costs[served], served))


class _Search:
    """One basket that is to be served whole."""

    def __init__(self, problem: Problem, wanted: Units) -> None:
        self._wanted = wanted
        self._split, self._most = problem.split_cost, problem.max_split
        self._loading = Loading(wanted, problem.grams, problem.split_cost)
        useful = (s for s in problem.sources if any(map(min, s.units, wanted)))
        ordered = sorted(useful, key=attrgetter("least", "code"))
        self._sources = _undominated(ordered, wanted)
        self._having = [[s for s in self._sources if s.units[i]] for i in range(len(wanted))]
        self._all = (1 << len(self._sources)) - 1
        self._some = [_bits(s.units[i] for s in self._sources) for i in range(len(wanted))]
        self._enough = [_bits(s.units[i] >= w for s in self._sources) for i, w in enumerate(wanted)]
        self._rest = self._loading.cheapest_units(self._sources)
        self._fixed = min((source.fixed for source in self._sources), default=0)
        self._least = self._sources[0].least if self._sources else 0
        self._best: tuple[tuple[Load, ...], int] | None = None
        self._kept: dict[tuple[str, ...], tuple[int, tuple[Source, ...]]] = {}
        self._bounds: list[int] = []
        self._work = 0

    def begin(self) -> None:
        """Build up plans greedily, from several first locations, so that the search is strict."""
        for first in self._sources[:STARTS]:
            chosen: tuple[Source, ...] = (first,)
            left = _less(self._wanted, first.units)
            while any(left) and len(chosen) < self._most:
                gains = [
                    ((s.least + self._split) / gain, s.code, s)
                    for s in self._sources[:NEAREST]
                    if s not in chosen and (gain := sum(map(min, left, s.units)))
                ]
                if not gains:
                    break
                best = min(gains, key=lambda each: each[:2])[2]
                chosen, left = (*chosen, best), _less(left, best.units)
            if not any(left):
                self._price(chosen)

    def try_all(self, parcels: int) -> None:
        """Find every set of so many locations that has everything and may be the cheapest."""
        if not self._sources:
            return
        self._parcels = parcels
        self._base = self._split * (parcels - 1) + self._rest
        self._lightest = self._base + self._loading.lightest(self._sources, parcels)
        self._look((), self._wanted, 0, 0)
        if self._work > MOST_WORK:
            self._bounds.append(parcels * self._fixed + self._lightest)

    def _look(self, chosen: tuple[Source, ...], left: Units, fixed: int, least: int) -> None:
        more = self._parcels - len(chosen) - 1
        if not more:
            self._close(chosen, left, fixed, least)
            return
        above = least + more * self._least + self._base
        heavy = fixed + more * self._fixed + self._lightest
        for source in self._next(left):
            self._work += 1
            best = self._limit
            if above + source.least >= best or self._work > MOST_WORK:
                return
            if heavy + source.fixed >= best or source in chosen:
                continue
            open_units = _less(left, source.units)
            self._look((*chosen, source), open_units, fixed + source.fixed, least + source.least)

    def _close(self, chosen: tuple[Source, ...], left: Units, fixed: int, least: int) -> None:
        """Find all that have everything that is left, the cheapest parcel first, by their bits."""
        self._work += 1
        for source in self._having_all(left):
            if least + source.least + self._base >= self._limit or self._work > MOST_WORK:
                return
            self._work += 1
            fits = source not in chosen and not any(map(gt, left, source.units))
            if fits and fixed + source.fixed + self._lightest < self._limit:
                self._keep((*chosen, source), fixed + source.fixed)

    def _having_all(self, left: Units) -> Iterator[Source]:
        bits = self._all
        for units, wanted, some, enough in zip(
            left, self._wanted, self._some, self._enough, strict=True
        ):
            if units:
                bits &= enough if units == wanted else some
        while bits:
            lowest = bits & -bits
            yield self._sources[lowest.bit_length() - 1]
            bits ^= lowest

    def _next(self, left: Units) -> Sequence[Source]:
        """Ask those for more that have the rarest item; when all is there, any may relieve."""
        short = [having for having, units in zip(self._having, left, strict=True) if units]
        return min(short, key=len) if short else self._sources

    @property
    def _limit(self) -> int:
        """What a plan must stay below to be the best."""
        return ENDLESS if self._best is None else self._best[1]

    def _keep(self, chosen: tuple[Source, ...], fixed: int) -> None:
        bound = self._base + fixed + self._loading.carriage(chosen)
        if self._best is None:
            self._price(chosen)
        elif bound < self._limit:
            codes = tuple(sorted(source.code for source in chosen))
            self._kept[codes] = bound, chosen

    def _price(self, chosen: tuple[Source, ...]) -> None:
        """Work out the cheapest way to share everything among these."""
        below = None if self._best is None else self._best[1]
        loads, cost, bound = self._loading.load(chosen, below)
        self._bounds.append(bound)
        if self._best is None or cost < self._best[1]:
            self._best = loads, cost

    def solution(self, lost: int) -> Solution:
        """Price the most promising sets first; those left over bound what any plan costs."""
        waiting = sorted(self._kept.items(), key=lambda item: (item[1][0], item[0]))
        if len(waiting) > MOST_TRIED:
            self._bounds.append(waiting[MOST_TRIED][1][0])
        looked_at = [
            (self._loading.least(chosen), codes, chosen)
            for codes, (_, chosen) in waiting[:MOST_TRIED]
        ]
        for priced, (bound, _, chosen) in enumerate(sorted(looked_at, key=lambda e: e[:2])):
            if priced < MOST_PRICED and bound < self._limit:
                self._price(chosen)
            else:
                self._bounds.append(bound)
        complete = self._work <= MOST_WORK
        if self._best is None:
            return Solution(missing=lost + sum(self._wanted), complete=complete)
        loads, cost = self._best
        return Solution(loads, cost, min(cost, *self._bounds), lost, complete)


def _bits(flags: Iterable[int]) -> int:
    """Write as bits which of the locations have something; the first is the lowest bit."""
    return sum(1 << i for i, flag in enumerate(flags) if flag)


def _less(wanted: Units, units: Units) -> Units:
    return tuple([w - u if w > u else 0 for w, u in zip(wanted, units, strict=True)])


def _undominated(sources: Sequence[Source], wanted: Units) -> list[Source]:
    """Leave out whom a cheaper one can replace in any plan: one that has all that it has."""
    if not all(source.tariff.merges for source in sources):
        return list(sources)
    kept: list[tuple[int, Source]] = []
    for source in sources:
        has, full = _masks(source, wanted)
        if not any(has & ~other_full == 0 and s.replaces(source) for other_full, s in kept):
            kept.append((full, source))
    return [source for _, source in kept]


def _masks(source: Source, wanted: Units) -> tuple[int, int]:
    """Write as bits which items a location has, and which it has enough of."""
    has = full = 0
    for i, (units, quantity) in enumerate(zip(source.units, wanted, strict=True)):
        if units:
            has |= 1 << i
        if units >= quantity:
            full |= 1 << i
    return has, full
