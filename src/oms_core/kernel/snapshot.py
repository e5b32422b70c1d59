"""Snapshots: the state of an aggregate whose stream grows long, so that it need not be refolded."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Event, Message

SNAPSHOT_EVERY = 100
"""Events between two snapshots of a stream, at least."""


class Snapshot(Message):
    """The state after all events up to a version. It can be thrown away and folded again.

    `TOPIC` is `<capability>.<Name>.v<shape>`. Give it a new number when `evolve` gives another
    state for the same events, too: what was folded the old way is passed over then.
    """

    TOPIC: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.TOPIC in SNAPSHOTS:
            raise TypeError(f"topic {cls.TOPIC} is taken by {SNAPSHOTS[cls.TOPIC].__qualname__}")
        SNAPSHOTS[cls.TOPIC] = cls


SNAPSHOTS: dict[str, type[Snapshot]] = {}
"""Every shape of snapshot that can be read, by topic."""

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=Snapshot)


class LongLived(Aggregate[E], Generic[E, S]):
    """An aggregate whose stream never ends, such as the stock of a SKU."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.snapshot_version = 0

    @abstractmethod
    def snapshot(self) -> S:
        """Show the whole state."""

    @abstractmethod
    def restore(self, snapshot: S) -> None:
        """Take over a state that `snapshot` showed."""

    @property
    def entries(self) -> int:
        """How many parts the state has; a snapshot costs as much."""
        return 1

    @property
    def snapshot_due(self) -> bool:
        """Tell whether a snapshot would save more than it costs."""
        since = self.version - self.snapshot_version
        return since >= SNAPSHOT_EVERY and since >= self.entries

    def resume(self, snapshot: S, version: int) -> None:
        """Go on from a stored snapshot."""
        self.restore(snapshot)
        self.version = self.snapshot_version = version
