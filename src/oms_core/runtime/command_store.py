"""The command bus's connections: keys, streams and appends in as few round trips as possible.

Two take turns when it is busy: while one commits, the other reads and queues for what the next
group needs. One does as long as nothing is asked for while a commit is on its way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.snapshot import LongLived
from oms_core.runtime.appending import NewKey
from oms_core.runtime.arrays import texts
from oms_core.runtime.connections import connect, make_room, roll_back
from oms_core.runtime.group_writing import GroupWriting
from oms_core.runtime.past import PAST, folded, past
from oms_core.runtime.privacy.subject_keys import Person, PersonKeys
from oms_core.runtime.queueing import Queued
from oms_core.runtime.request import Outcome, Request
from oms_core.runtime.streams import AFTER, Entry, after, entry

# LIMIT makes it go key by key: with statistics that lag behind, the planner would read the table.
_FIND_KEYS = """
SELECT actor, command, key, input_hash, stream_id, version, position, recorded_at,
       statement_timestamp() - recorded_at
FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (actor, command, key)
CROSS JOIN LATERAL (
  SELECT input_hash, stream_id, version, position, recorded_at FROM oms.command_keys AS used
  WHERE (used.actor, used.command, used.key) = (wanted.actor, wanted.command, wanted.key) LIMIT 1
) AS found
"""

_NAMES = ("oms command bus", "oms command bus, in turn")

_NOTIFY = "NOTIFY oms_events"
_ERASURES = "SELECT max(number) FROM oms.erasures"

Name = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that was used before: for which input, what it led to, and how long ago."""

    input_hash: bytes
    stream_id: UUID
    version: int
    position: int
    used: datetime
    age: timedelta


