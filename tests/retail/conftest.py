"""Some of the tests here speak to a server process."""

from tests.api.fixtures import client, served_database, server

__all__ = ["client", "served_database", "server"]
