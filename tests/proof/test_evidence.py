"""A bundle of evidence is checked without this system, and no byte of it can be altered."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.proof.conftest import STREAMS

from oms_core.runtime.connections import connect_async
from oms_core.runtime.proof import verifier as standalone
from oms_core.runtime.proof.bundle import VERIFIER, bundle, file_name
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.notes import opened, read_verifier, sign
from oms_core.runtime.proof.proofs import events_of, inclusion, signed_root
from oms_core.runtime.proof.verifier import canonical

HISTORIES = {"en": "It was ordered.\n", "de": "Es wurde bestellt.\n"}


@pytest.fixture
def evidence(log: psycopg.Connection[Any], keys: KeyFolder, database_url: str) -> bytes:
    return asyncio.run(bundled(database_url, keys))


async def bundled(database_url: str, keys: KeyFolder, withheld: Collection[str] = ()) -> bytes:
    """Bundle two streams of the log."""
    async with await connect_async(database_url, name="test") as conn:
        root = await signed_root(conn)
        assert root is not None
        events = await events_of(conn, STREAMS[:2], root.position)
        proofs = [await inclusion(conn, event, root) for event in events]
    found = [proof for proof in proofs if proof is not None]
    assert len(found) == 14
    return bundle("O-1/ü", found, root, HISTORIES, keys.signer(), unsealed=2, withheld=withheld)


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name)
            member.create_system = 3
            archive.writestr(member, members[name])
    return file.getvalue()


def is_refused(data: bytes) -> bool:
    try:
        standalone.check(data)
    except Exception:
        return True
    return False


def test_a_bundle_is_in_order_for_who_has_only_the_file(
    evidence: bytes, keys: KeyFolder, tmp_path: Path
) -> None:
    path = tmp_path / file_name("O-1/ü")
    assert path.name == "evidence-O-1__.zip"
    path.write_bytes(evidence)
    script = tmp_path / "verifier.py"
    script.write_bytes(members_of(evidence)["verifier.py"])
    check = [sys.executable, "-I", script, path]
    [key] = keys.trusted()
    for options in ([], ["--key", key]):
        done = subprocess.run([*check, *options], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "In order. 14 events of the order O-1/ü are complete" in done.stdout
        assert ("Compare this key" in done.stdout) == (not options)
    other = KeyFolder(tmp_path / "other").signer().verifier
    done = subprocess.run([*check, "--key", other], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "NOT IN ORDER: The bundle is signed with another key.\n"


def test_what_is_withheld_is_proven_without_being_shown(
    log: psycopg.Connection[Any], keys: KeyFolder, database_url: str
) -> None:
    hidden = {f"{STREAMS[0]}/{version}" for version in (1, 3)}
    data = asyncio.run(bundled(database_url, keys, hidden))
    lines = members_of(data)["events.jsonl"].splitlines()
    assert sum(b"back" in line for line in lines) == len(lines) - len(hidden)
    found = standalone.check(data)
    assert "The contents of 2 are withheld: only hashes are shown." in found
    first, *rest = lines
    other = json.loads(first) | {"hash": "00" * 32}
    changed = b"\n".join([canonical(other), *rest]) + b"\n"
    with pytest.raises(standalone.Wrong, match="does not follow"):
        standalone.check_streams(changed.splitlines())


def test_the_verifier_is_short_and_needs_one_package() -> None:
    lines = VERIFIER.read_text().splitlines()
    assert len(lines) < 200
    imported = {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("import", "from"))
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_no_byte_of_any_member_can_be_altered(evidence: bytes) -> None:
    """Whoever alters a member also writes a right archive around it."""
    members = members_of(evidence)
    assert archive_of(members) == evidence
    assert not is_refused(evidence)
    for name, data in members.items():
        step = 1 if len(data) < 300 else 7 if len(data) < 3000 else 61
        for at in range(0, len(data), step):
            altered = data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]
            assert is_refused(archive_of(members | {name: altered})), (name, at)
        assert is_refused(archive_of(members | {name: data + b" "})), name
        assert is_refused(archive_of(members | {name: data[:-1]})), name
        assert is_refused(archive_of({k: v for k, v in members.items() if k != name})), name


def test_no_byte_of_the_archive_can_be_altered(evidence: bytes) -> None:
    around = sorted(
        set(range(0, len(evidence), 41)) | {*range(40), *range(len(evidence) - 700, len(evidence))}
    )
    for at in around:
        altered = evidence[:at] + bytes([evidence[at] ^ (1 << at % 8)]) + evidence[at + 1 :]
        assert is_refused(altered), at
    assert is_refused(evidence + b"\0")
    assert is_refused(b"\0" + evidence)


def resigned(members: dict[str, bytes], keys: KeyFolder, change: Callable[[bytes], bytes]) -> bytes:
    """Alter the events, and sign all of it again with the right key: only the root is left."""
    members = members | {"events.jsonl": change(members["events.jsonl"])}
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["events.jsonl"] = sha256(members["events.jsonl"]).hexdigest()
    members["manifest.json"] = standalone.canonical(manifest)
    stated = f"oms evidence\n{sha256(members['manifest.json']).hexdigest()}\n"
    members["manifest.sig"] = sign(stated, keys.signer()).encode()
    return archive_of(members)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text.replace(b'"ada"', b'"eve"', 1), "does not follow the one before"),
        (lambda text: text.split(b"\n", 1)[1], "Before the event .*/2 one is missing"),
        (lambda text: text.rsplit(b"\n", 2)[0] + b"\n", "not one proof for each"),
        (lambda text: text.replace(b'"version":7}', b'"version":8}', 1), "/8 one is missing"),
        (lambda text: b"", "no events"),
    ],
)
def test_who_has_the_key_still_can_not_alter_events(
    evidence: bytes, keys: KeyFolder, change: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(standalone.Wrong, match=sentence):
        standalone.check(resigned(members_of(evidence), keys, change))


def test_the_last_event_can_not_be_altered_either(evidence: bytes, keys: KeyFolder) -> None:
    def change(text: bytes) -> bytes:
        return text[:-900] + text[-900:].replace(b'"ada"', b'"eve"')

    with pytest.raises(standalone.Wrong, match=r"does not follow|was not in the log when the root"):
        standalone.check(resigned(members_of(evidence), keys, change))


GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
"""From the documentation of Go's package golang.org/x/mod/sumdb/note."""


def test_a_note_that_go_signed_opens_here_and_in_the_verifier() -> None:
    text = "".join(GO_NOTE.splitlines(keepends=True)[:2])
    assert opened(GO_NOTE, [GO_KEY]) == text
    key = standalone.read_key(f"{GO_KEY}\n")
    assert standalone.open_note(GO_NOTE.encode(), key, "it") == text
    assert read_verifier(GO_KEY)[0] == "PeterNeumann"
