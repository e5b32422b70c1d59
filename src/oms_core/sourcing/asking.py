"""Asks for everything that sourcing needs to know, then decides. The stock is asked for last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from oms_core.backorders.waiting import Waiting, waiting_for
from oms_core.catalogue.product import Product
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.refusal import Refusal
from oms_core.locations.location import Location, closed_among, location_id
from oms_core.orders.events import PostalAddress
from oms_core.orders.quantities import WantedUnits
from oms_core.sourcing.decide import decide
from oms_core.sourcing.explanation import Reasons
from oms_core.sourcing.plan import SourcingPlan, plan
from oms_core.sourcing.policy import SourcingPolicy
from oms_core.sourcing.survey import Basket, Goods, Site, Survey, Surveyor
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id
from oms_core.workdays.workday import WorkDay, workday_id

GivenBack = Callable[[StockItem], int]
_NUMBER = attrgetter("int")

ASKED_AT_ONCE = 40
"""Locations whose stock is looked at first, the cheapest parcels first; the rest only if they
can't serve everything. It bounds the locks that an order takes."""


class NoLocationMayServe(Refusal):
    """{sku}: {wanted} wanted, and no location that keeps it may send it to {country} by the
    sourcing rules, version {version}. Change the rules, or order without it.
    """

    CODE = "INSUFFICIENT_STOCK"


class TooManyParcels(Refusal):
    """{sku}: {wanted} wanted, {available} available, but by the sourcing rules an order comes
    from {most} locations at most. Order less, or allow a backorder.
    """

    CODE = "INSUFFICIENT_STOCK"


@dataclass(slots=True)
class Sourced:
    """Which units are taken where, and the streams that are to note it."""

    plan: SourcingPlan
    items: Sequence[StockItem]
    available: Mapping[tuple[str, str], int]
    waiting: Waiting
    reasons: Reasons | None = None
    survey: Survey | None = None
    days: Mapping[str, WorkDay] = field(default_factory=dict)

    def schedule(self, order_id: UUID) -> None:
        """Note at every location with a limit that it sends a part of the order."""
        for chosen in self.reasons.chosen if self.reasons is not None else ():
            if chosen.location in self.days:
                day = self.days[chosen.location]
                day.schedule(chosen.location, chosen.ship_on, order_id)

    def shortage(self, basket: Basket, line_id: UUID, *field: str) -> Refusal:
        """Tell why units of a line find no source; `field` is where the line stands."""
        sku = next(line.sku for line in basket.lines if line.line_id == line_id)
        wanted = basket.wanted[sku]
        there = sum(max(n, 0) for (other, _), n in self.available.items() if other == sku)
        if self.survey is None or self.reasons is None:
            return InsufficientStock(sku=sku, wanted=wanted, available=there, field=field)
        if self.survey.ruled_out and not any(sku in site.skus for site in self.survey.sites):
            version, country = self.reasons.rules_version, basket.country
            return NoLocationMayServe(
                sku=sku, wanted=wanted, country=country, version=version, field=field
            )
        if there >= wanted and (most := len(self.reasons.chosen)):
            return TooManyParcels(sku=sku, wanted=wanted, available=there, most=most, field=field)
        return InsufficientStock(sku=sku, wanted=wanted, available=there, field=field)


async def source(
    basket: Basket,
    products: Mapping[str, Product],
    policy: SourcingPolicy,
    streams: Streams,
    *,
    besides: Collection[UUID] = (),
    excluded: frozenset[str] = frozenset(),
    only: str | None = None,
    given_back: GivenBack | None = None,
    may_wait: bool = False,
) -> Sourced:
    """Find a source for every line, by the rules if there are any.

    `besides` are stock items that the caller needs for itself; `given_back` tells what the same
    command frees at one. With `only`, no other location is asked: the customer collects the
    order there. Those who wait for the same goods get theirs first; with `may_wait`, what finds no
    source may join them. Refusing is left to the caller.
    """
    waiting = await waiting_for(products, streams, may_wait=may_wait)
    if policy.surveyor is not None:
        asking = _Asking(
            basket, products, policy.surveyor, streams, excluded, only, given_back, waiting
        )
        return await asking.by_rules(set(besides))
    kept = [(sku, code) for sku in basket.goods for code in products[sku].locations]
    unusable = excluded | await closed_among(sorted({code for _, code in kept}), streams)
    ids: Collection[UUID] = [stock_item_id(sku, code) for sku, code in kept]
    items = await _stock({*ids, *besides} if besides else ids, streams)
    usable = [
        item
        for item in items
        if item.sku in basket.goods
        and item.location not in unusable
        and (only is None or item.location == only)
    ]
    available = waiting.behind(usable, basket.channel)
    if given_back is not None:
        for item in usable:
            available[item.sku, item.location] += given_back(item)
    return Sourced(plan(basket.lines, available), items, available, waiting)


