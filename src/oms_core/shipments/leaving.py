"""Goods that leave a location: out of its stock, and shipped on the order, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import utc_day
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity
from oms_core.serials.naming import NamedSerials, SerialsOfLine, by_line, named_by_line
from oms_core.shipments.events import LineSerials
from oms_core.shipments.rerouting import of_item
from oms_core.shipments.shipment import Shipment
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.stock_item import StockItem, stock_item_id


@dataclass(frozen=True, slots=True)
class Leaving:
    """The stock that a shipment is taken from, and the units that are named of it, by line."""

    items: Iterable[StockItem]
    serials: Mapping[UUID, NamedSerials]
    told: frozenset[UUID]
    """The lines for which the command itself names units."""

    def of_lots(self, shipment: Shipment, item: StockItem, part: Iterable[UUID]) -> Counter[str]:
        """Tell which lots were picked of a stock item, for lines that leave as they were picked."""
        lots: Counter[str] = Counter()
        for id in part:
            if shipment.lines[id].sku == item.sku and id in shipment.lots:
                lots.update(shipment.lots[id])
        return lots

    def refuse_unless_there(
        self, order: Order, shipment: Shipment, units: Mapping[UUID, int], at: datetime
    ) -> None:
        """Refuse when units are not there, have expired, or are not named though they have serial
        numbers; ask before anything is recorded.
        """
        for id in self.told - units.keys():
            self.serials[id].refuse_unless(0, "serials")
        for item in self.items:
            lines = of_item(order, units, item)
            lots = self.of_lots(shipment, item, _whole(shipment, units))
            item.refuse_unless_there(lines, utc_day(at), lots)
            for line in lines:
                self._refuse_unless_named(item, line)

    def _refuse_unless_named(self, item: StockItem, line: LineQuantity) -> None:
        serials = self.serials.get(line.line_id, NamedSerials(item.sku, {}))
        on_shelf = item.on_shelf([line])
        serials.refuse_unless(on_shelf, "serials", numbered=item.serial_numbered)
        serials.refuse_unless_at(item.location, "serials")
        serials.refuse_unless_in(AVAILABLE, "serials")

    def leave(self, order: Order, shipment: Shipment, at: datetime) -> tuple[LineSerials, ...]:
        """Let all units of a shipment go: of lots those picked, or else those that expire first.

        Gives the serial numbers of those that have one.
        """
        units = shipment.quantities
        order.ship(shipment.id)
        for item in self.items:
            if lines := of_item(order, units, item):
                lots = self.of_lots(shipment, item, _whole(shipment, units))
                item.ship(order.id, shipment.id, lines, utc_day(at), lots)
        named = {id: self.serials[id] for id in units if id in self.serials}
        for of_line in named.values():
            of_line.go_out(shipment.location, order.id, shipment.id)
        return tuple(
            LineSerials(line_id=id, serials=tuple(of_line.units)) for id, of_line in named.items()
        )


def _whole(shipment: Shipment, units: Mapping[UUID, int]) -> list[UUID]:
    """Tell which lines leave with all that is picked of them."""
    return [id for id, count in units.items() if shipment.picked[id] == count]


async def leaving(shipment: Shipment, named: Iterable[SerialsOfLine], streams: Streams) -> Leaving:
    """Load what a shipment is taken from: the units named now, or else those named when picked."""
    told = by_line(named)
    names = dict(shipment.serials) | told
    for id in names:
        shipment.line(id)
    skus = {line.line_id: line.sku for line in shipment.lines.values()}
    serials = await named_by_line(names, skus, streams)
    ids = {stock_item_id(line.sku, shipment.location) for line in shipment.lines.values()}
    items = await streams.find(StockItem, sorted(ids))
    return Leaving(items, serials, frozenset(told))
