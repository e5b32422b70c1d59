"""Duties on an order: what of it crosses a border of customs, and what is due on that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from oms_core.catalogue.product import Product
from oms_core.duties.rating import Consignment, DutyRates, EnteringGoods, NoDutyRate
from oms_core.duties.schedule import DUTIES, DutySchedule
from oms_core.kernel.aggregate import Streams
from oms_core.locations.location import Location, location_id
from oms_core.orders.agreed import AssessedDuty, PricedLine
from oms_core.pricing.policy import PricingPolicy
from oms_core.sourcing.plan import SourcingPlan

if TYPE_CHECKING:
    from oms_core.orders.placing import PlaceOrder

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Border:
    """The border that an order's goods may cross: those that don't come from `inside`."""

    country: str
    rates: DutyRates
    inside: frozenset[str]
    products: Mapping[str, Product]

    def assess(
        self,
        lines: Sequence[PricedLine],
        plan: SourcingPlan,
        shipping: Decimal,
        policy: PricingPolicy,
        currency: str,
    ) -> tuple[AssessedDuty, ...]:
        """Tell what is due on each line, rounded. Amounts are without tax. May refuse."""
        units = self._entering(lines, plan)
        entering = [line for line in lines if units.get(line.line_id)]
        goods = [self._goods(line, units[line.line_id]) for line in entering]
        if not goods:
            return ()
        assessed = []
        due = self.rates.due(Consignment(self.country, currency, goods, shipping))
        for line, each, owed in zip(entering, goods, due, strict=True):
            if owed is None:
                raise self._no_rate(each, lines.index(line))
            assessed.append(
                AssessedDuty(
                    line_id=line.line_id,
                    quantity=units[line.line_id],
                    commodity_code=each.commodity_code,
                    origin_country=each.origin_country,
                    value=policy.rounded(owed.value, currency),
                    rate=owed.rate,
                    amount=policy.rounded(owed.amount, currency),
                )
            )
        return tuple(assessed)

    def _no_rate(self, goods: EnteringGoods, line: int) -> NoDutyRate:
        return NoDutyRate(
            sku=goods.sku,
            code=goods.commodity_code or "unknown",
            origin=goods.origin_country or "an unknown country",
            country=self.country,
            field=("lines", str(line), "sku"),
        )

    def _entering(self, lines: Iterable[PricedLine], plan: SourcingPlan) -> dict[UUID, int]:
        """Count the units from outside. What waits for stock counts where it is kept outside."""
        skus = {line.line_id: line.sku for line in lines}
        found: dict[UUID, int] = {}
        for part in plan.sourced:
            if part.location not in self.inside:
                found[part.line_id] = found.get(part.line_id, 0) + part.quantity
        for waiting in plan.unsourced:
            if self.inside.isdisjoint(self.products[skus[waiting.line_id]].locations):
                found[waiting.line_id] = found.get(waiting.line_id, 0) + waiting.quantity
        return found

    def _goods(self, line: PricedLine, units: int) -> EnteringGoods:
        facts = self.products[line.sku].facts
        net = line.total - line.tax
        return EnteringGoods(
            sku=line.sku,
            value=net * units / line.quantity,
            commodity_code=facts.commodity_code,
            origin_country=facts.origin_country,
        )


async def border_of(
    command: PlaceOrder, products: Mapping[str, Product], streams: Streams
) -> Border | None:
    """Find the border; None where duties are given, or no rates are known of the country."""
    [schedule] = await streams.find(DutySchedule, [DUTIES])
    country = command.shipping_address.country
    table = schedule.table_for(country)
    if table is None or command.duties is not None or command.pickup_location is not None:
        return None
    codes = sorted({code for product in products.values() for code in product.locations})
    locations = await streams.find(Location, [location_id(code) for code in codes])
    inside = (at.facts.code for at in locations if not schedule.crosses(at.facts.country, country))
    return Border(country, table, frozenset(inside), products)
