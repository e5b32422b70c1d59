"""Commands for whoever lets machines in: `oms api-keys`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Column, Table

from oms_api.key_ring import hashed, new_secret, whole
from oms_api.places import DataDir, opened, out, settings_of
from oms_api.pools import async_pool
from oms_api.rights.right import Right
from oms_api.wrong_fields import user_errors
from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.errors import SetupError
from oms_core.runtime.request import Request
from oms_projections import api_keys
from oms_projections.api_keys import UsedKey

ACTOR = "oms"

Name = Annotated[str, typer.Argument(help="The key's name, such as erp-import.")]

keys = typer.Typer(help="API keys for machines.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.add_typer(keys, name="api-keys")


@keys.command("issue")
def issue(
    name: Name,
    right: Annotated[list[Right], typer.Option(help="What it may be used for; several times.")],
    channel: Annotated[
        list[str] | None, typer.Option(help="Only for this channel; several times.")
    ] = None,
    days: Annotated[float, typer.Option(min=0.001, max=3650, help="How long it is good.")] = 365,
    data_dir: DataDir = None,
) -> None:
    """Issue a key, and print it. It is shown this once."""
    secret, now = new_secret(), datetime.now(UTC)
    facts = {
        "name": name,
        "sha256": hashed(secret),
        "rights": tuple(sorted({each.value for each in right})),
        "channels": tuple(channel or ()),
        "issued_at": now,
        "expires_at": now + timedelta(days=days),
    }
    with opened(settings_of(data_dir)) as url:
        _carry_out(url, IssueApiKey, facts, now)
    typer.echo(whole(name, secret))


@keys.command("revoke")
def revoke(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, for whoever checks.")],
    data_dir: DataDir = None,
) -> None:
    """Let a key be used no more, everywhere in five seconds."""
    now = datetime.now(UTC)
    with opened(settings_of(data_dir)) as url:
        _carry_out(url, RevokeApiKey, {"name": name, "reason": reason, "revoked_at": now}, now)
    out.print("Revoked.")


@keys.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """Show every key, as far as the read tables have come."""
    with opened(settings_of(data_dir)) as url:
        found = asyncio.run(_found(url))
    others = ("good until", "used last", "revoked", "rights", "channels")
    folded = (Column(header, overflow="fold") for header in others)
    table = Table(Column("name", no_wrap=True), *folded)  # revoking takes the whole name
    for used in found:
        view = used.view
        table.add_row(
            view.name,
            _shown(view.expires_at),
            _shown(used.last_used_at),
            _shown(view.revoked_at),
            " ".join(view.rights),
            escape(" ".join(view.channels)),
        )
    out.print(table)


def _carry_out(url: str, kind: type[Command], facts: dict[str, object], now: datetime) -> None:
    try:
        command = kind.model_validate(facts)
        with CommandBus(url) as bus:
            bus.submit(Request(command, Cause(ACTOR, uuid4()), now)).result()
    except ValidationError as error:
        raise SetupError(user_errors(error)[0].message) from None
    except Refusal as refusal:
        raise SetupError(str(refusal)) from None


async def _found(url: str) -> list[UsedKey]:
    async with async_pool(url) as pool, pool.connection() as connection:
        return await api_keys.all_of_them(connection)


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="minutes")
