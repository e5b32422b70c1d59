"""A real Postgres for every test that needs one: a server per process, a database per test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import structlog
from psycopg_pool import ConnectionPool

from oms_core.runtime.connections import connection_pool
from oms_core.runtime.embedded import embedded
from oms_core.runtime.migrations import migrate

_TEMPLATE = "oms_template"
_RUN = "oms-tests-"
_LONGEST = ("test_crash_points", "test_histories", "test_simulation")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give root's runs a folder of their own.

    For root the embedded server works as another user, and pytest closes the folder that all runs
    of a user share to others whenever one starts: a second run would lock the first one's server
    out of its data.
    """
    if os.name == "posix" and os.geteuid() == 0 and config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix=_RUN)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no tester waits for another one in the end."""
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remove that folder, unless there is something to look at."""
    folder = Path(session.config.option.basetemp or "")
    if exitstatus == pytest.ExitCode.OK and folder.name.startswith(_RUN):
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server of this process: each worker of a parallel run has its own.

    What is final depends on every transaction of a server, so that a test which holds one open
    would keep those of another worker waiting.
    """
    with embedded(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def template_url(server_url: str) -> str:
    """A migrated database to copy."""
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {_TEMPLATE}")
    url = _named(server_url, _TEMPLATE)
    migrate(url)
    return url


@pytest.fixture
def database_url(server_url: str, template_url: str) -> Iterator[str]:
    """An empty, migrated database for one test."""
    with _fresh(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(server_url: str, template_url: str) -> Iterator[str]:
    """An empty, migrated database for all tests of a module, which only read what it is given."""
    with _fresh(server_url) as url:
        yield url


@contextmanager
def _fresh(server_url: str) -> Iterator[str]:
    name = f"t_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        yield _named(server_url, name)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session", autouse=True)
def master_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The master keys of personal data, for all databases and processes of this run."""
    path = tmp_path_factory.mktemp("keys") / "master-keys"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_KEYS_FILE", str(path))
        yield path


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Forget how a command that ran in this process logs: its standard error is closed by now."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    """Connections as the application makes them."""
    with connection_pool(database_url, name="test", size=40) as pool:
        yield pool


def _named(url: str, database: str) -> str:
    return url.replace("/postgres?", f"/{database}?")
