"""Goods that leave a location: out of its stock, and shipped on the order, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import utc_day
from oms_core.orders.order import Order
from oms_core.shipments.rerouting import of_item
from oms_core.shipments.shipment import Shipment
from oms_core.stock.stock_item import StockItem, stock_item_id


async def stock_to_leave(shipment: Shipment, streams: Streams) -> list[StockItem]:
    """Load the stock that a shipment is taken from."""
    ids = {stock_item_id(line.sku, shipment.location) for line in shipment.lines.values()}
    return await streams.find(StockItem, sorted(ids))


def refuse_unless_there(
    order: Order, units: Mapping[UUID, int], items: Iterable[StockItem], at: datetime
) -> None:
    """Refuse when units are not there, or have expired; ask before anything is recorded."""
    for item in items:
        item.refuse_unless_there(of_item(order, units, item), utc_day(at))


def leave(order: Order, shipment: Shipment, items: Iterable[StockItem], at: datetime) -> None:
    """Let all units of a shipment go: of lots, those that expire first."""
    units = shipment.quantities
    order.ship(shipment.id)
    for item in items:
        if lines := of_item(order, units, item):
            item.ship(order.id, shipment.id, lines, utc_day(at))
