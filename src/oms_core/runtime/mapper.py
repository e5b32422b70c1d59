"""Between facts in their envelopes and rows: one pydantic pass in each direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.identity import NAMESPACE
from oms_core.kernel.message import FORMER, TOPICS, Event, as_now, read_json
from oms_core.kernel.paths import floats_of, holders
from oms_core.kernel.personal import Purpose
from oms_core.runtime import kinds
from oms_core.runtime.bodies import NotAsDeclared, body_of
from oms_core.runtime.errors import UnknownTopic
from oms_core.runtime.privacy.sealed_facts import read_sealed
from oms_core.runtime.privacy.sealing import (
    AS_STORED,
    READABLE,
    DataKey,
    hide,
    is_sealed,
    sealed,
)
from oms_core.runtime.privacy.wrapped_keys import WrappedKeys
from oms_core.runtime.proof.canonical import written

assert kinds.COMMAND_MODULES, "importing the capabilities fills TOPICS"

SYSTEM = Cause("system", uuid5(NAMESPACE, "system"))
"""The cause of events that were stored without one."""


@dataclass(frozen=True)
class StoredEnvelope(StoredEvent):
    """A stored event of the `eventsourcing` library, with what surrounds it here."""

    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    recorded_at: datetime | None = None
    cause: Cause = SYSTEM
    position: int = 0


@dataclass(frozen=True)
class EnvelopeNotification(Notification):
    """A notification of the library, with what surrounds it here. `id` is the position."""

    occurred_at: datetime
    recorded_at: datetime
    cause: Cause


class EnvelopeMapper(Mapper[UUID]):
    """Maps `Envelope` to the library's stored events and back."""

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEnvelope:
        """Encode a fact as JSON under its permanent topic."""
        if not isinstance(domain_event, Envelope):
            raise TypeError(f"{type(domain_event).__name__} is not an Envelope")
        return StoredEnvelope(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.event.TOPIC,
            state=write_event(domain_event.event),
            occurred_at=domain_event.occurred_at,
            recorded_at=domain_event.recorded_at,
            cause=domain_event.cause,
            position=domain_event.position,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Envelope:
        """Decode a stored event. Raises `UnknownTopic`."""
        if isinstance(stored_event, EnvelopeNotification):
            position = stored_event.id
        elif isinstance(stored_event, StoredEnvelope):
            position = stored_event.position
        else:
            raise TypeError(f"{type(stored_event).__name__} has no envelope")
        return Envelope(
            UUID(str(stored_event.originator_id)),
            stored_event.originator_version,
            read_event(stored_event.topic, stored_event.state),
            stored_event.occurred_at,
            stored_event.cause,
            stored_event.recorded_at,
            position,
        )


_COLUMNS = (
    "stream_id, version, position, topic, {} AS body, occurred_at, recorded_at,"
    " actor, correlation_id, causation_id"
)
COLUMNS = _COLUMNS.format(READABLE)
"""What `envelope` reads, in its order."""

STORED_COLUMNS = _COLUMNS.format(AS_STORED)
"""The same as it is stored: the keys of what is sealed are to be asked for."""


def envelope(row: Sequence[Any], keys: WrappedKeys | None = None) -> Envelope:
    """Read one row of `COLUMNS`, or of `STORED_COLUMNS` with its keys. Raises `UnknownTopic`."""
    stream_id, version, position, topic, body, occurred_at, recorded_at, *cause = row
    event = read_event(topic, body, keys)
    return Envelope(stream_id, version, event, occurred_at, Cause(*cause), recorded_at, position)


def write_event(event: Event) -> bytes:
    """Write a fact with what is personal in plain text, as JSON in canonical form (RFC 8785)."""
    try:
        return body_of(type(event)).written(event)
    except (NotAsDeclared, orjson.JSONEncodeError):
        return written_by_pydantic(event)


def written_by_pydantic(event: Event) -> bytes:
    """Do what `write_event` does for facts of which not every value is just as declared."""
    return _written(type(event), event.model_dump(mode="json"))


class Draft(NamedTuple):
    """A fact as it is stored, but for what is personal: that is not sealed yet."""

    topic: str
    body: bytes
    personal: Mapping[Purpose, bytes]

    def sealed(self, keys: Mapping[Purpose, DataKey]) -> bytes:
        """Give the whole body, with what is personal encrypted."""
        return sealed(self.topic, self.body, self.personal, keys) if self.personal else self.body


def draft_of(event: Event) -> Draft:
    """Write a fact, and what is personal in it by itself."""
    shape = body_of(type(event))
    if not shape.may_be_personal:
        return Draft(event.TOPIC, write_event(event), _NOTHING)
    try:
        fields = shape.opened(event)
        personal = hide(event.TOPIC, fields)
        return Draft(event.TOPIC, shape.written(fields), personal)
    except (NotAsDeclared, orjson.JSONEncodeError):
        return drafted_by_pydantic(event)


def drafted_by_pydantic(event: Event) -> Draft:
    """Do what `draft_of` does for facts of which not every value is just as declared."""
    body = event.model_dump(mode="json")
    personal = hide(event.TOPIC, body)
    return Draft(event.TOPIC, _written(type(event), body), personal)


_NOTHING: Mapping[Purpose, bytes] = {}


def _written(shape: type[Event], body: dict[str, Any]) -> bytes:
    return written(body, plain=not _has_fractions(shape, body))


def _has_fractions(shape: type[Event], body: dict[str, Any]) -> bool:
    for above, names in floats_of(shape):
        for holder in holders(body, above):
            if any(isinstance(holder.get(name), float) for name in names):
                return True
    return False


def read_event(topic: str, body: str | bytes, keys: WrappedKeys | None = None) -> Event:
    """Read a fact in the shape of its topic, as it would be stored now. Raises `UnknownTopic`.

    The keys of what is sealed in it are given, or are in the body.
    """
    shape = TOPICS.get(topic)
    if shape is None:
        raise UnknownTopic(
            f"The log holds an event {topic}, which this version of the program does not know."
            " Update the program."
        )
    if is_sealed(body):
        event = read_sealed(shape, body if isinstance(body, str) else body.decode(), keys)
    else:
        event = read_json(shape, body)
    return as_now(event) if shape in FORMER else event
