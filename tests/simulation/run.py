"""Plays worlds: opens each, lets everybody act, drains it, and judges how it ended."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from unittest.mock import patch

import structlog
from tests.simulation import processes
from tests.simulation.endings import finish
from tests.simulation.faults import Fault
from tests.simulation.people import EVERYBODY
from tests.simulation.timers import Timers
from tests.simulation.world import World

from oms_core.kernel.handling import HANDLERS

ORDERS_IN_A_WORLD = 250
MOST_LINES = 200


@dataclass
class Tally:
    """What happened in all worlds so far."""

    orders: int = 0
    events: int = 0
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, world: World) -> Tally:
        """Count what happened in one world."""
        return cls(
            len(world.orders()),
            len(world.memory.log),
            world.results,
            world.faults.struck,
            world.reached,
            world.checks.moves,
        )

    def add(self, other: Tally) -> None:
        """Add what happened elsewhere."""
        self.orders += other.orders
        self.events += other.events
        self.results += other.results
        self.faults += other.faults
        self.endings += other.endings
        self.moves += other.moves


class Broken(Exception):
    """Something must never be so, and was. The world tells how it came to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        super().__init__(world.seed)


def play(seed: str, orders: int = ORDERS_IN_A_WORLD) -> World:
    """Play one world from its opening to its end; raises `Broken`."""
    world = World(seed)
    with (
        structlog.testing.capture_logs(),
        patch("oms_core.runtime.command_bus.time.sleep"),
        _no_garbage_collection(),
    ):
        try:
            _play(world, orders)
        except Exception as error:
            raise Broken(world) from error
    return world


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A world keeps nearly all that it makes: looking for garbage took a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _play(world: World, orders: int) -> None:
    runners = processes.start(world)
    Timers(world)
    everybody = [person(world) for person in EVERYBODY]
    for person in everybody:
        person.begin(orders)
    world.run()
    finish(world, runners)
    world.checks.audit()


def never_reached(tally: Tally) -> list[str]:
    """Name the commands that were never done, and the faults that never struck."""
    done = {command for command, result in tally.results if result == "done"}
    commands = {command.__name__ for command in HANDLERS}
    return sorted(commands - done) + sorted(str(f) for f in Fault if not tally.faults[f])


def told(broken: Broken) -> str:
    """Tell how a world came to what must not be: the last commands, and all that name its order."""
    world, lines = broken.world, []
    for when, actor, command, result in world.trace[-MOST_LINES:]:
        lines.append(f"{when:%d.%m. %H:%M} {actor}: {command!r} -> {result}")
    return "\n".join(lines)


def digest(world: World) -> str:
    """Give one figure for everything that happened."""
    log = sha256()
    for envelope in world.memory.log:
        log.update(f"{envelope.event_id} {envelope.event!r} {envelope.occurred_at}\n".encode())
    return log.hexdigest()
