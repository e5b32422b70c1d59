"""A whole history as a file: JSON Lines, compressed with zstd, to be taken in elsewhere.

The first line says what it is; then come events in the order of the log, wrapped keys of persons,
signed roots, public keys and idempotency keys; the last line says how many there were. Each part is
a zstd frame of its own, so that what was interrupted goes on behind the last whole one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import psycopg
import zstandard

from oms_core.runtime.errors import SetupError
from oms_core.runtime.privacy import carrying
from oms_core.runtime.proof.record import records
from oms_core.runtime.proof.sealing import SignedRoot
from oms_core.runtime.proof.taking_in import Line, TakingIn, line, take_in_roots

FORMAT = "oms history 1"
AT_ONCE = 10_000

_ROOTS = "SELECT size, position, encode(root, 'hex'), note FROM oms.signed_roots ORDER BY size"
_KEYS = "SELECT verifier FROM oms.signing_keys ORDER BY verifier"
_COMMANDS = """
SELECT actor, command, key, encode(input_hash, 'hex') AS input_hash, stream_id::text, version,
       position, recorded_at::text
FROM oms.command_keys WHERE position <= %s ORDER BY actor, command, key
"""

_TAKE_COMMANDS = """
INSERT INTO oms.command_keys
  (actor, command, key, input_hash, stream_id, version, position, recorded_at)
SELECT actor, command, key, decode(input_hash, 'hex'), stream_id, version, position, recorded_at
FROM json_to_recordset(%s::json)
     AS new (actor text, command text, key text, input_hash text, stream_id uuid, version int,
             position bigint, recorded_at timestamptz)
ON CONFLICT DO NOTHING
"""

_NUMBERS = "SELECT last_value, is_called FROM oms.order_numbers"
_TAKE_NUMBERS = (
    "SELECT setval('oms.order_numbers', greatest(%s, last_value), true) FROM oms.order_numbers"
)

Progress = Callable[[int, int], None]


def export(
    conn: psycopg.Connection[Any], file: Path, progress: Progress, *, persons: bool = True
) -> int:
    """Write the final part of the log to a file; gives how many events there are.

    `conn` is the owner's. What was interrupted goes on where it stopped. Without `persons`, the
    keys of what is sealed stay here.
    """
    part, state = _with(file, ".part"), _with(file, ".state")
    done: dict[str, int] = {"bytes": 0, "position": 0, "events": 0}
    if part.exists() and state.exists():
        done = orjson.loads(state.read_bytes())
    [end] = conn.execute("SELECT oms.horizon() - 1").fetchone() or (0,)
    count = "SELECT count(*) FROM oms.events WHERE position <= %s"
    [total] = conn.execute(count, (end,)).fetchone() or (0,)
    with part.open("r+b" if done["bytes"] else "wb") as out:
        out.truncate(done["bytes"])
        out.seek(done["bytes"])
        if not done["bytes"]:
            _write(out, [orjson.dumps({"format": FORMAT})])
        where = "WHERE position > %s AND position <= %s ORDER BY position"
        events = records(conn, where, (done["position"], end))
        while some := list(islice(events, AT_ONCE)):
            _write(out, [b'{"event":%b}' % line(event) for event in some])
            out.flush()
            done["bytes"], done["position"] = out.tell(), int(some[-1].position)
            done["events"] += len(some)
            state.write_bytes(orjson.dumps(done))
            progress(done["events"], total)
        rest = _rest(conn, done["position"], persons=persons)
        _write(out, [*rest, orjson.dumps({"end": done["events"]})])
    part.replace(file)
    state.unlink(missing_ok=True)
    return done["events"]


def _rest(conn: psycopg.Connection[Any], position: int, *, persons: bool) -> Iterator[Line]:
    for one in carrying.held(conn, keys=persons):
        yield orjson.dumps({"person": one})
    for size, last, root, note in conn.execute(_ROOTS).fetchall():
        if last <= position:
            yield orjson.dumps({"root": [size, last, root, note]})
    for (verifier,) in conn.execute(_KEYS).fetchall():
        yield orjson.dumps({"signing_key": verifier})
    with conn.cursor() as cursor:
        cursor.execute(_COMMANDS, (position,))
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield orjson.dumps({"command": dict(zip(names, row, strict=True))})
    [last_number, used] = conn.execute(_NUMBERS).fetchone() or (0, False)
    if used:
        yield orjson.dumps({"order_number": last_number})


def _write(out: Any, lines: list[Line]) -> None:
    out.write(
        zstandard.ZstdCompressor(level=3, write_checksum=True).compress(b"\n".join(lines) + b"\n")
    )


def take_in(conn: psycopg.Connection[Any], file: Path, progress: Progress) -> int:
    """Take a file in; gives how many events it has. `conn` is the owner's.

    What was interrupted goes on where it stopped. Raises `SetupError`.
    """
    lines = _lines(file)
    if next(lines, b"") != orjson.dumps({"format": FORMAT}):
        raise SetupError(f"{file} is not a history that `oms events export` wrote.")
    rest: list[dict[str, Any]] = []

    def events() -> Iterator[Line]:
        for one in lines:
            if not one.startswith(b'{"event":'):
                rest.append(orjson.loads(one))
                break
            yield one[len(b'{"event":') : -1]

    count = TakingIn(conn).all(events(), lambda done: progress(done, done))
    rest.extend(orjson.loads(one) for one in lines)
    if not rest or rest[-1].get("end") != count:
        raise SetupError(f"{file} is not whole. Export it again, or copy it again.")
    _take_in_rest(conn, rest)
    return count


def _take_in_rest(conn: psycopg.Connection[Any], rest: list[dict[str, Any]]) -> None:
    roots = [one["root"] for one in rest if "root" in one]
    take_in_roots(
        conn,
        [SignedRoot(size, last, bytes.fromhex(root), note) for size, last, root, note in roots],
    )
    for one in rest:
        if "signing_key" in one:
            conn.execute(
                "INSERT INTO oms.signing_keys VALUES (%s) ON CONFLICT DO NOTHING",
                (one["signing_key"],),
            )
        if "order_number" in one:
            conn.execute(_TAKE_NUMBERS, (one["order_number"],))
    carrying.take_in(conn, [one["person"] for one in rest if "person" in one])
    commands = [one["command"] for one in rest if "command" in one]
    conn.execute(_TAKE_COMMANDS, (orjson.dumps(commands).decode(),))


def _lines(file: Path) -> Iterator[Line]:
    unpacking = zstandard.ZstdDecompressor()
    try:
        with (
            file.open("rb") as packed,
            unpacking.stream_reader(packed, read_across_frames=True) as reader,
        ):
            for one in io.BufferedReader(reader):
                yield one.rstrip(b"\n")
    except zstandard.ZstdError as error:
        raise SetupError(f"{file} can't be read: {error}. Copy it again.") from None


def _with(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
