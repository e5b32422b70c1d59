"""Which locations may serve a basket, and what a parcel from each costs: all but the stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

from oms_core.kernel.calendar import local_time
from oms_core.locations.location import Location
from oms_core.orders.quantities import WantedUnits
from oms_core.sourcing.explanation import WhyNot
from oms_core.sourcing.geography import Areas, Point, meters
from oms_core.sourcing.rules import EligibilityRule, SourcingRules
from oms_core.sourcing.tariff import FREE, Tariff, micros


class Goods(NamedTuple):
    """What sourcing needs to know of a product."""

    grams: int | None = None
    commodity_code: str | None = None


class Basket(NamedTuple):
    """Units wanted of an order, where they go, and when they were asked for."""

    channel: str
    country: str
    postal_code: str | None
    point: Point | None
    at: datetime
    lines: Sequence[WantedUnits]
    goods: Mapping[str, Goods]

    @property
    def wanted(self) -> dict[str, int]:
        """Units by SKU."""
        totals: dict[str, int] = {}
        for line in self.lines:
            totals[line.sku] = totals.get(line.sku, 0) + line.quantity
        return totals


class Site(NamedTuple):
    """A location that may serve a part of the basket. Costs are in millionths."""

    code: str
    skus: frozenset[str]
    rule: str | None
    ship_on: date
    meters: int | None
    handling: int
    distance: int
    delay: int
    per_unit: int
    tariff: Tariff
    capacity: int | None

    def is_full(self, orders: int) -> bool:
        """Tell whether it has so many orders to send on that day that it can't take another."""
        return self.capacity is not None and orders >= self.capacity

    @property
    def fixed(self) -> int:
        """What a parcel costs from here, but for the tariff."""
        return self.handling + self.distance + self.delay

    @property
    def least(self) -> int:
        """What a parcel costs from here at least."""
        return self.fixed + self.tariff.price(0)

    @property
    def km(self) -> int | None:
        """The distance in whole kilometers."""
        return None if self.meters is None else round(self.meters / 1000)


@dataclass(frozen=True, slots=True)
class Unused:
    """A location that sends nothing, and why. `cost` is in millionths."""

    location: str
    why: WhyNot
    rule: str | None = None
    km: int | None = None
    missing: int = 0
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The locations that may serve, the cheapest parcel first, and those that may not."""

    sites: Sequence[Site]
    ruled_out: Sequence[Unused]


class _Clocks:
    """What the clocks of the locations show at a moment; most of them show the same."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._shown: dict[str, datetime] = {}

    def local(self, time_zone: str) -> datetime:
        """Show the moment in a time zone."""
        if (shown := self._shown.get(time_zone)) is None:
            shown = self._shown[time_zone] = local_time(self._moment, time_zone)
        return shown


