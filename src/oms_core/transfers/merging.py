"""What a location that is merged gives to another: orders with their goods, and all other stock.

Each command moves goods at once, by a transfer that is planned, sent and received in one
transaction, so that no unit is in between and none can be promised twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import utc_day
from oms_core.kernel.fields import Code, Moment, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.orders import unassigning
from oms_core.orders.events import CancelledUnits, LinesUnassigned
from oms_core.orders.order import Order
from oms_core.orders.quantities import LineQuantity, SourcedQuantity, line_quantities
from oms_core.orders.reservations import withdrawn
from oms_core.shipments.shipment import Shipment
from oms_core.stock.events import (
    ChannelShareSet,
    StockReserved,
    SupplyCancelled,
    SupplyExpected,
    SupplyRevised,
)
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.transfers.direct import Move, move, refuse_unless_movable
from oms_core.transfers.transfer import IN_TRANSIT, Transfer, TransferToItself

MOST_AT_ONCE = 100


class CollectedThere(NotAllowedInState):
    """The customer collects the order at {location}. Hand it over there, or cancel it."""


class _Moving(Command):
    source: Code
    destination: Code
    transfer_id: UUID
    reason: Text
    moved_at: Moment

    @property
    def day(self) -> date:
        """The day on which it happens, by UTC."""
        return utc_day(self.moved_at)


class MoveReserved(_Moving):
    """Let another location send what this one was to send of an order, with the goods.

    An order that this location has nothing to send of is left as it is.
    """

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


class MoveStock(_Moving):
    """Give all that is not promised to another location, in whatever condition it is.

    Shares of channels and announced supply go with it; safety stock and other policies do not.
    """

    skus: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


@handles(MoveReserved)
async def move_reserved(command: MoveReserved, streams: Streams) -> Order:
    """Move order, goods and shipments, in one transaction. Units are released there anew."""
    order = await streams.get(Order, command.order_id)
    units = unassigning.decide(order, command.source, None)
    shipments = await streams.find(Shipment, order.unsent_ids)
    [transfer] = await streams.find(Transfer, [command.transfer_id])
    ends = await _ends(command, {order.lines[part.line_id].terms.sku for part in units}, streams)
    if not units:
        return order
    if not order.terms.may_come_from(command.destination):
        raise CollectedThere(location=command.source)
    shares = [_promised(order, units, end) for end in ends]
    moves = [
        Move(end.sku, end.here, end.there, {AVAILABLE: share.on_shelf})
        for end, share in zip(ends, shares, strict=True)
    ]
    refuse_unless_movable(moves, transfer, command)
    order.unassign(
        LinesUnassigned(
            location=command.source, reason=command.reason, units=tuple(units), declined=False
        )
    )
    for end, share in zip(ends, shares, strict=True):
        end.here.release(order.id, share.lines)
    move(transfer, command, moves)
    for end, share in zip(ends, shares, strict=True):
        end.product.stocked_at(command.destination)
        for made_to_order, part in share.parts:
            end.there.take_over(
                StockReserved(
                    sku=end.sku,
                    location=command.destination,
                    order_id=order.id,
                    lines=part,
                    made_to_order=made_to_order,
                )
            )
    order.reserve(
        SourcedQuantity(**line.model_dump(), sku=end.sku, location=command.destination)
        for end, share in zip(ends, shares, strict=True)
        for line in share.lines
    )
    for shipment in shipments:
        if taken := withdrawn(units, shipment.id):
            shipment.cancel_lines(taken, command.reason)
    return order


@handles(MoveStock)
async def move_stock(command: MoveStock, streams: Streams) -> Location:
    """Move units, shares and supply, in one transaction."""
    [location] = await streams.find(Location, [location_id(command.source)])
    [transfer] = await streams.find(Transfer, [command.transfer_id])
    ends = [end for end in await _ends(command, command.skus, streams) if end.here.exists]
    moves = [Move(end.sku, end.here, end.there, end.here.not_promised()) for end in ends]
    refuse_unless_movable(moves, transfer, command)
    shares = [dict(end.here.shares) for end in ends]
    for end, share in zip(ends, shares, strict=True):
        for channel in share:
            _set_aside(end.here, end.sku, command.source, channel, 0)
    move(transfer, command, moves)
    for end, share, each in zip(ends, shares, moves, strict=True):
        if each.total or end.here.supplies:
            end.product.stocked_at(command.destination)
        for channel, units in share.items():
            wanted = end.there.shares.get(channel, 0) + units
            there = min(wanted, max(end.there.available_to(channel), 0))
            _set_aside(end.there, end.sku, command.destination, channel, there)
        _move_supply(end, command)
    return location


@dataclass(frozen=True, slots=True)
class _End:
    """A SKU at both locations."""

    sku: str
    product: Product
    here: StockItem
    there: StockItem


@dataclass(frozen=True, slots=True)
class _Promised:
    """What an order has of a SKU at the location, told apart by whether it is on the shelf."""

    lines: tuple[LineQuantity, ...]
    parts: tuple[tuple[bool, tuple[LineQuantity, ...]], ...]
    on_shelf: int


def _promised(order: Order, units: Iterable[CancelledUnits], end: _End) -> _Promised:
    """Find it. Refuses what is not there, and what the other location can't take over."""
    totals: Counter[UUID] = Counter()
    for part in units:
        if order.lines[part.line_id].terms.sku == end.sku:
            totals[part.line_id] += part.quantity
    lines = line_quantities(totals)
    end.here.refuse_if_short()
    parts = tuple(end.here.told_apart(lines))
    for made_to_order, part_lines in parts:
        count = sum(line.quantity for line in part_lines)
        end.there.refuse_unless_it_can_take_over(end.sku, count, made_to_order=made_to_order)
    return _Promised(lines, parts, end.here.on_shelf(lines))


