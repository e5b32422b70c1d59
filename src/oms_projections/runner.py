"""The background half of a running system: projections, processes, timers, payment providers.

Several may run at once: whoever holds a reader's lock does its work, the others stand by and take
over when it goes away.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import structlog

from oms_core.runtime import payment_providers, provider_runner, timers
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.followers import LogFollower
from oms_core.runtime.garbage import look_less_often
from oms_core.runtime.log import EVENTS_CHANNEL
from oms_core.runtime.log_end import LogEnd
from oms_core.runtime.pace import Pace
from oms_core.runtime.processes import PROCESSES, Process, ProcessRunner, bookmark_of
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.sealing import LogWentBack, Sealer
from oms_core.runtime.read_ahead import ReadAhead
from oms_projections.all import KINDS
from oms_projections.engine import Follower, step
from oms_projections.rebuild import install, try_lock

log = structlog.get_logger(__name__)

STAND_BY = 1.0
"""Seconds between two attempts to take over what another runner does."""

RECONNECT_AFTER = 1.0
SEALER = "sealer"

READER = "log"

Maker = Callable[[psycopg.Connection[Any], CommandBus, threading.Event], LogFollower]
Job = Callable[[str, threading.Event], None]
"""Work on a database that goes on until it is told to stop."""


@dataclass(frozen=True, slots=True)
class Seals:
    """With which keys the log is sealed, and how often."""

    keys: KeyFolder
    every: float


def main(database_url: str, seals: Seals | None = None) -> None:
    """Run until SIGTERM or Ctrl-C; what is under way is finished first."""
    look_less_often()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(database_url, stop, seals)


def run(database_url: str, stop: threading.Event, seals: Seals | None = None) -> None:
    """Run projections, processes, timers, providers and the sealer in a thread each, until `stop`.

    Nothing is sealed without `seals`.
    """
    end = LogEnd()
    work: dict[str, Job] = {READER: partial(run_reader, end)}
    work |= {"projections": partial(run_projections, end)}
    work |= {bookmark_of(process): partial(run_process, process, end) for process in PROCESSES}
    work |= {timers.BOOKMARK: partial(run_timers, end)}
    for name in payment_providers.installed():
        work[provider_runner.bookmark_of(name)] = partial(run_provider, name, end)
    if seals is not None:
        work[SEALER] = partial(run_sealer, seals)
    threads = [
        threading.Thread(target=_keep_running, args=(name, job, database_url, stop), name=name)
        for name, job in work.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _keep_running(name: str, job: Job, database_url: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            job(database_url, stop)
        except psycopg.OperationalError as error:
            log.warning("the database went away; trying again", job=name, error=str(error))
            stop.wait(RECONNECT_AFTER)
        except Exception:
            log.exception("a background job failed; starting it again", job=name)
            stop.wait(RECONNECT_AFTER)


def run_reader(end: LogEnd, database_url: str, stop: threading.Event) -> None:
    """Read the end of the log for all others here."""
    with connect(database_url, name=f"oms {READER}") as conn:
        conn.execute(f"LISTEN {EVENTS_CHANNEL}")
        end.read(conn, stop)


def run_projections(end: LogEnd, database_url: str, stop: threading.Event) -> None:
    """Follow the log with every projection whose lock is free."""
    with (
        connect(database_url, name="oms projections") as conn,
        connect(database_url, name="oms reading ahead") as spare,
        ReadAhead(conn, spare) as ahead,
    ):
        conn.execute("SET synchronous_commit = off")
        idle = [kind() for kind in KINDS.values()]
        for projection in idle:
            install(conn, projection, ahead)
        followers: list[Follower] = []
        read, pace = end.first(ahead.page), Pace(end.listener(), stop, gathers=False)
        while not stop.is_set():
            for projection in list(idle):
                if try_lock(conn, projection.NAME):
                    idle.remove(projection)
                    followers.append(follower := Follower(projection))
                    follower.resume(conn)
            if followers:
                pace.rest(step(conn, followers, read))
            else:
                stop.wait(STAND_BY)


def run_process(process: Process, end: LogEnd, database_url: str, stop: threading.Event) -> None:
    """Run a process once its lock is free."""
    _run_alone(bookmark_of(process), partial(ProcessRunner, process), end, database_url, stop)


def run_timers(end: LogEnd, database_url: str, stop: threading.Event) -> None:
    """Let timers go off once their lock is free."""
    _run_alone(timers.BOOKMARK, timers.TimerRunner, end, database_url, stop)


def run_provider(name: str, end: LogEnd, database_url: str, stop: threading.Event) -> None:
    """Ask a payment provider once its lock is free."""
    runner = partial(provider_runner.ProviderRunner, name, payment_providers.provider(name))
    _run_alone(provider_runner.bookmark_of(name), runner, end, database_url, stop)


def run_sealer(seals: Seals, database_url: str, stop: threading.Event) -> None:
    """Seal the log now and then once the lock is free."""
    with connect(database_url, name=f"oms {SEALER}") as conn:
        while not try_lock(conn, SEALER):
            if stop.wait(STAND_BY):
                return
        while not stop.wait(seals.every):
            try:
                Sealer(conn, seals.keys).seal_all()
            except (SetupError, LogWentBack) as error:
                log.error("the log is not sealed", error=str(error))  # noqa: TRY400 - one sentence


def _run_alone(
    bookmark: str, make: Maker, end: LogEnd, database_url: str, stop: threading.Event
) -> None:
    with connect(database_url, name=f"oms {bookmark}") as conn:
        while not try_lock(conn, bookmark):
            if stop.wait(STAND_BY):
                return
        with CommandBus(database_url) as bus:
            follower, pace = make(conn, bus, stop), Pace(end.listener(), stop, gathers=False)
            follower.share(end)
            while not stop.is_set():
                pace.rest(follower.step())
