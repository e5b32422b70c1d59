"""The keys of persons, in the database: made when something is first written about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
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
"""
"""Two that make a key of the same person at once: the second fails, and finds it when it is asked
again."""

_SUBJECTS = SUBJECT_OF.replace("{streams}", "unnest(%s::uuid[])")


@dataclass(frozen=True, slots=True)
class Asked:
    """For each event the keys that it needs, and where those that exist will be found."""

    needed: list[dict[Purpose, Held]]
    found: psycopg.Cursor[Any] | None


class PersonKeys:
    """The keys that events of one transaction are sealed with; makes those that are missing.

    On a connection that is a pipeline, `give` waits for an answer, and `ask` only when it has to
    find out whose an order is that was stored before.
    """

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._made: dict[Held, DataKey] = {}
        self._subjects: dict[UUID, str] = {}
        self._orders: dict[UUID, UUID] = {}

    def ask(self, events: Sequence[Envelope]) -> Asked:
        """Look for the keys of these events, in the transaction that they are to be stored in."""
        self._learn(events)
        wanted = [purposes(envelope.event) for envelope in events]
        if not any(wanted):
            return Asked([{} for _ in events], None)
        about = [each for each, what in zip(events, wanted, strict=True) if what]
        subjects = dict(zip(map(id, about), self._whose(about), strict=True))

        def held(envelope: Envelope, purpose: Purpose) -> Held:
            year = envelope.occurred_at.year if purpose is Purpose.BOOKS else 0
            return subjects[id(envelope)], purpose, year

        needed = [
            {purpose: held(envelope, purpose) for purpose in sorted(what)}
            for envelope, what in zip(events, wanted, strict=True)
        ]
        order = sorted({one for each in needed for one in each.values()})
        whose = texts(sorted({subject for subject, _, _ in order}))
        self._conn.execute(_SHARE, (whose,), prepare=True)
        return Asked(needed, self._conn.execute(_FIND, _columns(order), prepare=True))

    def _learn(self, events: Sequence[Envelope]) -> None:
        for envelope in events:
            if (subject := subject_of(envelope.event)) is not None:
                self._subjects[envelope.originator_id] = subject
            if (order := _order(envelope)) is not None:
                self._orders[envelope.originator_id] = order

    def _whose(self, about: Sequence[Envelope]) -> list[str]:
        """Tell whom events are about: their customer, or that of the order which they belong to.

        What is not stored yet is known from what was asked for before.
        """
        known = self._subjects
        streams = [self._orders.get(e.originator_id, e.originator_id) for e in about]
        if asked := {stream for stream in streams if stream not in known}:
            found = self._conn.execute(_SUBJECTS, (list(asked),), prepare=True)
            known |= {stream: subject for stream, subject in found if subject is not None}
        return [known.get(stream, str(stream)) for stream in streams]

    def give(self, asked: Asked) -> list[dict[Purpose, DataKey]]:
        """Give the keys of each event."""
        if asked.found is None:
            return [{} for _ in asked.needed]
        keys = self._made | _keys(asked.found)
        wanted = {one for each in asked.needed for one in each.values()}
        # Sorted, so that two writers rarely wait for each other crosswise.
        if missing := sorted(one for one in wanted if one not in keys):
            keys |= self._make(missing)
        return [{purpose: keys[one] for purpose, one in each.items()} for each in asked.needed]

    def _make(self, missing: Sequence[Held]) -> dict[Held, DataKey]:
        keeper = custodian()
        ids = [uuid4() for _ in missing]
        keys = [AESGCM.generate_key(KEY_BITS) for _ in missing]
        masters = texts([keeper.current] * len(missing))
        wrapped = byteas([keeper.wrap(key) for key in keys])
        columns = (uuids(ids), *_columns(missing), masters, wrapped)
        self._conn.execute(_ADD, columns, prepare=True)
        made = {
            one: DataKey(str(id), AESGCM(key))
            for one, id, key in zip(missing, ids, keys, strict=True)
        }
        self._made |= made
        return made


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


def _order(envelope: Envelope) -> UUID | None:
    found = vars(envelope.event).get("order_id")
    return found if isinstance(found, UUID) else None


def _keys(rows: Iterable[Sequence[Any]]) -> dict[Held, DataKey]:
    keeper = custodian()
    return {
        (subject, Purpose(purpose), year): DataKey(id, AESGCM(keeper.unwrap(master, wrapped)))
        for subject, purpose, year, id, master, wrapped in rows
    }


def _columns(wanted: Sequence[Held]) -> tuple[Array, Array, Array]:
    subjects, whats, years = zip(*wanted, strict=True)
    return texts(subjects), texts(whats), integers(years)
