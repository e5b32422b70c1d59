"""The record of an event: all that is stored of it and the hash of the one before, as it is hashed.

The database writes the same in `oms.event_record()`; neither takes the other's word for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, LiteralString, NamedTuple

import orjson
import psycopg

COLUMNS: LiteralString = """
position, encode(hash, 'hex'), stream_id, version, topic, actor, correlation_id,
coalesce(to_json(causation_id)::text, 'null'), oms.record_time(occurred_at),
oms.record_time(recorded_at), body::text,
(SELECT encode(before.hash, 'hex') FROM oms.events AS before
 WHERE before.stream_id = event.stream_id AND before.version = event.version - 1)
"""
"""What a `StoredRecord` holds, in its order; of `oms.events AS event`."""

_RECORD = (
    b'{"actor":%b,"body":%b,"causation_id":%b,"correlation_id":"%b","occurred_at":"%b",'
    b'"position":"%b","previous":%b,"recorded_at":"%b","stream_id":"%b","topic":%b,"version":%b}'
)

_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
"""What COPY writes after a backslash; anything else stands for itself."""


class StoredRecord(NamedTuple):
    """An event as the database writes it: texts, hashes in hexadecimal digits.

    `causation` is JSON. `previous` is the stored hash of the event before it in the stream. A hash
    that is missing is empty.
    """

    position: bytes
    hash: bytes
    stream_id: bytes
    version: bytes
    topic: bytes
    actor: bytes
    correlation_id: bytes
    causation: bytes
    occurred_at: bytes
    recorded_at: bytes
    body: bytes
    previous: bytes

    @property
    def event_id(self) -> str:
        """The event's permanent name: stream and version."""
        return f"{self.stream_id.decode()}/{self.version.decode()}"

    def written(self, body: bytes) -> bytes:
        """Write the record with this body, which is in canonical form."""
        return _RECORD % (
            _quoted(self.actor),
            body,
            self.causation,
            self.correlation_id,
            self.occurred_at,
            self.position,
            b'"%b"' % self.previous if self.previous else b"null",
            self.recorded_at,
            self.stream_id,
            _quoted(self.topic),
            self.version,
        )


def records(
    conn: psycopg.Connection[Any], condition: LiteralString, parameters: Sequence[object] = ()
) -> Iterator[StoredRecord]:
    """Read events; `condition` is all that follows `FROM oms.events AS event`."""
    query = f"COPY (SELECT {COLUMNS} FROM oms.events AS event {condition}) TO STDOUT (NULL '')"  # noqa: S608
    with conn.cursor() as cursor, cursor.copy(query, parameters) as copy:
        for line in copy:
            yield StoredRecord._make(_fields(bytes(line)))


def _fields(line: bytes) -> list[bytes]:
    """Take a line of COPY's text format apart."""
    fields = line[:-1].split(b"\t")
    return [_unescaped(field) for field in fields] if b"\\" in line else fields


def _unescaped(field: bytes) -> bytes:
    if b"\\" not in field:
        return field
    first, *rest = field.split(b"\\")
    found, literal = [first], False
    for part in rest:
        if literal or not part:  # a backslash that is escaped itself is followed by an empty part
            found.append(part if literal else b"\\")
            literal = not literal
        else:
            found.append(_ESCAPES.get(part[:1], part[:1]) + part[1:])
    return b"".join(found)


@lru_cache(10_000)
def _quoted(text: bytes) -> bytes:
    return orjson.dumps(text.decode())
