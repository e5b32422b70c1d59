"""What is left on each gift card? One row a card, without its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.gift_cards.events import GiftCardEvent
from oms_core.gift_cards.gift_card import GiftCard, GiftCardView
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.money import Money
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

GIFT_CARDS = Table(
    "gift_cards",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "last4": "text NOT NULL",
        "currency": "text NOT NULL",
        "amount": "numeric NOT NULL",
        "balance": "numeric NOT NULL",
        "expires_at": "timestamptz",
    },
    ("id",),
    once=("last4", "currency", "amount", "expires_at"),
)


class GiftCards(Projection):
    """Rows exactly as the gift card's view."""

    NAME = "gift_cards"
    TABLES: ClassVar = (GIFT_CARDS,)
    TOPICS: ClassVar = get_args(GiftCardEvent)

    def __init__(self) -> None:
        self._cards = Folded(GiftCard)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._cards.apply(conn, events)
        upsert(conn, GIFT_CARDS, (_row(card.view()) for card in changed))

    def forget(self) -> None:
        self._cards.forget()


def _row(view: GiftCardView) -> Mapping[str, object]:
    row: dict[str, object] = {name: getattr(view, name) for name in GiftCardView.__slots__}
    money = {"amount": view.amount.amount, "balance": view.balance.amount}
    return row | money | {"currency": view.balance.currency}


# ------------------------------------------------------------------------------------- queries

_SELECT = f"SELECT {', '.join(GIFT_CARDS.columns)} FROM read.gift_cards"  # noqa: S608


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, GiftCardView]:
    """Read gift cards by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


def _view(row: Sequence[Any]) -> GiftCardView:
    values = dict(zip(GIFT_CARDS.columns, row, strict=True))
    currency = values.pop("currency")
    values |= {name: Money(values[name], currency) for name in ("amount", "balance")}
    return GiftCardView(**values)
