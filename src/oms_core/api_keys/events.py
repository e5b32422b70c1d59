"""What happens to an API key. One stream for each name.

The secret part stands nowhere: it has 256 random bits, so that its SHA-256 tells nobody what it
was.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from oms_core.kernel.message import Event


class ApiKeyIssued(Event):
    """Whoever has the key may do what `rights` say, for these `channels` only if there are any."""

    TOPIC: ClassVar[str] = "api_keys.ApiKeyIssued.v1"
    name: str
    sha256: str
    rights: tuple[str, ...]
    channels: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime


class ApiKeyRevoked(Event):
    """The key is of no use any more."""

    TOPIC: ClassVar[str] = "api_keys.ApiKeyRevoked.v1"
    reason: str
    revoked_at: datetime


ApiKeyEvent = ApiKeyIssued | ApiKeyRevoked
