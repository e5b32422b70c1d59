"""Sources orders anew together: those that compete for scarce stock, before they are released."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.deciding import asked_to_send, days_at, leave_days, note
from oms_core.assignments.events import Occasion
from oms_core.backorders.waiting import Waiting, waiting_for
from oms_core.catalogue.product import Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Moment
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Invalid, NotAllowedInState
from oms_core.locations.location import Location, location_id
from oms_core.orders.events import CancelledUnits, LinesUnassigned
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity, SkuQuantity, SourcedQuantity
from oms_core.sourcing.asking import Sourced, basket_of
from oms_core.sourcing.decide import explained, problem_of
from oms_core.sourcing.explanation import Method
from oms_core.sourcing.loading import Load
from oms_core.sourcing.plan import SourcingPlan
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.program import installed
from oms_core.sourcing.search import Problem, Solution, solve
from oms_core.sourcing.survey import Basket, Survey, Surveyor
from oms_core.sourcing.wave import Wave, WaveOrder, WavePlan, cost_of, plan_wave
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.workdays.workday import WorkDay, workday_id

MOST_ORDERS = 100
REASON = "sourced anew with others"

Place = tuple[str, str]


class NoSolver(NotAllowedInState):
    """Orders are sourced together by a solver, and none is installed. Install `oms[waves]`."""


class NoRulesForAWave(NotAllowedInState):
    """Orders are sourced together by sourcing rules, and there are none. Publish some first."""


class SeveralChannels(Invalid):
    """The orders are of several channels: {channels}. Source those of one channel together."""


class SourceWave(Command):
    """Source what some orders of a channel wait for, or were not released with yet, anew together.

    No order gets fewer units of anything than it has, and nothing happens if no better plan is
    found in the time. Whatever is with a warehouse already stays there.
    """

    order_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_ORDERS)]
    seconds: Annotated[float, Field(ge=0.1, le=20)] = 5.0
    asked_at: Moment

    def touches(self) -> Iterable[UUID]:
        yield POLICY
        yield from self.order_ids


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An order, what of it may be sourced anew, and who may serve that."""

    order: Order
    assignment: Assignment
    basket: Basket
    survey: Survey
    days: Sequence[WorkDay]

    @property
    def held(self) -> dict[Place, int]:
        """Count what is reserved for it now."""
        units: Counter[Place] = Counter()
        for code, lines in self.order.unreleased().items():
            for id, quantity in lines.items():
                units[self.order.lines[id].terms.sku, code] += quantity
        return units


@handles(SourceWave)
async def source_wave(command: SourceWave, streams: Streams) -> SourcingPolicy:
    """Decide about all orders, and change those that get a better source, in one transaction."""
    solver = installed()
    if solver is None:
        raise NoSolver()
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    if policy.surveyor is None:
        raise NoRulesForAWave()
    orders = [await streams.get(Order, id) for id in dict.fromkeys(command.order_ids)]
    if len(channels := sorted({order.terms.channel for order in orders})) > 1:
        raise SeveralChannels(channels=", ".join(channels), field=("order_ids",))
    known = await _Known.load(command, policy.surveyor, orders, streams)
    seconds = command.seconds
    while known.candidates and seconds > 0:
        wave = known.wave()
        plan = plan_wave(wave, solver, seconds)
        known.realize(wave, plan)
        if plan.solver is None or not known.has_more_than(wave.stock):
            break
        seconds -= plan.seconds
    return policy


def _by_code(loads: Sequence[Load]) -> dict[str, tuple[int, ...]]:
    return {load.source.code: load.units for load in loads}


