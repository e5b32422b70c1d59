"""Takes a history into another database: the same events, positions and roots.

The database computes every hash anew as events come in, and refuses one that is not what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import psycopg

from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.proof.merkle import Frontier, leaf_hash
from oms_core.runtime.proof.notes import stated
from oms_core.runtime.proof.record import StoredRecord
from oms_core.runtime.proof.sealing import SignedRoot, store_seal

AT_ONCE = 2_000

_APPEND = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, recorded_at, actor,
                        correlation_id, causation_id, hash)
SELECT stream_id, version, position, topic, body, occurred_at, recorded_at, actor, correlation_id,
       causation_id, decode(hash, 'hex')
FROM json_to_recordset(%s::json)
     AS new (stream_id uuid, version int, position bigint, topic text, body json,
             occurred_at timestamptz, recorded_at timestamptz, actor text, correlation_id uuid,
             causation_id text, hash text)
ORDER BY position
"""

_THERE = "SELECT position, encode(hash, 'hex') FROM oms.events ORDER BY position DESC LIMIT 1"
_COUNT = "SELECT count(*) FROM oms.events"
_HASHES = "SELECT position, hash FROM oms.events WHERE position <= %s ORDER BY position"

Line = bytes
"""An event's record with its hash added, as JSON."""


def line(event: StoredRecord) -> Line:
    """Write an event as it is moved."""
    record = event.written(canonical(event.body))
    return b'%b,"hash":"%b"}' % (record[:-1], event.hash)


class TakingIn:
    """Takes lines in, in the order of positions; what is there already is passed over.

    `conn` is the owner's, in autocommit mode. Raises `SetupError` when the database holds other
    events, or a line is not what it was.
    """

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        found = conn.execute(_THERE).fetchone()
        self._last: tuple[int, str] | None = None if found is None else (found[0], found[1])
        self._there: int = (conn.execute(_COUNT).fetchone() or (0,))[0]
        self.taken = 0

    def all(self, lines: Iterable[Line], told: Callable[[int], None] | None = None) -> int:
        """Take lines in; `told` hears how many there were so far. Gives how many came."""
        lines = iter(lines)
        count = self._pass_over(lines)
        while some := list(islice(lines, AT_ONCE)):
            self._append(some)
            count += len(some)
            if told is not None:
                told(count)
        return count

    def _pass_over(self, lines: Iterable[Line]) -> int:
        """Find the place where an interrupted one stopped."""
        if self._last is None:
            return 0
        position, digest = self._last
        mark = b'"position":"%d"' % position
        for count, one in enumerate(lines, 1):
            if (
                count == self._there
                and mark in one
                and one.endswith(b'"hash":"%b"}' % digest.encode())
            ):
                return count
        raise SetupError("The database holds other events. Take the history into an empty one.")

    def _append(self, lines: Sequence[Line]) -> None:
        try:
            self._conn.execute(_APPEND, [f"[{b','.join(lines).decode()}]"])
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            reason = error.diag.message_primary or str(error)
            raise SetupError(f"The history is not what it was: {reason}") from None
        self.taken += len(lines)


def take_in_roots(conn: psycopg.Connection[Any], roots: Sequence[SignedRoot]) -> None:
    """Seal the events that came in under the roots that came along. Raises `SetupError`."""
    with conn.transaction():
        [done] = conn.execute("SELECT count(*) FROM oms.signed_roots").fetchone() or (0,)
        if done or not roots:
            return
        frontier, begin = Frontier(), 0
        rows = conn.execute(_HASHES, (roots[-1].position,)).fetchall()
        for root in roots:
            part = rows[begin : root.size]
            for _, digest in part:
                frontier.append(leaf_hash(digest))
            same = (root.size, root.root, root.position)
            if (
                same != (frontier.size, frontier.root(), part[-1][0])
                or stated(root.note).root != root.root
            ):
                raise SetupError(f"The root over {root.size} events is not that of these events.")
            store_seal(conn, begin, part, frontier, root)
            begin = root.size
