"""What it costs to ask for the past: an order of 50 events, and a stock item of many."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from bench.commands import NOW, place
from bench.long_streams import LONG
from bench.measure import Rate
from oms_api import streams
from oms_core.kernel.envelope import Cause
from oms_core.orders.labeling import TagOrder
from oms_core.orders.order import Order
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect_async
from oms_core.runtime.request import Request
from oms_core.stock.stock_item import stock_item_id
from oms_projections.order_changes import changes

Question = Callable[[AsyncConnection[Any], UUID, datetime], Awaitable[Any]]

EVENTS_OF_ORDER = 50


def an_order(bus: CommandBus) -> UUID:
    """Place an order of three lines that comes to fifty events."""
    cause = Cause("bench", uuid4())
    placed = place(["S-1", "S-2", "S-3"])
    id = bus.submit(Request(placed, cause, NOW)).result().stream_id
    version, tags = 0, ("gift", "vip")
    while version < EVENTS_OF_ORDER:
        command = TagOrder(order_id=id, add=(tags[0],), remove=(tags[1],))
        version = bus.submit(Request(command, cause, NOW)).result().version
        tags = tags[::-1]
    return id


async def known_at(conn: AsyncConnection[Any], id: UUID, moment: datetime) -> Any:
    """Ask what was known at a moment."""
    found = (await streams.fold(conn, [id], as_of=moment)).get(id)
    return found and found.view()


async def true_at(conn: AsyncConnection[Any], id: UUID, moment: datetime) -> Any:
    """Ask what was true at a moment."""
    found = (await streams.fold(conn, [id], valid_at=moment)).get(id)
    return found and found.view()


async def changed(conn: AsyncConnection[Any], id: UUID, moment: datetime) -> Any:
    """Ask what changed since a moment."""
    [events] = await streams.histories(conn, [(id,)])
    return changes(Order(id), events, sum(event.recorded_at <= moment for event in events))


def questions(url: str, order_id: UUID, times: int, events: int) -> list[tuple[Rate, float]]:
    """Ask at random moments of the streams' lives; gives each time and its bar in seconds."""
    item = stock_item_id(LONG, "L")
    asked: list[tuple[str, UUID, Question, float]] = [
        ("order of 50 events, asOf", order_id, known_at, 0.005),
        ("order of 50 events, validAt", order_id, true_at, 0.005),
        ("order of 50 events, orderDiff", order_id, changed, 0.005),
        (f"stock item of {events:,} events, asOf", item, known_at, 0.050),
        (f"stock item of {events:,} events, validAt", item, true_at, 0.050),
    ]
    return [
        (asyncio.run(_timed(url, Rate(name, 1, 0), id, question, times)), bar)
        for name, id, question, bar in asked
    ]


async def _timed(url: str, rate: Rate, id: UUID, question: Question, times: int) -> Rate:
    rng = random.Random(1)
    async with await connect_async(url, name="bench") as conn:
        cursor = await conn.execute(
            "SELECT recorded_at FROM oms.events WHERE stream_id = %s ORDER BY version", [id]
        )
        moments = [row[0] for row in await cursor.fetchall()]
        for _ in range(times):
            moment = rng.choice(moments)
            began = time.perf_counter()
            await question(conn, id, moment)
            rate.took(time.perf_counter() - began)
    return rate
