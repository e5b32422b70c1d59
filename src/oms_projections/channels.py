"""How are the orders of each channel treated? One row a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.channels.channel import Channel, ChannelView
from oms_core.channels.events import ChannelConfigured
from oms_core.kernel.envelope import Envelope
from oms_core.payments.policy import PaymentPolicy
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.returns.policy import ReturnPolicy
from oms_core.shipments.policy import Rerouting
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

CHANNELS = Table(
    "channels",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "code": "text NOT NULL",
        "currency": "text",
        "prices_include_tax": "boolean NOT NULL",
        "rounding_mode": "text NOT NULL",
        "rounding_level": "text NOT NULL",
        "shipping_tax_rate": "numeric NOT NULL",
        "unpaid_expires_after": "interval",
        "holds_escalate_after": "interval",
        "backorders_cancel_after": "interval",
        "returns": "json NOT NULL",
        "payments": "json NOT NULL",
        "short_picks": "text NOT NULL",
    },
    ("id",),
    ("(code)",),
)


class Channels(Projection):
    """Rows exactly as the channel's view."""

    NAME = "channels"
    TABLES: ClassVar = (CHANNELS,)
    TOPICS: ClassVar = (ChannelConfigured,)

    def __init__(self) -> None:
        self._channels = Folded(Channel)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._channels.apply(conn, events)
        upsert(conn, CHANNELS, (_row(channel.view()) for channel in changed))

    def forget(self) -> None:
        self._channels.forget()


def _row(view: ChannelView) -> Mapping[str, object]:
    row = {name: getattr(view, name) for name in ChannelView.__slots__}
    policies = {"returns": view.returns, "payments": view.payments}
    return row | {name: policy.model_dump(mode="json") for name, policy in policies.items()}


# ------------------------------------------------------------------------------------- queries

_CHANNELS = f"SELECT {', '.join(CHANNELS.columns)} FROM read.channels"  # noqa: S608


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ChannelView]:
    """Read channels by id; unknown ones are missing."""
    return {view.id: view for view in await _read(conn, "WHERE id = ANY (%s)", list(ids))}


async def all_of_them(conn: AsyncConnection[Any]) -> list[ChannelView]:
    """Read every channel that was configured, by code."""
    return await _read(conn, "ORDER BY code")


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[ChannelView]:
    cursor = await conn.execute(f"{_CHANNELS} {rest}".encode(), given)
    return [_view(row) for row in await cursor.fetchall()]


def _view(row: Sequence[Any]) -> ChannelView:
    values = dict(zip(CHANNELS.columns, row, strict=True))
    words = {
        "rounding_mode": RoundingMode(values["rounding_mode"]),
        "rounding_level": RoundingLevel(values["rounding_level"]),
        "short_picks": Rerouting(values["short_picks"]),
    }
    policies = {
        "returns": ReturnPolicy.model_validate(values["returns"]),
        "payments": PaymentPolicy.model_validate(values["payments"]),
    }
    return ChannelView(**values | words | policies)
