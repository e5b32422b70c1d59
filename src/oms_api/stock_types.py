"""What the API shows of stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry

from oms_api.connections import Page, Sorting
from oms_api.context import Info
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.nodes import Node, id_of
from oms_core.stock.view import StockItemView
from oms_projections.stock_levels import StockItemSortField, StockOffer
from oms_projections.stock_lots import LotView
from oms_projections.stock_safety import ChannelStockView
from oms_projections.stock_supplies import SupplyView


@strawberry.type(description="Units that were announced: a purchase order, or a shipping notice.")
class Supply:
    """Announced units; resolved from `SupplyView`."""

    supply: str = strawberry.field(description="Its name, such as the purchase order's number.")
    expected_on: date = strawberry.field(description="The day on which the units are to come.")
    quantity: int = strawberry.field(description="Units announced.")
    received: int = strawberry.field(description="Units that came.")
    incoming: int = strawberry.field(description="Units that are still to come.")
    closed: bool = strawberry.field(description="Whether nothing more of it will come.")
    delta: int | None = strawberry.field(
        description="What came less what was announced: over-delivery, or short when negative."
        " Null while more may come."
    )


@strawberry.type(description="Units of one lot at a location, in each condition.")
class Lot:
    """A lot; resolved from `LotView`."""

    lot: str = strawberry.field(description="Its name.")
    best_before: date | None = strawberry.field(description="Its best-before date, if it has one.")
    available: int = strawberry.field(description="Units that are for sale, promised ones, too.")
    quality_hold: int = strawberry.field(description="Units on hold.")
    damaged: int = strawberry.field(description="Units that are not to be sold.")


@strawberry.type(description="What of a stock item is for one channel, and what is not.")
class ChannelStock:
    """What of a stock item is for one channel; resolved from `ChannelStockView`."""

    channel: str = strawberry.field(description="The channel's code.")
    set_aside: int = strawberry.field(
        description="Units that its orders alone can take (`setChannelShare`)."
    )
    safety_stock: int = strawberry.field(
        description="The last units, which its orders can't take (`setChannelSafetyStock`)."
    )


async def _channels(root: StockItemView, info: Info) -> list[ChannelStockView]:
    return await info.context.tables.stock_by_channel(root.id)


async def _lots(root: StockItemView, info: Info) -> list[LotView]:
    return await info.context.tables.lots(root.id)


async def _picked(root: StockItemView, info: Info) -> int:
    return await info.context.tables.picked(root.sku, root.location)


async def _serials(root: StockItemView, info: Info) -> int:
    return await info.context.tables.serials_on_hand(root.sku, root.location)


async def _supplies(root: StockItemView, info: Info) -> list[SupplyView]:
    return await info.context.tables.supplies(root.id)


@strawberry.type(description="One SKU at one location.")
class StockItem(Node):
    """One SKU at one location; resolved from `StockItemView`."""

    id: strawberry.ID = resolved(id_of("StockItem"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    sku: str = strawberry.field(description="What is kept.")
    location: str = strawberry.field(description="Code of the location that keeps it.")
    on_hand: int = strawberry.field(
        description="Units that are physically there, in whatever condition."
    )
    reserved: int = strawberry.field(description="Units promised to orders that are still there.")
    available: int = strawberry.field(
        description="Units that may be promised: on hand less reserved, on hold, damaged and safety"
        " stock. Negative when a count found less than was promised."
    )
    quality_hold: int = strawberry.field(description="Units on hand that wait to be looked at.")
    damaged: int = strawberry.field(description="Units on hand that are not to be sold.")
    safety_stock: int = strawberry.field(description="Units that are kept back from promises.")
    channels: list[ChannelStock] = resolved(
        _channels,
        list[ChannelStock],
        "What is set aside for channels or kept back from them, as the read tables know it.",
    )
    incoming: int = strawberry.field(description="Units that were announced and did not come yet.")
    picked: int = resolved(
        _picked,
        int,
        "Reserved units that are taken from the shelves and have not left, as the read tables know"
        " it now.",
    )
    made_to_order: int = strawberry.field(
        description="Units promised that are not on the shelf: they are made, or digital."
    )
    unlimited: bool = strawberry.field(
        description="Whether any number may be promised without stock."
    )
    serials_on_hand: int = resolved(
        _serials,
        int,
        "Units with a serial number that are known to be here, as the read tables know it; 0 where"
        " there are none. More than are on hand: name those that are gone (`writeOffSerials`);"
        " fewer: those that are there (`recordSerials`).",
    )
    lots: list[Lot] = resolved(
        _lots,
        list[Lot],
        "Known lots, as the read tables know them, in the order in which they are to be picked:"
        " what expires first goes first.",
    )
    supplies: list[Supply] = resolved(
        _supplies, list[Supply], "What was announced, as the read tables know it: open ones first."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as stock."""
        return isinstance(value, StockItemView)


@strawberry.type(description="A stock item and its place in the list.")
class StockItemEdge:
    """A stock item and its cursor."""

    node: StockItem = strawberry.field(description="The stock item.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of stock items.")
class StockItemConnection(Page):
    """A page of stock items; resolved from `Connection`."""

    edges: list[StockItemEdge] = strawberry.field(description="Stock items with their cursors.")
    nodes: list[StockItem] = strawberry.field(description="The stock items alone.")


@strawberry.input(description="Which stock items: all conditions hold, and of a list any one does.")
class StockItemFilter:
    """Which stock items."""

    sku: list[str] | None = strawberry.field(default=None, description="What is kept.")
    available_from: int | None = strawberry.field(
        default=None, description="So many units, or more, may be promised."
    )
    available_to: int | None = strawberry.field(
        default=None, description="Fewer units than this may be promised: what runs out."
    )
    serials_differ: bool | None = strawberry.field(
        default=None,
        description="Of products with serial numbers: not as many are known as are on hand.",
    )


describe(StockItemSortField, "What a list of stock items is sorted by.", SKU="The SKU.")


@strawberry.input(description="How a list of stock items is sorted.")
class StockItemSort(Sorting):
    """How a list of stock items is sorted."""

    field: StockItemSortField = strawberry.field(description="By what.")


@strawberry.type(description="What of a SKU may be promised, over all locations asked for.")
class Availability:
    """What of a SKU may be promised."""

    sku: str = strawberry.field(description="What was asked for.")
    available: int = strawberry.field(
        description="Units that may be promised: what others wait for is not, and a location that"
        " is short does not count against the others."
    )
    locations: list[StockItem] = strawberry.field(description="The locations that keep it.")


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What of a SKU may be promised."""

    sku: str
    offers: list[StockOffer]

    @property
    def available(self) -> int:
        """The sum over the locations that have some, less what others wait for."""
        waiting = max((offer.waiting for offer in self.offers), default=0)
        return max(sum(max(offer.free, 0) for offer in self.offers) - waiting, 0)

    @property
    def locations(self) -> list[Any]:
        """The stock items behind it."""
        return [offer.item for offer in self.offers]
