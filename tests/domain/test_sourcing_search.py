"""The search finds the cheapest plan: it equals what trying everything finds, and never lies."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_core.sourcing.search import Problem, Solution, solve
from oms_core.sourcing.sharing import Source
from oms_core.sourcing.tariff import Tariff

TARIFFS = (
    Tariff("near", [(500, 300), (1000, 400), (2000, 600)]),
    Tariff("far", [(1000, 350), (3000, 900)]),
    Tariff("better alone", [(1000, 100), (2000, 900)]),
)


def a_source(code: str, fixed: int, units: list[int], costs: list[int], tariff: Tariff) -> Source:
    return Source(code, fixed, tuple(units), tuple(costs), tariff, least=fixed + tariff.price(0))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    items = draw(st.integers(1, 3))
    wanted = draw(st.lists(st.integers(1, 3), min_size=items, max_size=items))
    grams = st.sampled_from([0, 100, 400, 900, 1500])
    sources = []
    for i in range(draw(st.integers(0, 4))):
        units = [draw(st.integers(0, quantity)) for quantity in wanted]
        costs = draw(st.lists(st.integers(0, 99), min_size=items, max_size=items))
        tariff = draw(st.sampled_from(TARIFFS))
        sources.append(a_source(f"L{i}", draw(st.integers(0, 500)), units, costs, tariff))
    return Problem(
        wanted=tuple(wanted),
        grams=tuple(draw(st.lists(grams, min_size=items, max_size=items))),
        sources=sources,
        split_cost=draw(st.sampled_from([0, 100, 400])),
        max_split=draw(st.integers(1, 3)),
    )


def best_of_all(problem: Problem) -> tuple[int, int]:
    """Missing units and cost of the best plan there is, by trying every one."""
    best = sum(problem.wanted), 0
    for size in range(1, problem.max_split + 1):
        for chosen in combinations(problem.sources, size):
            shares = [
                [way for way in product(*(range(s.units[i] + 1) for s in chosen)) if sum(way) <= w]
                for i, w in enumerate(problem.wanted)
            ]
            for way in product(*shares):
                loads = list(zip(*way, strict=True))
                if all(map(any, loads)):
                    missing = sum(problem.wanted) - sum(map(sum, loads))
                    cost = cost_of(problem, list(zip(chosen, loads, strict=True)))
                    best = min(best, (missing, cost))
    return best


def cost_of(problem: Problem, loads: list[tuple[Source, tuple[int, ...]]]) -> int:
    parcels = sum(
        source.fixed
        + source.tariff.price(sum(map(int.__mul__, units, problem.grams)))
        + sum(map(int.__mul__, units, source.unit_costs))
        for source, units in loads
    )
    return parcels + problem.split_cost * max(len(loads) - 1, 0)


def check(problem: Problem, solution: Solution) -> None:
    """No rule is broken, stock is there, sums are right."""
    loads = [(load.source, load.units) for load in solution.loads]
    assert len(loads) <= problem.max_split
    assert len({source.code for source, _ in loads}) == len(loads)
    for source, units in loads:
        assert any(units)
        assert all(0 <= n <= there for n, there in zip(units, source.units, strict=True))
    given_units = [sum(units[i] for _, units in loads) for i in range(len(problem.wanted))]
    assert all(n <= w for n, w in zip(given_units, problem.wanted, strict=True))
    assert solution.missing == sum(problem.wanted) - sum(given_units)
    assert solution.cost == cost_of(problem, loads)
    assert solution.bound <= solution.cost


@settings(max_examples=150)
@given(problems())
def test_the_plan_is_the_cheapest_of_all(problem: Problem) -> None:
    solution = solve(problem)
    check(problem, solution)
    assert (solution.missing, solution.cost) == best_of_all(problem)
    assert solution.proven


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.integers(0, 3000),
            st.lists(st.integers(0, 6), min_size=25, max_size=25),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_a_search_that_is_cut_short_breaks_no_rule(
    items: list[tuple[int, int, list[int]]], most: int, random: object
) -> None:
    wanted = tuple(quantity for quantity, _, _ in items)
    sources = [
        a_source(
            f"L{j:02}",
            random.randint(0, 500),  # type: ignore[attr-defined]
            [min(stock[j], w) for (_, _, stock), w in zip(items, wanted, strict=True)],
            [random.randint(0, 9) for _ in items],  # type: ignore[attr-defined]
            TARIFFS[j % 3],
        )
        for j in range(25)
    ]
    problem = Problem(wanted, tuple(g for _, g, _ in items), sources, 50, most)
    solution = solve(problem)
    check(problem, solution)
    random.shuffle(sources)  # type: ignore[attr-defined]
    assert solve(problem) == solution


def test_who_gives_nothing_sends_no_parcel_and_costs_nothing() -> None:
    """A set of locations may be shared among so that one of them is left with nothing."""
    near, far, alone = TARIFFS
    offers = [
        *((0, 4, 8, near), (0, 1, 9, far), (2, 4, 7, near), (2, 4, 3, far), (3, 1, 8, alone)),
        *((1, 4, 2, far), (2, 4, 7, alone), (1, 1, 0, near), (1, 3, 4, far), (1, 4, 9, alone)),
    ]
    sources = [
        a_source(f"L{i}", fixed, [units], [cost], tariff)
        for i, (fixed, units, cost, tariff) in enumerate(offers)
    ]
    problem = Problem((4,), (2675,), sources, 50, 2)
    check(problem, solve(problem))


def test_goods_heavier_than_the_last_step_go_in_several_parcels() -> None:
    tariff = Tariff("t", [(1000, 300), (2000, 500)])
    assert [tariff.price(grams) for grams in (0, 1000, 1001, 2000, 2001, 4000, 4001)] == [
        *(300, 300, 500, 500, 800, 1000, 1300),
    ]
    assert list(tariff.steps(2500)) == [(1000, 300), (2000, 500), (3000, 800)]


def test_a_thousand_units_of_tons_are_planned_at_once() -> None:
    sources = [a_source(f"L{i}", 10 * i, [600], [1], TARIFFS[0]) for i in range(30)]
    solution = solve(Problem((1000,), (50_000,), sources, 5, 3))
    assert solution.missing == 0
    assert len(solution.loads) == 2


def test_parcels_are_filled_up_to_the_steps_of_their_tariffs() -> None:
    """Four items of 600, 500, 400 and 300 grams from two locations: 900 and 900 costs least."""
    tariff = Tariff("t", [(900, 100), (2000, 1000)])
    sources = [a_source(f"L{i}", 0, [1, 1, 1, 1], [0, 0, 0, 0], tariff) for i in range(2)]
    solution = solve(Problem((1, 1, 1, 1), (600, 500, 400, 300), sources, 0, 2))
    assert (solution.cost, solution.proven) == (200, True)


def test_a_basket_that_can_not_be_served_whole_is_bounded_honestly() -> None:
    """Which units are left out is a choice, too: the bound must hold for all of them."""
    random = Random(122)
    sources = [
        a_source(
            f"L{j:02}",
            random.randint(0, 400),
            [int(random.random() < 0.3) for _ in range(9)],
            [random.randint(0, 90) for _ in range(9)],
            TARIFFS[j % 2],
        )
        for j in range(9)
    ]
    problem = Problem((1,) * 9, tuple(random.randint(50, 900) for _ in range(9)), sources, 50, 2)
    solution = solve(problem)
    check(problem, solution)
    missing, cost = best_of_all(problem)
    assert solution.missing == missing > 0
    assert solution.bound <= cost <= solution.cost
