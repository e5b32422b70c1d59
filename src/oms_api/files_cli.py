"""Commands that send what stands in a file to a running server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from oms_api import demo as demonstration
from oms_api import stock_file, tokens
from oms_api.places import SEED, DataDir, Seed, out, settings_of
from oms_api.rights.roles import Role
from oms_core.runtime.errors import SetupError

imports = typer.Typer(help="Bring data in.", no_args_is_help=True)
stock = typer.Typer(help="What is there.", no_args_is_help=True)

Url = Annotated[str, typer.Option(help="The server.")]
Token = Annotated[
    str | None, typer.Option(envvar="OMS_TOKEN", help="A bearer token; made here if missing.")
]


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.add_typer(stock, name="stock")
    app.add_typer(imports, name="import")


@imports.command("orders")
def import_orders(
    file: Annotated[Path, typer.Argument(help="A CSV file like the demo's.", dir_okay=False)],
    url: Url = "http://127.0.0.1:8000",
    token: Token = None,
    seed: Seed = SEED,
    data_dir: DataDir = None,
) -> None:
    """Place the orders of a CSV file through a running server."""
    if not file.is_file():
        raise SetupError(f"There is no file {file}.")
    bearer = token or _own_token(data_dir, "import")
    asyncio.run(demonstration.bring_in(file, url, bearer, seed, out))


@stock.command("reconcile")
def reconcile_stock(
    file: Annotated[
        Path, typer.Argument(help="A CSV file: sku, location, counted.", dir_okay=False)
    ],
    book: Annotated[bool, typer.Option("--book", help="Book the counts; else only list.")] = False,
    url: Url = "http://127.0.0.1:8000",
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """List where counts differ from what is booked, and book them when asked to."""
    bearer = token or _own_token(data_dir, "reconciliation")
    counts = stock_file.read(file)
    found = asyncio.run(stock_file.reconcile(counts, url, bearer, out, book=book))
    stock_file.show(found, out, book=book)
    if found.refused:
        raise typer.Exit(1)


def _own_token(data_dir: Path | None, subject: str) -> str:
    return tokens.issue(tokens.secret(settings_of(data_dir)), Role.ADMIN, subject, days=1)
