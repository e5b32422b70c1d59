"""API keys: what machines may do that have no person to sign in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry

from oms_api.answers import Answer, Payload
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import CommandInput, VersionedInput
from oms_api.key_ring import hashed, new_secret, whole
from oms_api.rights.reach import Forbidden
from oms_api.rights.right import Right
from oms_core.api_keys.api_key import ApiKeyView
from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_projections import api_keys
from oms_projections.api_keys import UsedKey

LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key right after a command, with the whole of it when it was made just now."""

    view: ApiKeyView
    secret: str | None = None


def _fact(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(lambda root: getattr(root.view, name), graphql_type, description)


def _rights(root: Any) -> Iterable[Right]:
    return [Right(each) for each in root.view.rights if each in Right.__members__]


@strawberry.type(description="What a machine may do that has the key.")
class ApiKey:
    """An API key; resolved from `UsedKey`."""

    version: int = _fact("version", int, "How many events it has; grows with each change.")
    name: str = _fact("name", str, "Its name; events name whoever uses it `key:` and this.")
    rights: list[Right] = resolved(_rights, list[Right], "What it may be used for.")
    channels: list[str] = _fact(
        "channels", list[str], "The only channels that it may act for; empty when for any."
    )
    issued_at: datetime = _fact("issued_at", datetime, "When it was issued.")
    expires_at: datetime = _fact("expires_at", datetime, "It is good until then.")
    revoked_at: datetime | None = _fact("revoked_at", datetime | None, "When it was revoked.")
    reason: str | None = _fact("reason", str | None, "Why it was revoked.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was used last, to the hour; null when it never was."
    )


@strawberry.input(description="Let a machine do what it is needed for, and no more.")
class IssueApiKeyInput(CommandInput):
    """Let a machine do what it is needed for."""

    name: str = strawberry.field(
        description="What it is for, such as `erp-import`: 2 to 40 small letters, digits and"
        " hyphens, a letter first. It is never given again."
    )
    rights: list[Right] = strawberry.field(
        description="What it may be used for; only rights that you have."
    )
    channels: list[str] | None = strawberry.field(
        default=None, description="The only channels that it may act for; any when missing."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="It is good until then; for a year when missing."
    )


@strawberry.input(description="Let an API key be used no more.")
class RevokeApiKeyInput(VersionedInput):
    """Let an API key be used no more."""

    name: str = strawberry.field(description="The key's name.")
    reason: str = strawberry.field(description="Why. Write no part of the key here.")


@strawberry.type(description="What became of a command on an API key.")
class ApiKeyPayload(Payload):
    """What became of a command on an API key."""

    @query(ApiKey | None, "The key right after the command; null when it was refused.")
    @staticmethod
    def api_key(root: strawberry.Parent[Answer]) -> UsedKey | None:
        """Show the key."""
        return None if root.view is None else UsedKey(_issued(root.view).view, None)

    @query(
        str | None,
        "The key itself, as it is sent in `Authorization: Bearer …`. It is shown this once: keep it"
        " at once. Null for a replayed answer, and when it was not issued just now.",
    )
    @staticmethod
    def secret(root: strawberry.Parent[Answer]) -> str | None:
        """Show the whole key."""
        return None if root.view is None else _issued(root.view).secret


def _issued(view: Any) -> IssuedKey:
    return view if isinstance(view, IssuedKey) else IssuedKey(view)


@strawberry.type
class ApiKeyMutations:
    """Commands on API keys."""

    @mutation(ApiKeyPayload, "Issue an API key. It is shown in this answer and never again.")
    async def issue_api_key(self, info: Info, input: IssueApiKeyInput) -> Answer:
        """Issue a key with rights that whoever asks has."""
        context = info.context
        lacking = set(input.rights) - context.who.rights
        if lacking:
            raise Forbidden(f"You can't give rights that you lack: {', '.join(sorted(lacking))}.")
        secret = new_secret()
        made: dict[str, object] = {"sha256": hashed(secret)}
        if input.expires_at is None:
            made["expires_at"] = datetime.now(UTC) + LIFETIME
        answer = await context.gateway.carry_out(
            context.cause, input, IssueApiKey, moment="issued_at", **made
        )
        if answer.view is None or answer.replayed:
            return answer
        return replace(answer, view=IssuedKey(answer.view, whole(input.name, secret)))

    @mutation(
        ApiKeyPayload, "Let an API key be used no more. It takes effect everywhere in five seconds."
    )
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> Answer:
        """Revoke a key."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, RevokeApiKey, moment="revoked_at"
        )


@strawberry.type
class ApiKeyQueries:
    """Queries on API keys."""

    @query(list[ApiKey], "Every API key that was issued, by name; 1,000 at most.")
    async def api_keys(self, info: Info, *, min_position: MinPosition = None) -> list[UsedKey]:
        """List the keys."""
        await info.context.reached(min_position, "api_keys")
        async with info.context.pool.connection() as connection:
            return await api_keys.all_of_them(connection)
