"""Commands about what runs beside the API: read tables, timers, and refused steps."""

from __future__ import annotations

import asyncio
from typing import Annotated

import psycopg
import typer
from rich.markup import escape
from rich.progress import Progress, TextColumn

from oms_api.places import DataDir, opened, out, settings_of, table_of
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.read_ahead import ReadAhead
from oms_core.runtime.refused import refused
from oms_core.runtime.timers import moved_by, waiting
from oms_projections import engine
from oms_projections.all import KINDS
from oms_projections.rebuild import rebuild as rebuild_tables

projections = typer.Typer(help="The read tables.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.add_typer(projections, name="projections")
    app.command()(timers)
    app.command("refused")(refused_steps)


@projections.command()
def status(data_dir: DataDir = None) -> None:
    """Show how far each read table is behind, and why one has stopped."""
    with opened(settings_of(data_dir)) as url:
        found, warnings = asyncio.run(_status(url))
    table = table_of("projection", "position", "seconds behind", "stopped because")
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


def timers(
    limit: Annotated[int, typer.Option(min=1, help="How many, the next ones first.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show what waits for its time, such as unpaid orders and holds."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms timers") as connection:
        found, ahead = waiting(connection, limit), moved_by(connection)
    table = table_of("due at", "stream", "timer", "failed because")
    for one in found:
        table.add_row(one.due_at.isoformat(), str(one.stream_id), one.name, one.error or "")
    out.print(table)
    if ahead:
        out.print(f"The clock of the timers is {ahead} ahead of the real one, for a test.")


def refused_steps(
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show what processes, timers and payment providers were refused; there should be nothing."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms refused") as connection:
        found = refused(connection, limit)
    table = table_of("refused at", "to", "command", "code", "because", "about")
    for one in found:
        row = (one.process, one.command, one.code, one.message, one.about or "")
        table.add_row(one.refused_at.isoformat(timespec="seconds"), *map(escape, row))
    out.print(table)
