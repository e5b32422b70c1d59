"""Applies the log to the projections: each batch and its bookmark in one transaction.

Projections that are equally far share it. Where it fails each gets one of its own, and a batch that
fails there stops only its own projection, at the event that it can't apply; that one is tried again
later. Commits do not wait for the disk: if the last ones are lost in a crash, the bookmark is lost
with them, and the same events are applied again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString

import psycopg
import structlog

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import TOPICS
from oms_core.runtime import failures, tracing
from oms_core.runtime.bookmarks import (
    advance,
    advance_together,
    locked_position_of,
    position_of,
)
from oms_core.runtime.log import LogPage, ReadPage, UnreadableEvent, read_page
from oms_projections.projection import Projection

log = structlog.get_logger(__name__)

LIVE: LiteralString = "read"
PROJECTED_CHANNEL = "oms_projected"
"""Notified after batches were applied, so that queries need not poll."""

BATCH = 2_000
RETRY_AFTER = 10.0
"""Seconds until a projection that stopped is tried again."""


class Overtaken(Exception):
    """Another process has moved the bookmark: what was read here is not to be applied."""


class Follower:
    """One projection on its way through the log."""

    def __init__(
        self, projection: Projection, *, schema: LiteralString = LIVE, bookmark: str | None = None
    ) -> None:
        self.projection = projection
        self.bookmark = bookmark or projection.NAME
        self.position = 0
        self.applied = 0
        self.topics = frozenset(projection.topics)
        self._shapes = frozenset(map(TOPICS.__getitem__, self.topics))
        self.path: LiteralString = f"SET LOCAL search_path = {schema}, public"
        self._retry_at = 0.0
        self._failing = False

    @property
    def failing(self) -> bool:
        """Tell whether it has stopped at an event, and not gone on since."""
        return self._failing

    @property
    def rests(self) -> bool:
        """Tell whether it has stopped at an event and is not to be tried again yet."""
        return self._failing and time.monotonic() < self._retry_at

    def resume(self, conn: psycopg.Connection[Any]) -> None:
        """Go on where the bookmark stands."""
        self.position = position_of(conn, self.bookmark) or 0
        self._failing = failures.is_recorded(conn, self.bookmark)
        self.projection.forget()

    def take(self, conn: psycopg.Connection[Any], page: LogPage) -> None:
        """Apply a page that begins where this follower stands; stop where that fails."""
        try:
            self.take_or_raise(conn, page)
        except Overtaken:
            self.resume(conn)
        except psycopg.OperationalError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, only this projection stops
            self.projection.forget()
            self._one_by_one(conn, self._wanted(page))
        else:
            self._recovered(conn)

    def take_or_raise(self, conn: psycopg.Connection[Any], page: LogPage) -> None:
        """Apply a page as a whole, or nothing of it."""
        self._apply(conn, self._wanted(page), page.reached)

    def take_within(self, conn: psycopg.Connection[Any], page: LogPage) -> int:
        """Apply a page in the transaction that is open, which moves the bookmark, too."""
        events = self._wanted(page)
        self._handle(conn, events)
        return len(events)

    def moved(self, to: int, applied: int) -> None:
        """Note that the bookmark stands at a position now, after so many events more."""
        self.position = to
        self.applied += applied

    def _wanted(self, page: LogPage) -> list[Envelope]:
        shapes = self._shapes
        return [event for event in page.events if type(event.event) in shapes]

    def _apply(self, conn: psycopg.Connection[Any], events: Sequence[Envelope], to: int) -> None:
        with conn.transaction():
            conn.execute(self.path)
            if (locked_position_of(conn, self.bookmark) or 0) != self.position:
                raise Overtaken
            if events:
                self._handle(conn, events)
            if not advance(conn, self.bookmark, to):
                raise Overtaken
        self.moved(to, len(events))

    def _handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        with tracing.span(self.bookmark):
            self.projection.handle(conn, events)

    def _one_by_one(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        """Go as far as possible, then stop at the event that fails."""
        for event in events:
            try:
                self._apply(conn, [event], event.position)
            except Overtaken:
                self.resume(conn)
                return
            except psycopg.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - recorded and shown
                sentence = f"{event.type} {event.event_id}: {type(error).__name__}: {error}"
                self.stop(conn, event.position, sentence)
                return
        self._recovered(conn)

    def stop(self, conn: psycopg.Connection[Any], position: int, sentence: str) -> None:
        """Rest for a while before the event at a position, for all to see. Call it in `except`."""
        self.projection.forget()
        self._failing, self._retry_at = True, time.monotonic() + RETRY_AFTER
        log.exception("projection stopped", projection=self.bookmark, position=position)
        failures.record(conn, self.bookmark, position, sentence)

    def _recovered(self, conn: psycopg.Connection[Any]) -> None:
        if self._failing:
            self._failing = False
            failures.clear(conn, self.bookmark)
            log.info("projection goes on", projection=self.bookmark)


def step(
    conn: psycopg.Connection[Any], followers: Sequence[Follower], read: ReadPage | None = None
) -> int:
    """Let each follower of one schema take one page; those at the same position share it.

    Returns how many events there were to take.
    """
    read = read or partial(read_page, conn)
    by_position: dict[int, list[Follower]] = {}
    for follower in followers:
        if not follower.rests:
            by_position.setdefault(follower.position, []).append(follower)
    taken = 0
    before = [follower.position for follower in followers]
    for position, group in sorted(by_position.items()):
        taken += _step_from(conn, read, position, group)
    if before != [follower.position for follower in followers]:
        conn.execute(f"NOTIFY {PROJECTED_CHANNEL}")
    return taken


def _step_from(
    conn: psycopg.Connection[Any], read: ReadPage, position: int, group: Sequence[Follower]
) -> int:
    topics = sorted(frozenset[str]().union(*(follower.topics for follower in group)))
    try:
        page = read(after=position, topics=topics, limit=BATCH)
    except UnreadableEvent as error:
        if len(group) == 1:
            group[0].stop(conn, error.position, str(error))
            return 0
        # Those that do not want that event go on, each with what it wants.
        return sum(_step_from(conn, read, position, [follower]) for follower in group)
    if page.reached == position:
        return 0
    with tracing.about("read tables", page.events):
        _take(conn, group, page, position)
    return len(page.events)


def _take(
    conn: psycopg.Connection[Any], group: Sequence[Follower], page: LogPage, start: int
) -> None:
    """Let each of a group take a page: together if that goes well, and else each by itself."""
    passing = [f for f in group if page.topics.isdisjoint(f.topics) and not f.failing]
    taking = [f for f in group if f not in passing]
    if len(taking) > 1 and _take_together(conn, taking, passing, page, start):
        return
    for follower in taking:
        follower.take(conn, page)
    _pass(conn, passing, start, page.reached)


def _take_together(
    conn: psycopg.Connection[Any],
    taking: Sequence[Follower],
    passing: Sequence[Follower],
    page: LogPage,
    start: int,
) -> bool:
    """Apply a page for all in one transaction, or for none: then each is to try it alone."""
    if any(follower.failing for follower in taking):
        return False
    followers = [*taking, *passing]
    names = [follower.bookmark for follower in followers]
    try:
        with conn.transaction():
            conn.execute(followers[0].path)
            moved = advance_together(conn, names, start, page.reached)
            _refuse_if_overtaken(moved, names)
            applied = [follower.take_within(conn, page) for follower in taking]
    except psycopg.OperationalError:
        raise
    except Exception:  # noqa: BLE001 - whose fault it is shows when each tries it alone
        for follower in followers:
            follower.projection.forget()
        return False
    for follower, events in zip(followers, [*applied, *(0 for _ in passing)], strict=True):
        follower.moved(page.reached, events)
    return True


def _refuse_if_overtaken(moved: Set[str], names: Sequence[str]) -> None:
    if len(moved) < len(names):
        raise Overtaken


def _pass(conn: psycopg.Connection[Any], passing: Sequence[Follower], start: int, to: int) -> None:
    """Move those on that want nothing of a page, all in one statement."""
    if passing:
        moved = advance_together(conn, [f.bookmark for f in passing], start, to)
        for follower in passing:
            if follower.bookmark in moved:
                follower.position = to
            elif start == 0:  # it has no bookmark yet
                follower.take(conn, LogPage([], to))
            else:
                follower.resume(conn)


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far a reader of the log has come, and why it has stopped, if it has.

    `lag_events` counts up to 100,000. `refused_steps` are those that a process was refused.
    """

    name: str
    position: int
    lag_events: int
    lag_seconds: float
    failure: str | None
    refused_steps: int


