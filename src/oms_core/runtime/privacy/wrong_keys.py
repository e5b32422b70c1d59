"""Finds what is sealed with another key than one of the person whom the event is about, for the
purpose and the year that it is held for: erasing goes by keys, and would miss it or take it along.

Any number of events are looked at in batches, one of which Postgres compares with the keys while
the next one is gathered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import psycopg

from oms_core.kernel.message import TOPICS, Event
from oms_core.kernel.personal import Purpose, subjects_named
from oms_core.runtime import kinds
from oms_core.runtime.arrays import texts, utf8_texts
from oms_core.runtime.privacy.looking import SUBJECT_OF
from oms_core.runtime.privacy.sealing import SEALED, fields_by_purpose, hidden_for
from oms_core.runtime.proof.record import StoredRecord

assert kinds.COMMAND_MODULES, "importing the capabilities fills TOPICS"

BATCH = 500


class Fault(StrEnum):
    """What is wrong with a key; as which sentence says what follows, and what to do."""

    ANOTHERS = "ANOTHERS"
    ANOTHERS_LEFT = "ANOTHERS_LEFT"
    ANOTHERS_GONE = "ANOTHERS_GONE"
    GONE_BEFORE = "GONE_BEFORE"
    PURPOSE = "PURPOSE"
    YEAR = "YEAR"


_SENTENCES = {
    Fault.ANOTHERS: "sealed with the key of another person. Erasing the person whom this is about"
    " does not hide it, and erasing the other one does. Record anew what is still needed of it"
    " before the other one is erased.",
    Fault.ANOTHERS_LEFT: "sealed with the key of another person. The person whom this is about was"
    " erased, and it can still be read: it goes only when the other one is erased, too.",
    Fault.ANOTHERS_GONE: "sealed with the key of another person, who was erased: nobody can read it"
    " any more. Ask for what is still needed of it, and record it anew.",
    Fault.GONE_BEFORE: "sealed with a key that was destroyed already: nobody can read it. Ask for"
    " what is still needed of it, and record it anew.",
    Fault.PURPOSE: "sealed with a key for another purpose. What the books need goes too early with"
    " an erasure, or the rest too late. Record anew what the books need.",
    Fault.YEAR: "sealed with the key of another year of the books. It goes when the term of that"
    " year is over. Record it anew if that is too early.",
}


class WrongKey(NamedTuple):
    """Events of a stream that have the same fault. Nothing here tells about the person."""

    stream_id: str
    key: str
    fault: Fault
    first: int
    last: int
    events: int

    def __str__(self) -> str:
        where = f"1 event, at position {self.first}"
        if self.events > 1:
            where = f"{self.events:,} events, at positions {self.first} to {self.last}"
        return (
            f"Of the stream {self.stream_id} {where}: {_SENTENCES[self.fault]}"
            f" The key is {self.key}."
        )


class LookedAt(NamedTuple):
    """In how many events something is sealed, how often the key is not here, and what is wrong."""

    events: int = 0
    missing: int = 0
    wrong: tuple[WrongKey, ...] = ()


NOTHING = LookedAt()


_KEY = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

_ASK = f"""
SELECT sealed.nth::int, key.id, told.fault
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
  WITH ORDINALITY AS sealed (stream_id, occurred_at, recorded_at, keys, purposes, named, nth)
