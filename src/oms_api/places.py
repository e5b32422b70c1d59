"""What all commands of the command line share: where the data are, and where words go."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import psycopg
import typer
from rich.console import Console
from rich.table import Column, Table

from oms_core.runtime.embedded import database, running
from oms_core.runtime.privacy.custody import FileCustodian, entrust
from oms_core.runtime.privacy.looking import Shown, note
from oms_core.runtime.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(help="Holds the embedded Postgres and the secrets; OMS_DATA_DIR, or .oms."),
]

Seed = Annotated[int, typer.Option(help="Of the model for what the data lack.")]
SEED = 2011

out = Console(width=None if sys.stdout.isatty() else 1_000)  # a file or a pipe has no edge

ACTOR = "oms"
"""Who works on the command line: whoever may use the database and the keys."""


def table_of(*headers: str, title: str | None = None) -> Table:
    """Give an empty table that never cuts a cell: what it names is pasted into other commands."""
    return Table(*(Column(header, overflow="fold") for header in headers), title=title)


def settings_of(data_dir: Path | None) -> Settings:
    """Give the settings, with the data directory that was named, if any."""
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[str]:
    """Use the database that a running server has, or start it for a moment."""
    entrust(FileCustodian(settings.master_keys))
    own = None if settings.database_url is not None else running(settings.data_dir)
    if own is not None:
        yield own
    else:
        with database(settings) as url:
            yield url


def looked(conn: psycopg.Connection[Any], operation: str, *customers: str) -> None:
    """Log that a command shows something about these customers, or about all when none is named."""
    note(conn, Shown(set(customers)), actor=ACTOR, operation=operation, request=uuid4())
