"""Stock: what is at a location, and what of it may be promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.failures import InvalidArgument
from oms_api.inputs import VersionedInput
from oms_api.nodes import Node, id_of
from oms_api.sources import FoldedStreams
from oms_core.stock.commands import AdjustStock, ReceiveStock
from oms_core.stock.stock_item import StockItem as StockStream
from oms_core.stock.stock_item import StockItemView, stock_item_id
from oms_projections import stock_levels

MOST_SKUS = 250


@strawberry.type(description="One SKU at one location.")
class StockItem(Node):
    """One SKU at one location; resolved from `StockItemView`."""

    id: strawberry.ID = resolved(id_of("StockItem"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    sku: str = strawberry.field(description="What is kept.")
    location: str = strawberry.field(description="Code of the location that keeps it.")
    on_hand: int = strawberry.field(description="Units that are physically there.")
    reserved: int = strawberry.field(description="Units promised to orders that are still there.")
    available: int = strawberry.field(
        description="Units that may be promised: on hand less reserved less safety stock."
        " Negative when a count found less than was promised."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as stock."""
        return isinstance(value, StockItemView)


@strawberry.type(description="What of a SKU may be promised, over all locations asked for.")
class Availability:
    """What of a SKU may be promised."""

    sku: str = strawberry.field(description="What was asked for.")
    available: int = strawberry.field(
        description="Units that may be promised; a location that is short does not count against"
        " the others."
    )
    locations: list[StockItem] = strawberry.field(description="The locations that keep it.")


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What of a SKU may be promised."""

    sku: str
    locations: list[StockItemView]

    @property
    def available(self) -> int:
        """The sum over the locations that have some."""
        return sum(max(item.available, 0) for item in self.locations)


@strawberry.input(description="Take goods in at a location.")
class ReceiveStockInput(VersionedInput):
    """Take goods in at a location."""

    sku: str = strawberry.field(description="What came in; a registered product.")
    location: str = strawberry.field(description="Code of a registered location.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    reference: str | None = strawberry.field(
        default=None, description="The delivery note or purchase order, for instance."
    )


@strawberry.input(description="Correct what is on hand by a difference.")
class AdjustStockInput(VersionedInput):
    """Correct what is on hand by a difference."""

    sku: str = strawberry.field(description="What was counted; a registered product.")
    location: str = strawberry.field(description="Code of a registered location.")
    delta: int = strawberry.field(
        description="What is there less what the figure says: -2 when two are missing."
    )
    reason: str = strawberry.field(description="Why the figure was off.")


@strawberry.type(description="What became of a command on stock.")
class StockPayload(Payload):
    """What became of a command on stock."""

    stock_item: StockItem | None = resolved(
        the_view, StockItem | None, "The stock right after the command; null when it was refused."
    )


@strawberry.type
class StockMutations:
    """Commands on stock."""

    @mutation(StockPayload, "Take goods in at a location.")
    async def receive_stock(self, info: Info, input: ReceiveStockInput) -> Answer:
        """Take goods in."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReceiveStock)

    @mutation(StockPayload, "Correct what is on hand by a difference, with the reason.")
    async def adjust_stock(self, info: Info, input: AdjustStockInput) -> Answer:
        """Correct the figure."""
        return await info.context.gateway.carry_out(info.context.cause, input, AdjustStock)


@strawberry.type
class StockQueries:
    """Queries on stock."""

    @query(StockItem | None, "One SKU at one location, as it is or as it was known at a moment.")
    async def stock_item(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="What is kept.")],
        location: Annotated[str, strawberry.argument(description="The location's code.")],
        as_of: Annotated[
            datetime | None,
            strawberry.argument(description="As it was known then, by the time of recording."),
        ] = None,
        min_position: MinPosition = None,
    ) -> StockItemView | None:
        """Find one stock item."""
        context, id = info.context, stock_item_id(sku, location)
        if as_of is not None:
            found = await FoldedStreams(context.pool, as_of).aggregate(id)
            return found.view() if isinstance(found, StockStream) else None
        await context.reached(min_position, "stock_levels")
        async with context.pool.connection() as connection:
            return (await stock_levels.by_ids(connection, [id])).get(id)

    @query(
        list[Availability],
        "What may be promised of each SKU, in the order asked; an unknown one has none.",
    )
    async def availability(
        self,
        info: Info,
        *,
        skus: Annotated[list[str], strawberry.argument(description="1 to 250 SKUs.")],
        country: Annotated[
            str | None,
            strawberry.argument(description="Only locations in this country, ISO 3166-1 alpha-2."),
        ] = None,
        min_position: MinPosition = None,
    ) -> list[AvailabilityView]:
        """Sum up what may be promised."""
        if not 1 <= len(skus) <= MOST_SKUS:
            raise InvalidArgument(f"Ask for 1 to {MOST_SKUS} SKUs, not {len(skus)}.")
        context = info.context
        await context.reached(min_position, "stock_levels", "catalogue")
        async with context.pool.connection() as connection:
            found = await stock_levels.of_skus(connection, skus, country)
        return [AvailabilityView(sku, found.get(sku, [])) for sku in skus]
