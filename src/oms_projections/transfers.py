"""Which stock is on its way between locations, and did it arrive? One row a transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.kernel.envelope import Envelope
from oms_core.transfers.events import TransferEvent
from oms_core.transfers.transfer import Transfer, TransferLineView, TransferStatus, TransferView
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

TRANSFERS = Table(
    "transfers",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "source": "text NOT NULL",
        "destination": "text NOT NULL",
        "status": "text NOT NULL",
        "expected_on": "date NOT NULL",
        "reason": "text NOT NULL",
        "number": "text",
        "lines": "json NOT NULL",
    },
    ("id",),
    ("(destination, status)", "(source, status)"),
)


class Transfers(Projection):
    """Rows exactly as the transfer's view."""

    NAME = "transfers"
    TABLES: ClassVar = (TRANSFERS,)
    TOPICS: ClassVar = get_args(TransferEvent)

    def __init__(self) -> None:
        self._transfers = Folded(Transfer)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._transfers.apply(conn, events)
        upsert(conn, TRANSFERS, (_row(transfer.view()) for transfer in changed))

    def forget(self) -> None:
        self._transfers.forget()


def _row(view: TransferView) -> Mapping[str, object]:
    row = {name: getattr(view, name) for name in TransferView.__slots__}
    return row | {"lines": [asdict(line) for line in view.lines]}


# ------------------------------------------------------------------------------------- queries

_SELECT = f"SELECT {', '.join(TransferView.__slots__)} FROM read.transfers"  # noqa: S608
MOST = 250


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, TransferView]:
    """Read transfers by id; unknown ones are missing."""
    cursor = await conn.execute(f"{_SELECT} WHERE id = ANY (%s)".encode(), (list(ids),))
    return {row[0]: _view(row) for row in await cursor.fetchall()}


async def under_way(conn: AsyncConnection[Any], location: str) -> list[TransferView]:
    """Read what is planned or in transit from or to a location, the next ones first."""
    query = (
        f"{_SELECT} WHERE %(code)s IN (source, destination)"
        " AND status IN ('PLANNED', 'IN_TRANSIT') ORDER BY expected_on, id LIMIT %(most)s"
    )
    cursor = await conn.execute(query.encode(), {"code": location, "most": MOST})
    return [_view(row) for row in await cursor.fetchall()]


def _view(row: Sequence[Any]) -> TransferView:
    values = dict(zip(TransferView.__slots__, row, strict=True))
    values["status"] = TransferStatus(values["status"])
    values["lines"] = tuple(TransferLineView(**line) for line in values["lines"])
    return TransferView(**values)
