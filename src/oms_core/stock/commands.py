"""Commands on stock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Number, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Invalid
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.stock.events import StockAdjusted, StockReceived
from oms_core.stock.stock_item import StockItem, stock_item_id


class NothingAdjusted(Invalid):
    """An adjustment of 0 changes nothing. Give what is there less what the figure says."""


class _OnStock(Command):
    sku: Number
    location: Code

    def target(self) -> UUID:
        return stock_item_id(self.sku, self.location)

    def touches(self) -> Iterable[UUID]:
        return product_id(self.sku), location_id(self.location)


class ReceiveStock(_OnStock):
    """Take goods in at a location; `reference` is the delivery note, for instance."""

    quantity: Quantity
    reference: Text | None = None


class AdjustStock(_OnStock):
    """Correct the figure by a difference, with the reason why it was off."""

    delta: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    reason: Text


@handles(ReceiveStock)
async def receive_stock(command: ReceiveStock, streams: Streams) -> StockItem:
    """Raise what is on hand; the first receipt of a product opens its record at the location."""
    item, product = await _keeping(command, streams)
    item.receive(StockReceived(**command.model_dump()))
    product.stocked_at(command.location)
    return item


@handles(AdjustStock)
async def adjust_stock(command: AdjustStock, streams: Streams) -> StockItem:
    """Correct what is on hand; refused when it would fall below zero."""
    item, product = await _keeping(command, streams)
    if command.delta == 0:
        raise NothingAdjusted(field=("delta",))
    item.adjust(StockAdjusted(**command.model_dump()))
    product.stocked_at(command.location)
    return item


async def _keeping(command: _OnStock, streams: Streams) -> tuple[StockItem, Product]:
    [product] = await streams.find(Product, [product_id(command.sku)])
    if not product.exists:
        raise NoSuchProduct(sku=command.sku, field=("sku",))
    [location] = await streams.find(Location, [location_id(command.location)])
    if not location.exists:
        raise NoSuchLocation(code=command.location, field=("location",))
    [item] = await streams.find(StockItem, [command.target()])
    return item, product
