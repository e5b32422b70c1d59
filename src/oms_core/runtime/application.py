"""The `eventsourcing` application: the library's repository on our recorder and mapper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    Mapper,
    ProcessRecorder,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment, EnvType
from psycopg_pool import ConnectionPool

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Envelope
from oms_core.runtime.bookmarks import Bookmarks
from oms_core.runtime.mapper import EnvelopeMapper
from oms_core.runtime.recorder import PostgresRecorder

A = TypeVar("A", bound=Aggregate[Any])


class OrderManagement(Application[UUID]):
    """Reads aggregates as they are, or as they were. Writing goes through the command bus."""

    def __init__(self, pool: ConnectionPool[Any], env: EnvType | None = None) -> None:
        self._pool = pool
        super().__init__(env)

    def construct_factory(self, env: Environment) -> InfrastructureFactory:
        return PooledFactory(env, self._pool)

    def fetch(
        self,
        kind: type[A],
        id: UUID,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
    ) -> A | None:
        """Rebuild an aggregate, optionally after an event, or as it was known at a moment.

        `as_of` is recorded time: what was entered later does not show, even if it is dated back.
        """
        if as_of is not None:
            version = cast("PostgresRecorder", self.recorder).version_at(id, as_of)
        if version is not None and version < 1:
            return None

        def project(aggregate: A | None, events: Iterable[Envelope]) -> A | None:
            for event in events:
                aggregate = aggregate or kind(id)
                aggregate.apply(event.event)
            return aggregate

        try:
            found = self.repository.get(id, version=version, projector_func=cast("Any", project))
        except AggregateNotFoundError:
            return None
        return cast("A", found)


class PooledFactory(InfrastructureFactory[TrackingRecorder]):
    """Makes the parts of the application; all of them share one pool."""

    def __init__(self, env: Environment, pool: ConnectionPool[Any]) -> None:
        super().__init__(env)
        self._pool = pool

    def mapper(
        self, transcoder: Transcoder | None = None, mapper_class: type[Mapper[Any]] | None = None
    ) -> Mapper[Any]:
        return EnvelopeMapper()

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        return self.application_recorder()

    def application_recorder(self) -> ApplicationRecorder:
        return PostgresRecorder(self._pool)

    def tracking_recorder(
        self, tracking_recorder_class: type[TrackingRecorder] | None = None
    ) -> TrackingRecorder:
        return Bookmarks(self._pool)

    def process_recorder(self) -> ProcessRecorder:
        raise NotImplementedError("processes ask for commands; they do not record events")
