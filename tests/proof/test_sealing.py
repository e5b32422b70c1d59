"""Two servers that seal at once, and keys that are changed, leave one log that is whole."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.proof.conftest import STREAMS, append
from tests.proof.sealed import all_sealed

from oms_core.runtime.connections import connect
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.notes import stated
from oms_core.runtime.proof.sealing import Sealer, database_id, last_root
from oms_core.runtime.proof.verifying import Verified, Verifier
from oms_core.runtime.proof.walking import Manipulated

Conn = psycopg.Connection[Any]
APPENDED = 30


def test_two_sealers_at_once_make_one_tree(
    conn: Conn, database_url: str, keys: KeyFolder, tmp_path: Path
) -> None:
    done, ready = threading.Event(), threading.Barrier(3)
    failed: list[BaseException] = []

    def seal() -> None:
        try:
            with connect(database_url, name="sealing") as own:
                sealer = Sealer(own, KeyFolder(tmp_path / "kept"))
                ready.wait()
                while not done.is_set():
                    sealer.seal()
        except BaseException as error:
            failed.append(error)

    sealers = [threading.Thread(target=seal) for _ in range(2)]
    keys.signer()
    for sealer in sealers:
        sealer.start()
    ready.wait()
    for version in range(1, APPENDED + 1):
        append(conn, STREAMS[0], version, version)
    done.set()
    for sealer in sealers:
        sealer.join(30)
    assert failed == []
    last = all_sealed(conn, keys)
    assert last.size == APPENDED
    assert stated(str(keys.remembered(database_id(conn)))).size == APPENDED
    with connect(database_url, name="spare") as spare:
        found = Verifier(conn, spare, keys.trusted(), [last.note]).run()
    assert (found.events, found.sealed) == (APPENDED, APPENDED)
    assert found.roots > 1, "they had something to seal while it was appended to"


def test_what_a_former_key_has_signed_stays_valid_beside_the_new_one(
    log: Conn, database_url: str, keys: KeyFolder
) -> None:
    [former] = keys.trusted()
    before = last_root(log)
    keys.rotate()
    all_sealed(log, keys)
    assert before is not None
    with connect(database_url, name="spare") as spare:
        verified = Verifier(log, spare, keys.trusted(), [before.note]).run()
        assert verified == Verified(events=40, sealed=40, roots=4), "with the one that was kept"
        new = [key for key in keys.trusted() if key != former]
        with pytest.raises(Manipulated, match="can't be trusted"):
            Verifier(log, spare, new).run()


def test_an_older_root_does_not_take_the_place_of_a_newer_one(log: Conn, keys: KeyFolder) -> None:
    notes = [note for (note,) in log.execute("SELECT note FROM oms.signed_roots ORDER BY size")]
    for note in reversed(notes):
        keys.remember("a database", note)
    assert keys.remembered("a database") == notes[-1]
