"""Commands on supply that was announced: purchase orders and shipping notices, with their days."""

from __future__ import annotations

from datetime import date

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Quantity, Text
from oms_core.kernel.handling import handles
from oms_core.stock.commands import OnStock, keeping
from oms_core.stock.events import SupplyCancelled, SupplyExpected, SupplyRevised
from oms_core.stock.stock_item import StockItem


class ExpectSupply(OnStock):
    """Announce units that will come; `supply` names the purchase order or shipping notice."""

    supply: Code
    quantity: Quantity
    expected_on: date


class ReviseSupply(OnStock):
    """Announce another quantity in all, or another day; what is not given stays."""

    supply: Code
    quantity: Quantity | None = None
    expected_on: date | None = None


class CancelSupply(OnStock):
    """Announce that nothing more of a supply will come."""

    supply: Code
    reason: Text


@handles(ExpectSupply)
async def expect_supply(command: ExpectSupply, streams: Streams) -> StockItem:
    """Record what will come; from its day on it counts as available by date."""
    item, product = await keeping(command, streams)
    item.expect(SupplyExpected(**command.model_dump()))
    product.stocked_at(command.location)
    return item


@handles(ReviseSupply)
async def revise_supply(command: ReviseSupply, streams: Streams) -> StockItem:
    """Record what will come instead."""
    item, _ = await keeping(command, streams)
    known = item.supply(command, command.supply)
    given = command.model_dump(exclude_none=True)
    event = {"quantity": known.quantity, "expected_on": known.expected_on} | given
    item.revise_supply(SupplyRevised(**event))
    return item


@handles(CancelSupply)
async def cancel_supply(command: CancelSupply, streams: Streams) -> StockItem:
    """Record that the rest does not come."""
    item, _ = await keeping(command, streams)
    item.cancel_supply(SupplyCancelled(**command.model_dump()))
    return item
