"""What is coming back, and did it arrive? One row a return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, LiteralString, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from pydantic import TypeAdapter

from oms_core.kernel.envelope import Envelope
from oms_core.returns.events import ReturnEvent
from oms_core.returns.goods_return import Return
from oms_core.returns.view import ReturnView
from oms_core.runtime.privacy.looking import shown_of
from oms_projections.paging import Listing, Sort, Where
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import FORGETTING, Folded, retold

_VIEW = TypeAdapter(ReturnView)

RETURNS = Table(
    "returns",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "order_id": "uuid NOT NULL",
        "claim_id": "uuid",
        "status": "text NOT NULL",
        "reason": "text NOT NULL",
        "needs_approval": "boolean NOT NULL",
        "decision": "text",
        "carrier": "text",
        "label_reference": "text",
        "tracking_number": "text",
        "lines": "json NOT NULL",
        "received": "json NOT NULL",
        "resolutions": "json NOT NULL",
        "requested": "bigint NOT NULL",  # the position of its first event
    },
    ("id",),
    ("(order_id, requested)", "(requested)", "(status, requested)", "(tracking_number)"),
    once=("requested",),
)


class Returns(Projection):
    """Rows exactly as the return's view."""

    NAME = "returns"
    TABLES: ClassVar = (RETURNS,)
    TOPICS: ClassVar = (*get_args(ReturnEvent), *FORGETTING)

    def __init__(self) -> None:
        self._returns = Folded(Return)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        events = retold(conn, Return, events)
        first = {e.originator_id: e.position for e in reversed(events)}
        changed = self._returns.apply(conn, events)
        upsert(conn, RETURNS, (_row(r.view(), first[r.id]) for r in changed))

    def forget(self) -> None:
        self._returns.forget()


def _row(view: ReturnView, requested: int) -> Mapping[str, object]:
    row: Mapping[str, object] = _VIEW.dump_python(view, mode="json")
    return {**row, "requested": requested}


# ------------------------------------------------------------------------------------- queries

_NAMES = tuple(field.name for field in fields(ReturnView))
_SELECT = f"SELECT {', '.join(_NAMES)} FROM read.returns"  # noqa: S608


class ReturnSortField(StrEnum):
    """What a list of returns is sorted by."""

    REQUESTED = "REQUESTED"


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ReturnView]:
    """Read returns by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


async def by_orders(
    conn: AsyncConnection[Any], order_ids: Sequence[UUID]
) -> dict[UUID, list[ReturnView]]:
    """Read the returns of orders, each order's as they were requested."""
    query = f"{_SELECT} WHERE order_id = ANY (%s) ORDER BY order_id, requested"
    found: dict[UUID, list[ReturnView]] = {}
    cursor = await conn.execute(query.encode(), (list(order_ids),))
    for row in await cursor.fetchall():
        view = _view(row)
        found.setdefault(view.order_id, []).append(view)
    return found


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Which returns: all conditions must hold; a list means any of its values."""

    status: Sequence[str] | None = None
    tracking_number: str | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "status": "status = ANY (%(status)s)",
    "tracking_number": "tracking_number = %(tracking_number)s",
}


def where(filter: ReturnFilter) -> Where:
    """Say in SQL which returns a filter asks for."""
    return Where.by(_CONDITIONS, filter)


def _view(row: Sequence[Any]) -> ReturnView:
    view = _VIEW.validate_python(dict(zip(_NAMES, row, strict=True)))
    shown_of(view.order_id)
    return view


LIST: Listing[ReturnView] = Listing(
    "read.returns",
    ", ".join(_NAMES),
    _view,
    {ReturnSortField.REQUESTED: {"requested": "bigint"}},
    usual=Sort(ReturnSortField.REQUESTED),
)
"""All returns, in the order of their requests."""
