"""The command line: `oms --help`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import httpx
import psycopg
import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.progress import Progress, TextColumn
from rich.table import Table

from oms_api import demo as demonstration
from oms_api import logs, moving_cli, privacy_cli, proof_cli, server, stock_file, tokens
from oms_api.bars import bar
from oms_api.places import DataDir, opened, out, settings_of
from oms_api.rights.roles import Role
from oms_api.schema import printed
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.garbage import look_less_often
from oms_core.runtime.migrations import migrate as apply_migrations
from oms_core.runtime.proof.sealing import LogWentBack
from oms_core.runtime.read_ahead import ReadAhead
from oms_core.runtime.refused import refused
from oms_core.runtime.timers import moved_by, waiting
from oms_projections import engine
from oms_projections.all import KINDS
from oms_projections.rebuild import AlreadyRebuilding
from oms_projections.rebuild import rebuild as rebuild_tables

SEED = 2011

app = typer.Typer(
    help="An order management system that can show its work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
projections = typer.Typer(help="The read tables.", no_args_is_help=True)
imports = typer.Typer(help="Bring data in.", no_args_is_help=True)
stock = typer.Typer(help="What is there.", no_args_is_help=True)
app.add_typer(projections, name="projections")
app.add_typer(stock, name="stock")
app.add_typer(imports, name="import")
proof_cli.add_to(app)
privacy_cli.add_to(app)
moving_cli.add_to(app)

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any free one.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="API processes; they share the port.")]
Seed = Annotated[int, typer.Option(help="Of the model for what the data lack.")]

Url = Annotated[str, typer.Option(help="The server.")]
Token = Annotated[
    str | None, typer.Option(envvar="OMS_TOKEN", help="A bearer token; made here if missing.")
]


@app.command()
def serve(
    host: Host = "127.0.0.1", port: Port = 8000, data_dir: DataDir = None, workers: Workers = 1
) -> None:
    """Serve the API, keep the read tables, run the processes."""
    with server.serving(settings_of(data_dir), host, port, workers) as url:
        out.print(f"Serving at {url}; console: {url}/graphql. Ctrl-C stops.", soft_wrap=True)
        server.wait_for_signal()


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database up to date; `serve` does it too."""
    with opened(settings_of(data_dir)) as url, bar(out, "hashing older events") as progress:
        applied = apply_migrations(url, progress)
    out.print(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


@app.command()
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


@app.command()
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


@app.command()
def timers(
    limit: Annotated[int, typer.Option(min=1, help="How many, the next ones first.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show what waits for its time, such as unpaid orders and holds."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms timers") as connection:
        found, ahead = waiting(connection, limit), moved_by(connection)
    table = Table("due at", "stream", "timer", "failed because")
    for one in found:
        table.add_row(one.due_at.isoformat(), str(one.stream_id), one.name, one.error or "")
    out.print(table)
    if ahead:
        out.print(f"The clock of the timers is {ahead} ahead of the real one, for a test.")


@app.command("refused")
def refused_steps(
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show what processes, timers and payment providers were refused; there should be nothing."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms refused") as connection:
        found = refused(connection, limit)
    table = Table("refused at", "to", "command", "code", "because", "about")
    for one in found:
        row = (one.process, one.command, one.code, one.message, one.about or "")
        table.add_row(one.refused_at.isoformat(timespec="seconds"), *map(escape, row))
    out.print(table)


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


@projections.command()
def status(data_dir: DataDir = None) -> None:
    """Show how far each read table is behind, and why one has stopped."""
    with opened(settings_of(data_dir)) as url:
        found, warnings = asyncio.run(_status(url))
    table = Table("projection", "position", "seconds behind", "stopped because")
    for one in found:
        table.add_row(one.name, str(one.position), f"{one.lag_seconds:.1f}", one.failure or "")
    out.print(table)
    for warning in warnings:
        out.print(warning, markup=False)
    if any(one.failure for one in found):
        raise typer.Exit(1)


@projections.command()
def rebuild(
    name: Annotated[str | None, typer.Argument(help="Which one.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every one, one after the other.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Build a read table anew beside the live one, then swap."""
    known = list(KINDS)
    if all == (name is not None):
        raise SetupError(f"Name one of {', '.join(known)}, or say --all.")
    if name is not None and name not in known:
        raise SetupError(f"There is no projection {name}. There are {', '.join(known)}.")
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[events]:,} events"))
    with opened(settings_of(data_dir)) as url, Progress(*columns, console=out) as progress:
        for one in known if name is None else [name]:
            _rebuild(url, one, progress)


async def _status(url: str) -> tuple[list[engine.ProjectionStatus], list[str]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await engine.status(connection), await engine.warnings(connection)


def _rebuild(url: str, name: str, progress: Progress) -> None:
    task = progress.add_task(name, total=1.0, events=0)
    with (
        connect(url, name="oms rebuild") as connection,
        connect(url, name="oms reading ahead") as spare,
        ReadAhead(connection, spare) as ahead,
    ):
        connection.execute("SET synchronous_commit = off")
        rebuild_tables(
            connection,
            KINDS[name](),
            lambda share, events: progress.update(task, completed=share, events=events),
            ahead=ahead,
        )
    progress.update(task, completed=1.0)


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(printed(), nl=False)


def _own_token(data_dir: Path | None, subject: str) -> str:
    return tokens.issue(tokens.secret(settings_of(data_dir)), Role.ADMIN, subject, days=1)


def main() -> None:
    """Run the command line. What goes wrong is one sentence on standard error."""
    logs.configure()
    look_less_often()  # some commands work through the whole history
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        _complain(f"{error.format_message()} See `oms --help`.", error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _complain("Stopped.", 130)
    except (SetupError, AlreadyRebuilding, LogWentBack, ValidationError) as error:
        _complain(str(error), 1)
    except psycopg.Error as error:
        _complain(f"The database refused: {' '.join(str(error).split())}", 1)
    except httpx.HTTPError as error:
        _complain(f"The server did not answer: {error}. Is it running?", 1)
    except OSError as error:
        _complain(f"{error.filename or 'The system'}: {error.strerror or error}.", 1)


def _complain(sentence: str, code: int) -> None:
    typer.echo(sentence, err=True)
    sys.exit(code)
