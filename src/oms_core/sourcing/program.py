"""A mixed-integer program, and who can solve one. An installation without a solver has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Term = tuple[int, int]
"""A variable's number, and its factor."""


@dataclass(slots=True)
class Program:
    """Whole variables from zero up, rows that bound sums of them, and costs that add up."""

    costs: list[float] = field(default_factory=list)
    most: list[int] = field(default_factory=list)
    rows: list[tuple[float, float, list[Term]]] = field(default_factory=list)

    def variable(self, cost: float, most: int) -> int:
        """Add a variable of 0 to `most`; gives its number."""
        self.costs.append(cost)
        self.most.append(most)
        return len(self.costs) - 1

    def row(self, terms: Iterable[Term], *, low: float | None = None, high: float) -> None:
        """Bound a sum."""
        self.rows.append((float("-inf") if low is None else low, high, list(terms)))

    def cost(self, values: Sequence[int]) -> float:
        """Tell what the values cost."""
        return sum(cost * value for cost, value in zip(self.costs, values, strict=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """The best values found; no values cost less than `bound`. `seconds` are what it took."""

    values: Sequence[int]
    bound: float
    proven: bool
    seconds: float


class Solver(Protocol):
    """Solves programs, always in the same way."""

    name: str

    def solve(self, program: Program, start: Sequence[int], seconds: float) -> Answer | None:
        """Begin at `start`, which holds, and stop in time; None when nothing was found."""
        ...


_PROVIDED: list[Solver] = []


def provide(solver: Solver) -> None:
    """Let orders be sourced together with this solver. Done once, by whoever executes commands."""
    _PROVIDED.append(solver)


def installed() -> Solver | None:
    """Give the solver that was provided."""
    return _PROVIDED[-1] if _PROVIDED else None
