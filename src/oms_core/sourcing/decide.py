"""Decides which location serves what of a basket, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import gt
from uuid import UUID

from oms_core.orders.quantities import LineQuantity, SkuQuantity, SourcedQuantity, WantedUnits
from oms_core.sourcing.explanation import (
    ChosenLocation,
    Method,
    OtherLocation,
    Reasons,
    WhyNot,
    WhyNotCount,
)
from oms_core.sourcing.loading import Load, Loading
from oms_core.sourcing.plan import SourcingPlan, Stock
from oms_core.sourcing.search import Problem, Solution, solve
from oms_core.sourcing.sharing import Source
from oms_core.sourcing.survey import Basket, Site, Survey, Surveyor, Unused
from oms_core.sourcing.tariff import amount

MOST_EXPLAINED = 8
"""Locations that send nothing and are told of one by one; of the others, how many there are."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which units are taken where, and why."""

    plan: SourcingPlan
    reasons: Reasons


def decide(
    surveyor: Surveyor,
    basket: Basket,
    survey: Survey,
    stock: Stock,
    load: Mapping[str, int],
) -> Decision:
    """Serve as many units as possible, those as cheaply as possible. Same input, same plan.

    `load` counts the orders that a location sends already on the day it would send this one.
    Of a location for which no stock is given, nothing is taken.
    """
    full = {site.code for site in survey.sites if site.is_full(load.get(site.code, 0))}
    sites = [site for site in survey.sites if site.code not in full]
    problem = problem_of(surveyor, basket, sites, stock)
    return explained(surveyor, basket, survey, stock, problem, solution=solve(problem), full=full)


def explained(
    surveyor: Surveyor,
    basket: Basket,
    survey: Survey,
    stock: Stock,
    problem: Problem,
    *,
    solution: Solution,
    full: Collection[str] = (),
    method: Method | None = None,
) -> Decision:
    """Say what a solution means for the lines, and why; `full` locations took no part."""
    sites = {site.code: site for site in survey.sites if site.code not in full}
    plan = _plan(basket, solution)
    others = [
        *survey.ruled_out,
        *(Unused(code, WhyNot.FULL) for code in sorted(full)),
        *_unused(problem, sites, solution, {code for _, code in stock}),
    ]
    chosen = [_chosen(sites[load.source.code], problem, load, plan) for load in solution.loads]
    method = method or (Method.EXACT if solution.proven else Method.SEARCH)
    return Decision(plan, _reasons(surveyor, solution, method, chosen, others))


def problem_of(
    surveyor: Surveyor,
    basket: Basket,
    sites: Sequence[Site],
    stock: Stock,
    left: Stock | None = None,
) -> Problem:
    """Write a basket as units, costs and weights.

    A unit costs more where little is `left`: of the stock, if nothing else is said.
    """
    wanted = basket.wanted
    quantities = tuple(wanted.values())
    low, extra = surveyor.rules.low_stock_units, surveyor.low_stock_cost
    sources = []
    for site in sites:
        there = [stock.get((sku, site.code), 0) if sku in site.skus else 0 for sku in wanted]
        units = quantities
        if any(map(gt, quantities, there)):
            units = tuple([max(n, 0) for n in map(min, there, quantities)])
        costs = (site.per_unit,) * len(quantities)
        if extra:
            near = there if left is None else [left.get((sku, site.code), 0) for sku in wanted]
            costs = tuple([site.per_unit + (extra if n <= low else 0) for n in near])
        sources.append(Source(site.code, site.fixed, units, costs, site.tariff, site.least))
    return Problem(
        wanted=quantities,
        grams=tuple(surveyor.grams(basket.goods[sku]) for sku in wanted),
        sources=sources,
        split_cost=surveyor.split_cost,
        max_split=surveyor.rules.max_split,
    )