LEFT JOIN LATERAL (
  {SUBJECT_OF.replace("{streams}", "(SELECT sealed.stream_id::uuid WHERE sealed.named IS NULL)")}
) AS begun (id, subject) ON true
CROSS JOIN LATERAL (SELECT coalesce(sealed.named, begun.subject) AS subject) AS whose
CROSS JOIN LATERAL unnest(string_to_array(sealed.keys, ' ')) AS key (id)
LEFT JOIN LATERAL (
  SELECT * FROM oms.subject_keys AS k WHERE k.id = CASE WHEN key.id ~ '{_KEY}' THEN key.id::uuid END
  LIMIT 1
) AS found ON true
CROSS JOIN LATERAL (SELECT CASE
  WHEN found.id IS NULL THEN 'MISSING'
  WHEN found.subject IS DISTINCT FROM whose.subject AND (
    whose.subject IS NULL AND found.subject IN (sealed.stream_id, (
      SELECT body ->> 'order_id' FROM oms.events AS first
      WHERE first.stream_id = sealed.stream_id::uuid AND version = 1))) IS NOT TRUE
  THEN CASE
    WHEN found.wrapped IS NULL THEN 'ANOTHERS_GONE'
    WHEN EXISTS (SELECT FROM oms.erasures WHERE subject = whose.subject) THEN 'ANOTHERS_LEFT'
    ELSE 'ANOTHERS' END
  WHEN strpos(sealed.purposes, found.purpose) = 0 THEN 'PURPOSE'
  WHEN found.year <> CASE found.purpose
    WHEN 'BOOKS' THEN left(sealed.occurred_at, 4)::int ELSE 0 END THEN 'YEAR'
  WHEN found.destroyed_at IS NOT NULL THEN
    CASE WHEN found.destroyed_at < sealed.recorded_at::timestamptz THEN 'GONE_BEFORE' END
END AS fault) AS told
WHERE told.fault IS NOT NULL
"""  # noqa: S608 - every part is ours
"""Tells what is wrong with which of the keys that events are sealed with."""

_MISSING = "MISSING"
_UNNAMED = (None,)


class _Sealed(NamedTuple):
    """An event in which something is sealed: with which keys, for which purposes, about whom."""

    stream_id: bytes
    position: bytes
    occurred_at: bytes
    recorded_at: bytes
    keys: str
    purposes: str
    named: str | None


class KeysOfPersons:
    """Looks at the keys of sealed events, over a connection that is a pipeline meanwhile."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._conn = conn
        self._batch: list[_Sealed] = []
        self._asked: tuple[list[_Sealed], psycopg.Cursor[Any]] | None = None
        self._wrong: dict[tuple[bytes, str, str], WrongKey] = {}
        self._events = 0
        self._missing = 0

    def take(self, event: StoredRecord, data: Mapping[str, Any]) -> None:
        """Take the next event in which something is sealed, with the fields of its body."""
        self._events += 1
        shape, purposes, together = _known(event.topic)
        keys: Any = data[SEALED]
        about: Sequence[str | None] = _UNNAMED
        if not isinstance(keys, dict):
            self._missing += 1
            return
        if shape is not None:
            if len(keys) < len(purposes):
                together = " ".join(hidden_for(shape.TOPIC, data))
            about = subjects_named(shape, data) or about
        for name in about:
            self._batch.append(
                _Sealed(
                    event.stream_id,
                    event.position,
                    event.occurred_at,
                    event.recorded_at,
                    " ".join(keys),
                    together,
                    name,
                )
            )
        if len(self._batch) >= BATCH:
            self._ask()

    def found(self) -> LookedAt:
        """Tell what was found, when there are no more events."""
        self._ask()
        self._hear()
        return LookedAt(self._events, self._missing, tuple(self._wrong.values()))

    def _ask(self) -> None:
        """Have Postgres look at a batch, after it has told of the one before."""
        self._hear()
        if self._batch:
            streams, _, occurred_at, recorded_at, *rest = zip(*self._batch, strict=True)
            given = map(utf8_texts, (streams, occurred_at, recorded_at)), map(texts, rest)
            self._asked = self._batch, self._conn.execute(_ASK, [*chain(*given)], prepare=True)
            self._batch = []
            self._conn.pgconn.send_flush_request()
            self._conn.pgconn.flush()

    def _hear(self) -> None:
        if self._asked is None:
            return
        (batch, answer), self._asked = self._asked, None
        for nth, key, what in answer:
            if what == _MISSING:
                self._missing += 1
            else:
                self._note(batch[nth - 1], key, what)

    def _note(self, sealed: _Sealed, key: str, fault: str) -> None:
        at, place = int(sealed.position), (sealed.stream_id, key, fault)
        known = self._wrong.get(place)
        first, last, events = (at, at, 0) if known is None else known[-3:]
        self._wrong[place] = WrongKey(
            sealed.stream_id.decode(),
            key,
            Fault(fault),
            min(first, at),
            max(last, at),
            events + 1,
        )


@cache
def _known(topic: bytes) -> tuple[type[Event] | None, Collection[str], str]:
    """Give the shape of facts, and for which purposes they may hold something; any if not known."""
    shape = TOPICS.get(topic.decode())
    if shape is None:
        return None, (), " ".join(Purpose)
    held = [what for what, fields in fields_by_purpose(shape.TOPIC).items() if fields]
    return shape, held, " ".join(held)
