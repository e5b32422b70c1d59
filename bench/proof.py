"""What it costs to prove and to hide: hashes, encryption, and computing all of it anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import psycopg

from bench.measure import Rate
from oms_core.kernel.message import Event
from oms_core.runtime import group_writing
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import Draft, write_event
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.record import records
from oms_core.runtime.proof.sealing import Sealer
from oms_core.runtime.proof.verifying import Verifier

SLICES = 6
"""Each kind is measured in turns, so that a neighbour disturbs both."""

_WITHOUT_HASHES = """
ALTER TABLE oms.events DISABLE TRIGGER events_are_chained;
ALTER TABLE oms.events DROP CONSTRAINT every_event_has_a_hash;
"""


def stop_hashing(url: str) -> None:
    """Let a database take events without chaining them, as its owner could."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_WITHOUT_HASHES)


@contextmanager
def plain_text() -> Iterator[None]:
    """Store what is personal as it is."""

    def draft_of(event: Event) -> Draft:
        return Draft(event.TOPIC, write_event(event), {})

    with patch.object(group_writing, "draft_of", draft_of):
        yield


def in_turns(
    one: Callable[[int], Rate], two: Callable[[int], Rate], requests: int
) -> tuple[Rate, Rate]:
    """Measure two kinds in turns, each first as often as second; what warms them up is left out."""
    found: tuple[list[Rate], list[Rate]] = ([], [])
    for kind in (one, two):
        kind(requests // 5)
    for turn in range(SLICES):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            found[which].append((one, two)[which](requests))
    return _together(found[0]), _together(found[1])


def named(name: str, rate: Rate) -> Rate:
    """Give a rate another name."""
    rate.name = name
    return rate


def _together(rates: Sequence[Rate]) -> Rate:
    rate = Rate(rates[0].name, rates[0].clients, sum(each.seconds for each in rates))
    for each in rates:
        rate.answers.update(each.answers)
        rate.taken += each.taken
    return rate


def verifying(url: str, folder: Path) -> tuple[Rate, Rate]:
    """Seal a log and verify it; beside hashing the bytes of the same records, and nothing else."""
    keys = KeyFolder(folder)
    with connect(url, name="bench") as conn, connect(url, name="bench") as spare:
        Sealer(conn, keys).seal_all()
        conn.execute("SET timezone = 'UTC'")
        found = [
            event.written(canonical(event.body))
            for event in records(conn, "WHERE true ORDER BY position")
        ]
        began = time.perf_counter()
        for record in found:
            sha256(record).digest()
        bare = Rate("sha256 of the same records", 1, time.perf_counter() - began)
        bare.answers["events"] = len(found)
        began, busy = time.perf_counter(), time.process_time()
        verified = Verifier(conn, spare, keys.trusted()).run()
        rate = Rate("oms verify: read, hash, chain, tree", 1, time.perf_counter() - began)
    rate.answers["events"] = verified.events
    rate.notes["% of one core"] = round(100 * (time.process_time() - busy) / rate.seconds)
    assert verified.events == verified.sealed == len(found)
    return bare, rate
