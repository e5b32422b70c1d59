"""The key that signs roots, in a file; and what this machine remembers of what it has signed.

Whoever may change the database but not these files can't sign a root, nor have an older one taken
for the last.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.notes import key_id, read_verifier, stated, verifier_key

_PREFIX = "PRIVATE+KEY+"


class FileSigner:
    """Signs with the key in a file, which only its owner may read."""

    def __init__(self, line: str) -> None:
        name, _, encoded = line.strip().removeprefix(_PREFIX).split("+", 2)
        self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded)[1:])
        self.verifier = verifier_key(name, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519."""
        return self._key.sign(message)


class KeyFolder:
    """`signing-key` holds the private key; `signing-keys.pub` every public one there ever was;
    `last-root.<database>` the last root of a database that was signed here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser()
        self._private = self._folder / "signing-key"
        self._public = self._folder / "signing-keys.pub"

    def signer(self) -> FileSigner:
        """Give the signer; makes a key the first time. Raises `SetupError`."""
        try:
            if not self._private.exists():
                self._make(f"oms-{token_hex(4)}")
            signer = FileSigner(self._private.read_text())
        except OSError as error:
            raise SetupError(
                f"The signing key {self._private} can't be used: {error.strerror}. Name another"
                " directory in OMS_DATA_DIR."
            ) from None
        except ValueError:
            raise SetupError(
                f"{self._private} is not a signing key. Restore it, or move it away: a new one is"
                " made then."
            ) from None
        return signer

    def rotate(self) -> FileSigner:
        """Make a new key of the same name; what was signed stays valid. Raises `SetupError`."""
        name, id, _ = read_verifier(self.signer().verifier)
        self._private.rename(self._private.with_name(f"signing-key.{id.hex()}"))
        self._make(name)
        return self.signer()

    def trusted(self) -> list[str]:
        """Give the public keys that were made here; none where roots were never signed."""
        return self._public.read_text().split() if self._public.exists() else []

    def remember(self, database: str, note: str) -> None:
        """Keep the last root of a database that was signed; of two at once, the larger."""
        path = self.last_root(database)
        known = self.remembered(database)
        if known is not None and stated(known).size > stated(note).size:
            return
        draft = path.with_name(f"{path.name}.{os.getpid()}.{token_hex(4)}")
        draft.write_text(note)
        draft.replace(path)

    def remembered(self, database: str) -> str | None:
        """Give the last root of a database that was signed here."""
        path = self.last_root(database)
        return path.read_text() if path.exists() else None

    def last_root(self, database: str) -> Path:
        """Tell where the last root of a database is kept."""
        return self._folder / f"last-root.{database}"

    def _make(self, name: str) -> None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        private = base64.b64encode(b"\x01" + key.private_bytes_raw()).decode()
        self._folder.mkdir(parents=True, exist_ok=True)
        line = f"{_PREFIX}{name}+{key_id(name, public).hex()}+{private}\n"
        draft = self._private.with_name(f"signing-key.{os.getpid()}")
        draft.touch(0o600)
        draft.write_text(line)
        try:
            self._private.hardlink_to(draft)  # of two at once, the first stays
        except FileExistsError:
            return
        finally:
            draft.unlink()
        with self._public.open("a") as file:
            file.write(f"{verifier_key(name, public)}\n")
