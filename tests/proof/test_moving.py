"""A history moves to another database with its proofs, as a file or as of a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
import zstandard
from tests.api.running import oms_here
from tests.proof.conftest import STREAMS, append
from tests.proof.sealed import all_sealed

from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.migrations import migrate
from oms_core.runtime.proof import files, taking_in
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.replaying import replay
from oms_core.runtime.proof.verifying import Verified, Verifier

Conn = psycopg.Connection[Any]
EVENTS = "SELECT * FROM oms.events ORDER BY position"
KEY = """
INSERT INTO oms.command_keys (actor, command, key, input_hash, stream_id, version, position)
SELECT 'ada', 'Do', 'k-1', sha256('x'), stream_id, version, position FROM oms.events LIMIT 1
"""


def nothing(done: int, total: int) -> None:
    """Show no progress."""


def verified(url: str, keys: KeyFolder) -> Verified:
    with connect(url, name="test") as one, connect(url, name="test") as two:
        return Verifier(one, two, keys.trusted()).run()


def test_a_history_moves_as_a_file_with_its_proofs(
    log: Conn, owner: Conn, target: Conn, elsewhere: str, keys: KeyFolder, tmp_path: Path
) -> None:
    log.execute(KEY)
    owner.execute("SELECT setval('oms.order_numbers', 100777)")
    file = tmp_path / "history.jsonl.zst"
    assert files.export(owner, file, nothing) == 40
    assert files.take_in(target, file, nothing) == 40
    assert target.execute(EVENTS).fetchall() == owner.execute(EVENTS).fetchall()
    for table in ("signed_roots", "sealed_leaves", "command_keys"):
        columns = "*" if table != "signed_roots" else "size, position, root, note"
        rows = f"SELECT {columns} FROM oms.{table} ORDER BY 1"
        assert target.execute(rows).fetchall() == owner.execute(rows).fetchall(), table
    assert target.execute("SELECT nextval('oms.order_numbers')").fetchone() == (100778,)
    assert verified(elsewhere, keys) == Verified(events=40, sealed=35, roots=2)

    migrate(elsewhere)
    with connect(elsewhere, name="test") as conn:
        append(conn, STREAMS[0], 9, 9)
        [(last,)] = conn.execute("SELECT max(position) FROM oms.events").fetchall()
        assert conn.execute(
            "SELECT version FROM oms.events WHERE position = %s", (last,)
        ).fetchone() == (9,)
        all_sealed(conn, keys)
    assert verified(elsewhere, keys) == Verified(events=41, sealed=41, roots=3)


def test_an_interrupted_export_and_import_go_on(
    log: Conn,
    owner: Conn,
    target: Conn,
    keys: KeyFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 7)
    monkeypatch.setattr(taking_in, "AT_ONCE", 6)
    file, told = tmp_path / "history.jsonl.zst", []

    def interrupt(done: int, total: int) -> None:
        told.append(done)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.export(owner, file, interrupt)
    assert not file.exists()
    with (tmp_path / "history.jsonl.zst.part").open("ab") as part:
        part.write(b"half a frame")
    assert files.export(owner, file, interrupt) == 40
    assert told == [7, 14, 21, 28, 35, 40]
    assert [path.name for path in tmp_path.iterdir() if "history" in path.name] == [file.name]

    told.clear()
    with pytest.raises(KeyboardInterrupt):
        files.take_in(target, file, interrupt)
    assert target.execute("SELECT count(*) FROM oms.events").fetchone() == (18,)
    assert files.take_in(target, file, interrupt) == 40
    assert told == [6, 12, 18, 24, 30, 36, 40]
    assert files.take_in(target, file, interrupt) == 40
    assert target.execute(EVENTS).fetchall() == owner.execute(EVENTS).fetchall()


def rewritten(file: Path, change: Any) -> Path:
    """Unpack a file, alter its lines, pack it again."""
    with file.open("rb") as packed:
        reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
        lines = change(reader.read().splitlines())
    other = file.with_name("other.zst")
    other.write_bytes(zstandard.ZstdCompressor().compress(b"\n".join(lines) + b"\n"))
    return other


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: [one.replace(b'"ada"', b'"eve"') for one in lines], "not have the hash"),
        (lambda lines: lines[:3] + lines[4:], "no event with a hash before it"),
        (lambda lines: lines[:-1], "is not whole"),
        (lambda lines: [x for x in lines if b'"version":8' not in x], "is not whole"),
        (lambda lines: lines[1:], "is not a history"),
    ],
)
def test_a_file_that_was_altered_is_refused(
    log: Conn, owner: Conn, target: Conn, tmp_path: Path, change: Any, sentence: str
) -> None:
    file = tmp_path / "history.jsonl.zst"
    files.export(owner, file, nothing)
    with pytest.raises(SetupError, match=sentence):
        files.take_in(target, rewritten(file, change), nothing)
    assert target.execute("SELECT count(*) FROM oms.signed_roots").fetchone() == (0,)


def test_a_root_that_was_altered_is_refused(
    log: Conn, owner: Conn, target: Conn, tmp_path: Path
) -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        return [x.replace(b'{"root":[25,', b'{"root":[24,') for x in lines]

    file = tmp_path / "history.jsonl.zst"
    files.export(owner, file, nothing)
    with pytest.raises(SetupError, match="The root over 24 events is not that of these events"):
        files.take_in(target, rewritten(file, change), nothing)


def test_a_damaged_file_and_another_history_are_refused(
    log: Conn, owner: Conn, target: Conn, tmp_path: Path
) -> None:
    file = tmp_path / "history.jsonl.zst"
    files.export(owner, file, nothing)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    broken = tmp_path / "broken.zst"
    broken.write_bytes(data)
    with pytest.raises(SetupError, match=r"can't be read|not what it was|is not"):
        files.take_in(target, broken, nothing)
    append(target, uuid4(), 1, 1)
    with pytest.raises(SetupError, match="holds other events"):
        files.take_in(target, file, nothing)


def test_a_replay_copies_what_was_known_at_a_moment(
    log: Conn, owner: Conn, target: Conn, elsewhere: str, keys: KeyFolder
) -> None:
    [until] = (
        owner.execute("SELECT max(recorded_at) FROM oms.events WHERE version = 7").fetchone() or ()
    )
    assert replay(owner, target, until, nothing) == 35
    known = EVENTS.replace("ORDER", "WHERE version <= 7 ORDER")
    assert target.execute(EVENTS).fetchall() == owner.execute(known).fetchall()
    assert verified(elsewhere, keys) == Verified(events=35, sealed=35, roots=2)
    with pytest.raises(SetupError, match="copied into itself"):
        replay(owner, owner, until, nothing)


def test_a_copy_has_its_read_tables_and_takes_nothing_in(
    database_url: str, log: Conn, owner: Conn, elsewhere: str, target: Conn, tmp_path: Path
) -> None:
    received = orjson.dumps(
        {"location": "L", "quantity": 5, "reference": None, "sku": "S"}
    ).decode()
    owner.execute(
        "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
        " correlation_id) VALUES (%s, 1, oms.position_of(0), 'stock.StockReceived.v1', %s, now(),"
        " 'ada', %s)",
        (uuid4(), received, uuid4()),
    )
    owner.execute("DELETE FROM oms.bookmarks")
    done = oms_here(
        *("replay", "--until", "2100-01-01T00:00:00Z", "--into", elsewhere),
        OMS_DATABASE_URL=database_url,
        OMS_DATA_DIR=str(tmp_path),
    )
    assert done.exit_code == 0, done.stderr
    assert "41 events, as they were known at 2100-01-01" in done.stdout
    assert target.execute("SELECT on_hand FROM read.stock_levels").fetchall() == [(5,)]
    assert target.execute("SELECT on_hand FROM oms.stock_balances").fetchall() == [(5,)]
    with (
        connect(elsewhere, name="test") as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="copy for an investigation"),
    ):
        append(conn, STREAMS[0], 9, 9)
    [(behind,)] = target.execute(
        "SELECT count(*) FROM oms.bookmarks WHERE position < (SELECT max(position) FROM oms.events)"
    ).fetchall()
    assert behind == 0
