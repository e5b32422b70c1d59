"""Checkpoints of the log as signed notes: the text format that transparency logs publish.

C2SP signed-note and tlog-checkpoint: lines of text, an empty line, and a line for each signature.
Any tool that reads those of Go's checksum database or of Sigstore's Rekor reads ours.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519 = b"\x01"
_MARK = "— "


class BadNote(Exception):
    """What was published or stored as a signed root is not one. The message says why."""


class Signer(Protocol):
    """Signs with a private key that may be anywhere: in a file, or in a machine that keeps it."""

    @property
    def verifier(self) -> str:
        """The public key, as `verifier_key` writes it."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519 (RFC 8032)."""
        ...


def key_id(name: str, public_key: bytes) -> bytes:
    """Give the four bytes by which a note tells with which key it was signed."""
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """Write a public key as `name+id+key`."""
    key = base64.b64encode(_ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{key}"


def read_verifier(verifier: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Read `name+id+key` as name, id and key. Raises `BadNote`."""
    try:
        name, id, encoded = verifier.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if key[:1] != _ED25519 or key_id(name, key[1:]).hex() != id:
            raise BadNote(f"{verifier} is not an Ed25519 key whose id fits.")
        return name, bytes.fromhex(id), Ed25519PublicKey.from_public_bytes(key[1:])
    except (ValueError, binascii.Error):
        raise BadNote(f"{verifier} is not a key as name+id+key.") from None


def sign(text: str, signer: Signer) -> str:
    """Sign a text, which ends with a line end."""
    name, id, _ = read_verifier(signer.verifier)
    signature = base64.b64encode(id + signer.sign(text.encode())).decode()
    return f"{text}\n{_MARK}{name} {signature}\n"


def opened(note: str, verifiers: Iterable[str]) -> str:
    """Give the text of a note that one of these keys has signed. Raises `BadNote`."""
    text, _, signatures = note.rpartition("\n\n")
    if not signatures.endswith("\n"):
        raise BadNote("It is no signed note: it does not end with a line of signature.")
    text += "\n"
    known = {(name, id): key for name, id, key in map(read_verifier, verifiers)}
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(_MARK).rpartition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise BadNote("A line of signature is not base64.") from None
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            key.verify(signature[4:], text.encode())
        except InvalidSignature:
            raise BadNote(f"The signature of {name} does not fit the text.") from None
        return text
    raise BadNote("It is not signed with a key that is known here.")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed root states: the root over the first `size` events, up to a position."""

    origin: str
    size: int
    root: bytes
    position: int
    sealed_at: str

    def text(self) -> str:
        """Write it as it is signed."""
        root = base64.b64encode(self.root).decode()
        return (
            f"{self.origin}\n{self.size}\n{root}\nposition {self.position}\n"
            f"sealed {self.sealed_at}\n"
        )

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Read what `text` wrote. Raises `BadNote`."""
        try:
            origin, size, root, position, sealed = text.splitlines()
            found = cls(
                origin,
                int(size),
                base64.b64decode(root, validate=True),
                int(position.removeprefix("position ")),
                sealed.removeprefix("sealed "),
            )
        except (ValueError, binascii.Error):
            raise BadNote("It is not a checkpoint of such a log.") from None
        if found.text() != text:
            raise BadNote("It is not a checkpoint as it is written.")
        return found


def stated(note: str) -> Checkpoint:
    """Read what a note states, whoever signed it. Raises `BadNote`."""
    return Checkpoint.read(note.rpartition("\n\n")[0] + "\n")


def moment(at: datetime) -> str:
    """Write a moment as in a checkpoint."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
