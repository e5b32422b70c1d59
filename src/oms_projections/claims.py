"""What do customers complain about, and was it decided? One row a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from pydantic import TypeAdapter

from oms_core.claims.claim import Claim, ClaimView
from oms_core.claims.events import ClaimEvent
from oms_core.kernel.envelope import Envelope
from oms_core.runtime.privacy.looking import shown_of
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import FORGETTING, Folded, retold

_VIEW = TypeAdapter(ClaimView)

CLAIMS = Table(
    "claims",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "order_id": "uuid NOT NULL",
        "status": "text NOT NULL",
        "description": "text",
        "lines": "json NOT NULL",
        "resolved": "json",
        "opened": "bigint NOT NULL",  # the position of its first event
    },
    ("id",),
    ("(order_id, opened)", "(opened)", "(status, opened)"),
    once=("opened",),
)


class Claims(Projection):
    """Rows exactly as the claim's view."""

    NAME = "claims"
    TABLES: ClassVar = (CLAIMS,)
    TOPICS: ClassVar = (*get_args(ClaimEvent), *FORGETTING)

    def __init__(self) -> None:
        self._claims = Folded(Claim)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        events = retold(conn, Claim, events)
        first = {e.originator_id: e.position for e in reversed(events)}
        changed = self._claims.apply(conn, events)
        upsert(conn, CLAIMS, (_row(claim.view(), first[claim.id]) for claim in changed))

    def forget(self) -> None:
        self._claims.forget()


def _row(view: ClaimView, opened: int) -> Mapping[str, object]:
    row: Mapping[str, object] = _VIEW.dump_python(view, mode="json")
    return {**row, "opened": opened}


# ------------------------------------------------------------------------------------- queries

_NAMES = tuple(field.name for field in fields(ClaimView))
_SELECT = f"SELECT {', '.join(_NAMES)} FROM read.claims"  # noqa: S608


class ClaimSortField(StrEnum):
    """What a list of claims is sorted by."""

    OPENED = "OPENED"


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ClaimView]:
    """Read claims by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


async def by_orders(
    conn: AsyncConnection[Any], order_ids: Sequence[UUID]
) -> dict[UUID, list[ClaimView]]:
    """Read the claims of orders, each order's as they were opened."""
    query = f"{_SELECT} WHERE order_id = ANY (%s) ORDER BY order_id, opened"
    found: dict[UUID, list[ClaimView]] = {}
    cursor = await conn.execute(query.encode(), (list(order_ids),))
    for row in await cursor.fetchall():
        view = _view(row)
        found.setdefault(view.order_id, []).append(view)
    return found


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which claims: all conditions must hold; a list means any of its values."""

    status: Sequence[str] | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "status": "status = ANY (%(status)s)",
}


def where(filter: ClaimFilter) -> Where:
    """Say in SQL which claims a filter asks for."""
    return Where.by(_CONDITIONS, filter)


def _view(row: Sequence[Any]) -> ClaimView:
    view = _VIEW.validate_python(dict(zip(_NAMES, row, strict=True)))
    shown_of(view.order_id)
    return view


LIST: Listing[ClaimView] = Listing(
    "read.claims",
    ", ".join(_NAMES),
    _view,
    {ClaimSortField.OPENED: {"opened": "bigint"}},
    usual=Sort(ClaimSortField.OPENED),
)
"""All claims, in the order in which they were opened."""
