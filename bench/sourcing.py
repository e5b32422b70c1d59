"""How good plans are: beside the cheapest there is, the nearest location first, and real limits."""

from __future__ import annotations

import random
import time
from pathlib import Path

import typer

from bench import baskets, brunel, nearest
from bench.measure import Rate
from bench.optimum import optimum
from bench.report import Report
from oms_core.sourcing.search import Problem, Solution, solve

EXACT = 1.0001
CLOSE = 1.01


def plans(report: Report, count: int) -> None:
    """Search for each basket's cheapest plan, and hold it against the cheapest there is."""
    rate = Rate(f"search: {count:,} baskets, CPU time", 1, 0)
    gaps: list[float] = []
    advance = report.doing("cheapest plans, by a solver", count)
    for problem in baskets.drawn(count):
        solution = _timed(rate, problem)
        _check(problem, solution)
        served = sum(problem.wanted) - solution.missing
        best = optimum(problem, served)
        if best.served > served:
            rate.answers["served less than possible"] += 1
        elif served:
            gaps.append(max(solution.cost / baskets.EURO / best.bound, 1))
        rate.notes["not solved in time"] += not best.proven
        advance(1)
    rate.notes["exact"] = sum(gap <= EXACT for gap in gaps)
    rate.notes["within 1 %"] = sum(gap <= CLOSE for gap in gaps)
    rate.notes["millionths of mean gap"] = round(sum(gap - 1 for gap in gaps) / len(gaps) * 1e6)
    rate.notes["millionths of worst gap"] = round((max(gaps) - 1) * 1e6)
    report.add(rate)
    large = Rate("search: 5 lines, 300 locations, CPU time", 1, 0)
    for seed in range(10_000, 10_300):
        _timed(large, baskets.problem(random.Random(seed), 5, 300))
    report.add(large)


def _timed(rate: Rate, problem: Problem) -> Solution:
    began = time.process_time()
    solution = solve(problem)
    rate.took(time.process_time() - began, "plans")
    return solution


def _check(problem: Problem, solution: Solution) -> None:
    """Fail if a plan breaks a rule or takes what is not there."""
    assert len(solution.loads) <= problem.max_split
    given = [0] * len(problem.wanted)
    for load in solution.loads:
        assert all(0 <= n <= there for n, there in zip(load.units, load.source.units, strict=True))
        given = [a + b for a, b in zip(given, load.units, strict=True)]
    assert all(n <= wanted for n, wanted in zip(given, problem.wanted, strict=True))


def real_orders(report: Report) -> None:
    """Serve packaged real orders the simplest way and by the search."""
    for name, totals, seconds in nearest.compared():
        rate = Rate(f"{name}, CPU time", 1, seconds)
        rate.answers["orders"] = totals.orders
        rate.notes.update(
            {
                "served whole": len(totals.whole),
                "units missing": totals.missing,
                "parcels": totals.parcels,
                "split": totals.split,
                "euros": round(totals.cost / baskets.EURO),
                "km": round(totals.meters / 1000),
            }
        )
        report.add(rate)


def real_day(report: Report, path: Path) -> None:
    """Serve a day of real orders within all limits."""
    if not path.is_file():
        raise typer.BadParameter(f"{path} is not there; bench/README.md tells where to get it")
    day = brunel.read(path)
    allowed, fitting = brunel.within_history(day)
    began = time.process_time()
    served, orders, proven = brunel.by_wave(day, seconds=300)
    rate = Rate("a day of real orders as one wave, CPU time", 1, time.process_time() - began)
    rate.answers["orders"] = orders
    rate.notes.update(
        {
            "served": served,
            "possible at most": brunel.most_possible(day),
            "of history's choices allowed": allowed,
            "and within capacity": fitting,
            "proven": int(proven),
        }
    )
    report.add(rate)
