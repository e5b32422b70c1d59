"""Commands that take a history elsewhere: export, import, and a copy for an investigation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from oms_api.bars import bar
from oms_api.places import DataDir, looked, opened, out, settings_of
from oms_core.runtime.connections import connect, reachable
from oms_core.runtime.errors import SetupError
from oms_core.runtime.migrations import migrate
from oms_core.runtime.proof import files
from oms_core.runtime.proof.replaying import freeze, replay
from oms_projections.all import KINDS
from oms_projections.rebuild import install, rebuild

Persons = Annotated[
    bool,
    typer.Option(help="With the wrapped keys of what is sealed about persons; else it is erased."),
]

events = typer.Typer(help="The whole history, as a file.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.add_typer(events, name="events")
    app.command("replay")(replay_until)


@events.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as history.jsonl.zst.")],
    persons: Persons = True,
    data_dir: DataDir = None,
) -> None:
    """Write every event with its proofs to a file; interrupted, it goes on where it stopped."""
    with (
        opened(settings_of(data_dir)) as url,
        reachable(url) as conn,
        bar(out, "exporting") as progress,
    ):
        looked(conn, "oms events export")
        conn.execute("SET timezone = 'UTC'")
        count = files.export(conn, file, progress, persons=persons)
    out.print(f"{count:,} events.")


@events.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="What `oms events export` wrote.", dir_okay=False)],
    data_dir: DataDir = None,
) -> None:
    """Take a history into an empty database; every hash and root is computed anew."""
    if not file.is_file():
        raise SetupError(f"There is no file {file}.")
    with opened(settings_of(data_dir)) as url:
        migrate(url)
        with reachable(url) as conn, bar(out, "importing") as progress:
            count = files.take_in(conn, file, progress)
        migrate(url)  # new events come after these
    out.print(f"{count:,} events.")


def replay_until(
    until: Annotated[str, typer.Option(help="The moment, such as 2026-01-31T09:30:00Z.")],
    into: Annotated[str, typer.Option(help="The empty database, as postgresql://user@host/name.")],
    persons: Persons = True,
    data_dir: DataDir = None,
) -> None:
    """Build a copy of everything as it was known at a moment, for an investigation.

    It has the events, the balances, the read tables and the roots; `oms serve` shows it, and
    nothing can be added.
    """
    moment = _moment(until)
    with opened(settings_of(data_dir)) as url, reachable(url) as source:
        looked(source, "oms replay")
        migrate(into)
        with reachable(into) as target, bar(out, "copying") as progress:
            count = replay(source, target, moment, progress, persons=persons)
        migrate(into)
    with connect(into, name="oms replay") as conn, bar(out, "projections", "tables") as progress:
        for done, kind in enumerate(KINDS.values(), 1):
            install(conn, kind())
            rebuild(conn, kind())
            progress(done, len(KINDS))
    with reachable(into) as target:
        freeze(target)
    out.print(f"{count:,} events, as they were known at {moment.isoformat()}.")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{text} is not a moment, such as 2026-01-31T09:30:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
