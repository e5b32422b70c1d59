"""Asks the sourcing rules about units of orders that are placed already: who may send them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.events import Occasion, SourcingDecided
from oms_core.catalogue.product import Product
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import Calendar
from oms_core.locations.location import Location, location_id
from oms_core.orders.order import Order
from oms_core.orders.quantities import SkuQuantity
from oms_core.sourcing.asking import basket_of
from oms_core.sourcing.decide import Decision, decide
from oms_core.sourcing.plan import Stock
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.survey import Basket, Survey, Surveyor
from oms_core.workdays.workday import WorkDay, workday_id


@dataclass(frozen=True, slots=True)
class FullDay:
    """A location has as many orders to send on a day as it can."""

    day: WorkDay
    location: str
    ship_on: date
    until: datetime
    """When its next day begins."""

    def has_room_for(self, order_id: UUID) -> bool:
        """Tell whether a part of the order is sent from there on that day anyway."""
        return order_id in self.day.orders

    def await_room(self, sku: str) -> None:
        """Have those who wait for a product asked for once an order less is sent."""
        self.day.await_room(self.location, self.ship_on, sku)


@dataclass(frozen=True, slots=True)
class ByRules:
    """All that the rules need to know of one order, but for the stock."""

    surveyor: Surveyor
    order: Order
    basket: Basket
    survey: Survey
    assignment: Assignment
    calendars: Mapping[str, Calendar]
    days: Mapping[str, WorkDay]
    excluded: tuple[str, ...]

    def decide(self, lines: Iterable[SkuQuantity], free: Stock) -> Decision:
        """Decide about units of the order.

        A location that sends another part of the order on that day already is not full for it.
        """
        basket = self.basket._replace(lines=tuple(lines))
        load = {code: len(day.orders.keys() - {self.order.id}) for code, day in self.days.items()}
        return decide(self.surveyor, basket, self.survey, free, load)

    def full_days(self) -> list[FullDay]:
        """Tell which locations that may send the order have no room for another one."""
        return [
            FullDay(day, site.code, site.ship_on, self.calendars[site.code].end_of(site.ship_on))
            for site in self.survey.sites
            if (day := self.days.get(site.code)) is not None and site.is_full(len(day.orders))
        ]

    def keep(self, decision: Decision, occasion: Occasion) -> None:
        """Keep why it was decided so, and that the locations send the units."""
        self.assignment.decide(
            SourcingDecided(
                order_id=self.order.id,
                occasion=occasion,
                reasons=decision.reasons,
                unsourced=tuple(decision.plan.unsourced),
                excluded=self.excluded,
            )
        )
        for chosen in decision.reasons.chosen:
            if chosen.location in self.days:
                day = self.days[chosen.location]
                day.schedule(chosen.location, chosen.ship_on, self.order.id)


async def by_rules(
    orders: Sequence[Order],
    products: Mapping[str, Product],
    streams: Streams,
    at: datetime | None,
    *,
    excluded: Iterable[str] = (),
) -> dict[UUID, ByRules]:
    """Load what the rules need to know to send products of orders, by order; empty without rules.

    `excluded` locations can't send them, beside those that said so before. Without a moment `at`
    it is decided as of when the order was placed.
    """
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    if policy.surveyor is None:
        return {}
    codes = sorted({code for product in products.values() for code in product.locations})
    locations = await streams.find(Location, [location_id(code) for code in codes])
    assignments = await streams.find(Assignment, [assignment_id(order.id) for order in orders])
    calendars = {place.facts.code: place.works.calendar for place in locations}
    rules = []
    for order, assignment in zip(orders, assignments, strict=True):
        terms = order.terms
        lines = [
            SkuQuantity(line_id=id, sku=line.terms.sku, quantity=line.terms.quantity)
            for id, line in order.lines.items()
            if line.terms.sku in products
        ]
        moment, address = at or terms.placed_at, terms.shipping_address
        basket = basket_of(terms.channel, address, moment, lines, products)
        possible = [place for place in locations if terms.may_come_from(place.facts.code)]
        but = order.declined_by.union(excluded)
        survey = policy.surveyor.survey(basket, possible, but)
        told = tuple(sorted(excluded))
        rules.append(
            ByRules(policy.surveyor, order, basket, survey, assignment, calendars, {}, told)
        )
    return await _with_days(rules, streams)


async def _with_days(rules: Sequence[ByRules], streams: Streams) -> dict[UUID, ByRules]:
    wanted = {
        (site.code, site.ship_on): workday_id(site.code, site.ship_on)
        for each in rules
        for site in each.survey.sites
        if site.capacity is not None
    }
    found = await streams.find(WorkDay, wanted.values()) if wanted else []
    days = dict(zip(wanted, found, strict=True))
    return {
        each.order.id: replace(
            each,
            days={
                site.code: days[site.code, site.ship_on]
                for site in each.survey.sites
                if site.capacity is not None
            },
        )
        for each in rules
    }
