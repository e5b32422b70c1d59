"""API keys of machines: made here, shown once, and looked up by whoever comes with one."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from psycopg_pool import PoolTimeout

from oms_api.folded_streams import FoldedStreams
from oms_api.rights.principal import KEY, Principal, limited
from oms_api.rights.reach import Reach
from oms_api.rights.right import Right
from oms_api.sources import Pool
from oms_api.tokens import InvalidToken
from oms_core.api_keys.api_key import ApiKey, api_key_id

PREFIX = "oms_"
"""By which people, and scanners for secrets, know what it is."""

_KEY = re.compile(r"oms_([a-z][a-z0-9-]{1,39})_([A-Za-z0-9_-]{43})")

REMEMBERED_SECONDS = 5.0
"""A key that was revoked is of no use anywhere after so long."""

REMEMBERED = 10_000
NOTED_SECONDS = 3_600.0

_INVALID = "The API key is not valid: check that it is whole, or ask for another one."
_USED = """
INSERT INTO oms.api_key_uses AS known (name, last_used_at) VALUES (%s, statement_timestamp())
ON CONFLICT (name) DO UPDATE SET last_used_at = excluded.last_used_at
WHERE known.last_used_at < excluded.last_used_at - interval '1 hour'
"""


def new_secret() -> str:
    """Make the secret part of a key: 256 random bits."""
    return secrets.token_urlsafe(32)


def whole(name: str, secret: str) -> str:
    """Write a key as machines send it."""
    return f"{PREFIX}{name}_{secret}"


def hashed(secret: str) -> str:
    """Give what is kept of a secret. Nobody tries 2^256 of them, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyRing:
    """The keys that one process has seen lately."""

    def __init__(self, pool: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool, self._clock = pool, clock
        self._known: OrderedDict[str, tuple[ApiKey | None, float]] = OrderedDict()
        self._noted: dict[str, float] = {}

    async def principal(self, text: str) -> Principal:
        """Tell what a key may. Raises `InvalidToken`, and psycopg's errors."""
        parts = _KEY.fullmatch(text)
        if parts is None:
            raise InvalidToken(_INVALID)
        name, secret = parts.groups()
        key = await self._key(name)
        if key is None or not hmac.compare_digest(key.facts.sha256, hashed(secret)):
            raise InvalidToken(_INVALID)
        if key.revoked is not None:
            raise InvalidToken("The API key was revoked. Ask for another one.")
        if key.facts.expires_at <= datetime.now(UTC):
            raise InvalidToken("The API key has expired. Ask for another one.")
        await self._note(name)
        return _principal(key)

    async def _key(self, name: str) -> ApiKey | None:
        now = self._clock()
        known = self._known.get(name)
        if known is not None and now - known[1] < REMEMBERED_SECONDS:
            return known[0]
        found = await FoldedStreams(self._pool).aggregate(api_key_id(name))
        key = found if isinstance(found, ApiKey) else None
        self._known[name] = key, now
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return key

    async def _note(self, name: str) -> None:
        """Note that a key is used, now and then; a request does not fail because of it."""
        now = self._clock()
        if now - self._noted.get(name, -NOTED_SECONDS) < NOTED_SECONDS:
            return
        self._noted[name] = now
        with contextlib.suppress(psycopg.Error, PoolTimeout):
            async with self._pool.connection() as connection:
                await connection.execute(_USED, (name,))


def _principal(key: ApiKey) -> Principal:
    """Rights that there are no more are passed over."""
    facts = key.facts
    rights = frozenset(Right(each) for each in facts.rights if each in Right.__members__)
    reach = Reach(channels=frozenset(facts.channels) if facts.channels else None)
    return Principal(facts.name, KEY, limited(rights, reach), reach)
