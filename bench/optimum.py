"""What the cheapest plan costs, by a mixed-integer program of its own: no line of the search."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from oms_core.runtime.highs import silent
from oms_core.sourcing.search import Problem

SECONDS = 20.0
INFINITE = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Optimum:
    """Units that can be served at most, what they cost at least, and whether that is reached."""

    served: int
    bound: float
    proven: bool


class _Program:
    """Units per item and location, a parcel per location, one step of its tariff per parcel."""

    def __init__(self, problem: Problem) -> None:
        self._model = model = silent()
        for option, value in (
            ("threads", 1),
            ("random_seed", 1),
            ("time_limit", SECONDS),
            ("mip_rel_gap", 1e-6),
        ):
            model.setOptionValue(option, value)
        self._units: list[int] = []
        self._parcels: list[int] = []
        items: list[list[int]] = [[] for _ in problem.wanted]
        for source in problem.sources:
            if not any(source.units):
                continue
            first = source.fixed + problem.split_cost
            parcel = self._variable(first / 1e6, 1)
            self._parcels.append(parcel)
            heavy: list[tuple[int, float]] = []
            most = 0
            for i, units in enumerate(map(min, source.units, problem.wanted)):
                if units:
                    taken = self._variable(source.unit_costs[i] / 1e6, units)
                    self._units.append(taken)
                    items[i].append(taken)
                    self._row(-INFINITE, 0, [(taken, 1), (parcel, -units)])
                    heavy.append((taken, problem.grams[i] / 1e3))
                    most += units * problem.grams[i]
            steps = [
                (self._variable(price / 1e6, 1), up_to / 1e3)
                for up_to, price in source.tariff.steps(max(most, 1))
            ]
            self._row(0, 0, [*((step, 1) for step, _ in steps), (parcel, -1)])
            self._row(-INFINITE, 0, [*heavy, *((step, -up_to) for step, up_to in steps)])
        for wanted, taken_of in zip(problem.wanted, items, strict=True):
            self._row(-INFINITE, wanted, [(taken, 1) for taken in taken_of])
        self._row(-INFINITE, problem.max_split, [(parcel, 1) for parcel in self._parcels])
        self._costs = list(model.getLp().col_cost_)

    def _variable(self, cost: float, most: int) -> int:
        at = self._model.getNumCol()
        self._model.addVar(0.0, float(most))
        self._model.changeColCost(at, cost)
        self._model.changeColIntegrality(at, highspy.HighsVarType.kInteger)
        return int(at)

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        index = np.array([at for at, _ in terms], dtype=np.int32)
        factors = np.array([float(factor) for _, factor in terms])
        self._model.addRow(float(low), float(high), len(terms), index, factors)

    def most_served(self) -> int:
        """Tell how many units so few locations can serve."""
        for at in range(self._model.getNumCol()):
            self._model.changeColCost(at, -1.0 if at in set(self._units) else 0.0)
        self._model.run()
        served = round(-self._model.getInfo().objective_function_value)
        for at, cost in enumerate(self._costs):
            self._model.changeColCost(at, cost)
        return served

    def least_cost(self, served: int) -> tuple[float, bool]:
        """Tell what serving so many units costs at least, and whether a plan costs just that."""
        self._row(served, served, [(taken, 1) for taken in self._units])
        self._model.run()
        info = self._model.getInfo()
        proven = self._model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return info.mip_dual_bound, proven


def optimum(problem: Problem, served: int) -> Optimum:
    """Work out what the best plan costs. `served` units are known to be possible."""
    program = _Program(problem)
    reachable = sum(
        min(wanted, sum(source.units[i] for source in problem.sources))
        for i, wanted in enumerate(problem.wanted)
    )
    most = served if served == reachable else program.most_served()
    if not most:
        return Optimum(0, 0, True)
    bound, proven = program.least_cost(most)
    return Optimum(most, bound - problem.split_cost / 1e6, proven)
