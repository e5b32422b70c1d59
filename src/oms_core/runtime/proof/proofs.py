"""Proofs about the sealed log, for whoever does not want to take our word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from oms_core.runtime.proof import merkle
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.proof.record import COLUMNS, StoredRecord
from oms_core.runtime.proof.tree import HASH, computed_async

ROOT_COLUMNS: LiteralString = "size, position, root, sealed_at, note"
_ROOT: LiteralString = f"""
SELECT {ROOT_COLUMNS} FROM oms.signed_roots
WHERE %(size)s::bigint IS NULL OR size = %(size)s ORDER BY size DESC LIMIT 1
"""  # noqa: S608 - the columns are ours

_EVENT: LiteralString = f"SELECT {COLUMNS} FROM oms.events AS event WHERE "  # noqa: S608

_LEAVES: LiteralString = """
SELECT first_index, hashes FROM oms.sealed_leaves WHERE first_position <= %s
ORDER BY first_position DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """The root over the first `size` events, up to `position`; `note` is what is published."""

    size: int
    position: int
    root: bytes
    sealed_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an event is the `index`-th leaf, from 0 on, under a root."""

    event: StoredRecord
    index: int
    path: list[bytes]
    root: SignedRoot

    @property
    def record(self) -> bytes:
        """What the event's hash is the SHA-256 of."""
        return self.event.written(canonical(self.event.body))


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log under one root is the beginning of the log under another."""

    first: SignedRoot
    second: SignedRoot
    path: list[bytes]


async def signed_root(conn: AsyncConnection[Any], size: int | None = None) -> SignedRoot | None:
    """Find the root over exactly so many events, or the last one."""
    row = await (await conn.execute(_ROOT, {"size": size})).fetchone()
    return None if row is None else SignedRoot(*row)


async def event_by_id(
    conn: AsyncConnection[Any], stream_id: UUID, version: int
) -> StoredRecord | None:
    """Find an event by stream and version."""
    found = await _events(conn, "stream_id = %s AND version = %s", (stream_id, version))
    return found[0] if found else None


async def event_at(conn: AsyncConnection[Any], position: int) -> StoredRecord | None:
    """Find an event by its position."""
    found = await _events(conn, "position = %s", (position,))
    return found[0] if found else None


async def events_of(
    conn: AsyncConnection[Any], streams: Sequence[UUID], up_to: int
) -> list[StoredRecord]:
    """Read whole streams up to a position, one after the other."""
    condition: LiteralString = (
        "stream_id = ANY (%s) AND position <= %s ORDER BY event.stream_id, event.version"
    )
    return await _events(conn, condition, (list(streams), up_to))


async def _events(
    conn: AsyncConnection[Any], condition: LiteralString, given: Sequence[object]
) -> list[StoredRecord]:
    rows = await (await conn.execute(_EVENT + condition, given)).fetchall()
    texts = (["" if value is None else str(value) for value in row] for row in rows)
    return [StoredRecord._make(text.encode() for text in row) for row in texts]


async def inclusion(
    conn: AsyncConnection[Any], event: StoredRecord, root: SignedRoot
) -> InclusionProof | None:
    """Prove that an event is under a root; None when it is not."""
    index = await _index(conn, event)
    if index is None or index >= root.size:
        return None
    path = await computed_async(conn, partial(merkle.inclusion, index=index, size=root.size))
    return InclusionProof(event, index, path, root)


async def _index(conn: AsyncConnection[Any], event: StoredRecord) -> int | None:
    row = await (await conn.execute(_LEAVES, (int(event.position),))).fetchone()
    if row is None:
        return None
    first, hashes = row
    leaf = merkle.leaf_hash(bytes.fromhex(event.hash.decode()))
    leaves = [hashes[i : i + HASH] for i in range(0, len(hashes), HASH)]
    return first + leaves.index(leaf) if leaf in leaves else None


async def consistency(
    conn: AsyncConnection[Any], first: SignedRoot, second: SignedRoot
) -> ConsistencyProof:
    """Prove that nothing under the first root was changed when the second was signed."""
    path = await computed_async(
        conn, partial(merkle.consistency, first=first.size, second=second.size)
    )
    return ConsistencyProof(first, second, path)
