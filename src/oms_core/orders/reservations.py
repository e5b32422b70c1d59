"""Where the units of an order are reserved, and what of it goes back when units are taken out."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from oms_core.orders.events import CancelledUnits
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity
from oms_core.stock.stock_item import StockItem, stock_item_id


def reserved_stock(order: Order) -> set[UUID]:
    """Name every stock item that units of the order are reserved at."""
    return {
        stock_item_id(line.terms.sku, location)
        for line in order.lines.values()
        for location in line.reserved
    }


def freed(order: Order, units: Iterable[CancelledUnits], item: StockItem) -> list[LineQuantity]:
    """Tell which of these units were reserved at a stock item."""
    totals: dict[UUID, int] = {}
    for part in units:
        sku = order.lines[part.line_id].terms.sku
        if part.bucket == "reserved" and (sku, part.location) == (item.sku, item.location):
            totals[part.line_id] = totals.get(part.line_id, 0) + part.quantity
    return [LineQuantity(line_id=id, quantity=quantity) for id, quantity in totals.items()]


def withdrawn(units: Iterable[CancelledUnits], shipment_id: UUID) -> list[LineQuantity]:
    """Tell which of these units a shipment was to carry."""
    return [
        LineQuantity(line_id=part.line_id, quantity=part.quantity)
        for part in units
        if part.shipment_id == shipment_id
    ]