async def _ends(command: _Moving, skus: Iterable[str], streams: Streams) -> list[_End]:
    """Load what is at both locations. Refuses a way that goes nowhere."""
    codes = {"source": command.source, "destination": command.destination}
    found = await streams.find(Location, [location_id(code) for code in codes.values()])
    for (field, code), location in zip(codes.items(), found, strict=True):
        if not location.exists:
            raise NoSuchLocation(code=code, field=(field,))
    if command.source == command.destination:
        raise TransferToItself(location=command.source, field=("destination",))
    found[1].refuse_if_closed("destination")
    skus = sorted(set(skus))
    products = await streams.find(Product, [product_id(sku) for sku in skus])
    for sku, product in zip(skus, products, strict=True):
        if not product.exists:
            raise NoSuchProduct(sku=sku, field=("skus",))
    ids = {sku: [stock_item_id(sku, code) for code in codes.values()] for sku in skus}
    wanted = sorted(id for both in ids.values() for id in both)
    items = {item.id: item for item in await streams.find(StockItem, wanted)}
    return [
        _End(sku, product, *(items[id] for id in ids[sku]))
        for sku, product in zip(skus, products, strict=True)
    ]


def _set_aside(item: StockItem, sku: str, location: str, channel: str, units: int) -> None:
    if units != item.shares.get(channel, 0):
        item.set_aside(ChannelShareSet(sku=sku, location=location, channel=channel, quantity=units))


def _move_supply(end: _End, command: MoveStock) -> None:
    """Expect at the destination what was announced here; what is in transit arrives here first."""
    for name, supply in list(end.here.supplies.items()):
        if name.startswith(IN_TRANSIT):
            continue
        what = {"sku": end.sku, "supply": name}
        end.here.cancel_supply(
            SupplyCancelled(**what, location=command.source, reason=command.reason)
        )
        day, units = supply.expected_on, supply.incoming
        coming = {**what, "location": command.destination, "expected_on": day}
        known = end.there.supplies.get(name)
        if known is None:
            end.there.expect(SupplyExpected(**coming, quantity=units))
        else:
            end.there.revise_supply(SupplyRevised(**coming, quantity=known.quantity + units))
