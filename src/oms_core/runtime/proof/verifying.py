"""Computes anew, outside of the database, all that proves the log: hashes, chains, leaves, roots.

Reads the events once, in the order of their positions, and stops at the first thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from oms_core.runtime.privacy.wrong_keys import NOTHING, LookedAt
from oms_core.runtime.proof.notes import BadNote, Checkpoint, opened, stated
from oms_core.runtime.proof.record import records
from oms_core.runtime.proof.tree import SealIncomplete
from oms_core.runtime.proof.walking import Manipulated, Walk

TELL_EVERY = 10_000
EVER = 2**63 - 1

_START = """
SELECT first_index, first_position FROM oms.sealed_leaves WHERE first_position <= %s
ORDER BY first_position DESC LIMIT 1
"""

_END = "SELECT max(last_position) FROM oms.sealed_leaves WHERE first_position <= %s"
_ROOTS = "SELECT size, position, root, note FROM oms.signed_roots WHERE size > %s ORDER BY size"
_COUNT = "SELECT count(*) FROM oms.events WHERE position BETWEEN %s AND %s"
_BETWEEN: LiteralString = "WHERE position BETWEEN %s AND %s ORDER BY position"


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was found to be in order: events, those of them that are sealed, and roots.

    `persons` tells which personal values have a key that is not right. What was recorded is in
    order all the same.
    """

    events: int
    sealed: int
    roots: int
    persons: LookedAt = NOTHING


class Verifier:
    """Verifies over two connections; `trusted` are public keys, `known` roots kept elsewhere.

    Without trusted keys those of the database are taken: then somebody who can write there, and has
    any key at all, may have signed.
    """

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        spare: psycopg.Connection[Any],
        trusted: Iterable[str] = (),
        known: Iterable[str] = (),
    ) -> None:
        self._conn = conn
        self._spare = spare
        stored = conn.execute("SELECT verifier FROM oms.signing_keys")
        self._keys = list(trusted) or [row[0] for row in stored]
        self._known = [self._checkpoint(note) for note in known]

    def run(
        self,
        first: int = 0,
        last: int = EVER,
        progress: Callable[[int, int], None] | None = None,
    ) -> Verified:
        """Verify the events between two positions, and all that is sealed together with them.

        Raises `Manipulated`.
        """
        with self._conn.transaction(), self._spare.pipeline():
            self._conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._conn.execute("SET LOCAL enable_sort = off")  # along the index, whatever is known
            index, begin = self._start(first)
            end = self._end(last)
            roots, sealed = self._roots(index)
            try:
                walk = Walk(self._spare, index, sealed, roots)
            except SealIncomplete as error:
                raise Manipulated(str(error)) from None
            [total] = self._conn.execute(_COUNT, (begin, end)).fetchone() or (0,)
            for done, event in enumerate(records(self._conn, _BETWEEN, (begin, end)), 1):
                walk.take(event)
                if progress is not None and done % TELL_EVERY == 0:
                    progress(done, total)
            if end == EVER:
                walk.finish()
            persons = walk.persons.found()
        return Verified(total, min(walk.size, sealed) - index, walk.roots, persons)

    def _start(self, first: int) -> tuple[int, int]:
        """Begin with the row of leaves that a position belongs to; gives index and position."""
        found = self._conn.execute(_START, (first,)).fetchone() if first else None
        return (0, 0) if found is None else (found[0], found[1])

    def _end(self, last: int) -> int:
        """End with the row of leaves that a position belongs to."""
        [end] = self._conn.execute(_END, (last,)).fetchone() or (None,)
        return max(last, end or 0)

    def _roots(self, index: int) -> tuple[list[Checkpoint], int]:
        """Give every root over more events, the smallest first, and how many are sealed in all."""
        found = [one for one in self._known if one.size > index]
        sealed = index
        for size, position, root, note in self._conn.execute(_ROOTS, (index,)):
            stored = self._checkpoint(note)
            if (stored.size, stored.position, stored.root) != (size, position, bytes(root)):
                raise Manipulated(f"The signed root over {size} events is not what its note says.")
            found.append(stored)
            sealed = size
        return sorted(found, key=lambda one: one.size), sealed

    def _checkpoint(self, note: str) -> Checkpoint:
        try:
            return Checkpoint.read(opened(note, self._keys))
        except BadNote as error:
            raise Manipulated(f"{_named(note)} can't be trusted: {error}") from None


def _named(note: str) -> str:
    try:
        return f"The root over {stated(note).size} events"
    except BadNote:
        return "A signed root"
