"""How many of the last units can which channel not have? One row per stock item and channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.stock.events import ChannelSafetyStockSet
from oms_projections.projection import Table, upsert

STOCK_SAFETY = Table(
    "stock_safety",
    {"id": "uuid NOT NULL", "channel": "text NOT NULL", "units": "integer NOT NULL"},
    ("id", "channel"),
)


def apply(conn: psycopg.Connection[Any], events: Iterable[Envelope]) -> None:
    """Apply what a batch keeps back; of two that say it, the later one holds."""
    rows = {
        (envelope.originator_id, event.channel): {
            "id": envelope.originator_id,
            "channel": event.channel,
            "units": event.quantity,
        }
        for envelope in events
        if isinstance(event := envelope.event, ChannelSafetyStockSet)
    }
    upsert(conn, STOCK_SAFETY, rows.values())


@dataclass(frozen=True, slots=True)
class ChannelStockView:
    """What of a stock item is a channel's alone, and how many of the last units it can't have."""

    channel: str
    set_aside: int
    safety_stock: int


async def by_channel(
    conn: AsyncConnection[Any], ids: Sequence[UUID]
) -> dict[UUID, list[ChannelStockView]]:
    """Read what is set aside for channels or kept back from them, of stock items, by channel."""
    query = """
        SELECT id, channel, coalesce(share.units, 0), coalesce(safety.units, 0)
        FROM read.stock_shares AS share FULL JOIN read.stock_safety AS safety USING (id, channel)
        WHERE id = ANY (%s) AND (share.units <> 0 OR safety.units <> 0) ORDER BY id, channel"""
    found: dict[UUID, list[ChannelStockView]] = {}
    for id, *row in await (await conn.execute(query, (list(ids),))).fetchall():
        found.setdefault(id, []).append(ChannelStockView(*row))
    return found
