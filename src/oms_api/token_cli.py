"""The command that issues bearer tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from oms_api import tokens
from oms_api.places import DataDir, settings_of
from oms_api.rights.roles import Role


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.command()(token)


def token(
    role: Annotated[Role, typer.Option(help="What it may be used for.")],
    subject: Annotated[str, typer.Option(help="Who uses it; events name it as their actor.")] = "",
    days: Annotated[float, typer.Option(min=0.001, max=3650, help="How long it is valid.")] = 30,
    channel: Annotated[
        list[str] | None, typer.Option(help="Only for this channel; may be given several times.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a bearer token."""
    secret = tokens.secret(settings_of(data_dir))
    typer.echo(tokens.issue(secret, role, subject or role.value, days=days, channels=channel or ()))
