"""What changes while a client is connected: each message tells where in the log it stands.

A message is made when the client has taken the one before. What happened in between is told in
one: nobody needs the states of an order that nobody saw. Only `eventLog` tells of each event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import strawberry

from oms_api.context import Context, Info
from oms_api.declare import subscription
from oms_api.events import Event, OfStream, OfTypes
from oms_api.failures import InvalidArgument, NotFound
from oms_api.nodes import parse_id
from oms_api.order_types import Order
from oms_api.scalars import Position
from oms_api.sources import SourcedOrder, streams_of
from oms_api.stock_types import StockItem
from oms_core.kernel.message import TOPICS, event_type
from oms_core.stock.view import StockItemView
from oms_projections import event_log, locations, stock_levels
from oms_projections.event_log import EventFilter, EventRecord
from oms_projections.log_tail import Interest
from oms_projections.waiting import ReadModelBehind

PAGE = 100
"""Events that are read at once."""

MOST_SKUS = 250
MOST_ITEMS = 250
STOCK_REST = 0.05
"""Seconds between two messages on stock: a hot product changes hundreds of times a second."""

AfterPosition = Annotated[
    Position | None,
    strawberry.argument(
        description="The position of the last message that you have seen: go on after it, without"
        " gap. The header `Last-Event-ID` says the same."
    ),
]


@strawberry.type(description="An order, after something happened to it or to what belongs to it.")
class OrderNews:
    """A changed order; resolved from `OrderChanged`."""

    position: Position = strawberry.field(
        description="The order has all that was recorded up to here."
    )
    order: Order = strawberry.field(description="The order.")


@strawberry.type(description="Stock that has changed.")
class StockNews:
    """Changed stock; resolved from `StockChanged`."""

    position: Position = strawberry.field(
        description="The stock has all that was recorded up to here, or waits for the next message."
    )
    items: list[StockItem] = strawberry.field(
        description="What has changed since the last message, what changed first first; at most"
        " 250, the rest in the next message."
    )


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """A message about an order."""

    position: int
    order: SourcedOrder


@dataclass(frozen=True, slots=True)
class StockChanged:
    """A message about stock."""

    position: int
    items: Sequence[StockItemView]


@strawberry.type(
    description="What to be told of while connected, over WebSocket (graphql-transport-ws) or as"
    " server-sent events (graphql-sse). Messages come at least once."
)
class Subscription:
    """All subscriptions."""

    @subscription(
        OrderNews,
        "An order: as it is now (with `after` once it has changed since), and again whenever"
        " something happens to it or to its shipments, payments, returns and claims.",
    )
    async def order_changed(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        after: AfterPosition = None,
    ) -> AsyncIterator[OrderChanged]:
        """Tell of an order."""
        context = info.context
        wanted, seen = parse_id("Order", id), context.resumed(after) or 0
        order = await _order(context, wanted)
        async with context.tail.watching(Interest()) as watch:
            while True:
                until = context.tail.position
                streams = streams_of(order.view)
                watch.interest = Interest(streams=frozenset(streams))
                async with context.pool.connection() as connection:
                    newest = await event_log.newest(connection, streams)
                if newest <= seen:
                    await watch.news()
                    continue
                order = await _order(context, wanted)  # after the positions: it is no older
                seen = max(newest, until)
                yield OrderChanged(seen, order)

    @subscription(
        StockNews,
        "The stock of products: as it is now (with `after` what has changed since), and whenever it"
        " changes.",
    )
    async def stock_changed(
        self,
        info: Info,
        *,
        skus: Annotated[list[str], strawberry.argument(description="1 to 250 SKUs.")],
        location_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Only at these locations; at all if missing."),
        ] = None,
        after: AfterPosition = None,
    ) -> AsyncIterator[StockChanged]:
        """Tell of stock."""
        if not 1 <= len(skus) <= MOST_SKUS:
            raise InvalidArgument(f"Ask for 1 to {MOST_SKUS} SKUs, not {len(skus)}.")
        context = info.context
        codes = None if location_ids is None else await _codes(context, location_ids)
        seen = context.resumed(after) or 0
        async with context.tail.watching(Interest(skus=frozenset(skus))) as watch:
            while True:
                until = await _read_up_to(context)
                async with context.pool.connection() as connection:
                    found = await stock_levels.changed(
                        connection, skus, codes, after=seen, until=until, most=MOST_ITEMS
                    )
                    items = await stock_levels.by_ids(connection, list(found))
                if not found:
                    await watch.news()
                    continue
                seen = until if len(found) < MOST_ITEMS else max(found.values())
                yield StockChanged(seen, [items[id] for id in found if id in items])
                await asyncio.sleep(STOCK_REST)

    @subscription(
        Event,
        "Every event after a position, one by one in the order of the log; from now on if it is"
        " missing.",
    )
    async def event_log(
        self,
        info: Info,
        *,
        after: AfterPosition = None,
        types: OfTypes = None,
        stream_id: OfStream = None,
    ) -> AsyncIterator[EventRecord]:
        """Tell of events."""
        context = info.context
        stream = None if stream_id is None else parse_id(None, stream_id)
        wanted = EventFilter(types=types, stream_id=stream)
        async with context.tail.watching(_interest(types, stream)) as watch:
            resumed = context.resumed(after)
            seen = context.tail.position if resumed is None else resumed
            while True:
                until = context.tail.position
                async with context.pool.connection() as connection:
                    rows = await event_log.coming(connection, wanted, after=seen, limit=PAGE)
                for row in rows:
                    yield row
                    seen = row.position
                if len(rows) < PAGE:
                    seen = max(seen, until)
                    await watch.news()


async def _order(context: Context, id: UUID) -> SourcedOrder:
    """Fold an order past the projections, which may be behind the log. Raises `NotFound`."""
    found = await context.now().order(id)
    if found is None:
        raise NotFound("There is no such order.")
    return found


async def _codes(context: Context, ids: Sequence[str]) -> list[str]:
    """Give the codes of locations. Raises `NotFound`."""
    wanted = [parse_id("Location", id) for id in ids]
    async with context.pool.connection() as connection:
        found = await locations.by_ids(connection, wanted)
    if missing := [text for text, id in zip(ids, wanted, strict=True) if id not in found]:
        raise NotFound(f"There is no location {missing[0]!r}.")
    return [view.code for view in found.values()]


async def _read_up_to(context: Context) -> int:
    """Wait until the tables have what the log has by now, however long that takes."""
    until = context.tail.position
    while True:
        try:
            await context.reached(Position(until), "stock_levels")
        except ReadModelBehind:
            continue
        return until


def _interest(types: Sequence[str] | None, stream: UUID | None) -> Interest:
    """Say which events wake a reader of the log. Raises `InvalidArgument` for unknown types."""
    if stream is not None:
        return Interest(streams=frozenset([stream]))
    if types is None:
        return Interest(everything=True)
    known = {event_type(topic) for topic in TOPICS}
    if unknown := set(types) - known:
        raise InvalidArgument(f"There is no type of event {min(unknown)!r}.")
    return Interest(topics=frozenset(topic for topic in TOPICS if event_type(topic) in types))
