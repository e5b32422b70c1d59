"""Shares wanted units among a few locations that have them all together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, islice, permutations, product
from math import prod
from operator import attrgetter, mul

from oms_core.sourcing.packing import Option, Packing, options, ways
from oms_core.sourcing.sharing import Sharing, Source
from oms_core.sourcing.tariff import Tariff

Step = tuple[int, int]
"""A weight, and what a parcel costs up to it."""

MOST_WAYS = 3_000
"""Ways to share that are all tried, where simpler ones leave a gap."""

MOST_STARTS = 8
"""Ways to share that are improved by moving lots."""

MOST_TIERS = 6
"""Steps of a tariff that are tried as the limit of what a location is given."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one location gives of each item."""

    source: Source
    units: tuple[int, ...]


class Loading:
    """One basket, shared among any locations that are tried."""

    def __init__(self, wanted: tuple[int, ...], grams: tuple[int, ...], split: int) -> None:
        self._wanted, self._grams, self._split = wanted, grams, split
        self._carriages: dict[tuple[Tariff, ...], int] = {}
        self._weight = sum(w * g for w, g in zip(wanted, grams, strict=True))

    def cheapest_units(self, sources: Sequence[Source]) -> int:
        """Tell what the units cost at least, wherever they come from; parcels not counted."""
        total = 0
        for i, wanted in enumerate(self._wanted):
            offers = sorted((s.unit_costs[i], s.units[i]) for s in sources if s.units[i])
            left = wanted
            for cost, units in offers:
                taken = min(units, left)
                total += taken * cost
                left -= taken
                if not left:
                    break
        return total

    def alone(self, source: Source) -> int:
        """Tell what it costs to send everything from one location."""
        units: int = sum(map(mul, self._wanted, source.unit_costs))
        return source.fixed + source.tariff.price(self._weight) + units

    def load(
        self, chosen: Sequence[Source], below: int | None
    ) -> tuple[tuple[Load, ...], int, int]:
        """Give the cheapest way found to share all, its cost, and what it costs at least.

        With few ways to share, all are tried, and the cheapest is what it costs at least. What
        can't cost less than `below` is not looked at closely.
        """
        if len(chosen) == 1:
            cost = self.alone(chosen[0])
            return (Load(chosen[0], self._wanted),), cost, cost
        least = self.least(chosen)
        if below is not None and least >= below:
            loads = self._by_unit_cost(chosen)
            return loads, self.cost(loads), least
        loads, cost = self._cheapest(self._ways(chosen), least)
        if cost > least and prod(self._ways_of_items(chosen)) <= MOST_WAYS:
            loads, cost = self._cheapest(self._all_ways(chosen), least)
            least = cost
        elif cost > least:
            loads, cost = self._cheapest(self._improved(chosen), least)
            loads, cost, least = self._packed(chosen, loads, cost, least)
        return loads, cost, min(least, cost)

    def _cheapest(
        self, ways: Iterable[tuple[Load, ...]], least: int
    ) -> tuple[tuple[Load, ...], int]:
        best: tuple[tuple[Load, ...], int] = (), -1
        for loads in ways:
            cost = self.cost(loads)
            if best[1] < 0 or cost < best[1]:
                best = loads, cost
            if cost == least:
                break
        return best

    def _improved(self, chosen: Sequence[Source]) -> Iterator[tuple[Load, ...]]:
        """Start from the cheapest of the simple ways, and move lots between the locations."""
        seen: set[tuple[tuple[int, ...], ...]] = set()
        ways = sorted(self._ways(chosen), key=self.cost)
        for loads in ways:
            by_code = {load.source.code: load.units for load in loads}
            nothing = (0,) * len(self._wanted)
            shares = tuple(by_code.get(source.code, nothing) for source in chosen)
            if shares in seen:
                continue
            seen.add(shares)
            yield _loads(chosen, Sharing(chosen, shares, self._grams).improve())
            if len(seen) == MOST_STARTS:
                return

    def _packed(
        self, chosen: Sequence[Source], loads: tuple[Load, ...], cost: int, least: int
    ) -> tuple[tuple[Load, ...], int, int]:
        """Look for something cheaper, for each choice of steps of the tariffs, cheapest first."""
        steps = [self._steps_between(source, chosen) for source in chosen]
        if prod(map(len, steps)) > MOST_WAYS or max(self._ways_of_items(chosen)) > MOST_WAYS:
            return loads, cost, least
        packing = Packing(self._options(chosen))
        fixed = sum(source.fixed for source in chosen) + self._split * (len(chosen) - 1)
        bound = cost
        for carriage, most in self._choices(steps):
            known = fixed + carriage
            if known + packing.least >= cost:
                break
            units, shares = packing.fit(most, cost - known)
            if not packing.complete:
                bound = min(bound, known + packing.least)
            if shares:
                loads, cost = _loads(chosen, list(zip(*shares, strict=True))), known + units
            if packing.exhausted:
                break
        cost = min(cost, self.cost(loads))
        return loads, cost, max(least, min(bound, cost))

    def _choices(self, steps: Sequence[Sequence[Step]]) -> list[tuple[int, tuple[int, ...]]]:
        """Give the choices of one step for each that carry everything, the cheapest first."""
        return sorted(
            (sum(price for _, price in way), tuple(up_to for up_to, _ in way))
            for way in product(*steps)
            if sum(up_to for up_to, _ in way) >= self._weight
        )

    def _options(self, chosen: Sequence[Source]) -> list[list[Option]]:
        return [
            options(wanted, self._grams[i], [(s.units[i], s.unit_costs[i]) for s in chosen])
            for i, wanted in enumerate(self._wanted)
        ]

    def _ways_of_items(self, chosen: Sequence[Source]) -> list[int]:
        """Bound for each item the number of ways to share it."""
        return [
            prod(min(source.units[i], wanted) + 1 for source in chosen[1:])
            for i, wanted in enumerate(self._wanted)
        ]

    def _all_ways(self, chosen: Sequence[Source]) -> Iterator[tuple[Load, ...]]:
        """Share in every way there is."""
        each = [
            list(ways(wanted, [source.units[i] for source in chosen]))
            for i, wanted in enumerate(self._wanted)
        ]
        for shares in product(*each):
            yield _loads(chosen, list(zip(*shares, strict=True)))

    def cost(self, loads: Sequence[Load]) -> int:
        """Tell what these parcels cost, and splitting the order."""
        return sum(
            load.source.fixed
            + load.source.tariff.price(self._heavy(load.units))
            + sum(map(int.__mul__, load.units, load.source.unit_costs))
            for load in loads
        ) + self._split * (len(loads) - 1)

    def _heavy(self, units: Sequence[int]) -> int:
        return sum(map(int.__mul__, units, self._grams))

    def _ways(self, chosen: Sequence[Source]) -> Iterator[tuple[Load, ...]]:
        """Share by the cost of a unit; then fill one after the other, up to each step of price."""
        yield self._by_unit_cost(chosen)
        for order in permutations(chosen):
            yield self._fill(order, None)
        for order in permutations(chosen):
            for limit, _ in islice(order[0].tariff.steps(self._weight), MOST_TIERS):
                yield self._fill(order, limit)

    def _by_unit_cost(self, chosen: Sequence[Source]) -> tuple[Load, ...]:
        shares = [[0] * len(self._wanted) for _ in chosen]
        for i, wanted in enumerate(self._wanted):
            left = wanted
            for _, k in sorted((source.unit_costs[i], k) for k, source in enumerate(chosen)):
                shares[k][i] = min(chosen[k].units[i], left)
                left -= shares[k][i]
        return _loads(chosen, shares)

    def _fill(self, order: Sequence[Source], limit: int | None) -> tuple[Load, ...]:
        """Fill in this order; the first takes no more than the limit beyond what only it has."""
        shares = [[0] * len(self._wanted) for _ in order]
        open_units = list(self._wanted)
        for k, source in enumerate(order):
            shares[k] = must = self._only_here(order[k + 1 :], open_units)
            room = None if limit is None or k else limit - self._heavy(must)
            for i in sorted(range(len(open_units)), key=lambda i: -self._grams[i]):
                more = min(source.units[i], open_units[i]) - shares[k][i]
                if room is not None and self._grams[i]:
                    more = max(min(more, room // self._grams[i]), 0)
                    room -= more * self._grams[i]
                shares[k][i] += more
                open_units[i] -= shares[k][i]
        return _loads(order, shares)

    def carriage(self, chosen: Sequence[Source]) -> int:
        """Bound what the parcels cost by weight alone, whoever carries how much of it."""
        return self._carriage(tuple([source.tariff for source in chosen]))

    def lightest(self, sources: Iterable[Source], parcels: int) -> int:
        """Bound what so many parcels cost by weight alone, with any of these tariffs."""
        tariffs = sorted({source.tariff for source in sources}, key=attrgetter("key"))
        return min(map(self._carriage, combinations_with_replacement(tariffs, parcels)))

    def _carriage(self, tariffs: tuple[Tariff, ...]) -> int:
        if tariffs not in self._carriages:
            steps = [list(tariff.steps(self._weight)) for tariff in tariffs]
            self._carriages[tariffs] = self._cheapest_steps(steps)
        return self._carriages[tariffs]

    def _cheapest_steps(self, steps: Sequence[Sequence[Step]]) -> int:
        """Bound the price of carrying the whole weight with one step of each."""
        first = sum(each[0][1] for each in steps)
        if prod(map(len, steps)) > MOST_WAYS:
            rate = min(Fraction(price, up_to) for each in steps for up_to, price in each)
            return max(first, int(rate * self._weight))
        carried: list[Step] = [(0, 0)]
        for each in steps[:-1]:
            carried = _worth_taking(carried, each, self._weight)
        last = steps[-1]
        fits = [
            price + more
            for up_to, price in carried
            for far, more in last
            if up_to + far >= self._weight
        ]
        return min(fits, default=first)

    def _only_here(self, others: Sequence[Source], wanted: Sequence[int]) -> list[int]:
        """Tell how many units the others lack."""
        return [max(w - sum(s.units[i] for s in others), 0) for i, w in enumerate(wanted)]

    def least(self, chosen: Sequence[Source]) -> int:
        """Bound the cost: cheapest units, and the cheapest steps that carry the whole weight."""
        fixed = sum(source.fixed for source in chosen) + self._split * (len(chosen) - 1)
        return fixed + self.cheapest_units(chosen) + self._least_carriage(chosen)

    def _least_carriage(self, chosen: Sequence[Source]) -> int:
        return self._cheapest_steps([self._steps_between(source, chosen) for source in chosen])

    def _steps_between(self, source: Source, chosen: Sequence[Source]) -> list[Step]:
        """Give the steps that a location can come to: no less than what only it has."""
        others = [other for other in chosen if other is not source]
        must = self._heavy(self._only_here(others, self._wanted))
        most = self._heavy([min(w, u) for w, u in zip(self._wanted, source.units, strict=True)])
        return [step for step in source.tariff.steps(most) if step[0] >= must]


def _worth_taking(some: Sequence[Step], more: Sequence[Step], enough: int) -> list[Step]:
    """Take one step of each; of those that cost more and carry no more, nothing is kept."""
    both = sorted([(p + q, -min(u + v, enough)) for u, p in some for v, q in more])
    kept, most = [], -1
    for price, carried in both:
        if -carried > most:
            most = -carried
            kept.append((most, price))
    return kept


def _loads(chosen: Sequence[Source], shares: Sequence[Sequence[int]]) -> tuple[Load, ...]:
    """Tell who gives what; who gives nothing sends no parcel."""
    shared = zip(chosen, shares, strict=True)
    return tuple(Load(source, tuple(units)) for source, units in shared if any(units))
