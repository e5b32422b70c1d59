"""A copy of everything as it was known at a moment, in another database, for an investigator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from oms_core.runtime import payment_providers, provider_runner, timers
from oms_core.runtime.bookmarks import advance
from oms_core.runtime.errors import SetupError
from oms_core.runtime.log import last_position
from oms_core.runtime.privacy import carrying
from oms_core.runtime.processes import PROCESSES, bookmark_of
from oms_core.runtime.proof.record import records
from oms_core.runtime.proof.sealing import SignedRoot, database_id
from oms_core.runtime.proof.taking_in import TakingIn, line, take_in_roots

_KNOWN: LiteralString = """
WHERE recorded_at <= %s AND position < oms.horizon() ORDER BY position
"""

_COUNT = "SELECT count(*) FROM oms.events WHERE recorded_at <= %s AND position < oms.horizon()"
_LATER = "SELECT min(position) FROM oms.events WHERE recorded_at > %s"
_ROOTS = """
SELECT size, position, root, note FROM oms.signed_roots WHERE position < %s ORDER BY size
"""


def replay(
    source: psycopg.Connection[Any],
    target: psycopg.Connection[Any],
    until: datetime,
    progress: Callable[[int, int], None],
    *,
    persons: bool = True,
) -> int:
    """Copy what was recorded by a moment, with the roots over nothing but that; gives the number.

    Both connections are the owners'; the target is migrated and empty, or was begun before. Without
    `persons`, what is sealed reads `[erased]` there. Raises `SetupError`.
    """
    if database_id(source) == database_id(target):
        raise SetupError("A database can't be copied into itself. Name an empty one.")
    [total] = source.execute(_COUNT, (until,)).fetchone() or (0,)
    known = (line(event) for event in records(source, _KNOWN, (until,)))
    count = TakingIn(target).all(known, lambda done: progress(done, total))
    [later] = source.execute(_LATER, (until,)).fetchone() or (None,)
    before = 2**63 - 1 if later is None else later
    roots = [SignedRoot(*row) for row in source.execute(_ROOTS, (before,))]
    take_in_roots(target, roots)
    for (verifier,) in source.execute("SELECT verifier FROM oms.signing_keys"):
        target.execute(
            "INSERT INTO oms.signing_keys VALUES (%s) ON CONFLICT DO NOTHING", (verifier,)
        )
    carrying.take_in(target, carrying.held(source, keys=persons))
    return count


def freeze(conn: psycopg.Connection[Any]) -> None:
    """Let nothing be added any more, and no process go on from where the copy ends."""
    readers = [*map(bookmark_of, PROCESSES), timers.BOOKMARK]
    readers += map(provider_runner.bookmark_of, payment_providers.installed())
    for reader in readers:
        advance(conn, reader, last_position(conn))
    conn.execute(
        "CREATE OR REPLACE TRIGGER a_copy_takes_nothing_in BEFORE INSERT ON oms.events"
        " FOR EACH STATEMENT EXECUTE FUNCTION oms.refuse_addition()"
    )