class Surveyor:
    """One version of the rules, ready for use."""

    __slots__ = (
        *("_areas", "_handling", "_per_day", "_per_km", "_tariffs"),
        *("low_stock_cost", "rules", "split_cost", "version"),
    )

    def __init__(self, rules: SourcingRules, version: int) -> None:
        self.rules, self.version = rules, version
        self.split_cost, self.low_stock_cost = (
            micros(rules.split_cost),
            micros(rules.low_stock_cost),
        )
        self._tariffs = [(tariff, Tariff.of(tariff)) for tariff in rules.tariffs]
        self._areas = Areas(rules.postal_areas)
        self._handling = {
            cost.kind: (micros(cost.per_parcel), micros(cost.per_unit)) for cost in rules.handling
        }
        self._per_km, self._per_day = micros(rules.cost_per_km), micros(rules.cost_per_day)

    def __eq__(self, other: object) -> bool:
        """All else follows from the rules."""
        return isinstance(other, Surveyor) and (self.rules, self.version) == (
            other.rules,
            other.version,
        )

    __hash__ = None  # type: ignore[assignment]

    def grams(self, goods: Goods) -> int:
        """Tell what a unit weighs."""
        return self.rules.default_weight_grams if goods.grams is None else goods.grams

    def survey(
        self, basket: Basket, locations: Iterable[Location], excluded: frozenset[str] = frozenset()
    ) -> Survey:
        """Look at each location once. Deterministic: by least cost, then by code."""
        there = basket.point or self._areas.locate(basket.country, basket.postal_code)
        rules = [rule for rule in self.rules.eligibility if _of_order(rule, basket)]
        concerned = [(rule, self._concerned(rule, basket)) for rule in rules]
        sites: list[Site] = []
        ruled_out: list[Unused] = []
        clocks = _Clocks(basket.at)
        for location in locations:
            if location.facts.code in excluded:
                ruled_out.append(Unused(location.facts.code, WhyNot.EXCLUDED))
                continue
            found = self._site(location, basket, there, concerned, clocks)
            if isinstance(found, Site):
                sites.append(found)
            else:
                ruled_out.append(found)
        return Survey(sorted(sites, key=_least), sorted(ruled_out, key=attrgetter("location")))

    def _concerned(self, rule: EligibilityRule, basket: Basket) -> frozenset[str]:
        return frozenset(
            sku for sku, goods in basket.goods.items() if self._of_product(rule, sku, goods)
        )

    def _of_product(self, rule: EligibilityRule, sku: str, goods: Goods) -> bool:
        code = goods.commodity_code or ""
        heavier = rule.heavier_than_grams
        return (
            (not rule.skus or sku in rule.skus)
            and (not rule.commodity_codes or code.startswith(rule.commodity_codes))
            and (heavier is None or self.grams(goods) > heavier)
        )

    def _site(
        self,
        location: Location,
        basket: Basket,
        there: Point | None,
        rules: Sequence[tuple[EligibilityRule, frozenset[str]]],
        clocks: _Clocks,
    ) -> Site | Unused:
        facts, works = location.facts, location.works
        if not location.is_open:
            return Unused(facts.code, WhyNot.CLOSED)
        local = clocks.local(works.calendar.time_zone)
        ship_on = works.calendar.day_at(local)
        if ship_on is None:
            return Unused(facts.code, WhyNot.NEVER_WORKS)
        skus, broken = frozenset(basket.goods), None
        for rule, concerned in rules:
            if concerned & skus and _matches(rule, location) is rule.exclude:
                skus, broken = skus - concerned, rule.name
        if not skus:
            return Unused(facts.code, WhyNot.RULED_OUT, broken)
        here = location.point or self._areas.locate(facts.country, facts.postal_code)
        away = None if here is None or there is None else meters(here, there)
        tariff = self._tariff(facts.country, basket.country, away)
        if tariff is None:
            return Unused(facts.code, WhyNot.NO_TARIFF)
        per_parcel, per_unit = self._handling.get(works.kind, (0, 0))
        return Site(
            code=facts.code,
            skus=skus,
            rule=broken,
            ship_on=ship_on,
            meters=away,
            handling=per_parcel,
            distance=self._per_km * round((away or 0) / 1000),
            delay=self._per_day * (ship_on - local.date()).days,
            per_unit=per_unit,
            tariff=tariff,
            capacity=works.capacity_per_day,
        )

    def _tariff(self, origin: str, destination: str, away: int | None) -> Tariff | None:
        if not self._tariffs:
            return FREE
        for published, tariff in self._tariffs:
            near = published.up_to_km is None or (
                away is not None and away <= published.up_to_km * 1000
            )
            if (
                near
                and (not published.origins or origin in published.origins)
                and (not published.destinations or destination in published.destinations)
            ):
                return tariff
        return None


def _least(site: Site) -> tuple[int, str]:
    return site.least, site.code


def _of_order(rule: EligibilityRule, basket: Basket) -> bool:
    return (not rule.channels or basket.channel in rule.channels) and (
        not rule.countries or basket.country in rule.countries
    )


def _matches(rule: EligibilityRule, location: Location) -> bool:
    facts, works = location.facts, location.works
    return (
        (not rule.locations or facts.code in rule.locations)
        and (not rule.kinds or works.kind in rule.kinds)
        and (not rule.location_countries or facts.country in rule.location_countries)
        and set(rule.traits) <= set(works.traits)
    )
