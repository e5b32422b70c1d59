"""One server process for all tests of a run (of a worker, when they run in parallel)."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.api.running import Client, Running
from tests.api.shop import Shop

PACKAGES = Path(__file__).with_name("audits")
"""Where programs of others run on Node; `package-lock.json` there says which."""


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of the lock file; they are fetched when they are not there yet."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None:
        pytest.skip("Node.js is not installed, which the reference clients run on.")
    with (PACKAGES / "package.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another worker may be fetching them
        if not _current(PACKAGES / "node_modules" / ".package-lock.json"):
            if npm is None:
                pytest.skip("npm is not installed, which fetches the reference clients.")
            command = [npm, "ci", "--ignore-scripts", "--fetch-retries=0"]
            done = subprocess.run(
                command, cwd=PACKAGES, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                pytest.skip(f"npm can't fetch the reference clients: {done.stderr[-200:]}")
    return found


def ran(*command: str) -> str:
    """Run a program of the packages to its end, and give what it printed."""
    return tool(*command, cwd=PACKAGES)


def _current(installed: Path) -> bool:
    lock = PACKAGES / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


TOOLS = Path(__file__).with_name("tools")
"""Where programs of others run on Python, beside other versions of the packages that we use."""


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of these programs; they are fetched when they are not there yet."""
    folder, lock = TOOLS / ".venv", TOOLS / "requirements.lock"
    uv = Path(sys.executable).with_name("uv")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another worker may be fetching them
        if not (folder / "lock").exists() or (folder / "lock").read_text() != lock.read_text():
            try:
                tool(uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
                synced = ("pip", "sync", "--quiet", "--require-hashes", "--python", folder, lock)
                tool(uv, *synced)
            except (AssertionError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"uv can't fetch the programs of others: {str(error)[-200:]}")
            (folder / "lock").write_text(lock.read_text())
    return folder / "bin"


def tool(*command: str | Path, cwd: Path = TOOLS) -> str:
    """Run such a program to its end, and give what it printed."""
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="session")
def served_database(server_url: str, template_url: str) -> Iterator[str]:
    """A migrated database for the server."""
    name, template = f"api_{uuid4().hex}", template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield server_url.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def server(served_database: str) -> Iterator[Running]:
    """A server that is stopped cleanly at the end."""
    with Running(OMS_DATABASE_URL=served_database) as running:
        yield running
        assert running.stop() == 0
        assert not [line for line in running.log if '"level": "error"' in line]


@pytest.fixture(scope="session")
def client(server: Running, served_database: str) -> Iterator[Client]:
    with Client(server.url, served_database) as client:
        yield client


@pytest.fixture
def shop(client: Client) -> Shop:
    """A shop of its own for each test: its product and location have names nobody else uses."""
    return Shop(client)
