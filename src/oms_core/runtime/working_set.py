"""The aggregates that a group of commands works on, and the coroutine side of asking for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.runtime.streams import Entry

A = TypeVar("A", bound=Aggregate[Any])
_PENDING, _VERSION = attrgetter("pending"), attrgetter("version")


class AskedAfterRecording(RuntimeError):
    """A handler asked for a stream after it had recorded something: ask first, then decide."""


class WorkingSet:
    """Aggregates by stream, kept between groups and fast-forwarded at the start of the next one.

    Owned by one thread. `fresh` streams were read since the last `begin`; those of them that were
    asked for are `ready`. What is cached beyond `capacity` is forgotten, least recently used first.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._cached: OrderedDict[UUID, Aggregate[Any]] = OrderedDict()
        self._unfolded: dict[UUID, list[Entry]] = {}
        self._fresh: set[UUID] = set()
        self._ready: dict[UUID, Aggregate[Any]] = {}
        self.usual: set[UUID] = set()
        """Streams that several commands of a group asked for, as long as each group asks again:
        they are read with what is certainly needed."""

    def begin(self) -> None:
        """Start a group: everything has to be read up to date again."""
        self.usual.intersection_update(self._ready)
        self._fresh.clear()
        self._ready.clear()
        self._unfolded.clear()
        while len(self._cached) > self._capacity:
            self._cached.popitem(last=False)

    def stale(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Tell which of these streams must be read, and after which version."""
        return {id: self._folded(id) for id in ids if id not in self._fresh}

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

    def find(self, kind: type[A], ids: Sequence[UUID]) -> list[A] | None:
        """Return the up-to-date aggregates of streams, some of which may be empty.

        None when not all of them are fresh.
        """
        ready = self._ready
        found: list[Any] = [ready.get(id) for id in ids]
        if None in found:
            if not self._fresh.issuperset(ids):
                return None
            found = [self._make_ready(kind, id) for id in ids]
        for aggregate in found:
            if not isinstance(aggregate, kind):
                name = type(aggregate).__name__
                raise TypeError(f"stream {aggregate.id} is a {name}, not a {kind.__name__}")
        return found

    def _make_ready(self, kind: type[A], id: UUID) -> Aggregate[Any]:
        found = self._cached.pop(id, None)
        if found is None:
            found = kind(id)
        self._cached[id] = self._ready[id] = found
        if self._unfolded:
            for entry in self._unfolded.pop(id, ()):
                entry.apply_to(found)
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        """Take in an aggregate whose stream begins in this group."""
        self._cached[aggregate.id] = self._ready[aggregate.id] = aggregate
        self._fresh.add(aggregate.id)

    def forget_all(self) -> None:
        """Drop everything: some of it may tell of persons who were erased."""
        self._cached.clear()
        self.begin()

    def forget(self, ids: Iterable[UUID]) -> None:
        """Drop aggregates whose recorded events did not reach the store."""
        for id in ids:
            self._cached.pop(id, None)
            self._ready.pop(id, None)
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
        self.touched: list[Aggregate[Any]] = []
        """Every aggregate the command was given or has added, in that order, as often as it was."""
        self._waited_at: list[int] = []
        """The versions of these when it began to wait for more."""

    async def get(self, kind: type[A], id: UUID) -> A:
        [found] = await self.find(kind, [id])
        if not found.exists:
            raise kind.MISSING(what=kind.__name__.lower())
        return found

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        wanted = list(ids)
        if self.recorded:
            raise AskedAfterRecording(kind.__name__)
        while (found := self._set.find(kind, wanted)) is None:
            self._waited_at = list(map(_VERSION, self.touched))
            await Need(tuple(wanted), kind.CONTENDED)
        self.touched += found
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        self._set.add(aggregate)
        self.touched.append(aggregate)

    @property
    def recorded(self) -> bool:
        """Tell whether the command has recorded anything."""
        return any(map(_PENDING, self.touched))

    @property
    def outdated(self) -> bool:
        """Tell whether another command changed something while this one waited for streams."""
        return self._waited_at != list(map(_VERSION, self.touched))
