"""The keys of persons, in the database: made when something is first written about them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.personal import Purpose, subject_of
from oms_core.runtime.arrays import byteas, integers, texts
from oms_core.runtime.privacy.custody import KEY_BITS, Custodian, custodian
from oms_core.runtime.privacy.looking import SUBJECT_OF
from oms_core.runtime.privacy.sealing import DataKey

Held = tuple[str, Purpose, int]
"""Whose key, what for, and for the books of which year; 0 when it is not for the books."""

Person = tuple[str, int]
"""Somebody of whom something may be written, and the year in which it happens."""

_SHARE = """
SELECT pg_advisory_xact_lock_shared(7264, oms.person_lock(subject))
FROM unnest(%s::text[]) AS subject
"""
"""Whoever erases one of these persons waits until what is sealed now is written, and the other way
round, so that nothing is sealed with a key that is gone by then."""

# OFFSET makes it go person by person: with statistics that lag behind, the planner might read the
# table.
_FIND = """
SELECT subject, purpose, year, id::text, master, wrapped
FROM unnest(%s::text[]) AS wanted (subject)
CROSS JOIN LATERAL (
  SELECT purpose, year, id, master, wrapped FROM oms.subject_keys AS kept
  WHERE kept.subject = wanted.subject AND year = ANY (%s::int[]) AND wrapped IS NOT NULL OFFSET 0
) AS found
"""
"""Finds what persons have for any of the years: each look costs more than what it finds."""

_ADD = """
INSERT INTO oms.subject_keys (master, id, subject, purpose, year, wrapped)
SELECT %s, * FROM unnest(%s::text[]::uuid[], %s::text[], %s::text[], %s::int[], %s::bytea[])
"""
"""Two that make a key of the same person at once: the second fails, and finds it when it is asked
again."""

_SUBJECTS = SUBJECT_OF.replace("{streams}", "unnest(%s::uuid[])")

_Wrapped = tuple[str, str, bytes]
"""A key's id, the name of a master key, and what that wrapped."""


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
        self._expected: psycopg.Cursor[Any] | None = None
        self._wrapped: dict[Held, _Wrapped] = {}
        self._keys: dict[Held, DataKey] = {}
        self._subjects: dict[UUID, str] = {}
        self._orders: dict[UUID, UUID] = {}

    def expect(self, persons: Iterable[Person]) -> None:
        """Look for the keys of persons of whom something will probably be written."""
        new = {_key(*one, purpose) for one in persons for purpose in Purpose}
        self._expected = self._find(new) if new else None

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
        return Asked(needed, self._find(new) if new else None)

    def _find(self, new: Collection[Held]) -> psycopg.Cursor[Any]:
        self._asked.update(new)
        whose = texts(sorted({subject for subject, _, _ in new}))
        years = integers({year for _, _, year in new})
        self._conn.execute(_SHARE, (whose,), prepare=True)
        return self._conn.execute(_FIND, (whose, years), prepare=True, binary=True)

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
        expected, self._expected = self._expected, None
        for found in (expected, asked.found):
            if found is not None:
                # A purpose and its name are the same text.
                self._wrapped |= {(row[0], row[1], row[2]): row[3:] for row in found.fetchall()}
        wanted = {one for each in asked.needed if each for one in each.values()} - keys.keys()
        keys |= self._unwrapped(wanted & self._wrapped.keys())
        # Sorted, so that two writers rarely wait for each other crosswise.
        if missing := sorted(wanted - keys.keys()):
            keys |= self._made(missing)
        return [
            {purpose: keys[one] for purpose, one in each.items()} if each else _NOTHING
            for each in asked.needed
        ]

    def _unwrapped(self, there: Iterable[Held]) -> dict[Held, DataKey]:
        keeper = custodian()
        wrapped = [(one, *self._wrapped[one]) for one in there]
        return {
            one: DataKey(id, AESGCM(keeper.unwrap(master, key))) for one, id, master, key in wrapped
        }

    def _made(self, missing: Sequence[Held]) -> dict[Held, DataKey]:
        keeper, count = custodian(), len(missing)
        ids, keys = _new_ids(count), _random(KEY_BITS // 8, count)
        subjects, whats, years = zip(*missing, strict=True)
        master = keeper.current
        wrapped = [keeper.wrap(master, key) for key in keys]
        columns = (texts(ids), texts(subjects), texts(whats), integers(years), byteas(wrapped))
        self._conn.execute(_ADD, (master, *columns), prepare=True)
        return {
            one: DataKey(id, AESGCM(key)) for one, id, key in zip(missing, ids, keys, strict=True)
        }


def rewrap(conn: psycopg.Connection[Any], keeper: Custodian) -> int:
    """Wrap every data key with the current master key; returns how many were not."""
    current = keeper.current
    query = "SELECT id, master, wrapped FROM oms.subject_keys WHERE master <> %s FOR UPDATE"
    store = "UPDATE oms.subject_keys SET master = %s, wrapped = %s WHERE id = %s"
    with conn.transaction():
        rows = conn.execute(query, (current,)).fetchall()
        for id, master, wrapped in rows:
            conn.execute(store, (current, keeper.wrap(current, keeper.unwrap(master, wrapped)), id))
    return len(rows)


_NOTHING: Mapping[Purpose, Any] = {}


def _held(subject: str, envelope: Envelope, what: Iterable[Purpose]) -> Mapping[Purpose, Held]:
    year = envelope.occurred_at.year
    return {purpose: _key(subject, year, purpose) for purpose in what}


def _key(subject: str, year: int, purpose: Purpose) -> Held:
    return subject, purpose, year if purpose is Purpose.BOOKS else 0


def _new_ids(count: int) -> list[str]:
    """Give ids by chance, which tell nobody when, but for a beginning that all of them share: in an
    index of millions they stand side by side.
    """
    shared = str(uuid4())[:20]
    return [f"{shared}{own[:3]}-{own[3:15]}" for own in map(bytes.hex, _random(8, count))]


def _random(size: int, count: int) -> list[bytes]:
    drawn = os.urandom(size * count)
    return [drawn[at : at + size] for at in range(0, len(drawn), size)]
