"""Columns as Postgres receives them in binary: one statement stores, or finds, any number of rows.

psycopg writes a list item by item in Python, which takes far longer. Rows as one JSON text are
written as quickly, but Postgres then reads every body three times.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.errors import UntranslatableCharacter
from psycopg.pq import Format

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NULL = (-1).to_bytes(4, signed=True)
_HAS_NULLS = 1
"""Postgres looks for itself whether there are any."""

_NO_CHARACTERS = re.compile(
    rb"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]|(\\u0000|\\u[dD][89a-fA-F])", re.DOTALL
)
"""Finds NUL characters and halves of surrogate pairs in JSON; passes over what looks like one."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array in binary. Of what, its place in the statement tells: `%s::uuid[]`."""

    binary: bytes


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj.binary


psycopg.adapters.register_dumper(Array, _ArrayDumper)


def uuids(ids: Iterable[UUID]) -> Array:
    """Write a `uuid[]`."""
    return _of_size(16, "uuid", [id.int.to_bytes(16) for id in ids])


def integers(numbers: Iterable[int]) -> Array:
    """Write an `int[]`."""
    return _of_size(4, "int4", [number.to_bytes(4, signed=True) for number in numbers])


def bigints(numbers: Iterable[int]) -> Array:
    """Write a `bigint[]`."""
    return _of_size(8, "int8", [number.to_bytes(8, signed=True) for number in numbers])


def moments(moments: Sequence[datetime]) -> Array:
    """Write a `timestamptz[]`."""
    known = {moment: _microseconds(moment) for moment in set(moments)}
    return _of_size(8, "timestamptz", [known[moment] for moment in moments])


def texts(texts: Sequence[str | None]) -> Array:
    """Write a `text[]`. A text that is often in it is encoded once."""
    known = {text: _NULL if text is None else _item(text.encode()) for text in set(texts)}
    return _array("text", len(texts), [known[text] for text in texts])


def utf8_texts(texts: Sequence[bytes]) -> Array:
    """Write a `text[]` of texts that are encoded already."""
    return _array("text", len(texts), map(_item, texts))


def byteas(contents: Sequence[bytes]) -> Array:
    """Write a `bytea[]`."""
    return _array("bytea", len(contents), map(_item, contents))


def documents(documents: Sequence[bytes]) -> Array:
    """Write a `json[]`.

    Postgres would store a NUL character or half a surrogate pair, and could not read what is
    around it. Raises `UntranslatableCharacter`, as Postgres does where it looks.
    """
    array = _array("json", len(documents), map(_item, documents))
    if b"\\" in array.binary and any(any(_NO_CHARACTERS.findall(one)) for one in documents):
        raise UntranslatableCharacter("A NUL character or half a surrogate pair is no text.")
    return array


def _item(content: bytes) -> bytes:
    return len(content).to_bytes(4) + content


def _microseconds(moment: datetime) -> bytes:
    return ((moment - _EPOCH) // _MICROSECOND).to_bytes(8, signed=True)


def _of_size(size: int, kind: str, contents: Sequence[bytes]) -> Array:
    return _array(kind, len(contents), [size.to_bytes(4).join((b"", *contents))])


def _array(kind: str, length: int, items: Iterable[bytes]) -> Array:
    """Put items, each behind its own length, into an array of one dimension that begins at 1."""
    oid = psycopg.adapters.types[kind].oid
    head = struct.pack("!iiIii", 1, _HAS_NULLS, oid, length, 1)
    return Array(b"".join((head, *items)))
