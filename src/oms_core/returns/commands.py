"""Commands on returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.order import Order
from oms_core.orders.quantities import SourcedQuantity
from oms_core.returns.events import ReturnRequested
from oms_core.returns.goods_return import Return
from oms_core.stock.events import StockReceived
from oms_core.stock.stock_item import StockItem, stock_item_id


class RequestReturn(Command):
    """Announce that delivered units are to come back."""

    return_id: UUID
    order_id: UUID
    lines: WantedQuantities
    reason: Text

    def target(self) -> UUID:
        return self.order_id


class ReceiveReturn(Command):
    """Take the goods of a return in; `restock` makes them sellable again where they came from."""

    return_id: UUID
    restock: bool

    def target(self) -> UUID:
        return self.return_id


@handles(RequestReturn)
async def request_return(command: RequestReturn, streams: Streams) -> Return:
    """Open a return; refused beyond what arrived and is in no return yet."""
    order = await streams.get(Order, command.order_id)
    wanted = summed(command.lines)
    order.request_return(command.return_id, wanted)
    goods = Return(command.return_id)
    goods.request(
        ReturnRequested(
            order_id=order.id, lines=tuple(_origins(order, wanted)), reason=command.reason
        )
    )
    streams.add(goods)
    return goods


@handles(ReceiveReturn)
async def receive_return(command: ReceiveReturn, streams: Streams) -> Return:
    """Close the return, note it on the order and restock, in one transaction."""
    goods = await streams.get(Return, command.return_id)
    order = await streams.get(Order, goods.order_id)
    ids = {stock_item_id(line.sku, line.location) for line in goods.lines}
    items = await streams.find(StockItem, sorted(ids))
    goods.receive("restocked" if command.restock else "quarantined")
    order.receive_return(goods.id)
    for item in items if command.restock else ():
        item.receive(
            StockReceived(
                sku=item.sku,
                location=item.location,
                quantity=_quantity(goods, item),
                reference=order.terms.number,
                return_id=goods.id,
            )
        )
    return goods


def _quantity(goods: Return, item: StockItem) -> int:
    return sum(
        line.quantity
        for line in goods.lines
        if (line.sku, line.location) == (item.sku, item.location)
    )


def _origins(order: Order, wanted: Mapping[UUID, int]) -> Iterator[SourcedQuantity]:
    """Send units back to where they came from, the earliest delivery first."""
    for line_id, quantity in wanted.items():
        line = order.lines[line_id]
        left, earlier = quantity, line.return_requested + line.returned - quantity
        for release in order.arrivals:
            arrived = release.lines[line_id]
            units = min(left, max(arrived - earlier, 0))
            if units:
                yield SourcedQuantity(
                    line_id=line_id,
                    sku=line.terms.sku,
                    quantity=units,
                    location=release.location,
                )
            earlier = max(earlier - arrived, 0)
            left -= units
