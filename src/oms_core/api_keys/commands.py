"""Commands on API keys. Whoever issues one makes the secret and gives its hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.api_keys.api_key import ApiKey, NoSuchApiKey, api_key_id
from oms_core.api_keys.events import ApiKeyIssued
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, Sha256, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command

_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


def _key_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be 2 to 40 small letters, digits and hyphens, a letter first")
    return value


Name = Annotated[Code, AfterValidator(_key_name)]
"""A part of the key, and of what events call whoever uses it."""


class IssueApiKey(Command):
    """Let a machine do what these rights say, for these channels only if any are named."""

    name: Name
    sha256: Sha256
    rights: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    channels: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    issued_at: Moment
    expires_at: Moment

    def touches(self) -> Iterable[UUID]:
        return (api_key_id(self.name),)


class RevokeApiKey(Command):
    """Let an API key be used no more."""

    name: Code
    reason: Text
    revoked_at: Moment

    def target(self) -> UUID:
        return api_key_id(self.name)


@handles(IssueApiKey)
async def issue_api_key(command: IssueApiKey, streams: Streams) -> ApiKey:
    """Record what it may; refused when it would be of no use, or the key is taken."""
    [key] = await streams.find(ApiKey, [api_key_id(command.name)])
    key.issue(ApiKeyIssued(**dict(command)))
    return key


@handles(RevokeApiKey)
async def revoke_api_key(command: RevokeApiKey, streams: Streams) -> ApiKey:
    """Record the end of a key."""
    [key] = await streams.find(ApiKey, [command.target()])
    if not key.exists:
        raise NoSuchApiKey(name=command.name, field=("name",))
    key.revoke(command.reason, command.revoked_at)
    return key
