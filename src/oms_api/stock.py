"""Stock: what is at a location, and what of it may be promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated

import strawberry
from pydantic import ValidationError

from oms_api.arguments import AsOf, MinPosition, ValidAt
from oms_api.connections import After, Before, Connection, First, Last, Paged, filtered
from oms_api.context import Context, Info
from oms_api.declare import query
from oms_api.failures import InvalidArgument
from oms_api.folded_streams import FoldedStreams
from oms_api.rehearsal import Rehearsal
from oms_api.rights.reach import REACH
from oms_api.stock_types import (
    Availability,
    AvailabilityView,
    StockItem,
    StockItemConnection,
    StockItemFilter,
    StockItemSort,
)
from oms_core.sourcing.previewing import Destination, served
from oms_core.stock.stock_item import StockItem as StockStream
from oms_core.stock.stock_item import stock_item_id
from oms_core.stock.view import StockItemView
from oms_projections import stock_levels
from oms_projections.stock_levels import StockOffer

MOST_SKUS = 250

STOCK_AT = Paged("stock_at", stock_levels.LIST)
"""What a location keeps or has promised."""


@strawberry.type
class StockQueries:
    """Queries on stock."""

    @query(
        StockItem | None,
        "One SKU at one location, as it is, or as it was known or truly was at a moment.",
    )
    async def stock_item(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="What is kept.")],
        location: Annotated[str, strawberry.argument(description="The location's code.")],
        as_of: AsOf = None,
        valid_at: ValidAt = None,
        min_position: MinPosition = None,
    ) -> StockItemView | None:
        """Find one stock item."""
        context, id = info.context, stock_item_id(sku, location)
        if as_of is not None or valid_at is not None:
            found = await FoldedStreams(context.pool, as_of, valid_at).aggregate(id)
            return found.view() if isinstance(found, StockStream) else None
        await context.reached(min_position, "stock_levels")
        async with context.pool.connection() as connection:
            return (await stock_levels.by_ids(connection, [id])).get(id)

    @query(
        StockItemConnection,
        "What a location keeps or has promised, by SKU: what is to be moved before it is closed.",
    )
    async def stock_at(
        self,
        info: Info,
        *,
        location: Annotated[str, strawberry.argument(description="The location's code.")],
        filter: Annotated[
            StockItemFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            StockItemSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[StockItemView]:
        """List the stock of a location."""
        part = STOCK_AT.part(sort, first, after, last, before)
        asked = filtered(stock_levels.StockItemFilter, filter)
        where = stock_levels.where(location, asked)
        named = () if asked.serials_differ is None else ("serials",)
        await info.context.reached(min_position, "stock_levels", *named)
        return await STOCK_AT.page(info.context.pool, where, part)

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
        channel: Annotated[
            str | None,
            strawberry.argument(
                description="To orders of this channel: what is set aside for others is left out."
                " A token of one channel asks for that one, and may name no other."
            ),
        ] = None,
        destination: Annotated[
            str | None,
            strawberry.argument(
                description="Only what the sourcing rules let go to this country now, ISO 3166-1"
                " alpha-2; from anywhere if there are no rules."
            ),
        ] = None,
        on: Annotated[
            date | None,
            strawberry.argument(
                description="Count what is announced up to this day, too; only what is there if"
                " missing."
            ),
        ] = None,
        min_position: MinPosition = None,
    ) -> list[AvailabilityView]:
        """Sum up what may be promised."""
        if not 1 <= len(skus) <= MOST_SKUS:
            raise InvalidArgument(f"Ask for 1 to {MOST_SKUS} SKUs, not {len(skus)}.")
        context, channel = info.context, REACH.get().channel(channel)
        await context.reached(min_position, "stock_levels", "backorders")
        async with context.pool.connection() as connection:
            found = await stock_levels.of_skus(connection, skus, country, channel, on)
        if destination is not None:
            found = await _within_rules(context, found, channel, destination)
        return [AvailabilityView(sku, found.get(sku, [])) for sku in skus]


async def _within_rules(
    context: Context, found: dict[str, list[StockOffer]], channel: str | None, destination: str
) -> dict[str, list[StockOffer]]:
    """Leave nothing free where the rules don't let it go from."""
    try:
        country = Destination(country=destination)
    except ValidationError as error:
        raise InvalidArgument(f"`destination` is no country: {destination!r}.") from error
    streams = Rehearsal(context.now())
    places = await served(found, channel, country, datetime.now(UTC), streams)
    if places is None:
        return found
    return {
        sku: [
            offer if (sku, offer.item.location) in places else replace(offer, free=0)
            for offer in offers
        ]
        for sku, offers in found.items()
    }
