"""Seals the log: adds what is new to the tree, and signs its root.

Everything of a seal is one transaction under a lock, so that each event becomes a leaf exactly
once, however many processes try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.merkle import Frontier, leaf_hash
from oms_core.runtime.proof.notes import Checkpoint, Signer, moment, read_verifier, sign, stated
from oms_core.runtime.proof.tree import BATCH, computed

AT_ONCE = 64 * BATCH
"""Events that a root adds, at most."""

_LOCK = "SELECT pg_advisory_xact_lock(7263004)"
_LAST = "SELECT size, position, root, note FROM oms.signed_roots ORDER BY size DESC LIMIT 1"

_NEW = """
SELECT position, hash FROM oms.log_page(%s, oms.horizon() - 1, NULL, %s) ORDER BY position
"""

_LEAVES = """
INSERT INTO oms.sealed_leaves (first_index, leaves, first_position, last_position, hashes)
VALUES (%s, %s, %s, %s, %s)
"""

_SUBTREES = """
INSERT INTO oms.sealed_subtrees (level, index, hash)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""

_DATABASE = """
SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || oid
FROM pg_database WHERE datname = current_database()
"""

_KEY = "INSERT INTO oms.signing_keys (verifier) VALUES (%s) ON CONFLICT DO NOTHING"
_ROOT = "INSERT INTO oms.signed_roots (size, position, root, note) VALUES (%s, %s, %s, %s)"


class LogWentBack(SetupError):
    """The last root in the database covers {size} events, but one over {known} was signed here:
    rows are missing, and nothing is sealed any more. Run `oms verify`. After a restore from a
    backup that is meant to stay, move {path} away.
    """

    def __init__(self, **facts: object) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").format(**facts).split()))


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root over the first `size` events, and the note that states it."""

    size: int
    position: int
    root: bytes
    note: str


class Sealer:
    """Seals on one connection, which is in autocommit mode."""

    def __init__(self, conn: psycopg.Connection[Any], keys: KeyFolder) -> None:
        self._conn = conn
        self._keys = keys
        self._signer: Signer = keys.signer()
        self._database = database_id(conn)

    def seal_all(self) -> SignedRoot | None:
        """Seal until nothing final is left; gives the last root there is."""
        while self.seal() is not None:
            pass
        return last_root(self._conn)

    def seal(self) -> SignedRoot | None:
        """Seal what is final; gives the new root, or None when nothing is new.

        Raises `LogWentBack`.
        """
        with self._conn.transaction():
            self._conn.execute(_LOCK)
            last = last_root(self._conn)
            self._compare(last)
            after = 0 if last is None else last.position
            rows = self._conn.execute(_NEW, (after + 1, AT_ONCE)).fetchall()
            if not rows:
                return None
            frontier = self._grown(last, rows)
            new = self._sign(last, frontier, rows[-1][0])
            store_seal(self._conn, 0 if last is None else last.size, rows, frontier, new)
            self._conn.execute(_KEY, (self._signer.verifier,))
        self._keys.remember(self._database, new.note)
        return new

    def _compare(self, last: SignedRoot | None) -> None:
        """Refuse to go on where the database has forgotten what was signed here."""
        note = self._keys.remembered(self._database)
        size = 0 if last is None else last.size
        if note is not None and stated(note).size > size:
            raise LogWentBack(
                size=size,
                known=stated(note).size,
                path=self._keys.last_root(self._database),
            )

    def _grown(self, last: SignedRoot | None, rows: Sequence[tuple[int, bytes]]) -> Frontier:
        size = 0 if last is None else last.size
        frontier = computed(self._conn, lambda nodes: Frontier(size, nodes))
        for _, digest in rows:
            frontier.append(leaf_hash(digest))
        return frontier

    def _sign(self, last: SignedRoot | None, frontier: Frontier, position: int) -> SignedRoot:
        name, _, _ = read_verifier(self._signer.verifier)
        origin = name if last is None else stated(last.note).origin
        root = frontier.root()
        new = Checkpoint(origin, frontier.size, root, position, moment(datetime.now(UTC)))
        return SignedRoot(frontier.size, position, root, sign(new.text(), self._signer))


def store_seal(
    conn: psycopg.Connection[Any],
    first: int,
    rows: Sequence[tuple[int, bytes]],
    frontier: Frontier,
    root: SignedRoot,
) -> None:
    """Store a root with what it adds: positions and hashes from the `first`-th event on."""
    batches = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    leaves = [
        (
            first + i * BATCH,
            len(batch),
            batch[0][0],
            batch[-1][0],
            b"".join(leaf_hash(digest) for _, digest in batch),
        )
        for i, batch in enumerate(batches)
    ]
    with conn.cursor() as cursor:
        cursor.executemany(_LEAVES, leaves)
        if frontier.completed:
            given = [list(part) for part in zip(*frontier.completed, strict=True)]
            cursor.execute(_SUBTREES, given)
            frontier.completed.clear()
        cursor.execute(_ROOT, (root.size, root.position, root.root, root.note))


def last_root(conn: psycopg.Connection[Any]) -> SignedRoot | None:
    """Give the root over the most events."""
    found = conn.execute(_LAST).fetchone()
    return None if found is None else SignedRoot(*found)


def database_id(conn: psycopg.Connection[Any]) -> str:
    """Name a database apart from all others, also from copies of it."""
    found = conn.execute(_DATABASE).fetchone()
    assert found is not None
    return str(found[0])
