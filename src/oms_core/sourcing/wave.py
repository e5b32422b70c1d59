"""Sources orders together that compete for the same stock, and says how good the plan is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from oms_core.sourcing.loading import Load, Loading
from oms_core.sourcing.program import Program, Solver
from oms_core.sourcing.search import Problem
from oms_core.sourcing.sharing import Source

Place = tuple[str, str]
"""A SKU at a location."""

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class WaveOrder:
    """What an order still wants, of which SKUs, from whom it may come, and what it has.

    Locations in `sends` need no room for it: on that day they send another part of it anyway.
    """

    id: UUID
    skus: tuple[str, ...]
    problem: Problem
    has: tuple[Load, ...] = ()
    sends: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wave:
    """Orders, the stock that they may share, and how many of them a location with a limit takes."""

    orders: Sequence[WaveOrder]
    stock: Mapping[Place, int]
    room: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WavePlan:
    """Who sends what of each order. `bound` is what serving no fewer units costs at least.

    `solver` is None when what the orders have already was kept; `seconds` are what it took.
    """

    loads: Mapping[UUID, tuple[Load, ...]]
    missing: int
    cost: int
    bound: int
    solver: str | None = None
    proven: bool = False
    seconds: float = 0.0


def plan_wave(wave: Wave, solver: Solver, seconds: float) -> WavePlan:
    """Serve as many units as possible, then as cheaply as possible; keep the present plan if
    none better is found in the time. No order gets fewer units of an item than it has.
    """
    present = _plan(wave, {order.id: order.has for order in wave.orders})
    program = _Program(wave)
    answer = solver.solve(program.program, program.values(present.loads), seconds)
    if answer is None:
        return present
    found = _plan(wave, program.loads(answer.values))
    better = (found.missing, found.cost) < (present.missing, present.cost)
    best = found if better else present
    bound = round(answer.bound * MICROS) - program.late * best.missing
    return WavePlan(
        best.loads,
        best.missing,
        best.cost,
        max(min(bound, best.cost), 0),
        solver.name if better else None,
        answer.proven,
        answer.seconds,
    )


def _plan(wave: Wave, loads: Mapping[UUID, tuple[Load, ...]]) -> WavePlan:
    cost = sum(cost_of(order.problem, loads[order.id]) for order in wave.orders)
    served = sum(sum(load.units) for each in loads.values() for load in each)
    wanted = sum(sum(order.problem.wanted) for order in wave.orders)
    return WavePlan(loads, wanted - served, cost, 0)


def cost_of(problem: Problem, loads: Sequence[Load]) -> int:
    """Tell what it costs to serve an order so."""
    if not loads:
        return 0
    return Loading(problem.wanted, problem.grams, problem.split_cost).cost(loads)


def _dearest(order: WaveOrder) -> int:
    """Tell what a parcel with all of an order costs at most, and a unit in it."""
    problem = order.problem
    heavy = sum(map(int.__mul__, problem.wanted, problem.grams))
    return problem.split_cost + max(
        (
            source.fixed + source.tariff.price(heavy) + max(source.unit_costs, default=0)
            for source in problem.sources
        ),
        default=0,
    )


class _Program:
    """Units per order, item and location; a parcel per order and location; a step per parcel; and
    whether an order has a parcel at all: its first one splits nothing.
    """

    def __init__(self, wave: Wave) -> None:
        self.program = Program()
        self._wave = wave
        self._parcels: dict[tuple[UUID, str], int] = {}
        self._units: dict[tuple[UUID, str, int], int] = {}
        self._steps: dict[tuple[UUID, str], list[tuple[int, int]]] = {}
        self._missing: dict[tuple[UUID, int], int] = {}
        self._first: dict[UUID, int] = {}
        self.late = 1 + 10 * max((_dearest(order) for order in wave.orders), default=0)
        """What a unit costs that is not served: more than several parcels."""
        for order in wave.orders:
            self._add(order)
        self._share()

    def _add(self, order: WaveOrder) -> None:
        program, problem = self.program, order.problem
        sources = [source for source in problem.sources if any(source.units)]
        for source in sources:
            self._add_parcel(order, source)
        for i, wanted in enumerate(problem.wanted):
            has = sum(load.units[i] for load in order.has)
            missing = program.variable(self.late / MICROS, wanted - has)
            self._missing[order.id, i] = missing
            given = [(self._units[order.id, s.code, i], 1) for s in sources if s.units[i]]
            program.row([*given, (missing, 1)], low=wanted, high=wanted)
        parcels = [(self._parcels[order.id, source.code], 1) for source in sources]
        if len(parcels) > problem.max_split:
            program.row(parcels, high=problem.max_split)
        if problem.split_cost:
            first = self._first[order.id] = program.variable(-problem.split_cost / MICROS, 1)
            program.row([(first, 1), *((parcel, -1) for parcel, _ in parcels)], high=0)

    def _add_parcel(self, order: WaveOrder, source: Source) -> None:
        program, problem, key = self.program, order.problem, (order.id, source.code)
        units = tuple(map(min, source.units, problem.wanted))
        most = sum(map(int.__mul__, units, problem.grams))
        steps = list(source.tariff.steps(most))
        first = source.fixed + problem.split_cost + (steps[0][1] if len(steps) == 1 else 0)
        parcel = self._parcels[key] = program.variable(first / MICROS, 1)
        heavy = []
        for i, there in enumerate(units):
            if there:
                unit = program.variable(source.unit_costs[i] / MICROS, there)
                self._units[(*key, i)] = unit
                program.row([(unit, 1), (parcel, -there)], high=0)
                heavy.append((unit, problem.grams[i]))
        if len(steps) > 1:
            chosen = [(program.variable(price / MICROS, 1), up_to) for up_to, price in steps]
            self._steps[key] = chosen
            program.row([*((step, 1) for step, _ in chosen), (parcel, -1)], low=0, high=0)
            program.row([*heavy, *((step, -up_to) for step, up_to in chosen)], high=0)

    def _share(self) -> None:
        """Let the orders take no more than is there, and no location get more than it can send."""
        taken: dict[Place, list[int]] = {}
        sent: dict[str, list[int]] = {}
        for order in self._wave.orders:
            for source in order.problem.sources:
                parcel = self._parcels.get((order.id, source.code))
                if parcel is not None and source.code not in order.sends:
                    sent.setdefault(source.code, []).append(parcel)
                for i, sku in enumerate(order.skus):
                    if (unit := self._units.get((order.id, source.code, i))) is not None:
                        taken.setdefault((sku, source.code), []).append(unit)
        for place, units in taken.items():
            if sum(self.program.most[unit] for unit in units) > (there := self._wave.stock[place]):
                self.program.row([(unit, 1) for unit in units], high=there)
        for code, room in self._wave.room.items():
            if len(parcels := sent.get(code, [])) > room:
                self.program.row([(parcel, 1) for parcel in parcels], high=room)

    def values(self, loads: Mapping[UUID, Sequence[Load]]) -> list[int]:
        """Write a plan as values of the variables."""
        values = [0] * len(self.program.costs)
        for order in self._wave.orders:
            left = Counter(dict(enumerate(order.problem.wanted)))
            if order.id in self._first:
                values[self._first[order.id]] = min(len(loads[order.id]), 1)
            for load in loads[order.id]:
                key = order.id, load.source.code
                values[self._parcels[key]] = 1
                for i, units in enumerate(load.units):
                    if units:
                        values[self._units[(*key, i)]] = units
                        left[i] -= units
                heavy = sum(map(int.__mul__, load.units, order.problem.grams))
                steps = self._steps.get(key, [])
                if fits := [step for step, up_to in steps if up_to >= heavy]:
                    values[fits[0]] = 1
            for i, units in left.items():
                values[self._missing[order.id, i]] = units
        return values

    def loads(self, values: Sequence[int]) -> dict[UUID, tuple[Load, ...]]:
        """Read the values as a plan."""
        return {order.id: tuple(self._loads(order, values)) for order in self._wave.orders}

    def _loads(self, order: WaveOrder, values: Sequence[int]) -> Iterator[Load]:
        for source in order.problem.sources:
            units = tuple(
                values[unit]
                if (unit := self._units.get((order.id, source.code, i))) is not None
                else 0
                for i in range(len(order.skus))
            )
            if any(units):
                yield Load(source, units)
