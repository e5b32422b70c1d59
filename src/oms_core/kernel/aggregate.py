"""Aggregates decide, record and evolve; `Streams` is how a pure command handler asks for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.refusal import NotFound

E = TypeVar("E", bound=Event)
A = TypeVar("A", bound="Aggregate[Any]")


class Aggregate(ABC, Generic[E]):
    """The state that decisions need, folded from one stream of events.

    A decision checks its rule, then records facts. `evolve` applies a fact: it never refuses,
    never logs and never reads a clock, because it also runs on replay.
    """

    MISSING: ClassVar[type[NotFound]] = NotFound
    """The refusal raised when the stream has no event."""

    CONTENDED: ClassVar[bool] = False
    """Many commands compete for such streams, so that it pays to queue for them before deciding.
    Handlers ask for them last."""

    def __init__(self, id: UUID) -> None:
        self.id = id
        self.version = 0
        self.pending: list[E] = []

    @property
    def exists(self) -> bool:
        """Tell whether anything was ever recorded in this stream."""
        return self.version > 0

    @property
    def possible(self) -> bool:
        """Tell whether this can have been: a stream with events left out may give what never was.

        True of every whole stream.
        """
        return True

    def record(self, event: E) -> None:
        """Apply a new fact and keep it for the store."""
        self.apply(event)
        self.pending.append(event)

    def apply(self, event: E) -> None:
        """Apply a fact that is stored already."""
        self.evolve(event)
        self.version += 1

    @abstractmethod
    def evolve(self, event: E) -> None:
        """Change the state as the fact says."""

    @abstractmethod
    def view(self) -> Any:
        """Show the state as an answer does: a frozen value."""


class Streams(Protocol):
    """What a command handler may ask for. Awaiting lets the runtime load many streams at once.

    Ask for everything first, record afterwards: asking after recording is a programming error.
    """

    async def get(self, kind: type[A], id: UUID) -> A:
        """Return an aggregate that exists, or raise its kind's `MISSING` refusal."""
        ...

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        """Return the aggregates in the order asked; one that has no event yet comes empty."""
        ...

    def add(self, aggregate: Aggregate[Any]) -> None:
        """Have the events of an aggregate stored whose stream begins here."""
        ...