_STATUS = """
SELECT mark.name, mark.position,
       (SELECT count(*) FROM
        (SELECT FROM oms.events WHERE position > mark.position LIMIT 100000) AS ahead),
       coalesce((SELECT extract(epoch FROM clock_timestamp() - recorded_at)::float
                 FROM oms.events WHERE position > mark.position ORDER BY position LIMIT 1), 0),
       failure.error,
       (SELECT count(*) FROM oms.refused_steps WHERE process = mark.name)
FROM oms.bookmarks AS mark LEFT JOIN oms.failures AS failure USING (name)
ORDER BY mark.name
"""


_WARNINGS = """
SELECT 'Timers that could not be carried out: ' || count(*) || '; the first since '
       || to_char(min(due_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC: ' || min(error)
FROM oms.timers WHERE error IS NOT NULL HAVING count(*) > 0
UNION ALL
SELECT 'News of payment providers that was refused: ' || count(*)
FROM oms.refused_news HAVING count(*) > 0
"""


async def warnings(conn: psycopg.AsyncConnection[Any]) -> list[str]:
    """Tell what people have to look at though everything runs, a sentence each."""
    return [row[0] for row in await (await conn.execute(_WARNINGS)).fetchall()]


async def status(conn: psycopg.AsyncConnection[Any]) -> list[ProjectionStatus]:
    """Tell how far every projection and process has come."""
    rows = await (await conn.execute(_STATUS)).fetchall()
    return [ProjectionStatus(*row) for row in rows]
