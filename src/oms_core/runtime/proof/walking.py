"""One walk along the log: every event is hashed anew and compared with all that speaks of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, NoReturn

import orjson
import psycopg

from oms_core.kernel.message import event_type
from oms_core.runtime.privacy.sealing import SEALED
from oms_core.runtime.privacy.wrong_keys import KeysOfPersons
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.proof.merkle import Frontier
from oms_core.runtime.proof.notes import Checkpoint
from oms_core.runtime.proof.record import StoredRecord
from oms_core.runtime.proof.tree import HASH, computed

_LEAVES = """
SELECT first_index, hashes FROM oms.sealed_leaves
WHERE first_index >= %s AND first_index < %s ORDER BY first_index LIMIT 64
"""

_SUBTREES = """
SELECT level, index
FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[]) AS computed (level, index, hash)
LEFT JOIN oms.sealed_subtrees AS stored USING (level, index)
WHERE stored.hash IS DISTINCT FROM computed.hash ORDER BY level, index
"""


class Manipulated(Exception):
    """Something is not as it was. The message is one sentence about the first thing found."""


class Walk:
    """From the `index`-th event on; `sealed` is how many of all are sealed. `conn` is read only."""

    def __init__(
        self, conn: psycopg.Connection[Any], index: int, sealed: int, roots: Sequence[Checkpoint]
    ) -> None:
        self._conn = conn
        self._sealed = sealed
        self._frontier = computed(conn, lambda nodes: Frontier(index, nodes))
        self._roots = list(reversed(roots))
        self._batches = _batches(conn, index, sealed)
        self._batch, self._offset = b"", 0
        self.roots = 0
        self.persons = KeysOfPersons(conn)

    @property
    def size(self) -> int:
        """How many leaves there were, with those before the walk."""
        return self._frontier.size

    def take(self, event: StoredRecord) -> None:
        """Compare the next event with its hash, its predecessor and its leaf."""
        if not event.previous and event.version != b"1":
            before = f"{event.stream_id.decode()}/{int(event.version) - 1}"
            raise Manipulated(f"The event {before} is missing before {_name(event)}.")
        digest = sha256(event.written(event.body)).digest()
        body = orjson.loads(event.body)
        plain = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        if digest.hex().encode() != event.hash or plain != event.body:
            digest = _second_look(event)
        if self._frontier.size < self._sealed:
            self._take_leaf(event, sha256(b"\x00" + digest).digest())
        if body.__class__ is dict and SEALED in body:
            self.persons.take(event, body)

    def _take_leaf(self, event: StoredRecord, leaf: bytes) -> None:
        if self._offset == len(self._batch):
            self._next_batch()
        end = self._offset + HASH
        if leaf != self._batch[self._offset : end]:
            self._explain(event, leaf)
        self._offset = end
        self._frontier.append(leaf)
        while self._roots and self._roots[-1].size == self._frontier.size:
            self._check_root(self._roots.pop())

    def _next_batch(self) -> None:
        first, self._batch = next(self._batches, (-1, b""))
        self._offset = 0
        if first != self._frontier.size:
            raise Manipulated(
                f"The leaf of event number {self._frontier.size + 1} is missing from the tree,"
                f" which covers {self._sealed}."
            )

    def _check_root(self, root: Checkpoint) -> None:
        if root.root != self._frontier.root():
            raise Manipulated(
                f"The root of {root.sealed_at} over {root.size} events is not that of these events:"
                " one of them was changed, moved, put in or taken out."
            )
        completed, self._frontier.completed = self._frontier.completed, []
        if completed:
            given = [list(column) for column in zip(*completed, strict=True)]
            for level, index in self._conn.execute(_SUBTREES, given):
                raise Manipulated(f"The subtree {level}/{index} is not that of these events.")
        self.roots += 1

    def _explain(self, event: StoredRecord, leaf: bytes) -> NoReturn:
        rest = self._batch[self._offset :] + b"".join(hashes for _, hashes in self._batches)
        later = next((i for i in range(0, len(rest), HASH) if rest[i : i + HASH] == leaf), 0)
        if later:
            missing = f"{later // HASH} that were sealed are missing"
            raise Manipulated(f"Before {_name(event)}, {missing}.")
        raise Manipulated(
            f"{_name(event, 'The')} is not what was sealed as number {self._frontier.size + 1}: it"
            " was changed, moved or put in since."
        )

    def finish(self) -> None:
        """Be told that there are no more events."""
        if self._frontier.size < self._sealed:
            raise Manipulated(
                f"The log ends after {self._frontier.size} events, but {self._sealed} were sealed:"
                " the last ones are missing."
            )
        for root in self._roots:
            raise Manipulated(
                f"The root of {root.sealed_at} covers {root.size} events, but only"
                f" {self._frontier.size} are sealed here: the last ones are missing."
            )


def _batches(conn: psycopg.Connection[Any], index: int, sealed: int) -> Iterator[tuple[int, bytes]]:
    while rows := conn.execute(_LEAVES, (index, sealed)).fetchall():
        yield from rows
        first, hashes = rows[-1]
        index = first + len(hashes) // HASH


def _second_look(event: StoredRecord) -> bytes:
    """Hash an event whose body was not written in canonical form, as the first ones were not."""
    if not event.hash:
        raise Manipulated(f"{_name(event, 'The')} has no hash.")
    digest = sha256(event.written(canonical(event.body))).digest()
    if digest.hex().encode() != event.hash:
        raise Manipulated(
            f"{_name(event, 'The')} is not what was recorded: its contents, or the event before it,"
            " do not fit the hash that it carries."
        )
    return digest


def _name(event: StoredRecord, article: str = "the") -> str:
    kind = event_type(event.topic.decode()) if event.topic.count(b".") > 1 else event.topic.decode()
    return f"{article} event {event.event_id} ({kind}, position {event.position.decode()})"
