"""The record of an event: all that is stored of it and the hash of the one before, as it is hashed.

The database writes the same in `oms.event_record()`; neither takes the other's word for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import LiteralString

import orjson

COLUMNS: LiteralString = """
position::text, encode(hash, 'hex'), stream_id::text, version::text, topic, actor,
correlation_id::text, causation_id, oms.record_time(occurred_at), oms.record_time(recorded_at),
body::text
"""
"""What `StoredRecord` holds, in its order: all of them texts."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """An event as the database gives it: texts, but for the body's and the hash's bytes."""

    position: int
    hash: bytes | None
    stream_id: str
    version: int
    topic: str
    actor: str
    correlation_id: str
    causation_id: str | None
    occurred_at: str
    recorded_at: str
    body: bytes

    @classmethod
    def of(cls, row: Sequence[str | None]) -> StoredRecord:
        """Read a row of `COLUMNS`."""
        position, digest, stream_id, version, topic, actor, correlation_id = row[:7]
        causation_id, occurred_at, recorded_at, body = row[7:]
        assert position and stream_id and version and correlation_id
        assert topic is not None and actor is not None and body is not None
        assert occurred_at is not None and recorded_at is not None
        return cls(
            int(position),
            bytes.fromhex(digest) if digest else None,
            stream_id,
            int(version),
            topic,
            actor,
            correlation_id,
            causation_id,
            occurred_at,
            recorded_at,
            body.encode(),
        )

    @property
    def event_id(self) -> str:
        """The event's permanent name: stream and version."""
        return f"{self.stream_id}/{self.version}"

    def record(self, body: bytes, previous: bytes | None) -> bytes:
        """Write the record with a body in canonical form. `previous` is None for a first event."""
        before = "null" if previous is None else f'"{previous.hex()}"'
        return b"".join(
            (
                f'{{"actor":{_quoted(self.actor)},"body":'.encode(),
                body,
                f',"causation_id":{_quoted(self.causation_id)}'
                f',"correlation_id":"{self.correlation_id}","occurred_at":"{self.occurred_at}"'
                f',"position":"{self.position}","previous":{before}'
                f',"recorded_at":"{self.recorded_at}","stream_id":"{self.stream_id}"'
                f',"topic":{_quoted(self.topic)},"version":{self.version}}}'.encode(),
            )
        )

    def hash_after(self, body: bytes, previous: bytes | None) -> bytes:
        """Compute the hash that the event carries."""
        return sha256(self.record(body, previous)).digest()


@lru_cache(10_000)
def _quoted(text: str | None) -> str:
    return orjson.dumps(text).decode()
