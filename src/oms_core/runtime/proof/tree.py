"""The tree over the log as it is stored: which rows a computation needs, read in two statements."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, LiteralString, TypeVar

import psycopg

from oms_core.runtime.proof.merkle import STORED_LEVEL, Node, Nodes, needed, node_hash

BATCH = 1024
"""Leaves in a row, at most."""

HASH = 32

_SUBTREES: LiteralString = """
SELECT level, index, hash FROM oms.sealed_subtrees
JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) USING (level, index)
"""

_LEAVES: LiteralString = """
SELECT DISTINCT first_index, hashes FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (low, high)
JOIN oms.sealed_leaves ON first_index > low - 1024 AND first_index < high
"""

T = TypeVar("T")
Statement = tuple[LiteralString, tuple[object, ...]]
Rows = Sequence[Sequence[Any]]


class SealIncomplete(Exception):
    """The stored tree has no node {level}/{index}: rows of it are missing. Run `oms verify`."""

    def __init__(self, level: int, index: int) -> None:
        super().__init__((type(self).__doc__ or "").format(level=level, index=index))


class StoredNodes:
    """Nodes that were read: large subtrees as they are stored, small ones from their leaves."""

    def __init__(self, subtrees: Rows, leaves: Rows) -> None:
        self._hashes: dict[Node, bytes] = {(level, i): bytes(hash) for level, i, hash in subtrees}
        for first, hashes in leaves:
            for i in range(len(hashes) // HASH):
                self._hashes[0, first + i] = bytes(hashes[i * HASH : (i + 1) * HASH])

    def __getitem__(self, node: Node) -> bytes:
        found = self._hashes.get(node)
        if found is None:
            level, index = node
            if level == 0 or level >= STORED_LEVEL:
                raise SealIncomplete(level, index)
            found = node_hash(self[level - 1, 2 * index], self[level - 1, 2 * index + 1])
            self._hashes[node] = found
        return found


def statements(compute: Callable[[Nodes], T]) -> Generator[Statement, Rows, T]:
    """Compute on the stored tree: yields statements, takes their rows, returns the result."""
    asked = needed(compute)
    large = [node for node in asked if node[0] >= STORED_LEVEL]
    small = [node for node in asked if node[0] < STORED_LEVEL]
    subtrees = yield _SUBTREES, ([level for level, _ in large], [index for _, index in large])
    lows = [index << level for level, index in small]
    highs = [(index + 1) << level for level, index in small]
    leaves = yield _LEAVES, (lows, highs)
    return compute(StoredNodes(subtrees, leaves))


def computed(conn: psycopg.Connection[Any], compute: Callable[[Nodes], T]) -> T:
    """Compute on the stored tree. Raises `SealIncomplete`."""
    asking = statements(compute)
    statement = next(asking)
    while True:
        try:
            statement = asking.send(conn.execute(*statement).fetchall())
        except StopIteration as stop:
            result: T = stop.value
            return result


async def computed_async(conn: psycopg.AsyncConnection[Any], compute: Callable[[Nodes], T]) -> T:
    """Compute on the stored tree, on an event loop. Raises `SealIncomplete`."""
    asking = statements(compute)
    statement = next(asking)
    while True:
        rows = await (await conn.execute(*statement)).fetchall()
        try:
            statement = asking.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result
