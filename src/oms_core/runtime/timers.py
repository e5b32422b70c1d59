"""Runs the timers: the log sets them in a table, and each goes off once when its time has come.

Rows and bookmark move in one transaction, so that no timer is lost or set twice. What a timer asks
for carries a key made from the event that set it: whoever asks again after a crash gets the same
answer. One that is refused is recorded where people can see it; one that fails is tried again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.followers import LogFollower
from oms_core.runtime.log import LogPage
from oms_core.runtime.mapper import COLUMNS, envelope
from oms_core.runtime.request import CommandKey, Outcome, Request, Unavailable
from oms_core.runtime.steps import Step, record_refusal
from oms_core.timers import process
from oms_core.timers.timer import SetTimer

log = structlog.get_logger(__name__)

BOOKMARK = f"process:{process.NAME}"
AT_ONCE = 100
LOOK_EVERY = 0.2
"""Seconds between two looks at the clock, at least."""

RETRY_AFTER = timedelta(seconds=1)
"""Until a timer is tried again that could not be carried out just now."""

REST = timedelta(seconds=10)
"""Until one is tried again that failed."""

_SET = """
INSERT INTO oms.timers (stream_id, name, version, due_at, wakes_at)
SELECT stream_id, name, version, due_at, due_at
FROM json_to_recordset(%s::json)
     AS new (stream_id uuid, name text, version int, due_at timestamptz)
ON CONFLICT (stream_id, name) DO UPDATE
SET version = excluded.version, due_at = excluded.due_at, wakes_at = excluded.wakes_at,
    error = NULL
"""

_CANCEL = """
DELETE FROM oms.timers USING json_to_recordset(%s::json) AS gone (stream_id uuid, name text)
WHERE timers.stream_id = gone.stream_id AND timers.name = gone.name
"""

_DUE = f"""
SELECT name, {COLUMNS} FROM oms.timers JOIN oms.events USING (stream_id, version)
WHERE wakes_at <= %s ORDER BY wakes_at LIMIT %s
"""  # noqa: S608 - the columns are ours

_GONE_OFF = "DELETE FROM oms.timers WHERE stream_id = %s AND name = %s AND version = %s"

_POSTPONE = """
UPDATE oms.timers SET wakes_at = %s, error = %s
WHERE stream_id = %s AND name = %s AND version = %s
"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come, and the event that set it."""

    name: str
    event: Envelope

    @property
    def key(self) -> tuple[UUID, str, int]:
        """Its row, as long as no later event has moved it."""
        return self.event.originator_id, self.name, self.event.originator_version

    @property
    def step(self) -> Step | None:
        """What it asks for; None when its event would not set it any more."""
        for number, timer in enumerate(process.timers(self.event.originator_id, self.event.event)):
            if isinstance(timer, SetTimer) and timer.name == self.name:
                return Step(self.event, number, timer.command)
        return None

    def request(self, command: Command, now: datetime) -> Request:
        """Make the request: caused by the event, at this time, with a key of its own."""
        key = f"{self.event.event_id}/{self.name}"
        return Request(
            command.asked(now),
            Cause(BOOKMARK, self.event.cause.correlation_id, self.event.event_id),
            now,
            CommandKey(key, sha256(key.encode()).digest()),
        )


