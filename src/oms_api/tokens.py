"""Bearer tokens: JSON Web Tokens signed with the installation's own secret (HS256)."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import jwt

from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "oms"
SHORTEST_SECRET = 32
"""Bytes; RFC 7518 asks for as many as the hash has."""

REMEMBERED = 10_000
"""Tokens whose signature need not be checked again; of each client, one is in use for hours."""


class Role(StrEnum):
    """What somebody is here for. Only `admin` may use the API so far."""

    ADMIN = "admin"
    STOREFRONT = "storefront"
    CUSTOMER = "customer"
    SERVICE = "service"
    WAREHOUSE = "warehouse"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    INTEGRATION = "integration"


PUBLIC = frozenset({Role.STOREFRONT, Role.CUSTOMER})
"""Roles of programs that anybody can look into, such as a shop in a browser."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    subject: str
    role: Role


class InvalidToken(Exception):
    """The token was not issued here, or is not valid any more. Ask for a new one."""


class UnknownRole(Exception):
    """The token names a role that there is not."""


def secret(settings: Settings) -> str:
    """Give the secret that signs tokens: the configured one, or one made in the data directory.

    Raises `SetupError`.
    """
    if settings.token_secret is not None:
        if len(settings.token_secret.encode()) < SHORTEST_SECRET:
            raise SetupError(f"OMS_TOKEN_SECRET must have {SHORTEST_SECRET} characters or more.")
        return settings.token_secret
    path = settings.data_dir.expanduser() / "token-secret"
    try:
        return path.read_text().strip() if path.exists() else _made(path)
    except OSError as error:
        raise SetupError(
            f"The token secret {path} can't be used: {error.strerror}. Set OMS_TOKEN_SECRET, or"
            " name another directory in OMS_DATA_DIR."
        ) from None


def _made(path: Path) -> str:
    """Write a new secret for the owner's eyes only; of two at once, the first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(0o600)
    draft.write_text(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_text().strip()


def issue(secret: str, role: Role, subject: str, *, days: float) -> str:
    """Make a token that is valid for so many days."""
    now = datetime.now(UTC)
    claims = {
        "sub": subject,
        "role": role.value,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(days=days),
    }
    return jwt.encode(claims, secret, ALGORITHM)


def principal(secret: str, token: str) -> Principal:
    """Check a token. Raises `InvalidToken` or `UnknownRole`."""
    who, expires_at = _signed(secret, token)
    if expires_at <= time.time():
        raise InvalidToken("The token has expired. Ask for a new one.")
    return who


@lru_cache(REMEMBERED)
def _signed(secret: str, token: str) -> tuple[Principal, float]:
    """Tell who a token is for, and until when (seconds since 1970). Errors are not remembered."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "role", "iat", "exp", "aud"]},
        )
    except jwt.ExpiredSignatureError:
        raise InvalidToken("The token has expired. Ask for a new one.") from None
    except jwt.InvalidTokenError:
        raise InvalidToken("The token is not valid. Ask for a new one.") from None
    try:
        return Principal(claims["sub"], Role(claims["role"])), float(claims["exp"])
    except ValueError:
        raise UnknownRole(f"There is no role {claims['role']!r}.") from None
