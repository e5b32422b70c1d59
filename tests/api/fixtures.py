"""One server process for all tests of a run (of a worker, when they run in parallel)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from tests.api.running import Client, Running
from tests.api.shop import Shop


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