@dataclass(frozen=True)
class _Known:
    """All that a wave has to know."""

    surveyor: Surveyor
    channel: str
    candidates: Sequence[_Candidate]
    items: Sequence[StockItem]
    waiting: Waiting
    days: Mapping[str, WorkDay]
    freed: Counter[UUID] = field(default_factory=Counter)

    @classmethod
    async def load(
        cls, command: SourceWave, surveyor: Surveyor, orders: Sequence[Order], streams: Streams
    ) -> _Known:
        """Ask for everything, the stock last.

        An order that was promised what isn't there any more can't be promised it anew: it stays.
        """
        lines = {order.id: list(_lines(order)) for order in orders}
        skus = sorted({line.sku for each in lines.values() for line in each})
        found = await streams.find(Product, [product_id(sku) for sku in skus])
        products = dict(zip(skus, found, strict=True))
        codes = sorted({code for product in found for code in product.locations})
        locations = await streams.find(Location, [location_id(code) for code in codes])
        assignments = await streams.find(Assignment, [assignment_id(order.id) for order in orders])
        candidates = []
        for order, assignment in zip(orders, assignments, strict=True):
            if not lines[order.id]:
                continue
            terms = order.terms
            address, at = terms.shipping_address, command.asked_at
            basket = basket_of(terms.channel, address, at, lines[order.id], products)
            possible = [each for each in locations if terms.may_come_from(each.facts.code)]
            survey = surveyor.survey(basket, possible, order.declined_by)
            booked = await days_at(assignment, None, streams)
            candidate = _Candidate(order, assignment, basket, survey, booked)
            if _may_stay(candidate, surveyor):
                candidates.append(candidate)
        days = await _days(candidates, streams)
        waiting = await waiting_for(products, streams, may_wait=True)
        ids = {stock_item_id(sku, code) for sku, p in products.items() for code in p.locations}
        items = [item for item in await streams.find(StockItem, sorted(ids)) if item.exists]
        short = {(i.sku, i.location) for i in items if not i.unlimited and i.sellable < i.reserved}
        movable = [each for each in candidates if not short & each.held.keys()]
        return cls(surveyor, orders[0].terms.channel, movable, items, waiting, days)

    @cached_property
    def by_id(self) -> dict[UUID, _Candidate]:
        return {candidate.order.id: candidate for candidate in self.candidates}

    def _stock(self) -> dict[Place, int]:
        """What the orders may share now: what they hold, and what is free."""
        free = self.waiting.behind(self.items, self.channel, but=set(self.by_id))
        held = self._held()
        return {place: units + held[place] for place, units in free.items()}

    def _held(self) -> Counter[Place]:
        held: Counter[Place] = Counter()
        for candidate in self.candidates:
            held.update(candidate.held)
        return held

    @cached_property
    def _left(self) -> dict[Place, int]:
        """What is left for the channel once all orders give up what they hold.

        No plan changes that, so that none makes a unit dearer or cheaper than it was.
        """
        held = self._held()
        left = {(i.sku, i.location): i.available_to(self.channel) for i in self.items}
        return {place: units + held[place] for place, units in left.items()}

    def has_more_than(self, stock: Mapping[Place, int]) -> bool:
        """Tell whether there is more somewhere than there was, where there isn't enough for all.

        Whoever waits outside the wave and gets what it freed leaves others what else is there.
        """
        there, places = self._stock(), [(i.sku, i.location) for i in self.items if not i.unlimited]
        return any(there[place] > stock[place] for place in places)

    def wave(self) -> Wave:
        """Write all of it as a wave."""
        stock = self._stock()
        orders = [self._order(candidate, stock) for candidate in self.candidates]
        capacity = {s.code: s.capacity for c in self.candidates for s in c.survey.sites}
        room = {}
        for code, most in capacity.items():
            if most is not None:
                moving = {order.id for order in orders if code not in order.sends}
                room[code] = max(most - len(self.days[code].orders.keys() - moving), 0)
        return Wave(orders, stock, room)

    def _order(self, candidate: _Candidate, stock: Mapping[Place, int]) -> WaveOrder:
        order, basket, sites = candidate.order, candidate.basket, candidate.survey.sites
        problem = problem_of(self.surveyor, basket, sites, stock, self._left)
        skus = tuple(basket.wanted)
        held = candidate.held
        asked = asked_to_send(order)
        has = tuple(
            Load(source, units)
            for source in problem.sources
            if any(units := tuple(held.get((sku, source.code), 0) for sku in skus))
        )
        sends = frozenset(
            c for c, day in self.days.items() if c in asked and order.id in day.orders
        )
        return WaveOrder(order.id, skus, problem, has, sends)

    def realize(self, wave: Wave, plan: WavePlan) -> None:
        """Give all orders what the plan says, those that it changes."""
        changed = [o for o in wave.orders if _by_code(plan.loads[o.id]) != _by_code(o.has)]
        for order in changed:
            self.give_up(order.id)
        for order in changed:
            self.assign(order.id, order.problem, plan.loads[order.id], wave.stock)

    def give_up(self, id: UUID) -> None:
        """Free what an order holds, and its place in the days of those who were to send it."""
        order = self.by_id[id].order
        for code, lines in order.unreleased().items():
            for item in self.items:
                if item.location == code and (freed := _of(order, lines, item.sku)):
                    self.freed[item.id] += item.on_shelf(freed)
                    item.release(order.id, freed)
            units = tuple(
                CancelledUnits(line_id=line_id, quantity=n, bucket="reserved", location=code)
                for line_id, n in lines.items()
            )
            given_up = LinesUnassigned(location=code, reason=REASON, units=units, declined=False)
            order.unassign(given_up)
        limited = [day for day in self.days.values() if day.exists]
        leave_days(order, [*self.by_id[id].days, *limited])

    def assign(
        self,
        id: UUID,
        problem: Problem,
        loads: tuple[Load, ...],
        stock: Mapping[Place, int],
    ) -> None:
        """Reserve what the plan gives an order, and keep why."""
        candidate = self.by_id[id]
        order, basket = candidate.order, candidate.basket
        alone = solve(problem)
        missing = sum(problem.wanted) - sum(sum(load.units) for load in loads)
        cost = cost_of(problem, loads)
        bound = min(alone.bound, cost) if alone.missing == missing else 0
        decision = explained(
            self.surveyor,
            basket,
            candidate.survey,
            stock,
            problem,
            solution=Solution(loads, cost, bound, missing),
            method=Method.WAVE,
        )
        self._reserve(order, decision.plan)
        sourced = Sourced(
            decision.plan, self.items, stock, self.waiting, decision.reasons, days=self.days
        )
        note(candidate.assignment, id, Occasion.WAVE, sourced)
        sourced.schedule(id)

    def _reserve(self, order: Order, plan: SourcingPlan) -> None:
        """Reserve what was freed first, then what waited for stock."""
        pending = Counter({id: line.pending for id, line in order.lines.items()})
        again: list[SourcedQuantity] = []
        filled: list[SourcedQuantity] = []
        for part in plan.sourced:
            first = min(part.quantity, pending[part.line_id])
            pending[part.line_id] -= first
            for units, parts in ((first, again), (part.quantity - first, filled)):
                if units:
                    parts.append(part.model_copy(update={"quantity": units}))
        for item in self.items:
            place = item.sku, item.location
            if taken := [p.bare() for p in plan.sourced if (p.sku, p.location) == place]:
                item.reserve(order.id, taken, order.terms.channel, again=self.freed[item.id])
                self.freed[item.id] -= min(item.on_shelf(taken), self.freed[item.id])
        left = [LineQuantity(line_id=id, quantity=n) for id, n in pending.items() if n]
        order.reserve(again)
        order.fill(filled)
        self.waiting.fill(order, filled)
        order.backorder(left)
        self.waiting.enter(order, left)


