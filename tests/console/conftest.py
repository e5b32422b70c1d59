"""The tests here speak to a server process, through a browser."""

from tests.api.fixtures import client, served_database, server, shop

__all__ = ["client", "served_database", "server", "shop"]
