"""The keys of persons, in the database: made when something is first written about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import Purpose, subject_of
from oms_core.runtime.arrays import Array, byteas, integers, texts, uuids
from oms_core.runtime.privacy.custody import KEY_BITS, Custodian, custodian
from oms_core.runtime.privacy.looking import SUBJECT_OF
from oms_core.runtime.privacy.sealing import DataKey, purposes

Held = tuple[str, Purpose, int]
"""Whose key, what for, and for the books of which year; 0 when it is not for the books."""

_SHARE = """
SELECT pg_advisory_xact_lock_shared(7264, oms.person_lock(subject))
FROM unnest(%s::text[]) AS subject
"""
"""Whoever erases one of these persons waits until what is sealed now is written, and the other way
round, so that nothing is sealed with a key that is gone by then."""

_FIND = """
SELECT subject, purpose, year, id::text, master, wrapped FROM oms.subject_keys
JOIN unnest(%s::text[], %s::text[], %s::int[]) AS wanted (subject, purpose, year)
  USING (subject, purpose, year)
WHERE wrapped IS NOT NULL
"""

_ADD = """
INSERT INTO oms.subject_keys (id, subject, purpose, year, master, wrapped)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::text[], %s::bytea[])
ON CONFLICT DO NOTHING
RETURNING id::text, subject, purpose, year
"""

_SUBJECTS = SUBJECT_OF.replace("{streams}", "unnest(%s::uuid[])")


class Transaction(Protocol):
    """Begins a transaction, unless one is open."""

    def __call__(self) -> object: ...


def keys_for(
    conn: psycopg.Connection[Any], events: Sequence[Envelope], begin: Transaction
) -> list[dict[Purpose, DataKey]]:
    """Give the keys that each of these events is to be sealed with; makes those that are missing.

    That begins here: the events are to be stored in the same transaction, as new keys are.
    """
    wanted = [purposes(envelope.event) for envelope in events]
    if not any(wanted):
        return [{} for _ in events]
    about = [each for each, what in zip(events, wanted, strict=True) if what]
    subjects = dict(zip(map(id, about), _subjects(conn, about, events), strict=True))

    def held(envelope: Envelope, purpose: Purpose) -> Held:
        year = envelope.occurred_at.year if purpose is Purpose.BOOKS else 0
        return subjects[id(envelope)], purpose, year

    needed = [
        {purpose: held(envelope, purpose) for purpose in sorted(what)}
        for envelope, what in zip(events, wanted, strict=True)
    ]
    found = _found_or_made(conn, {one for each in needed for one in each.values()}, begin)
    return [{purpose: found[one] for purpose, one in each.items()} for each in needed]


def rewrap(conn: psycopg.Connection[Any], keeper: Custodian) -> int:
    """Wrap every data key with the current master key; returns how many were not."""
    current = keeper.current
    query = "SELECT id, master, wrapped FROM oms.subject_keys WHERE master <> %s FOR UPDATE"
    store = "UPDATE oms.subject_keys SET master = %s, wrapped = %s WHERE id = %s"
    with conn.transaction():
        rows = conn.execute(query, (current,)).fetchall()
        for id, master, wrapped in rows:
            conn.execute(store, (current, keeper.wrap(keeper.unwrap(master, wrapped)), id))
    return len(rows)


def _subjects(
    conn: psycopg.Connection[Any], about: Sequence[Envelope], batch: Sequence[Envelope]
) -> list[str]:
    """Tell whom events are about: their customer, or that of the order which they belong to."""
    known = {e.originator_id: subject for e in batch if (subject := subject_of(e.event))}
    orders = {e.originator_id: order for e in batch if (order := _order(e)) is not None}
    streams = [orders.get(e.originator_id, e.originator_id) for e in about]
    if asked := {stream for stream in streams if stream not in known}:
        found = conn.execute(_SUBJECTS, (list(asked),), prepare=True)
        known |= {stream: subject for stream, subject in found if subject is not None}
    return [known.get(stream, str(stream)) for stream in streams]


def _order(envelope: Envelope) -> UUID | None:
    found = vars(envelope.event).get("order_id")
    return found if isinstance(found, UUID) else None


def _found_or_made(
    conn: psycopg.Connection[Any], wanted: Iterable[Held], begin: Callable[[], object]
) -> dict[Held, DataKey]:
    order = sorted(wanted)  # two writers never wait for each other crosswise
    with conn.pipeline():
        begin()
        subjects = texts(sorted({subject for subject, _, _ in order}))
        conn.execute(_SHARE, (subjects,), prepare=True)
        rows = conn.execute(_FIND, _columns(order), prepare=True)
    found = _keys(rows)
    if missing := [one for one in order if one not in found]:
        found |= _made(conn, missing)
        if lost := [one for one in missing if one not in found]:
            found |= _keys(conn.execute(_FIND, _columns(lost), prepare=True))
    return found


def _made(conn: psycopg.Connection[Any], missing: Sequence[Held]) -> dict[Held, DataKey]:
    """Make keys, but for what somebody else made meanwhile."""
    keeper = custodian()
    ids = uuids([uuid4() for _ in missing])
    keys = [AESGCM.generate_key(KEY_BITS) for _ in missing]
    masters = texts([keeper.current] * len(missing))
    wrapped = byteas([keeper.wrap(key) for key in keys])
    added = conn.execute(_ADD, (ids, *_columns(missing), masters, wrapped), prepare=True)
    made = dict(zip(missing, keys, strict=True))
    stored = (((subject, Purpose(purpose), year), id) for id, subject, purpose, year in added)
    return {one: DataKey(id, AESGCM(made[one])) for one, id in stored}


def _keys(rows: Iterable[Sequence[Any]]) -> dict[Held, DataKey]:
    keeper = custodian()
    return {
        (subject, Purpose(purpose), year): DataKey(id, AESGCM(keeper.unwrap(master, wrapped)))
        for subject, purpose, year, id, master, wrapped in rows
    }


def _columns(wanted: Sequence[Held]) -> tuple[Array, Array, Array]:
    subjects, whats, years = zip(*wanted, strict=True)
    return texts(subjects), texts(whats), integers(years)