async def _stock(ids: Iterable[UUID], streams: Streams) -> list[StockItem]:
    """Load the stock in the order of its ids: the same order for every buyer of the same goods."""
    in_order = sorted(ids, key=_NUMBER)
    return [item for item in await streams.find(StockItem, in_order) if item.exists]


@dataclass(slots=True)
class _Asking:
    basket: Basket
    products: Mapping[str, Product]
    surveyor: Surveyor
    streams: Streams
    excluded: frozenset[str]
    only: str | None
    given_back: GivenBack | None
    waiting: Waiting

    async def by_rules(self, besides: set[UUID]) -> Sourced:
        skus = list(self.basket.wanted)
        kept = dict.fromkeys(code for sku in skus for code in self.products[sku].locations)
        codes = [code for code in kept if self.only in (None, code)]
        locations = await self.streams.find(Location, [location_id(code) for code in codes])
        survey = self.surveyor.survey(self.basket, locations, self.excluded)
        days = await self._days(survey)
        near, far = survey.sites[:ASKED_AT_ONCE], survey.sites[ASKED_AT_ONCE:]
        items = await _stock(self._ids(near) | besides, self.streams)
        sourced = self._decided(survey, items, days)
        if far and sourced.plan.unsourced:
            items += await _stock(self._ids(far) - besides, self.streams)
            sourced = self._decided(survey, items, days)
        return sourced

    async def _days(self, survey: Survey) -> dict[str, WorkDay]:
        limited = [site for site in survey.sites if site.capacity is not None]
        ids = [workday_id(site.code, site.ship_on) for site in limited]
        found = await self.streams.find(WorkDay, ids) if ids else []
        return {site.code: day for site, day in zip(limited, found, strict=True)}

    def _ids(self, sites: Iterable[Site]) -> set[UUID]:
        kept = {sku: set(self.products[sku].locations) for sku in self.basket.wanted}
        return {
            stock_item_id(sku, site.code)
            for site in sites
            for sku in site.skus
            if site.code in kept[sku]
        }

    def _decided(
        self, survey: Survey, items: Sequence[StockItem], days: Mapping[str, WorkDay]
    ) -> Sourced:
        wanted, channel = self.basket.wanted, self.basket.channel
        usable = [item for item in items if item.sku in wanted]
        available = self.waiting.behind(usable, channel)
        if self.given_back is not None:
            for item in usable:
                available[item.sku, item.location] += self.given_back(item)
        load = {code: len(day.orders) for code, day in days.items()}
        decision = decide(self.surveyor, self.basket, survey, available, load)
        return Sourced(
            decision.plan, items, available, self.waiting, decision.reasons, survey, days
        )


def basket_of(
    channel: str,
    address: PostalAddress,
    at: datetime,
    lines: Iterable[WantedUnits],
    products: Mapping[str, Product],
) -> Basket:
    """Describe what is wanted, as sourcing sees it."""
    lines = tuple(lines)
    latitude, longitude = address.latitude, address.longitude
    return Basket(
        channel=channel,
        country=address.country,
        postal_code=address.postal_code,
        point=None if latitude is None or longitude is None else (latitude, longitude),
        at=at,
        lines=lines,
        goods={line.sku: goods_of(products[line.sku]) for line in lines},
    )


def goods_of(product: Product) -> Goods:
    """Take of a product what sourcing asks for."""
    return Goods(product.facts.weight_grams, product.facts.commodity_code)
