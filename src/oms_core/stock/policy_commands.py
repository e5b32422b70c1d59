"""Commands on what of the stock may be promised to whom."""

from __future__ import annotations

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code
from oms_core.kernel.handling import handles
from oms_core.stock.commands import OnStock, UnitsFound, keeping
from oms_core.stock.events import ChannelSafetyStockSet, ChannelShareSet, StockPolicySet
from oms_core.stock.stock_item import StockItem


class SetStockPolicy(OnStock):
    """Keep units back from promises, or promise without stock: all of it, also what stays.

    `unlimited` is for what is made to order, or digital.
    """

    safety_stock: UnitsFound = 0
    unlimited: bool = False


class SetChannelShare(OnStock):
    """Set free units aside for one channel; 0 ends that."""

    channel: Code
    quantity: UnitsFound


class SetChannelSafetyStock(OnStock):
    """Keep the last units back from one channel, such as from a web shop in a store; 0 ends that.

    Where a location's safety stock is more, that counts instead.
    """

    channel: Code
    quantity: UnitsFound


@handles(SetStockPolicy)
async def set_stock_policy(command: SetStockPolicy, streams: Streams) -> StockItem:
    """Record the policy. Promises that were made stay."""
    item, product = await keeping(command, streams)
    item.set_policy(StockPolicySet(**command.model_dump()))
    product.stocked_at(command.location)
    return item


@handles(SetChannelShare)
async def set_channel_share(command: SetChannelShare, streams: Streams) -> StockItem:
    """Record the share; refused beyond what is free."""
    item, _ = await keeping(command, streams)
    item.set_aside(ChannelShareSet(**command.model_dump()))
    return item


@handles(SetChannelSafetyStock)
async def set_channel_safety_stock(command: SetChannelSafetyStock, streams: Streams) -> StockItem:
    """Record how many are kept back. Promises that were made stay."""
    item, product = await keeping(command, streams)
    item.keep_from(ChannelSafetyStockSet(**command.model_dump()))
    product.stocked_at(command.location)
    return item
