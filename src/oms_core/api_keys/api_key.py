"""An API key: issued once, good until it expires or is revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from oms_core.api_keys.events import ApiKeyEvent, ApiKeyIssued, ApiKeyRevoked
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, Invalid, NotAllowedInState, NotFound


class NoSuchApiKey(NotFound):
    """There is no API key {name}. Take its name from the list."""


class ApiKeyAlreadyIssued(AlreadyExists):
    """There was an API key {name} already. Take another name: this one stands in the history."""


class ApiKeyExpiresAtOnce(Invalid):
    """The API key would have expired at {expires_at}, before it is issued. Give a later moment."""


class ApiKeyAlreadyRevoked(NotAllowedInState):
    """The API key was revoked at {revoked_at}. Issue another one if it is needed."""


def api_key_id(name: str) -> UUID:
    """Give the stream of a key's name."""
    return natural_id("api key", name)


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """An API key as an answer shows it: nothing of its secret."""

    id: UUID
    version: int
    name: str
    rights: tuple[str, ...]
    channels: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    reason: str | None


class ApiKey(Aggregate[ApiKeyEvent]):
    """One key."""

    MISSING = NoSuchApiKey
    facts: ApiKeyIssued
    revoked: ApiKeyRevoked | None = None

    def issue(self, facts: ApiKeyIssued) -> None:
        """Let it be used, once."""
        if self.exists:
            raise ApiKeyAlreadyIssued(name=facts.name, field=("name",))
        if facts.expires_at <= facts.issued_at:
            raise ApiKeyExpiresAtOnce(
                expires_at=facts.expires_at.isoformat(), field=("expires_at",)
            )
        self.record(facts)

    def revoke(self, reason: str, at: datetime) -> None:
        """Let it be used no more."""
        if self.revoked is not None:
            raise ApiKeyAlreadyRevoked(
                revoked_at=self.revoked.revoked_at.isoformat(), field=("name",)
            )
        self.record(ApiKeyRevoked(reason=reason, revoked_at=at))

    def evolve(self, event: ApiKeyEvent) -> None:
        match event:
            case ApiKeyIssued():
                self.facts = event
            case ApiKeyRevoked():
                self.revoked = event
            case _:
                assert_never(event)

    def view(self) -> ApiKeyView:
        """Show the key as it is now."""
        facts, revoked = self.facts, self.revoked
        return ApiKeyView(
            id=self.id,
            version=self.version,
            name=facts.name,
            rights=facts.rights,
            channels=facts.channels,
            issued_at=facts.issued_at,
            expires_at=facts.expires_at,
            revoked_at=None if revoked is None else revoked.revoked_at,
            reason=None if revoked is None else revoked.reason,
        )
