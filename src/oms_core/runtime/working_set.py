"""The aggregates that a group of commands works on, and the coroutine side of asking for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.runtime.streams import Entry

A = TypeVar("A", bound=Aggregate[Any])


class AskedAfterRecording(RuntimeError):
    """A handler asked for a stream after it had recorded something: ask first, then decide."""


class WorkingSet:
    """Aggregates by stream, kept between groups and fast-forwarded at the start of the next one.

    Owned by one thread. `fresh` streams were read since the last `begin`; what is cached beyond
    `capacity` is forgotten, least recently used first.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._cached: OrderedDict[UUID, Aggregate[Any]] = OrderedDict()
        self._unfolded: dict[UUID, list[Entry]] = {}
        self._fresh: set[UUID] = set()

    def begin(self) -> None:
        """Start a group: everything has to be read up to date again."""
        self._fresh.clear()
        self._unfolded.clear()
        while len(self._cached) > self._capacity:
            self._cached.popitem(last=False)

    def stale(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Tell which of these streams must be read, and after which version."""
        return {id: self._folded(id) for id in ids if id not in self._fresh}

    def has_fresh(self, ids: Iterable[UUID]) -> bool:
        """Tell whether all of these streams were read since the last `begin`."""
        return self._fresh.issuperset(ids)

    def _folded(self, id: UUID) -> int:
        cached = self._cached.get(id)
        return 0 if cached is None else cached.version

    def version(self, id: UUID) -> int | None:
        """Tell the present version of a stream, folded yet or not; None when it is not fresh."""
        if id not in self._fresh:
            return None
        unfolded = self._unfolded.get(id)
        return unfolded[-1].version if unfolded else self._folded(id)

    def refresh(self, asked: Iterable[UUID], entries: Iterable[Entry]) -> None:
        """Take in what was read of the streams asked for."""
        self._fresh.update(asked)
        for entry in entries:
            self._unfolded.setdefault(entry.stream_id, []).append(entry)

    def aggregate(self, kind: type[A], id: UUID) -> A:
        """Return the up-to-date aggregate of a stream that is fresh; it may be empty."""
        found = self._cached.get(id)
        if found is None:
            found = self._cached[id] = kind(id)
        self._cached.move_to_end(id)
        for entry in self._unfolded.pop(id, ()):
            entry.apply_to(found)
        if not isinstance(found, kind):
            raise TypeError(f"stream {id} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        """Take in an aggregate whose stream begins in this group."""
        self._cached[aggregate.id] = aggregate
        self._fresh.add(aggregate.id)

    def forget_all(self) -> None:
        """Drop everything: some of it may tell of persons who were erased."""
        self._cached.clear()
        self.begin()

    def forget(self, ids: Iterable[UUID]) -> None:
        """Drop aggregates whose recorded events did not reach the store."""
        for id in ids:
            self._cached.pop(id, None)
            self._fresh.discard(id)


@dataclass(frozen=True, slots=True)
class Need:
    """Awaiting this hands it to whoever drives the coroutine: the streams a handler asks for."""

    ids: tuple[UUID, ...]
    contended: bool

    def __await__(self) -> Generator[Need, None, None]:
        yield self


class CommandStreams(Streams):
    """The streams of one command: what it asks for comes from the group's working set."""

    def __init__(self, working_set: WorkingSet) -> None:
        self._set = working_set
        self._seen: dict[UUID, tuple[Aggregate[Any], int]] = {}

    async def get(self, kind: type[A], id: UUID) -> A:
        [found] = await self.find(kind, [id])
        if not found.exists:
            raise kind.MISSING(what=kind.__name__.lower())
        return found

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        wanted = list(ids)
        if self.recorded:
            raise AskedAfterRecording(kind.__name__)
        if not self._set.has_fresh(wanted):
            await Need(tuple(wanted), kind.CONTENDED)
        found = [self._set.aggregate(kind, id) for id in wanted]
        for aggregate in found:
            self._seen[aggregate.id] = aggregate, aggregate.version
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        self._set.add(aggregate)
        self._seen[aggregate.id] = (aggregate, 0)

    @property
    def touched(self) -> list[Aggregate[Any]]:
        """Every aggregate the command was given or has added, in that order."""
        return [aggregate for aggregate, _ in self._seen.values()]

    @property
    def recorded(self) -> bool:
        """Tell whether the command has recorded anything."""
        return any(aggregate.pending for aggregate, _ in self._seen.values())

    @property
    def outdated(self) -> bool:
        """Tell whether another command changed something while this one waited for streams."""
        return any(aggregate.version != seen for aggregate, seen in self._seen.values())
