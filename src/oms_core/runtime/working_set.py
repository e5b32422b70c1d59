"""The aggregates that a group of commands works on, and the coroutine side of asking for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping
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


class _Stream:
    """What is known of a stream. Groups are counted: it was `read` and `asked` for in that one."""

    __slots__ = ("aggregate", "asked", "read", "unfolded")

    def __init__(self) -> None:
        self.aggregate: Aggregate[Any] | None = None
        self.unfolded: list[Entry] = []
        self.read = self.asked = 0

    @property
    def folded(self) -> int:
        """The version that the aggregate has."""
        return 0 if self.aggregate is None else self.aggregate.version


class WorkingSet:
    """Aggregates by stream, kept between groups and fast-forwarded at the start of the next one.

    Owned by one thread. What was read since the last `begin` is up to date, and folded when it is
    asked for. What is cached beyond `capacity` is forgotten, least recently used first, but never
    what the last group read: that may not be stored yet.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._streams: OrderedDict[int, _Stream] = OrderedDict()
        """By the number of its id: an id's own hash is a call of Python each time."""
        self._group = 0
        self.usual: set[UUID] = set()
        """Streams that several commands of a group asked for, as long as each group asks again:
        they are read with what is certainly needed."""
        self.is_disturbed = False
        """Whether others had changed something of what is known and was locked last."""

    def begin(self) -> None:
        """Start a group: everything has to be read up to date again."""
        self.usual = {id for id in self.usual if self._was_asked(id)}
        self._forget_the_oldest()
        self._group += 1

    def _forget_the_oldest(self) -> None:
        while len(self._streams) > self._capacity:
            number, oldest = next(iter(self._streams.items()))
            if oldest.read == self._group:
                return
            del self._streams[number]

    def _was_asked(self, id: UUID) -> bool:
        stream = self._streams.get(id.int)
        return stream is not None and stream.asked == self._group

    def stale(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Tell which of these streams must be read, and after which version."""
        found: dict[UUID, int] = {}
        for id in ids:
            stream = self._streams.get(id.int)
            if stream is None:
                found[id] = 0
            elif stream.read != self._group:
                found[id] = stream.folded
        return found

    def knows(self, streams: Mapping[UUID, int]) -> bool:
        """Tell whether these, which are `stale`, are probably as they are known to be."""
        return not self.is_disturbed and all(streams.values())

    def version(self, id: UUID) -> int | None:
        """Tell the present version of a stream, folded yet or not; None when it was not read."""
        stream = self._streams.get(id.int)
        if stream is None or stream.read != self._group:
            return None
        return stream.unfolded[-1].version if stream.unfolded else stream.folded

    def refresh(self, asked: Iterable[UUID], entries: Iterable[Entry]) -> None:
        """Take in what was read of the streams asked for."""
        for id in asked:
            number = id.int
            stream = self._streams.get(number)
            if stream is None:
                stream = self._streams[number] = _Stream()
            else:
                self._streams.move_to_end(number)
            stream.read = self._group
            if stream.unfolded:  # nobody asked for it the last time
                stream.unfolded = []
        for entry in entries:
            self._streams[entry.stream_id.int].unfolded.append(entry)

    def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A] | None:
        """Return the up-to-date aggregates of streams, some of which may be empty.

        None when not all of them were read.
        """
        found: list[A] = []
        for id in ids:
            stream = self._streams.get(id.int)
            if stream is None or stream.read != self._group:
                return None
            aggregate = stream.aggregate
            if stream.asked != self._group or aggregate is None:
                aggregate = self._folded(stream, kind, id)
            if not isinstance(aggregate, kind):
                name = type(aggregate).__name__
                raise TypeError(f"stream {id} is a {name}, not a {kind.__name__}")
            found.append(aggregate)
        return found

    def _folded(self, stream: _Stream, kind: type[A], id: UUID) -> Aggregate[Any]:
        aggregate = stream.aggregate
        if aggregate is None:
            aggregate = stream.aggregate = kind(id)
        stream.asked = self._group
        if stream.unfolded:
            entries, stream.unfolded = stream.unfolded, []
            for entry in entries:
                entry.apply_to(aggregate)
        return aggregate

    def add(self, aggregate: Aggregate[Any]) -> None:
        """Take in an aggregate whose stream begins in this group."""
        stream = self._streams[aggregate.id.int] = _Stream()
        stream.aggregate = aggregate
        stream.read = stream.asked = self._group

    def forget_all(self) -> None:
        """Drop everything: some of it may tell of persons who were erased."""
        self._streams.clear()
        self.begin()

    def forget(self, ids: Iterable[UUID]) -> None:
        """Drop aggregates whose recorded events did not reach the store."""
        for id in ids:
            self._streams.pop(id.int, None)


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
