"""Tries what a handler would say, on aggregates that are kept from one try to the next."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from tests.domain.kit import History

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.message import Command

A = TypeVar("A", bound=Aggregate[Any])


class Rehearsals(History):
    """Folds only what is new, and forgets what a try has changed."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.streams = history.streams
        self._kept: dict[UUID, Aggregate[Any]] = {}
        self._lent: list[Aggregate[Any]] = []

    def fold(self, kind: type[A], stream_id: UUID) -> A:
        found = self._kept.setdefault(stream_id, kind(stream_id))
        assert isinstance(found, kind)
        for event in self.streams.get(stream_id, ())[found.version :]:
            found.apply(event)
        self._lent.append(found)
        return found

    def rehearse(self, command: Command) -> bool:
        self._lent = []
        try:
            return super().rehearse(command)
        finally:
            for aggregate in self._lent:
                if aggregate.pending:
                    self._kept.pop(aggregate.id, None)
