"""Who sends a request: a token of this installation, or of an identity provider."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from oms_api import tokens
from oms_api.key_ring import PREFIX, KeyRing
from oms_api.key_sets import KeySet, UnknownKey
from oms_api.rights.principal import Principal, with_role
from oms_api.rights.roles import Role
from oms_api.tokens import InvalidToken
from oms_core.runtime.errors import SetupError

REMEMBERED = 10_000
"""Tokens whose signature need not be checked again; of each client, one is in use for hours."""

RECHECKED = 60.0
"""Seconds after which it is checked again, for its key may have been withdrawn."""

LONGEST = 8_000
"""Characters of a token."""

LONGEST_SUBJECT = 255

_REQUIRED = ["sub", "iat", "exp", "aud"]
_EXPIRED = "The token has expired. Ask for a new one."
_INVALID = "The token is not valid. Ask for a new one."


class UnknownRole(Exception):
    """The token names a role that there is not."""


class Issuers(BaseSettings):
    """Whose tokens are good.

    `jwks` is the URL or the file of an identity provider's keys, `token_issuer` its name in `iss`,
    and `token_audience` what its tokens name in `aud`. `role_claim` is where they have the role.
    Clocks may differ by `token_leeway` seconds. Without `own_tokens`, only the provider's count.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    jwks: str | None = None
    token_issuer: str | None = None
    token_audience: str = tokens.AUDIENCE
    token_leeway: float = Field(default=30.0, ge=0, le=300)
    role_claim: str = "role"
    own_tokens: bool = True

    def key_set(self) -> KeySet | None:
        """Give the provider's keys, if there is one. Raises `SetupError`."""
        if self.jwks is None:
            if not self.own_tokens:
                raise SetupError("OMS_OWN_TOKENS is off, and OMS_JWKS names no other issuer.")
            return None
        if self.token_issuer is None:
            raise SetupError("OMS_TOKEN_ISSUER must name the issuer whose keys are in OMS_JWKS.")
        return KeySet(self.jwks)


_OWN = Issuers.model_construct()
"""What the tokens say that are made here, whatever is set for those of others."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was checked: whose it is, when it expires, and when to check it again."""

    who: Principal
    expires_at: float
    look_again_at: float


class Authentication:
    """Checks tokens in one process."""

    def __init__(self, secret: str, issuers: Issuers) -> None:
        """Raises `SetupError`."""
        self._secret = secret
        self._issuers = issuers
        self._keys = issuers.key_set()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self.api_keys: KeyRing | None = None
        """Set when there is a database to look them up in."""

    async def principal(self, token: str) -> Principal:
        """Check a token, or an API key. Errors are not remembered.

        Raises `InvalidToken` or `UnknownRole`, and psycopg's errors.
        """
        if self.api_keys is not None and token.startswith(PREFIX):
            return await self.api_keys.principal(token)
        now = time.time()
        known = self._known.get(token)
        if known is None or known.look_again_at <= now:
            known = await self._checked(token, now)
            self._known[token] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if known.expires_at + self._issuers.token_leeway <= now:
            raise InvalidToken(_EXPIRED)
        return known.who

    async def _checked(self, token: str, now: float) -> _Known:
        try:
            claims = await self._claims(token)
        except jwt.ExpiredSignatureError:
            raise InvalidToken(_EXPIRED) from None
        except (jwt.InvalidTokenError, UnknownKey):
            raise InvalidToken(_INVALID) from None
        return _Known(_principal(claims), float(claims["exp"]), now + RECHECKED)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        """Check the signature: the kind of key decides which algorithms count, not the token."""
        if len(token) > LONGEST:
            raise InvalidToken(_INVALID)
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        settings = self._issuers
        if algorithm == tokens.ALGORITHM:
            if not settings.own_tokens:
                raise InvalidToken(_INVALID)
            return self._decoded(token, self._secret, algorithm, _OWN)
        if self._keys is None:
            raise InvalidToken(_INVALID)
        key = await self._keys.key(header.get("kid"), algorithm)
        return self._decoded(token, key.key, algorithm, settings)

    def _decoded(self, token: str, key: Any, algorithm: str, issuers: Issuers) -> Mapping[str, Any]:
        issuer, role = issuers.token_issuer, issuers.role_claim
        required = [*_REQUIRED, role, *([] if issuer is None else ["iss"])]
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=issuers.token_audience,
            issuer=issuer,
            leeway=self._issuers.token_leeway,
            options={"require": required},
        )
        return claims | {"role": claims[role]}


def _principal(claims: Mapping[str, Any]) -> Principal:
    """Read what a token says of who has it. Raises `InvalidToken` or `UnknownRole`."""
    subject, channels = claims["sub"], claims.get("channels")
    if not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise InvalidToken("The token's `sub` must have 1 to 255 printable characters.")
    if isinstance(channels, str):
        channels = [channels]
    if channels is not None and not (
        isinstance(channels, list) and all(isinstance(each, str) for each in channels)
    ):
        raise InvalidToken("The token's `channels` must be a list of codes.")
    try:
        role = Role(claims["role"])
    except ValueError:
        raise UnknownRole(f"There is no role {claims['role']!r}.") from None
    return with_role(subject, role, None if channels is None else frozenset(channels))
