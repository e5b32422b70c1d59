"""Bearer tokens of the installation's own: JSON Web Tokens (RFC 7519) signed with HS256."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from oms_api.rights.roles import Role
from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "oms"
SHORTEST_SECRET = 32
"""Bytes; RFC 7518 asks for as many as the hash has."""


class InvalidToken(Exception):
    """The token, or the API key, was not issued here, or is not valid any more."""


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


def issue(
    secret: str, role: Role, subject: str, *, days: float, channels: Sequence[str] = ()
) -> str:
    """Make a token that is valid for so many days, and only for these channels if any."""
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "sub": subject,
        "role": role.value,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(days=days),
    }
    if channels:
        claims["channels"] = list(channels)
    return jwt.encode(claims, secret, ALGORITHM)