def _lines(order: Order) -> Iterator[SkuQuantity]:
    """Tell what no warehouse has been asked to send yet."""
    open_units: Counter[UUID] = Counter()
    for lines in order.unreleased().values():
        open_units.update(lines)
    for id, line in order.lines.items():
        if quantity := open_units[id] + line.backordered:
            yield SkuQuantity(line_id=id, sku=line.terms.sku, quantity=quantity)


def _may_stay(candidate: _Candidate, surveyor: Surveyor) -> bool:
    """Tell whether the rules allow what the order has; what they don't is left to people."""
    sites = {site.code: site for site in candidate.survey.sites}
    held = candidate.held
    allowed = all(code in sites and sku in sites[code].skus for sku, code in held)
    return allowed and len({code for _, code in held}) <= surveyor.rules.max_split


async def _days(candidates: Sequence[_Candidate], streams: Streams) -> dict[str, WorkDay]:
    limited = {
        site.code: site.ship_on
        for candidate in candidates
        for site in candidate.survey.sites
        if site.capacity is not None
    }
    found = await streams.find(WorkDay, [workday_id(code, day) for code, day in limited.items()])
    return dict(zip(limited, found, strict=True))


def _of(order: Order, lines: Mapping[UUID, int], sku: str) -> list[LineQuantity]:
    return [
        LineQuantity(line_id=id, quantity=quantity)
        for id, quantity in lines.items()
        if order.lines[id].terms.sku == sku
    ]
