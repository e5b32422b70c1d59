"""What is set aside for which channel? One row per stock item and channel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.stock.events import ChannelShareSet, ReservationReleased, StockReserved
from oms_projections.projection import Table, upsert, write

STOCK_SHARES = Table(
    "stock_shares",
    {"id": "uuid NOT NULL", "channel": "text NOT NULL", "units": "integer NOT NULL"},
    ("id", "channel"),
)

_MOVE: LiteralString = f"""
UPDATE stock_shares AS share SET units = share.units + new.units {STOCK_SHARES.given}
WHERE share.id = new.id AND share.channel = new.channel
"""  # noqa: S608 - ours


def apply(conn: psycopg.Connection[Any], events: Iterable[Envelope]) -> None:
    """Apply what a batch set aside, took from it and gave back."""
    anew: dict[tuple[UUID, str], int] = {}
    moved: dict[tuple[UUID, str], int] = {}
    for envelope in events:
        match envelope.event:
            case StockReserved(channel=None):  # the most frequent by far
                pass
            case ChannelShareSet() as event:
                key = envelope.originator_id, event.channel
                anew[key] = event.quantity
                moved.pop(key, None)
            case StockReserved(channel=str(channel), from_share=units):
                key = envelope.originator_id, channel
                (anew if key in anew else moved)[key] = (anew | moved).get(key, 0) - units
            case ReservationReleased(channel=str(channel), to_share=units):
                key = envelope.originator_id, channel
                (anew if key in anew else moved)[key] = (anew | moved).get(key, 0) + units
            case _:
                pass
    upsert(conn, STOCK_SHARES, map(_row, anew.items()))
    write(conn, _MOVE, map(_row, moved.items()))


def _row(entry: tuple[tuple[UUID, str], int]) -> dict[str, object]:
    (id, channel), units = entry
    return {"id": id, "channel": channel, "units": units}
