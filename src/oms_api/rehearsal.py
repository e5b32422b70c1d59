"""Rehearses a command: handled on copies of what it touches, and nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from oms_api.folded_streams import FoldedStreams
from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.message import Command

A = TypeVar("A", bound=Aggregate[Any])


class Rehearsal(Streams):
    """Hands a handler aggregates that belong to nobody else.

    They come from `source`, which then shows everything as it would be after the command.
    """

    def __init__(self, source: FoldedStreams) -> None:
        self._source = source
        self._found: dict[UUID, Aggregate[Any]] = {}

    @property
    def touched(self) -> Iterable[Aggregate[Any]]:
        """Every aggregate that was asked for or added; `pending` is what would be recorded."""
        return self._found.values()

    async def get(self, kind: type[A], id: UUID) -> A:
        [found] = await self.find(kind, [id])
        if not found.exists:
            raise kind.MISSING(what=kind.__name__.lower())
        return found

    async def find(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        wanted = list(ids)
        unknown = [id for id in wanted if id not in self._found]
        for id, found in zip(unknown, await self._source.aggregates(unknown), strict=True):
            self._found[id] = kind(id) if found is None else found
        return [self._of(kind, id) for id in wanted]

    def _of(self, kind: type[A], id: UUID) -> A:
        found = self._found[id]
        if not isinstance(found, kind):
            raise TypeError(f"stream {id} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    def add(self, aggregate: Aggregate[Any]) -> None:
        self._found[aggregate.id] = aggregate

    async def play(self, command: Command) -> Aggregate[Any]:
        """Handle the command; raises the refusal that the command itself would get."""
        return await HANDLERS[type(command)](command, self)
