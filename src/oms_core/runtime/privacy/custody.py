"""Who keeps the master key: it wraps the data keys of persons, which lie in the database.

Whoever has the database, or a copy of it, but not the master key can read nothing personal.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings

NONCE = 12
KEY_BITS = 256


class Custodian(Protocol):
    """Keeps master keys: in a file, or in a machine that never gives them away."""

    @property
    def current(self) -> str:
        """The name of the master key that new data keys are wrapped with."""
        ...

    def wrap(self, master: str, data_key: bytes) -> bytes:
        """Encrypt a data key with this master key. Raises `SetupError`."""
        ...

    def unwrap(self, master: str, wrapped: bytes) -> bytes:
        """Decrypt a data key that was wrapped with this master key. Raises `SetupError`."""
        ...


class FileCustodian:
    """Master keys in a file that only its owner may read, one a line; the last is the current."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        self._keys: dict[str, AESGCM] = {}

    @property
    def current(self) -> str:
        if not self._keys:
            self._read(make=True)
        return next(reversed(self._keys))

    def wrap(self, master: str, data_key: bytes) -> bytes:
        return encrypt(self._key(master), data_key, b"")

    def unwrap(self, master: str, wrapped: bytes) -> bytes:
        return decrypt(self._key(master), wrapped, b"")

    def _key(self, master: str) -> AESGCM:
        if master not in self._keys:
            self._read()
        if master not in self._keys:
            raise SetupError(
                f"The master key {master} is not in {self._path}. Put the file there that this"
                " database was used with, or name it in OMS_KEYS_FILE."
            )
        return self._keys[master]

    def rotate(self) -> str:
        """Add a new key, which becomes the current one; returns its name."""
        lines = self._path.read_text() if self.current else ""
        draft = self._draft(lines + _new_line())
        draft.replace(self._path)
        self._read()
        return self.current

    def _read(self, *, make: bool = False) -> None:
        try:
            if make and not self._path.exists():
                self._make()
            pairs = [line.split() for line in self._path.read_text().splitlines()]
            self._keys = {name: AESGCM(base64.b64decode(key)) for name, key in pairs}
        except OSError as error:
            raise SetupError(
                f"The master keys in {self._path} can't be used: {error.strerror}. Name another"
                " file in OMS_KEYS_FILE."
            ) from None
        except ValueError:
            raise SetupError(
                f"{self._path} does not hold master keys. Restore it from a backup."
            ) from None

    def _make(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._draft(_new_line())
        try:
            self._path.hardlink_to(draft)  # of two at once, the first stays
        except FileExistsError:
            pass
        finally:
            draft.unlink()

    def _draft(self, text: str) -> Path:
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.{token_hex(4)}")
        draft.touch(0o600)
        draft.write_text(text)
        return draft


_entrusted: list[Custodian] = []


def entrust(custodian: Custodian) -> None:
    """Name who keeps the master keys of this process."""
    _entrusted[:] = [custodian]


def custodian() -> Custodian:
    """Give who keeps the master keys; a file as the settings name it unless told otherwise."""
    if not _entrusted:
        entrust(FileCustodian(Settings().master_keys))
    return _entrusted[0]


def encrypt(key: AESGCM, plain: bytes, about: bytes) -> bytes:
    """Encrypt with AES-GCM under a nonce of its own, which the answer begins with."""
    nonce = os.urandom(NONCE)
    return nonce + key.encrypt(nonce, plain, about)


def decrypt(key: AESGCM, sealed: bytes, about: bytes) -> bytes:
    """Decrypt what `encrypt` gave. Raises `SetupError` when the key or the text is another one."""
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], about)
    except InvalidTag:
        raise SetupError(
            "Personal data can't be decrypted: they, or the key, are not what they were. Run"
            " `oms verify`, and check the file with the master keys."
        ) from None


def _new_line() -> str:
    key = base64.b64encode(AESGCM.generate_key(KEY_BITS)).decode()
    return f"{token_hex(4)} {key}\n"
