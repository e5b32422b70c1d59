"""Which API keys are there? One row a key, without the hash of its secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, get_args
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from oms_core.api_keys.api_key import ApiKey, ApiKeyView
from oms_core.api_keys.events import ApiKeyEvent
from oms_core.kernel.envelope import Envelope
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

API_KEYS = Table(
    "api_keys",
    {
        "id": "uuid NOT NULL",
        "version": "integer NOT NULL",
        "name": "text NOT NULL",
        "rights": "text[] NOT NULL",
        "channels": "text[] NOT NULL",
        "issued_at": "timestamptz NOT NULL",
        "expires_at": "timestamptz NOT NULL",
        "revoked_at": "timestamptz",
        "reason": "text",
    },
    ("id",),
    ("(name)",),
    once=("name", "rights", "channels", "issued_at", "expires_at"),
)


class ApiKeys(Projection):
    """Rows exactly as the key's view."""

    NAME = "api_keys"
    TABLES: ClassVar = (API_KEYS,)
    TOPICS: ClassVar = get_args(ApiKeyEvent)

    def __init__(self) -> None:
        self._keys = Folded(ApiKey)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = [key.view() for key in self._keys.apply(conn, events)]
        rows = ({name: getattr(view, name) for name in ApiKeyView.__slots__} for view in changed)
        upsert(conn, API_KEYS, rows)

    def forget(self) -> None:
        self._keys.forget()


# ------------------------------------------------------------------------------------- queries

_KEYS = f"""
SELECT {", ".join(API_KEYS.columns)}, (SELECT last_used_at FROM oms.api_key_uses AS used
                                       WHERE used.name = keys.name)
FROM read.api_keys AS keys
"""  # noqa: S608
MOST = 1_000


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key, and when it was used last, to the hour."""

    view: ApiKeyView
    last_used_at: datetime | None


async def by_ids(conn: AsyncConnection[Any], ids: Sequence[UUID]) -> dict[UUID, ApiKeyView]:
    """Read keys by id; unknown ones are missing."""
    found = await _read(conn, "WHERE id = ANY (%s)", list(ids))
    return {used.view.id: used.view for used in found}


async def all_of_them(conn: AsyncConnection[Any]) -> list[UsedKey]:
    """Read every key that was issued, by name; `MOST` at most."""
    return await _read(conn, "ORDER BY name LIMIT %s", MOST)


async def _read(conn: AsyncConnection[Any], rest: str, *given: object) -> list[UsedKey]:
    cursor = await conn.execute(f"{_KEYS} {rest}".encode(), given)
    return [_used(row) for row in await cursor.fetchall()]


def _used(row: Sequence[Any]) -> UsedKey:
    values = dict(zip(API_KEYS.columns, row[:-1], strict=True))
    lists = {name: tuple(values[name]) for name in ("rights", "channels")}
    return UsedKey(ApiKeyView(**values | lists), row[-1])