class CommandStore:
    """Used by one thread. A read is one statement, a write one transaction."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._open: dict[str, psycopg.Connection[Any]] = {}
        self._turn = _NAMES[0]
        self._queued: Queued | None = None
        self._in_transaction = False
        self._keys: PersonKeys | None = None
        self._writing: GroupWriting | None = None
        self._sent: GroupWriting | None = None
        self._notify_due = False
        self._erasures: tuple[Any, ...] | None = None
        self.has_erased = False
        """Whether somebody was erased before the last `begin` and after the one before."""

    @property
    def _conn(self) -> psycopg.Connection[Any]:
        found = self._open.get(self._turn)
        if found is None or found.closed:
            found = self._open[self._turn] = connect(self._url, name=self._turn)
            make_room(found)
        return found

    def _take_turns(self) -> None:
        """Go on with the first connection, unless a commit is on its way on one of them."""
        if not self.is_committing:
            self._turn = _NAMES[0]

    def begin(
        self, names: Sequence[Name], streams: Mapping[UUID, int]
    ) -> tuple[dict[Name, KeyRow], list[Entry]]:
        """Look up keys by their names, and read the streams after the given versions."""
        self._take_turns()
        conn = self._conn
        with conn.pipeline():
            if self._notify_due:
                conn.execute(_NOTIFY)
                self._notify_due = False
            found = self._find_keys(names) if names else ()
            entries = conn.execute(AFTER, after(streams), prepare=True) if streams else ()
            asked = conn.execute(_ERASURES, prepare=True)
        erasures = asked.fetchone()  # out here: within, it would wait for an answer of its own
        self.has_erased = self._erasures not in (None, erasures)
        self._erasures = erasures
        return {_name(row): KeyRow(*row[3:]) for row in found}, [entry(row) for row in entries]

    def _find_keys(self, names: Sequence[Name]) -> psycopg.Cursor[Any]:
        columns = [texts(column) for column in zip(*names, strict=True)]
        return self._conn.execute(_FIND_KEYS, columns, prepare=True)

    def read(self, streams: Mapping[UUID, int]) -> list[Entry]:
        """Read what streams got after the given versions, each stream in its order."""
        return [entry(row) for row in self._conn.execute(AFTER, after(streams), prepare=True)]

    @property
    def is_committing(self) -> bool:
        """Tell whether a commit was sent that nobody has waited for yet."""
        return self._sent is not None

    def queue_for(self, streams: Mapping[UUID, int]) -> None:
        """Queue for these streams without waiting, in a transaction."""
        self._queued = Queued(self._conn, streams, begins=not self._in_transaction)

    def read_locked(self, persons: Iterable[Person] = ()) -> list[Entry]:
        """Wait until it is the turn of what was queued; read what the streams got by then.

        `persons` are those of whom something is going to be written, as far as that is known. They
        are asked for only now: what is on its way may erase one of them, and would wait for us.
        """
        assert self._queued is not None
        if not self._in_transaction:
            self._keys = PersonKeys(self._conn)
            self._keys.expect(persons)
        entries = self._queued.entries()
        self._queued, self._in_transaction = None, True
        return entries

    @property
    def has_locks(self) -> bool:
        """Tell whether it has the locks of streams, in the transaction that is open."""
        return self._in_transaction

    def view_at(self, stream_id: UUID, version: int) -> Any:
        """Fold a stream up to a version and show it as it was then."""
        rows = self._conn.execute(PAST, past([stream_id], version=version))
        return folded(rows)[stream_id].view()

    def add(
        self, events: Sequence[Envelope], keyed: Iterable[tuple[Request, Outcome, int]]
    ) -> None:
        """Take a part of what is to be stored in one transaction, and begin to store it.

        `keyed` tells which of these events is the last of each request with a key, from 0 on.
        """
        if self._writing is None:
            self._begin()
            self._writing = GroupWriting(self._conn, self._keys or PersonKeys(self._conn))
        self._writing.add(events, [_new_key(*key) for key in keyed])

    def send(self, due: Sequence[LongLived[Any, Any]] = ()) -> None:
        """Send what was added, snapshots of what is due, and the commit, without waiting for it.

        Until `finish` other things can be asked for, but nothing else can be sent.
        """
        assert self._writing is not None
        assert self._sent is None
        self._writing.send(due)
        self._sent = self._writing
        self._turn = _NAMES[1] if self._turn == _NAMES[0] else _NAMES[0]
        self._writing, self._keys, self._in_transaction = None, None, False

    def finish(self) -> list[int]:
        """Wait until what was sent is stored; returns the events' positions.

        Raises `UniqueViolation` when somebody else wrote one of these versions or keys first.
        """
        assert self._sent is not None
        sent, self._sent = self._sent, None
        try:
            return sent.finish()
        except BaseException:
            sent.give_up()
            raise

    def _begin(self) -> None:
        if not self._in_transaction:
            self._conn.execute("BEGIN")
            self._in_transaction = True

    def roll_back(self) -> None:
        """Give up the locks and whatever was not sent."""
        queued, self._queued = self._queued, None
        writing, self._writing = self._writing, None
        for begun in (queued, writing):
            if begun is not None:
                begun.give_up()
        if (conn := self._open.get(self._turn)) is not None:
            roll_back(conn)
        self._keys, self._in_transaction = None, False

    def notify(self, *, at_once: bool = True) -> None:
        """Wake the readers of the log, at once or with the next `begin`, outside of any transaction
        that writes. A wake-up that is lost only costs them a poll.
        """
        self._notify_due = True
        if at_once:
            self._notify_due = False
            self._take_turns()
            with contextlib.suppress(psycopg.OperationalError):
                self._conn.execute(_NOTIFY)

    def reconnect(self) -> None:
        """Give the connections up; the next use opens new ones."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for conn in self._open.values():
            conn.close()
        self._open.clear()
        self._in_transaction = False
        self._queued = self._keys = self._writing = self._sent = None


def name_of(request: Request) -> Name:
    """Give the full name of a request's key: whose it is, for which command, and the key."""
    assert request.key is not None
    return request.cause.actor, request.command_name, request.key.key


def _name(row: Sequence[Any]) -> Name:
    return row[0], row[1], row[2]


def _new_key(request: Request, outcome: Outcome, ordinal: int) -> NewKey:
    assert request.key is not None
    input_hash = request.key.input_hash
    return NewKey(*name_of(request), input_hash, outcome.stream_id, outcome.version, ordinal)
