#!/usr/bin/env python3
"""Checks a bundle of evidence: python verifier.py BUNDLE.zip [--key NAME+ID+KEY]

Needs Python 3.9 or newer and the package `cryptography`; nothing of the system that made it.
It checks, in this order, and stops at the first thing that is wrong:

1. that the file is laid out as it was written, to the byte;
2. that the manifest is signed, and every member is the one that the manifest names;
3. that the signed root of the log is signed by the same party;
4. that every stream of events is complete from its first event on, each event holding the SHA-256
   of the one before it (RFC 8785 canonical JSON);
5. that every event was in the log when the root was signed (RFC 9162 inclusion proofs).

Whose key it is can't be told from a bundle: compare the key with the one that was published, or
give the one you know with --key.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_NAMES = """README.txt events.jsonl history.de.txt history.en.txt key.txt manifest.json manifest.sig
proofs.json root.txt verifier.py"""
MEMBERS = _NAMES.split()

Key = tuple[str, bytes, Ed25519PublicKey]


class Wrong(Exception):
    """What does not fit."""


def expect(holds: object, sentence: str) -> None:
    """Stop unless something holds."""
    if not holds:
        raise Wrong(sentence)


def sha256(data: bytes) -> bytes:
    """Hash."""
    return hashlib.sha256(data).digest()


def canonical(value: object) -> bytes:
    """JSON as RFC 8785 has it; numbers in these documents are whole."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def read_members(data: bytes) -> dict[str, bytes]:
    """Take the archive apart, and see that putting it together again gives the same bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception as error:  # noqa: BLE001 - whatever a broken file leads to
        raise Wrong(f"The archive can't be read: {error}.") from None
    expect(sorted(members) == MEMBERS, "The archive does not have the members that it must have.")
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as archive:
        for name in MEMBERS:
            member = zipfile.ZipInfo(name)
            member.create_system = 3
            archive.writestr(member, members[name])
    expect(again.getvalue() == data, "The archive was changed outside of its members.")
    return members


def read_key(line: str) -> Key:
    """Read a public key: name+id+key, where the id is a part of the hash of the others."""
    name, key_id, encoded = line.rstrip("\n").split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    expect(f"{name}+{key_id}+{base64.b64encode(key).decode()}\n" == line, "key.txt is malformed.")
    expect(len(key) == 33 and key[0] == 1, "The key is not an Ed25519 key.")
    right = sha256(name.encode() + b"\n" + key)[:4].hex()
    expect(right == key_id, "The key's id does not fit the key.")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(key[1:])


def open_note(note: bytes, key: Key, what: str) -> str:
    """Give the text of a signed note (C2SP signed-note) that has one signature."""
    name, key_id, public = key
    text, _, line = note.decode().rpartition("\n\n")
    text += "\n"
    mark = f"— {name} "
    expect(line.startswith(mark) and line.endswith("\n"), f"{what} is not signed with this key.")
    signature = base64.b64decode(line[len(mark) : -1], validate=True)
    written = mark + base64.b64encode(signature).decode() + "\n"
    expect(written == line and signature[:4] == key_id, f"{what} is not signed with this key.")
    try:
        public.verify(signature[4:], text.encode())
    except InvalidSignature:
        raise Wrong(f"The signature of {what} does not fit its text.") from None
    return text


def check_streams(lines: list[bytes]) -> dict[str, tuple[int, bytes]]:
    """See that each stream is whole and chained; gives position and hash of each event."""
    ends: dict[str, tuple[int, str]] = {}
    found: dict[str, tuple[int, bytes]] = {}
    for line in lines:
        event = json.loads(line)
        stream, version = event["stream_id"], event["version"]
        name = f"{stream}/{version}"
        last_version, last_hash = ends.get(stream, (0, None))
        expect(version == last_version + 1, f"Before the event {name} one is missing.")
        expect(event["previous"] == last_hash, f"The event {name} does not follow the one before.")
        digest = bytes.fromhex(event["hash"]) if event.get("withheld") else sha256(line)
        ends[stream] = (version, digest.hex())
        found[name] = (int(event["position"]), digest)
    expect(found, "There are no events.")
    return found


def included_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Compute the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    last, result = size - 1, leaf
    for sibling in path:
        expect(last, "A proof is too long.")
        if index & 1 or index == last:
            result = sha256(b"\x01" + sibling + result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = sha256(b"\x01" + result + sibling)
        index, last = index >> 1, last >> 1
    expect(not last, "A proof is too short.")
    return result


def check(data: bytes, known_key: str | None = None) -> list[str]:
    """Check a bundle; tells what it proves. Whatever it raises means: not in order."""
    members = read_members(data)
    key_line = members["key.txt"].decode()
    if known_key is not None:
        expect(key_line == known_key.strip() + "\n", "The bundle is signed with another key.")
    key = read_key(key_line)
    manifest = members["manifest.json"]
    stated = open_note(members["manifest.sig"], key, "the manifest")
    expect(stated == f"oms evidence\n{sha256(manifest).hex()}\n", "The manifest was changed.")
    contents = json.loads(manifest)
    for name in MEMBERS:
        if not name.startswith("manifest."):
            fits = contents["members"].get(name) == sha256(members[name]).hex()
            expect(fits, f"The member {name} was changed.")

    stated = open_note(members["root.txt"], key, "the root")
    origin, leaves, root, position, sealed = stated.splitlines()
    size, end = int(leaves), int(position.rpartition(" ")[2])

    lines = members["events.jsonl"].splitlines()
    events = check_streams(lines)
    hidden = sum(json.loads(line).get("withheld") is True for line in lines)
    proofs = json.loads(members["proofs.json"])
    expect(canonical(proofs) == members["proofs.json"], "proofs.json is malformed.")
    expect(sorted(proofs) == sorted(events), "There is not one proof for each event.")
    for name, (at, digest) in events.items():
        index, path = proofs[name]["index"], [bytes.fromhex(h) for h in proofs[name]["path"]]
        expect(0 <= index < size and at <= end, f"The event {name} is not under the root.")
        led_to = included_root(sha256(b"\x00" + digest), index, size, path)
        expect(
            led_to == base64.b64decode(root),
            f"The event {name} was not in the log when the root was signed.",
        )
    return [
        f"In order. {len(events)} events of the order {contents['number']} are complete and",
        f"unchanged since {sealed.partition(' ')[2]}, when the log {origin} had {size} events.",
        *([f"The contents of {hidden} are withheld: only hashes are shown."] if hidden else []),
        f"Signed with {key_line.strip()}",
        *([] if known_key else ["Compare this key with the one that was published."]),
    ]


def main() -> None:
    """Check the bundle that is named on the command line."""
    parser = argparse.ArgumentParser(description="Checks a bundle of evidence.")
    parser.add_argument("bundle")
    parser.add_argument("--key", help="the public key that you know, as NAME+ID+KEY")
    given = parser.parse_args()
    try:
        found = check(Path(given.bundle).read_bytes(), given.key)
        sys.stdout.write("\n".join(found) + "\n")
    except Wrong as wrong:
        sys.exit(f"NOT IN ORDER: {wrong}")
    except Exception as error:  # noqa: BLE001
        sys.exit(f"NOT IN ORDER: the bundle is malformed ({type(error).__name__}: {error}).")


if __name__ == "__main__":
    main()
