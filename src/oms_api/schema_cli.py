"""The command that prints the GraphQL schema."""

from __future__ import annotations

import typer

from oms_api.schema import printed


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.command()(schema)


def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(printed(), nl=False)
