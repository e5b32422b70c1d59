"""The keys of persons, in the database: made when something is first written about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import Purpose, subject_of
from oms_core.runtime.arrays import Array, byteas, integers, texts, uuids
from oms_core.runtime.privacy.custody import KEY_BITS, Custodian, custodian
from oms_core.runtime.privacy.looking import SUBJECT_OF
from oms_core.runtime.privacy.sealing import DataKey

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


class Asked(NamedTuple):
    """For each event the keys that it needs, and where those that exist will be found: as far as
    they were not asked for before.
    """

    needed: list[Mapping[Purpose, Held]]
    found: psycopg.Cursor[Any] | None


class PersonKeys:
    """The keys that events of one transaction are sealed with; makes those that are missing. What
    was asked for once stays until the transaction ends: a person can't be erased meanwhile.

    On a connection that is a pipeline, `give` waits for an answer, and `ask` only when it has to
    find out whose an order is that was stored before. What is asked for is to be given in the same
    order.
    """

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._asked: set[Held] = set()
        self._keys: dict[Held, DataKey] = {}
        self._subjects: dict[UUID, str] = {}
        self._orders: dict[UUID, UUID] = {}

    def ask(self, events: Sequence[Envelope], wanted: Sequence[Collection[Purpose]]) -> Asked:
        """Look for the keys of these events for these purposes, in the transaction that they are to
        be stored in.
        """
        for envelope in events:
            if envelope.originator_version == 1:
                self._learn(envelope)
        about = [envelope for envelope, what in zip(events, wanted, strict=True) if what]
        subjects = iter(self._whose(about))
        needed = [
            _held(next(subjects), envelope, what) if what else _NOTHING
            for envelope, what in zip(events, wanted, strict=True)
        ]
        new = {one for each in needed if each for one in each.values()} - self._asked
        return Asked(needed, self._find(sorted(new)) if new else None)

    def _find(self, new: Sequence[Held]) -> psycopg.Cursor[Any]:
        self._asked.update(new)
        whose = texts(sorted({subject for subject, _, _ in new}))
        self._conn.execute(_SHARE, (whose,), prepare=True)
        return self._conn.execute(_FIND, _columns(new), prepare=True)

    def _learn(self, first: Envelope) -> None:
        """Note whom a stream is about, or to which order it belongs: its first event names it."""
        if (subject := subject_of(first.event)) is not None:
            self._subjects[first.originator_id] = subject
        if isinstance(order := vars(first.event).get("order_id"), UUID):
            self._orders[first.originator_id] = order

    def _whose(self, about: Sequence[Envelope]) -> list[str]:
        """Tell whom events are about: the customer whom they name, or that of their order.

        What is not stored yet is known from what was asked for before.
        """
        known = self._subjects
        named = [subject_of(envelope.event) for envelope in about]
        streams = [self._orders.get(e.originator_id, e.originator_id) for e in about]
        asked = {
            stream
            for stream, name in zip(streams, named, strict=True)
            if name is None and stream not in known
        }
        if asked:
            found = self._conn.execute(_SUBJECTS, (list(asked),), prepare=True)
            known |= {stream: subject for stream, subject in found if subject is not None}
        return [
            known.get(stream, str(stream)) if name is None else name
            for stream, name in zip(streams, named, strict=True)
        ]

    def give(self, asked: Asked) -> list[Mapping[Purpose, DataKey]]:
        """Give the keys of each event."""
        keys = self._keys
        if asked.found is not None:
            keys |= _unwrapped(asked.found)
        wanted = {one for each in asked.needed if each for one in each.values()}
        # Sorted, so that two writers rarely wait for each other crosswise.
        if missing := sorted(wanted - keys.keys()):
            keys |= self._made(missing)
        return [
            {purpose: keys[one] for purpose, one in each.items()} if each else _NOTHING
            for each in asked.needed
        ]

    def _made(self, missing: Sequence[Held]) -> dict[Held, DataKey]:
        keeper = custodian()
        ids = [uuid4() for _ in missing]
        keys = [AESGCM.generate_key(KEY_BITS) for _ in missing]
        masters = texts([keeper.current] * len(missing))
        wrapped = byteas([keeper.wrap(key) for key in keys])
        columns = (uuids(ids), *_columns(missing), masters, wrapped)
        self._conn.execute(_ADD, columns, prepare=True)
        return {
            one: DataKey(str(id), AESGCM(key))
            for one, id, key in zip(missing, ids, keys, strict=True)
        }


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


_NOTHING: Mapping[Purpose, Any] = {}


def _held(subject: str, envelope: Envelope, what: Iterable[Purpose]) -> Mapping[Purpose, Held]:
    year = envelope.occurred_at.year
    return {
        purpose: (subject, purpose, year if purpose is Purpose.BOOKS else 0) for purpose in what
    }


def _unwrapped(rows: Iterable[Sequence[Any]]) -> dict[Held, DataKey]:
    keeper = custodian()
    return {
        (subject, Purpose(purpose), year): DataKey(id, AESGCM(keeper.unwrap(master, wrapped)))
        for subject, purpose, year, id, master, wrapped in rows
    }


def _columns(wanted: Sequence[Held]) -> tuple[Array, Array, Array]:
    subjects, whats, years = zip(*wanted, strict=True)
    return texts(subjects), texts(whats), integers(years)