def _plan(basket: Basket, solution: Solution) -> SourcingPlan:
    """Hand what the locations give to the lines, in their order."""
    left = {line.line_id: line.quantity for line in basket.lines}
    plan = SourcingPlan()
    for load in solution.loads:
        for sku, units in zip(basket.wanted, load.units, strict=True):
            plan.sourced += _handed(basket.lines, sku, units, load.source.code, left)
    plan.unsourced = [
        LineQuantity(line_id=id, quantity=units) for id, units in left.items() if units
    ]
    return plan


def _handed(
    lines: Sequence[WantedUnits], sku: str, units: int, location: str, left: dict[UUID, int]
) -> Iterator[SourcedQuantity]:
    for line in lines:
        if line.sku == sku and (taken := min(units, left[line.line_id])):
            units -= taken
            left[line.line_id] -= taken
            yield SourcedQuantity(line_id=line.line_id, sku=sku, quantity=taken, location=location)


def _unused(
    problem: Problem, sites: Mapping[str, Site], solution: Solution, asked: set[str]
) -> Iterator[Unused]:
    """Tell of each location that may serve and does not, the cheapest first."""
    used = {load.source.code for load in solution.loads}
    loading = Loading(problem.wanted, problem.grams, problem.split_cost)
    total = sum(problem.wanted)
    for source in problem.sources:
        if source.code in used:
            continue
        site = sites[source.code]
        missing = total - sum(source.units)
        why = _why(source, missing, site, asked)
        cost = None if missing else loading.alone(source)
        yield Unused(source.code, why, site.rule, site.km, missing, cost)


def _why(source: Source, missing: int, site: Site, asked: set[str]) -> WhyNot:
    if site.code not in asked:
        return WhyNot.NOT_ASKED
    if not any(source.units):
        return WhyNot.NO_STOCK
    return WhyNot.TOO_LITTLE if missing else WhyNot.DEARER


def _reasons(
    surveyor: Surveyor,
    solution: Solution,
    method: Method,
    chosen: Sequence[ChosenLocation],
    others: Sequence[Unused],
) -> Reasons:
    counts = Counter(other.why for other in others)
    return Reasons(
        rules_version=surveyor.version,
        method=method,
        currency=surveyor.rules.currency,
        cost=amount(solution.cost),
        bound=amount(solution.bound),
        split=surveyor.rules.split_cost * max(len(chosen) - 1, 0),
        chosen=tuple(chosen),
        others=tuple(map(_told, sorted(others, key=_worth_telling)[:MOST_EXPLAINED])),
        counts=tuple(WhyNotCount(why=why, locations=counts[why]) for why in WhyNot if counts[why]),
    )


_RANKS = {why: place for place, why in enumerate((WhyNot.DEARER, WhyNot.TOO_LITTLE))}


def _worth_telling(other: Unused) -> tuple[int, int, str]:
    cost = other.cost if other.cost is not None else other.missing
    return _RANKS.get(other.why, len(_RANKS)), cost, other.location


def _told(other: Unused) -> OtherLocation:
    return OtherLocation(
        location=other.location,
        why=other.why,
        rule=other.rule,
        km=other.km,
        missing=other.missing,
        cost=None if other.cost is None else amount(other.cost),
    )


def _chosen(site: Site, problem: Problem, load: Load, plan: SourcingPlan) -> ChosenLocation:
    grams = sum(map(int.__mul__, load.units, problem.grams))
    units = sum(map(int.__mul__, load.units, load.source.unit_costs))
    parcel = site.tariff.price(grams)
    return ChosenLocation(
        location=site.code,
        lines=tuple(
            SkuQuantity(line_id=part.line_id, quantity=part.quantity, sku=part.sku)
            for part in plan.sourced
            if part.location == site.code
        ),
        ship_on=site.ship_on,
        km=site.km,
        grams=grams,
        cost=amount(site.fixed + parcel + units),
        handling=amount(site.handling),
        distance=amount(site.distance),
        delay=amount(site.delay),
        parcel=amount(parcel),
        units=amount(units),
    )
