"""The public keys of an identity provider (JSON Web Key Set, RFC 7517), kept and fetched anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jwt
import structlog

from oms_core.runtime.errors import SetupError

log = structlog.get_logger(__name__)

ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""By type of key. A token chooses among those of its key; symmetric keys have none."""

SHORTEST_RSA = 2048
"""Bits (NIST SP 800-131A)."""

INTERVAL = 60.0
"""Seconds between two fetches, at least: strangers can make up as many key ids as they like."""

LIFETIME = 600.0
"""Seconds after which the keys are fetched again, so that a withdrawn one is not used for long."""

PATIENCE = 5.0
LARGEST = 1_000_000
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class UnknownKey(Exception):
    """No key of this id signs tokens here."""


class KeySet:
    """The keys at an https URL or in a file. Those that were fetched stay while it is away."""

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises `SetupError` when the source can't be trusted, or is no file."""
        self._source, self._clock = source, clock
        self._is_url = "://" in source
        if self._is_url:
            url = urlsplit(source)
            if url.scheme != "https" and url.hostname not in _LOCAL:
                raise SetupError("OMS_JWKS must be an https:// URL, or a file.")
        elif not Path(source).is_file():
            raise SetupError(f"OMS_JWKS names {source}, which is no file.")
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched = self._tried = -LIFETIME
        self._fetching = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def key(self, id: str | None, algorithm: str) -> jwt.PyJWK:
        """Give the key that a token's header names. Raises `UnknownKey`.

        Nobody waits for keys to be fetched again whose own key is known.
        """
        if id not in self._keys:
            await self._refresh()
        elif self._clock() - self._fetched >= LIFETIME and not self._fetching.locked():
            self._renewing = asyncio.create_task(self._refresh())
        found = None if id is None else self._keys.get(id)
        if found is None or algorithm not in ALGORITHMS.get(found.key_type or "", ()):
            raise UnknownKey
        return found

    async def _refresh(self) -> None:
        async with self._fetching:
            now = self._clock()
            if now - self._tried < INTERVAL:
                return
            self._tried = now
            try:
                self._keys = _usable(await self._read())
                self._fetched = now
            except (OSError, httpx.HTTPError, jwt.PyJWTError, ValueError) as error:
                log.warning("the identity provider's keys can't be read", error=str(error))

    async def _read(self) -> str:
        if not self._is_url:
            return await asyncio.to_thread(Path(self._source).read_text)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(self._source)
            answer.raise_for_status()
        if len(answer.content) > LARGEST:
            raise ValueError("it is too large")
        return answer.text


def _usable(text: str) -> Mapping[str, jwt.PyJWK]:
    """Read a key set; leaves out what has no id, is symmetric, too short, or not for signatures."""
    found = {}
    for key in jwt.PyJWKSet.from_json(text).keys:
        kind, size = key.key_type, getattr(key.key, "key_size", 0)
        if key.key_id is None or kind not in ALGORITHMS or key.public_key_use not in (None, "sig"):
            continue
        if kind == "RSA" and size < SHORTEST_RSA:
            continue
        found[key.key_id] = key
    return found
