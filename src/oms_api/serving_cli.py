"""Commands that run the system, and bring its database up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from oms_api import demo as demonstration
from oms_api import server, tokens
from oms_api.bars import bar
from oms_api.places import SEED, DataDir, Seed, opened, out, settings_of
from oms_api.rights.roles import Role
from oms_core.runtime.migrations import migrate as apply_migrations

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any free one.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="API processes; they share the port.")]


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    for command in (serve, migrate, demo):
        app.command()(command)


def serve(
    host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = None, workers: Workers = 1
) -> None:
    """Serve the API, keep the read tables, run the processes."""
    with server.serving(settings_of(data_dir), host, port, workers) as url:
        out.print(f"Serving at {url}; console: {url}/graphql. Ctrl-C stops.", soft_wrap=True)
        server.wait_for_signal()


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database up to date; `serve` does it too."""
    with opened(settings_of(data_dir)) as url, bar(out, "hashing older events") as progress:
        applied = apply_migrations(url, progress)
    out.print(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


def demo(
    port: Port = 8000,
    data_dir: Annotated[Path, typer.Option(help="Holds the demo's database.")] = Path(".demo"),
    seed: Seed = SEED,
    exit: Annotated[bool, typer.Option("--exit", help="Stop after the import.")] = False,
) -> None:
    """Play real orders through the API, then serve them."""
    settings = settings_of(data_dir)
    with server.serving(settings, "127.0.0.1", port, workers=1) as url:
        secret = tokens.secret(settings)
        bearer = tokens.issue(secret, Role.ADMIN, "demo", days=30)
        asyncio.run(demonstration.play(url, bearer, seed, out))
        demonstration.invite(url, bearer, out)
        if not exit:
            out.print("Serving until Ctrl-C.")
            server.wait_for_signal()