class TimerRunner(LogFollower):
    """Follows the log on one connection and sends commands to a bus, by a clock.

    The clock is the database's `oms.now()` unless another is given.
    """

    def __init__(
        self,
        conn: psycopg.Connection[Any],
        bus: CommandBus,
        stop: threading.Event,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(BOOKMARK, process.LISTENS_TO, conn, stop)
        self._bus = bus
        self._now = now or self._database_time
        self._look_at = 0.0
        _warn_if_moved(conn)

    def step(self) -> int:
        """Take one page of the log, and let go off what is due.

        Returns how much there was to do, and went well.
        """
        taken = self.follow()
        if time.monotonic() < self._look_at:
            return taken
        if gone := self.go_off():
            return taken + gone
        self._look_at = time.monotonic() + LOOK_EVERY
        return taken

    def follow(self) -> int:
        """Take one page of the log."""
        return super().step()

    def take(self, page: LogPage) -> bool:
        """Write rows and bookmark in one transaction."""
        if not any(_changes(page.events)):
            return False
        with self._conn.transaction():
            return super().take(page)

    def handle(self, events: Sequence[Envelope]) -> bool:
        """Set and cancel timers."""
        rows, gone = _changes(events)
        if rows:
            self._conn.execute(_SET, (_as_json(rows),))
        if gone:
            self._conn.execute(_CANCEL, (_as_json(gone),))
        return bool(rows or gone)

    def go_off(self) -> int:
        """Ask for what is due, a hundred at most; returns how many went well."""
        now = self._now()
        rows = self._conn.execute(_DUE, (now, AT_ONCE)).fetchall()
        due = [DueTimer(row[0], envelope(row[1:])) for row in rows]
        asked = [(timer, self._ask(timer, now)) for timer in due]
        return sum(self._settle(timer, answer, now) for timer, answer in asked)

    def _ask(self, timer: DueTimer, now: datetime) -> Future[Outcome] | None:
        step = timer.step
        return None if step is None else self._bus.submit(timer.request(step.command, now))

    def _settle(self, timer: DueTimer, answer: Future[Outcome] | None, now: datetime) -> bool:
        try:
            if answer is not None:
                answer.result()
        except Refusal as refusal:
            assert timer.step is not None
            record_refusal(self._conn, BOOKMARK, timer.step, refusal)
        except Unavailable as error:
            self._postpone(timer, now + RETRY_AFTER, str(error))
            return False
        except Exception as fault:
            log.exception("a timer failed", timer=timer.name, event_id=timer.event.event_id)
            self._postpone(timer, now + REST, repr(fault))
            return False
        self._conn.execute(_GONE_OFF, timer.key)
        return True

    def _postpone(self, timer: DueTimer, until: datetime, error: str) -> None:
        self._conn.execute(_POSTPONE, (until, error, *timer.key))

    def _database_time(self) -> datetime:
        found = self._conn.execute("SELECT oms.now()").fetchone()
        assert found is not None
        now: datetime = found[0]
        return now


def _changes(events: Iterable[Envelope]) -> tuple[list[Row], list[Row]]:
    """Tell which timers are set and which cancelled in the end: the last event of each decides."""
    last: dict[tuple[UUID, str], Row | None] = {}
    for event in events:
        for timer in process.timers(event.originator_id, event.event):
            last[event.originator_id, timer.name] = (
                {
                    "stream_id": event.originator_id,
                    "name": timer.name,
                    "version": event.originator_version,
                    "due_at": _due_at(timer, event),
                }
                if isinstance(timer, SetTimer)
                else None
            )
    gone = [{"stream_id": id, "name": name} for (id, name), row in last.items() if row is None]
    return [row for row in last.values() if row is not None], gone


def _due_at(timer: SetTimer, event: Envelope) -> datetime:
    """Add what an event was entered late, where the wait counts from when it is known."""
    assert event.recorded_at is not None
    late = event.recorded_at - event.occurred_at
    return timer.due_at + late if timer.since_known and late > timedelta(0) else timer.due_at


def _as_json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=str).decode()


def _warn_if_moved(conn: psycopg.Connection[Any]) -> None:
    if (ahead := moved_by(conn)) != timedelta(0):
        log.warning("the clock of the timers is moved", ahead=str(ahead))


def moved_by(conn: psycopg.Connection[Any]) -> timedelta:
    """Tell by how much the timers' clock is ahead of the real one. Only tests move it."""
    found = conn.execute("SELECT ahead FROM oms.clock").fetchone()
    assert found is not None
    ahead: timedelta = found[0]
    return ahead


@dataclass(frozen=True, slots=True)
class WaitingTimer:
    """One timer as people see it."""

    stream_id: UUID
    name: str
    due_at: datetime
    error: str | None


WAITING_OF = """
SELECT stream_id, name, due_at, error FROM oms.timers WHERE stream_id = ANY (%s)
ORDER BY due_at, name
"""
"""What waits for its time of some streams, as `WaitingTimer`s."""


def waiting(conn: psycopg.Connection[Any], limit: int) -> list[WaitingTimer]:
    """Tell what waits for its time, the next first."""
    query = "SELECT stream_id, name, due_at, error FROM oms.timers ORDER BY wakes_at LIMIT %s"
    return [WaitingTimer(*row) for row in conn.execute(query, (limit,)).fetchall()]
