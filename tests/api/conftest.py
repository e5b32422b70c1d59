"""The tests here speak to a server process."""

from tests.api.fixtures import client, node, served_database, server, shop, tools
from tests.api.played import shelf

__all__ = ["client", "node", "served_database", "server", "shelf", "shop", "tools"]
